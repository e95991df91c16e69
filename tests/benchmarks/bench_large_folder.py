"""Time what a person does with a folder of 24,000 small files: an index, the viewers, and the page of the command.

Run as ``python -m tests.benchmarks.bench_large_folder [COUNT]``. Prints files a second of processor time and of the
clock, and the memory of a process for each; pydicom's own reading of the same files is there to compare with.
"""

from __future__ import annotations

import contextlib
import io
import json
import multiprocessing
import resource
import sys
import tempfile
import time
from collections.abc import Callable
from pathlib import Path

from pydicom import dcmread

from dicomkit.cli import main as command
from dicomkit.index import index
from dicomkit.viewers import ImageViewer, MetadataViewer
from tests.benchmarks.bench_index import make_folder

FILES = 24_000
IN_A_FOLDER = 1_000


def open_metadata(folder: Path) -> str:
    viewer = MetadataViewer(folder)
    viewer.describe()
    sent_bytes = len(json.dumps(viewer.answer({"ask": "overview"}).content))
    return f"{sent_bytes / 1e6:.1f} MB are sent"


def open_images(folder: Path) -> str:
    ImageViewer(folder).describe()
    return ""


def view(folder: Path) -> str:
    page = folder.parent / "page.html"
    command(["view", str(folder), "-o", str(page)])
    return f"a page of {page.stat().st_size / 1e6:.0f} MB"


def only_index(folder: Path) -> str:
    return f"{len(index(folder).rows)} rows"


def read_by_pydicom(folder: Path) -> str:
    for path in folder.rglob("*.dcm"):
        dcmread(path)
    return ""


ACTIONS: dict[str, Callable[[Path], str]] = {
    "pydicom's dcmread, and nothing else": read_by_pydicom,
    "index": only_index,
    "MetadataViewer": open_metadata,
    "ImageViewer": open_images,
    "dicomkit view": view,
}


def measure(name: str, folder: Path, count: int) -> None:
    """Do one of them in this process, and print what it took."""
    started, started_cpu = time.perf_counter(), time.process_time()
    with contextlib.redirect_stderr(io.StringIO()), contextlib.redirect_stdout(io.StringIO()):
        said = ACTIONS[name](folder)
    seconds, cpu_seconds = time.perf_counter() - started, time.process_time() - started_cpu
    memory_mb = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss // 1024
    print(
        f"{name}: {count / cpu_seconds:.0f} files a second ({count / seconds:.0f} by the clock), {memory_mb} MB; {said}"
    )


def main() -> None:
    count = int(sys.argv[1]) if len(sys.argv) > 1 else FILES
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name) / "study"
        make_folder(folder, count, size=16)
        for number, path in enumerate(sorted(folder.iterdir())):
            inner = folder / f"{number // IN_A_FOLDER:03d}"
            inner.mkdir(exist_ok=True)
            path.rename(inner / path.name)
        fresh = multiprocessing.get_context("spawn")  # memory is measured for each alone
        for action in ACTIONS:
            process = fresh.Process(target=measure, args=(action, folder, count))
            process.start()
            process.join()


if __name__ == "__main__":
    main()
