"""Time dump text against DCMTK and pydicom, side by side: ``python tests/benchmarks/bench_dump.py``.

A process of DCMTK is compared with a function call in a running kernel, because that is the choice a
learner has in a notebook; and with our own process, because that is the choice in a shell.
"""

from __future__ import annotations

import shutil
import statistics
import struct
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable
from pathlib import Path

sys.path.insert(0, str(Path(__file__).parents[2]))

from dicomkit.dump import DumpOptions, format_dump, format_file
from dicomkit.files.dictionary import dictionary_entry
from tests.support.dicom_files import element, part10

ELEMENTS = 500
FILES = 500
SPECIFIC_CHARACTER_SET = 0x00080005
ROUNDS = 15
OURS = [sys.executable, "-c", "from dicomkit.cli import main; main()", "dcmdump"]
OUR_READER = [*OURS[:-1], "dump2dcm"]
PRINT_WITH_PYDICOM = "import sys, pydicom; print(pydicom.dcmread(sys.argv[1]))"

VALUES = {
    "PN": b"DOE^JANE",
    "DA": b"20260101",
    "TM": b"101112",
    "UI": b"1.2.3.4.5\0",
    "CS": b"DERIVED\\PRIMARY ",
}
VALUES |= {"IS": b"12", "DS": b"1.5\\-2.25 ", "LO": b"some text ", "SH": b"text", "LT": b"longer text " * 4}
VALUES |= {"US": struct.pack("<H", 512), "UL": struct.pack("<I", 70000), "FD": struct.pack("<d", 0.1)}
VALUES |= {"FL": struct.pack("<f", 2.5), "SL": struct.pack("<i", -3), "AT": b"\x18\0\x63\x10", "ST": b"abcd"}


def main() -> None:
    """Print the medians and their ratios."""
    content = five_hundred_elements()
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        path = folder / "elements.dcm"
        path.write_bytes(content)
        one_file(path, content)
        whole_process(path)
        reading(folder, content)
        many_files(folder, content)


def five_hundred_elements() -> bytes:
    """Return a file with as many standard elements of ordinary VRs, in ascending order."""
    parts: list[bytes] = []
    tag = 0x00080000
    while len(parts) < ELEMENTS:
        tag += 1
        entry = dictionary_entry(tag)
        if entry is not None and entry.vr in VALUES and tag & 0xFFFF and tag != SPECIFIC_CHARACTER_SET:
            parts.append(element(tag, entry.vr, VALUES[entry.vr]))
        if tag & 0xFFFF == 0xFFFF:
            tag += 0x00010000
    return part10(b"".join(parts))


def one_file(path: Path, content: bytes) -> None:
    """Compare functions of a warm kernel with the process."""
    from pydicom import dcmread  # noqa: PLC0415 - a process below must not profit from it

    peer = median(lambda: run([dcmdump(), str(path)]))
    report(f"dcmdump process, {ELEMENTS} elements", peer, peer)
    report(
        "  format_file: read the file, format its bytes", median(lambda: format_file(path.read_bytes())), peer
    )
    report("  format_file, bytes at hand", median(lambda: format_file(content)), peer)
    report("  dcmread + format_dump (decodes and encodes)", median(lambda: format_dump(dcmread(path))), peer)
    report("  dcmread + str(dataset), pydicom's own text", median(lambda: str(dcmread(path))), peer)


def whole_process(path: Path) -> None:
    """Compare the command with pydicom's import-and-print, and with dcmdump."""
    base = median(lambda: run([sys.executable, "-c", PRINT_WITH_PYDICOM, str(path)]), rounds=7)
    report("python: import pydicom, dcmread, print", base, base)
    report("  dicomkit dcmdump process", median(lambda: run([*OURS, str(path)]), rounds=7), base)
    report("  dcmdump process", median(lambda: run([dcmdump(), str(path)]), rounds=7), base)


def many_files(folder: Path, content: bytes) -> None:
    """Compare both commands on one folder of many files."""
    series = folder / "series"
    series.mkdir()
    for number in range(FILES):
        (series / f"{number:04d}.dcm").write_bytes(content)
    base = median(lambda: run([dcmdump(), "+sd", str(series)]), rounds=3)
    report(f"dcmdump +sd, {FILES} files of {ELEMENTS} elements", base, base)
    report("  dicomkit dcmdump +sd", median(lambda: run([*OURS, "+sd", str(series)]), rounds=3), base)


def reading(folder: Path, content: bytes) -> None:
    """Compare functions of a warm kernel with the dump2dcm process, on the text of the same data set."""
    from dicomkit.dump import parse_dump  # noqa: PLC0415 - brings pydicom along, as above
    from dicomkit.files.writing import write_file  # noqa: PLC0415 - the same

    dump, made = folder / "elements.dump", folder / "made.dcm"
    dump.write_bytes(format_file(content, DumpOptions(line_length=None)))
    text = dump.read_text(encoding="utf-8")
    peer = median(lambda: run([program("dump2dcm"), str(dump), str(made)]))
    report(f"dump2dcm process, {ELEMENTS} elements", peer, peer)
    report("  parse_dump", median(lambda: parse_dump(text)), peer)
    report("  parse_dump, every value decoded", median(lambda: list(parse_dump(text))), peer)
    report(
        "  read file, parse_dump, write_file",
        median(lambda: write_file(parse_dump(dump.read_bytes()), made)),
        peer,
    )
    report(
        "  dicomkit dump2dcm process",
        median(lambda: run([*OUR_READER, str(dump), str(made)]), rounds=7),
        peer,
    )


def median(action: Callable[[], object], rounds: int = ROUNDS) -> float:
    action()
    times = []
    for _ in range(rounds):
        start = time.perf_counter()
        action()
        times.append(time.perf_counter() - start)
    return statistics.median(times)


def run(words: list[str]) -> None:
    subprocess.run(words, check=True, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)


def dcmdump() -> str:
    return program("dcmdump")


def program(name: str) -> str:
    path = shutil.which(name)
    if path is None:
        sys.exit(f"{name} is not installed (Debian: apt-get install dcmtk)")
    return path


def report(what: str, seconds: float, base: float) -> None:
    print(f"{what:<52} {1000 * seconds:9.1f} ms   {base / seconds:6.2f} x as fast")


if __name__ == "__main__":
    main()
