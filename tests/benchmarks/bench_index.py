"""Time the index of a folder and a zip against pydicom and one dcmdump process, for the same seventeen values.

Run it as ``python tests/benchmarks/bench_index.py``.
"""

from __future__ import annotations

import shutil
import statistics
import subprocess
import tempfile
import time
import zipfile
from collections.abc import Callable
from functools import partial
from pathlib import Path
from typing import IO

from pydicom import dcmread
from pydicom.uid import CTImageStorage, SecondaryCaptureImageStorage

from dicomkit.files.writing import encode_file
from dicomkit.index.indexing import index
from dicomkit.index.scan import INDEXED
from dicomkit.samples import ct_series
from dicomkit.uids import make_uid

SMALL_FILES = 2_000
SLICES = 500
ROUNDS = 7


def make_folder(folder: Path, count: int, *, size: int) -> None:
    """Write `count` instances; `size` 16 makes small files, 512 makes slices of half a megabyte."""
    sample = ct_series(1, size=16)[0]
    sample.SOPClassUID = CTImageStorage if size > 16 else SecondaryCaptureImageStorage
    if size != sample.Rows:
        sample.Rows = sample.Columns = size
        sample.PixelData = bytes(range(256)) * (size * size * 2 // 256)
    folder.mkdir()
    for number in range(1, count + 1):
        sample.InstanceNumber = number
        sample.SOPInstanceUID = sample.file_meta.MediaStorageSOPInstanceUID = make_uid("bench", str(number))
        (folder / f"{number:05d}.dcm").write_bytes(encode_file(sample))


def make_zip(folder: Path) -> Path:
    path = folder.with_suffix(".zip")
    with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED, compresslevel=1) as archive:
        for file in sorted(folder.iterdir()):
            archive.write(file, file.name)
    return path


def seconds_side_by_side(actions: dict[str, Callable[[], object]]) -> dict[str, float]:
    """Return the median time of each action. They take turns, so that a busy moment meets all of them.

    The first turn, which fills the caches, does not count.
    """
    times: dict[str, list[float]] = {name: [] for name in actions}
    for turn in range(ROUNDS + 1):
        for name, action in actions.items():
            start = time.perf_counter()
            action()
            if turn:
                times[name].append(time.perf_counter() - start)
    return {name: statistics.median(taken) for name, taken in times.items()}


def with_pydicom(folder: Path) -> None:
    for file in folder.iterdir():
        values_of(file)


def zip_with_pydicom(path: Path) -> None:
    with zipfile.ZipFile(path) as archive:
        for name in archive.namelist():
            values_of(archive.open(name))


def values_of(file: Path | IO[bytes]) -> list[object]:
    """Read a file once and take the values from it, as one writes it with pydicom."""
    dataset = dcmread(file, stop_before_pixels=True)
    return [dataset.get(keyword) for keyword in INDEXED]


def with_dcmdump(folder: Path) -> None:
    options = [part for keyword in INDEXED for part in ("+P", keyword)]
    program = shutil.which("dcmdump", path="/usr/bin:/usr/local/bin")
    if program is None:
        raise SystemExit("dcmdump is not installed")
    subprocess.run([program, "-M", "+sd", *options, str(folder)], check=True, stdout=subprocess.DEVNULL)


def report(what: str, count: int, seconds: dict[str, float]) -> None:
    ours = seconds.pop("ours")
    peers = (f"{name} {count / taken:6.0f}/s ({taken / ours:5.1f}x)" for name, taken in seconds.items())
    print(f"{count} {what:20} {count / ours:8.0f}/s ", *peers)


def main() -> None:
    with tempfile.TemporaryDirectory() as temporary:
        for name, count, size in (("small files", SMALL_FILES, 16), ("slices", SLICES, 512)):
            folder = Path(temporary) / name.replace(" ", "-")
            make_folder(folder, count, size=size)
            archive = make_zip(folder)
            assert index(folder).count("read") == count == index(archive).count("read")
            actions = {"ours": partial(index, folder), "pydicom": partial(with_pydicom, folder)}
            actions["dcmdump"] = partial(with_dcmdump, folder)
            report(f"{name}, folder:", count, seconds_side_by_side(actions))
            actions = {"ours": partial(index, archive), "pydicom": partial(zip_with_pydicom, archive)}
            report(f"{name}, zip:", count, seconds_side_by_side(actions))


if __name__ == "__main__":
    main()
