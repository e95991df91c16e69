"""Make hostile files from a number, and run all that this package does with a file over them.

Run it as ``python -m tests.support.fuzzing FIRST COUNT``: it prints one line of JSON. The same number makes the same
file everywhere, so a failure is found again with ``python -m tests.support.fuzzing NUMBER 1``.
"""

from __future__ import annotations

import contextlib
import functools
import json
import os
import random
import resource
import struct
import sys
import tempfile
import warnings
import zlib
from collections import Counter
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any, NamedTuple

from dicomkit.dump import format_dump, format_file
from dicomkit.errors import DicomKitError
from dicomkit.files import anatomy, index
from dicomkit.files.reading import read_content
from dicomkit.files.writing import encode_file, write_file
from dicomkit.index.element_rows import instance_rows
from dicomkit.pixels import render, stored_values
from tests.support.dicom_files import (
    BIG_ENDIAN,
    DEFLATED,
    EXPLICIT,
    IMPLICIT,
    bundled_files,
    deflated_zeros,
    delimiter,
    element,
    implicit_element,
    item,
    own_files,
    part10,
    sequence,
)

MAX_MESSAGE_BYTES = 2048
MAX_STEP_S = 1.0
# A busy machine takes more processor time for the same work. So what took too long is also compared with work that is
# known and done beside it: five times that is about 0.8 s on a quiet machine, a bomb takes 1.2 times that on any.
MAX_STEP_UNITS = 5
_UNIT = zlib.compress(bytes(32 << 20))
_ATTEMPTS = 3  # what hangs does so each time
SMALL_BYTES = 16_384  # mutants of larger files cost more time and tell nothing else
_EVERY_NTH_IS_BUILT = 8
_VRS = [b"OB", b"OW", b"SQ", b"UN", b"UT", b"PN", b"DS", b"IS", b"US", b"AT", b"FD", b"UI", b"XX", b"\0\0"]
_LENGTHS = [0, 1, 7, 0xFFFE, 0xFFFF, 0x7FFFFFFF, 0x80000000, 0xFFFFFFFE, 0xFFFFFFFF]
_SYNTAXES = [
    *(IMPLICIT, EXPLICIT, DEFLATED, BIG_ENDIAN, "1.2.840.10008.1.2.5", "1.2.840.10008.1.2.4.50"),
    *("1.2.840.10008.1.2.4.57", "1.2.840.10008.1.2.4.70", "1.2.840.10008.1.2.4.80", "1.2.840.10008.1.2.4.90"),
]
_SOP_CLASS = element(0x00080016, "UI", b"1.2.840.10008.5.1.4.1.1.7\0")


class Mutant(NamedTuple):
    """A hostile file and how it was made."""

    content: bytes
    made_by: str


class Finding(NamedTuple):
    """Something that must not happen."""

    number: int
    made_by: str
    step: str
    what: str


@functools.cache
def seeds() -> list[bytes]:
    """Return the files that are changed, in a fixed order; the large ones are left out."""
    contents = [path.read_bytes() for path in [*bundled_files(), *own_files()]]
    return [content for content in contents if 132 < len(content) <= SMALL_BYTES]


