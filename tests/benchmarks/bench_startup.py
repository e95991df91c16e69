"""How long commands take as whole processes, in pairs with DCMTK's, and what an import costs.

Run it as ``python tests/benchmarks/bench_startup.py``. Each pair runs in turns, so that a busy moment of the
machine meets both; the figures are medians, and the ratio is the median of the ratios of neighbours.

Commands run as an installed package does: Python keeps what it has compiled. Where ``PYTHONDONTWRITEBYTECODE`` is set
and the package was installed from a checkout, each command compiles every module that it imports, which takes
half as long again.
"""

from __future__ import annotations

import contextlib
import os
import shutil
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from pathlib import Path
from typing import NamedTuple

from PIL import Image
from pydicom.data import get_testdata_file

from dicomkit.files.writing import encode_file
from dicomkit.network import StorageSCP
from dicomkit.samples import ct_series

ROUNDS = 15
FILES = 500
EVERYTHING = (
    "import pydicom, pynetdicom, numpy, PIL.Image, matplotlib.pyplot, ipywidgets, anywidget, tqdm, watchfiles"
)
# What nothing that reads options and calls somebody does without: the least that echoscu can take.
CALLER = "import argparse, socket, threading"
ENVIRONMENT = {name: value for name, value in os.environ.items() if name != "PYTHONDONTWRITEBYTECODE"}
OURS = str(Path(sys.executable).parent / "dicomkit")


class Pair(NamedTuple):
    """Two command lines that do the same, and how many times as long ours may take."""

    name: str
    ours: list[str]
    theirs: list[str]
    limit: float


def dcmtk(name: str) -> str:
    """Return DCMTK's program, not one of that name in an environment."""
    found = shutil.which(name, path="/usr/bin:/usr/local/bin")
    if found is None:
        raise SystemExit(f"{name} of DCMTK is not installed")
    return found


def seconds(words: list[str]) -> float:
    start = time.perf_counter()
    # No timeout: to wait with one, subprocess asks again after 1, 2, 4 ... 50 ms, and those steps would be measured.
    subprocess.run(words, check=True, env=ENVIRONMENT, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
    return time.perf_counter() - start


def compare(pair: Pair) -> None:
    """Run both in turns and print their medians and the ratio."""
    taken = [(seconds(pair.ours), seconds(pair.theirs)) for _ in range(ROUNDS)]
    ours, theirs = (statistics.median(times) * 1000 for times in zip(*taken, strict=True))
    ratio = statistics.median(ours / theirs for ours, theirs in taken)
    verdict = "" if ratio <= pair.limit else "  MORE THAN IT MAY"
    print(f"{pair.name:<26} {ours:7.1f} ms {theirs:7.1f} ms {ratio:6.2f}x (at most {pair.limit}x){verdict}")


@contextlib.contextmanager
def receiver(folder: Path) -> Iterator[int]:
    with StorageSCP(folder) as scp:
        yield scp.port


def pairs(folder: Path, port: int) -> Iterator[Pair]:
    small = str(get_testdata_file("CT_small.dcm", download=False))
    sample = ct_series(1, size=16)[0]
    plain, text, made, picture = (
        str(folder / name) for name in ("plain.dcm", "dump", "made.dcm", "picture.jpg")
    )
    Path(plain).write_bytes(encode_file(sample))
    Path(text).write_bytes(
        subprocess.run([dcmtk("dcmdump"), "+L", plain], check=True, capture_output=True).stdout
    )
    Image.new("L", (64, 64), 128).save(picture)
    many = folder / "many"
    many.mkdir()
    for number in range(FILES):
        (many / f"{number:04}.dcm").write_bytes(encode_file(sample))
    peer = ["-aec", "DICOMKIT", "127.0.0.1", str(port)]
    for name, words, limit in (
        ("echoscu", peer, 1.5),
        ("storescu", [*peer, plain], 1.5),
        ("dcmdump", [small], 6),
        ("dump2dcm", [text, made], 6),
        ("img2dcm", [picture, made], 12),
        ("dcmdump", ["+sd", str(many)], 1 / 0.6),
    ):
        label = f"{name}, {FILES} files" if "+sd" in words else name
        yield Pair(label, [OURS, name, *words], [dcmtk(name), *words], limit)


def main() -> None:
    with tempfile.TemporaryDirectory() as temporary:
        folder = Path(temporary)
        inbox = folder / "inbox"
        inbox.mkdir()
        with receiver(inbox) as port:
            for pair in pairs(folder, port):
                compare(pair)
    python = sys.executable
    bare, caller, package, everything = (
        statistics.median(seconds([python, "-c", code]) for _ in range(ROUNDS))
        for code in ("pass", CALLER, "import dicomkit", EVERYTHING)
    )
    print(f"python {bare * 1000:.1f} ms; with {CALLER.removeprefix('import ')} {caller * 1000:.1f} ms")
    print(f"import dicomkit {max(package - bare, 0) * 1000:.1f} ms more")
    print(f"import dicomkit / importing everything: {max(package - bare, 0) / (everything - bare):.3f}x")


if __name__ == "__main__":
    main()