def mutant(number: int) -> Mutant:
    """Return the mutant of that number."""
    chance = random.Random(number)  # noqa: S311 - it has to be the same everywhere
    if number % _EVERY_NTH_IS_BUILT == 0:
        build = _BUILT[number // _EVERY_NTH_IS_BUILT % len(_BUILT)]
        return Mutant(build(chance), build.__name__)
    content = bytearray(chance.choice(seeds()))
    names = []
    for _ in range(chance.choice((1, 1, 1, 2, 3, 6))):
        change = chance.choice(_CHANGES)
        content = bytearray(change(content, chance))
        names.append(change.__name__)
    return Mutant(bytes(content), "+".join(names))


# How a file is changed. Each takes a file and returns another.


def _place(content: bytearray, chance: random.Random, room: int = 1) -> int:
    first = 132 if chance.random() < 0.9 and len(content) > 140 else 0
    return chance.randrange(first, max(len(content) - room + 1, first + 1))


def flip_bits(content: bytearray, chance: random.Random) -> bytes:
    for _ in range(chance.randint(1, 8)):
        if content:
            content[min(_place(content, chance), len(content) - 1)] ^= 1 << chance.randrange(8)
    return bytes(content)


def overwrite_run(content: bytearray, chance: random.Random) -> bytes:
    at, run = _place(content, chance), chance.randint(1, 32)
    content[at : at + run] = chance.choice((bytes(run), b"\xff" * run, chance.randbytes(run)))
    return bytes(content)


def lie_about_length(content: bytearray, chance: random.Random) -> bytes:
    marks = [at for at in range(132, len(content) - 8) if content[at : at + 2].isupper()]
    at = chance.choice(marks) + 2 if marks and chance.random() < 0.8 else _place(content, chance, 4)
    size = chance.choice((2, 4))
    content[at : at + size] = (chance.choice(_LENGTHS) % 256**size).to_bytes(size, "little")
    return bytes(content)


def swap_tags(content: bytearray, chance: random.Random) -> bytes:
    one, other = _place(content, chance, 4), _place(content, chance, 4)
    content[one : one + 4], content[other : other + 4] = content[other : other + 4], content[one : one + 4]
    return bytes(content)


def put_item_tag(content: bytearray, chance: random.Random) -> bytes:
    at = _place(content, chance, 8)
    content[at : at + 4] = struct.pack("<HH", 0xFFFE, chance.choice((0xE000, 0xE00D, 0xE0DD)))
    return bytes(content)


def truncate(content: bytearray, chance: random.Random) -> bytes:
    return bytes(content[: _place(content, chance)])


def duplicate_run(content: bytearray, chance: random.Random) -> bytes:
    at, run = _place(content, chance), chance.randint(1, 400)
    return bytes(content[: at + run] + content[at : at + run] * chance.randint(1, 3) + content[at + run :])


def delete_run(content: bytearray, chance: random.Random) -> bytes:
    at = _place(content, chance)
    return bytes(content[:at] + content[at + chance.randint(1, 64) :])


def splice(content: bytearray, chance: random.Random) -> bytes:
    other = chance.choice(seeds())
    return bytes(content[: _place(content, chance)]) + other[_place(bytearray(other), chance) :]


def change_vr(content: bytearray, chance: random.Random) -> bytes:
    marks = [at for at in range(132, len(content) - 8) if content[at : at + 2].isupper()]
    if marks:
        at = chance.choice(marks)
        content[at : at + 2] = chance.choice(_VRS)
    return bytes(content)


def change_syntax(content: bytearray, chance: random.Random) -> bytes:
    start = content.find(b"\x02\x00\x10\x00UI")
    if start < 0:
        return bytes(content)
    end = start + 8 + int.from_bytes(content[start + 6 : start + 8], "little")
    uid = chance.choice(_SYNTAXES).encode()
    return bytes(content[:start] + element(0x00020010, "UI", uid + b"\0" * (len(uid) % 2)) + content[end:])


_CHANGES = [
    *(flip_bits, overwrite_run, lie_about_length, swap_tags, put_item_tag, truncate, duplicate_run),
    *(delete_run, splice, change_vr, change_syntax),
]


# Hostile files that chance would hardly find.


def nest(chance: random.Random) -> bytes:
    content = element(0x00100010, "PN", b"A^B ")
    undefined = chance.random() < 0.5
    for _ in range(chance.choice((14, 60, 64, 65, 240, 250, 1000))):
        content = sequence(0x00081140, item(content, undefined=undefined), undefined=undefined)
    if chance.random() < 0.3:
        at = chance.randrange(len(content) - 4)
        content = content[:at] + chance.randbytes(4) + content[at + 4 :]
    return part10(_SOP_CLASS + content)


def nest_in_unknown(chance: random.Random) -> bytes:
    content = implicit_element(0x00100010, b"A^B ")
    for _ in range(chance.choice((10, 63, 70, 300))):
        content = implicit_element(chance.choice((0x00081140, 0x00091010)), item(content))
    if chance.random() < 0.5:
        content = bytearray(content)
        content[chance.randrange(len(content))] ^= 0xFF
    return part10(_SOP_CLASS + element(chance.choice((0x00081140, 0x00091010)), "UN", bytes(content)))


def many_items(chance: random.Random) -> bytes:
    count = chance.choice((30, 300, 3000))
    inside = element(0x00080060, "CS", b"CT") if chance.random() < 0.2 else b""
    return part10(_SOP_CLASS + sequence(0x00081140, item(inside) * count))


def deflate(chance: random.Random) -> bytes:
    packer = zlib.compressobj(9, wbits=-15)
    size = chance.choice((10, 1000, 100_000))
    data = _SOP_CLASS + element(0x00104000, "LT", b"") + element(0x7FE00010, "OB", bytes(size))
    packed = packer.compress(data) + packer.flush()
    return part10(packed[: chance.choice((len(packed), len(packed) - 2))], DEFLATED)


def deflate_bomb(chance: random.Random) -> bytes:
    return part10(deflated_zeros(1024), DEFLATED) + bytes(chance.randrange(2))


def loop_directory(chance: random.Random) -> bytes:
    count = chance.randint(1, 6)
    header = len(part10(element(0x00041200, "UL", bytes(4)))) + 12

    def place() -> bytes:
        number = chance.randint(0, count)
        return struct.pack("<I", header + (number - 1) * 32 if number else 0)

    records = b"".join(
        item(element(0x00041400, "UL", place()) + element(0x00041420, "UL", place())) for _ in range(count)
    )
    return part10(element(0x00041200, "UL", struct.pack("<I", header)) + sequence(0x00041220, records))


def lie_about_group(chance: random.Random) -> bytes:
    size = struct.pack("<I", chance.choice(_LENGTHS))
    meta = element(0x00020000, "UL", size) + element(0x00020010, "UI", EXPLICIT.encode() + b"\0")
    return bytes(128) + b"DICM" + meta + element(0x00080000, "UL", size) + _SOP_CLASS


def name_character_set(chance: random.Random) -> bytes:
    term = chance.choice(
        (b"utf_8 ", b"latin1", b"rot13 ", b"ISO_IR 192", b"ISO 2022 IR 87", b"\\ISO 2022 IR 149")
    )
    name = chance.choice((b"\x1b$B\xff\xff", "Łukasz".encode(), b"\xff\xfe\x1b", b"\x1b$)C\xb3"))
    return part10(
        element(0x00080005, "CS", term + b" " * (len(term) % 2))
        + _SOP_CLASS
        + element(0x00100010, "PN", name + b" " * (len(name) % 2))
    )


def lie_in_stream(chance: random.Random) -> bytes:
    """Change only the compressed stream of an image, its header first."""
    content = bytearray(chance.choice(_compressed()))
    start = next((at for mark in (b"\xff\xd8\xff", b"\xff\x4f\xff\x51") if (at := content.find(mark)) > 0), 0)
    start = start or content.rfind(b"\xfe\xff\x00\xe0") + 8
    for _ in range(chance.randint(1, 6)):
        at = start + chance.randrange(chance.choice((16, 64, 128, 600)))
        if at < len(content):
            content[at] = chance.choice((0, 1, 0x7F, 0xFF, chance.randrange(256)))
    return bytes(content)


@functools.cache
def _compressed() -> list[bytes]:
    marks = (b"1.2.840.10008.1.2.4.", b"1.2.840.10008.1.2.5")
    return [content for content in seeds() if any(mark in content[:400] for mark in marks)]


def lie_about_size(chance: random.Random) -> bytes:
    content = bytearray(chance.choice(_compressed()))
    for mark in (b"\x28\x00\x10\x00US\x02\x00", b"\x28\x00\x11\x00US\x02\x00", b"\x28\x00\x02\x00US\x02\x00"):
        at = content.find(mark)
        if at > 0 and chance.random() < 0.7:
            content[at + 8 : at + 10] = struct.pack("<H", chance.choice((0, 1, 3, 64, 8192, 65535)))
    return bytes(content)


def end_stream_early(chance: random.Random) -> bytes:
    """Shorten the last fragment, as a cut before the delimiter that was then closed properly."""
    content = chance.choice(_compressed())
    fragment = content.rfind(b"\xfe\xff\x00\xe0")
    keep = chance.randrange(0, 200, 2)
    stream = content[fragment + 8 : fragment + 8 + keep]
    return content[:fragment] + item(stream) + delimiter(0xE0DD)


_BUILT: list[Callable[[random.Random], bytes]] = [
    *(nest, nest_in_unknown, lie_in_stream, many_items, deflate, loop_directory, lie_about_group),
    *(name_character_set, lie_in_stream, lie_about_size, end_stream_early, lie_in_stream),
]
RARE: list[Callable[[random.Random], bytes]] = [deflate_bomb]  # half a second each: once in a run is enough


# What this package does with a file.


def steps(content: bytes, folder: Path) -> Iterator[tuple[str, Callable[[], object]]]:
    """Yield each step of the pipeline; those that need a data set come only if it was read."""
    read: list[Any] = []
    yield (
        "index",
        lambda: [(row.text("PatientName"), row.text("Rows"), row.reason) for row in index(content).rows],
    )
    yield "show", lambda: instance_rows(content)
    yield "dump", lambda: format_file(content)
    yield "anatomy", lambda: anatomy(content)
    yield "read", lambda: read.append(read_content(content))
    if not read:
        return
    dataset = read[0]
    yield "dump of the data set", lambda: format_dump(dataset)
    yield "encode", lambda: encode_file(dataset)
    yield "write", lambda: write_file(dataset, folder / "out.dcm")
    yield "decode", lambda: stored_values(dataset)
    yield "render", lambda: render(dataset)


class Examination(NamedTuple):
    """What must not happen and did, how each step ended, and the step that took longest."""

    findings: list[Finding]
    ends: list[str]
    worst_s: float
    worst_step: str


def examine(number: int, made: Mutant, folder: Path) -> Examination:
    """Run all steps over one mutant. A step that takes more than a second of processor time, and work to match, is a hang."""
    findings: list[Finding] = []
    ends: list[str] = []
    worst_s, worst_step = 0.0, ""
    for step, run in steps(made.content, folder):
        what, end, start = "", "done", processor_s()
        try:
            run()
        except DicomKitError as error:
            end = "refused"
            size = len(str(error).encode("utf-8", "surrogatepass"))
            if size >= MAX_MESSAGE_BYTES:
                what = f"a message of {size} bytes"
        except BaseException as error:
            if isinstance(error, KeyboardInterrupt):
                raise
            what = f"{type(error).__name__} is no DicomKitError: {str(error)[:200]}"
        taken_s = processor_s() - start
        if taken_s > worst_s:
            worst_s, worst_step = taken_s, step
        if taken_s > MAX_STEP_S and takes_long(run, taken_s):
            what += f" {taken_s:.2f} s of processor time"
        if what:
            findings.append(Finding(number, made.made_by, step, what))
        ends.append(f"{step} {end}")
    return Examination(findings, ends, worst_s, worst_step)


def takes_long(run: Callable[[], object], taken_s: float) -> bool:
    """Tell whether a step that took so long takes long beside work that is known, also when it is tried again."""
    for _ in range(_ATTEMPTS - 1):
        if taken_s <= MAX_STEP_UNITS * unit_s():
            return False
        start = processor_s()
        with contextlib.suppress(Exception):  # it was told already
            run()
        taken_s = processor_s() - start
    return taken_s > MAX_STEP_UNITS * unit_s()


def unit_s() -> float:
    """Return the processor time that known work takes now: inflating, memory and a loop of Python."""
    start = processor_s()
    for _ in range(2):
        zlib.decompress(_UNIT)
    sum(range(1_000_000))
    return processor_s() - start


def processor_s() -> float:
    """Return the processor time of this process and of the children it has seen off."""
    times = os.times()
    return times.user + times.system + times.children_user + times.children_system


def peak_mb() -> float:
    """Return the most memory that this process or a child of it has held (Linux counts in kB)."""
    # Not RUSAGE_SELF: it counts what the process that started this one held before this program was loaded.
    status = Path("/proc/self/status").read_text(encoding="ascii")
    own = int(status.partition("VmHWM:")[2].split()[0])
    return max(own, resource.getrusage(resource.RUSAGE_CHILDREN).ru_maxrss) / 1024


def fuzz(first: int, count: int) -> dict[str, Any]:
    """Examine `count` mutants; return the findings, the worst time and the most memory."""
    findings: list[Finding] = []
    ends: Counter[str] = Counter()
    worst_s, worst = 0.0, ""
    warnings.simplefilter("ignore")
    made = [*range(first, first + count), *(-number for number, _ in enumerate(RARE, 1))]
    with tempfile.TemporaryDirectory(prefix="dicomkit-fuzz-") as folder:
        for number in made:
            one = mutant(number) if number >= 0 else Mutant(RARE[-number - 1](random.Random(0)), "rare")  # noqa: S311
            seen = examine(number, one, Path(folder))
            findings += seen.findings
            ends.update(seen.ends)
            if seen.worst_s > worst_s:
                worst_s, worst = seen.worst_s, f"{seen.worst_step} of mutant {number} ({one.made_by})"
    return {
        "count": len(made),
        "findings": [finding._asdict() for finding in findings],
        "worst_s": round(worst_s, 3),
        "worst": worst,
        "peak_mb": round(peak_mb(), 1),
        "ends": dict(sorted(ends.items())),
    }


if __name__ == "__main__":
    sys.stdout.write(json.dumps(fuzz(int(sys.argv[1]), int(sys.argv[2]))))
