"""The names of attributes in a dump, and DCMTK's private dictionary, compared with the real dcmdump."""

from __future__ import annotations

import re
import struct
import subprocess
from collections.abc import Callable
from importlib import resources
from pathlib import Path

import pytest
from pydicom.datadict import DicomDictionary, RepeatersDictionary

from dicomkit.dump import DumpOptions, format_elements, format_file, parse_dump
from dicomkit.dump.attribute_names import UNKNOWN_NAME, attribute_name, private_attribute
from dicomkit.errors import DumpSyntaxError
from tests.support.dicom_files import (
    EXPLICIT,
    IMPLICIT,
    delimiter,
    element,
    implicit_element,
    item,
    part10,
    sequence,
)

RECORDED_WITH = (3, 6, 7)
CSA, CARDIO, SPI = b"SIEMENS CSA HEADER", b"CARDIO-D.R. 1.0", b"SPI RELEASE 1"
PRIVATE_SEQUENCE = 0x00091040  # in a block of CARDIO


@pytest.fixture
def dcmdump(
    peer: Callable[[str], str], dcmtk_version: tuple[int, ...], tmp_path: Path
) -> Callable[..., bytes | None]:
    """Return a function that gives dcmdump's output for a file with these bytes, or None if it reads no such file."""
    if dcmtk_version != RECORDED_WITH:
        pytest.xfail("the names are those of DCMTK 3.6.7")
    program, path = peer("dcmdump"), tmp_path / "file.dcm"

    def dump(content: bytes, *options: str) -> bytes | None:
        path.write_bytes(content)
        done = subprocess.run([program, "-q", *options, path], check=False, capture_output=True, timeout=60)
        return done.stdout if done.returncode == 0 else None

    return dump


def explicit(data_set: bytes) -> bytes:
    return part10(data_set, EXPLICIT)


def implicit(data_set: bytes) -> bytes:
    return part10(data_set, IMPLICIT)


def table() -> dict[bytes, list[tuple[int, int]]]:
    """Return group and element of each attribute in the table, by private creator."""
    text = resources.files("dicomkit.dump").joinpath("private_attributes.txt").read_text(encoding="ascii")
    found: dict[bytes, list[tuple[int, int]]] = {}
    for part in text.split("\n\n")[1:]:
        creator, *lines = part.strip().splitlines()
        for groups, number, *_ in map(str.split, lines):
            first, _, last = groups.partition("-")
            numbers = found.setdefault(creator.strip("[]").encode(), [])
            numbers += [(int(group, 16), int(number, 16)) for group in {first, last or first}]
    return found


def private_elements(creator: bytes, attributes: list[tuple[int, int]], *, is_explicit: bool) -> bytes:
    """Return all these attributes; the creator reserves the block 10, as fixed elements demand."""
    elements: dict[int, bytes] = {}
    for group, number in attributes:
        reservation, tag = group << 16 | 0x10, group << 16 | (number if number > 0xFF else 0x1000 | number)
        name = creator + b" " * (len(creator) % 2)
        if is_explicit:
            elements[reservation], elements[tag] = element(reservation, "LO", name), element(tag, "ST", b"AB")
            continue
        known = private_attribute(tag, creator)
        assert known is not None
        elements[reservation] = implicit_element(reservation, name)
        elements[tag] = implicit_element(tag, b"" if known.vr == "SQ" else b"1\0002 \0\0\0\0")
    return b"".join(elements[tag] for tag in sorted(elements))


def test_every_attribute_of_the_standard(dcmdump: Callable[..., bytes | None]) -> None:
    tags = {tag for tag in DicomDictionary if tag >> 16 > 2 and tag >> 16 != 0xFFFE}
    tags |= {int(pattern.replace("x", digit), 16) for pattern in RepeatersDictionary for digit in "0246AE"}
    tags |= {0x00203101, 0x10000021, 0x00280000, 0x60010010, 0x00080005, 0x00081FFF}
    content = explicit(b"".join(element(tag, "LO", b"AB") for tag in sorted(tags)))
    theirs = dcmdump(content)
    assert theirs is not None
    pairs = zip(format_file(content).splitlines(), theirs.splitlines(), strict=True)
    different = [(mine[:11], other) for mine, other in pairs if mine != other]
    # All that differs is newer than the dictionary of DCMTK 3.6.7, which is that of 2022b.
    assert [line for _, line in different if not line.endswith(UNKNOWN_NAME.encode())] == []
    assert all(int(tag[1:5] + tag[6:10], 16) in DicomDictionary for tag, _ in different)
    assert len(tags) - len(different) > 4900


@pytest.mark.parametrize("is_explicit", [True, False])
def test_every_private_attribute(is_explicit: bool, dcmdump: Callable[..., bytes | None]) -> None:  # noqa: FBT001 - a pytest parameter
    attributes = table()
    items = b"".join(item(private_elements(*pair, is_explicit=is_explicit)) for pair in attributes.items())
    content = (
        explicit(sequence(0x00081140, items))
        if is_explicit
        else implicit(implicit_element(0x00081140, items))
    )
    theirs = dcmdump(content)
    assert theirs is not None
    assert format_file(content).splitlines() == theirs.splitlines()
    assert len(attributes) > 130
    assert sum(map(len, attributes.values())) > 2800


def test_groups_that_do_not_exist(dcmdump: Callable[..., bytes | None]) -> None:
    elements = [0x00000, 0x00010, 0x00001, 0x01001, 0x000FF, 0x00100, 0x0FF01]
    tags = [group << 16 | number for group in (1, 3, 7, 9, 0xB, 0xFFFF) for number in sorted(elements)]
    for content in (
        explicit(b"".join(element(tag, "LO", CSA) for tag in tags)),
        implicit(b"".join(implicit_element(tag, CSA) for tag in [0x00080060, *tags[21:]])),
    ):
        assert format_file(content) == dcmdump(content)


# What a private creator may look like, and where it may stand.
BLOCKS = {
    "padded": element(0x00110010, "LO", SPI + b" "),
    "odd": element(0x00110010, "LO", SPI),
    "odd with a blank": element(0x00110010, "LO", SPI + b"  "),
    "more blanks": element(0x00110010, "LO", SPI + b"   "),
    "a NUL": element(0x00110010, "LO", SPI + b"\0"),
    "a blank and a NUL": element(0x00110010, "LO", SPI + b"  \0"),
    "a leading blank": element(0x00110010, "LO", b" " + SPI),
    "small letters": element(0x00110010, "LO", SPI.lower() + b" "),
    "two values": element(0x00110010, "LO", SPI + b"\\"),
    "another VR": element(0x00110010, "SH", SPI + b" "),
    "no text": element(0x00110010, "UN", SPI + b" "),
    "a UID": element(0x00110010, "UI", SPI + b"\0"),
    "empty": element(0x00110010, "LO", b""),
    "line break": element(0x00110010, "LO", b"ACUSON]\n0011 15 LO Forged\n[" + SPI),
    "another block": element(0x00110011, "LO", SPI + b" "),
    "twice": element(0x00110010, "LO", b"ACUSON") + element(0x00110010, "LO", SPI + b" "),
    "two of one name": element(0x00110010, "LO", SPI + b" ") + element(0x00110011, "LO", SPI + b" "),
    "behind a higher tag": element(0x00190010, "LO", b"ACUSON") + element(0x00110010, "LO", SPI + b" "),
    "in another item": sequence(0x00081140, item(element(0x00110010, "LO", SPI + b" "))),
}


@pytest.mark.parametrize("block", BLOCKS)
def test_what_reserves_a_block(block: str, dcmdump: Callable[..., bytes | None]) -> None:
    attributes = element(0x00111015, "UN", b"AB") + element(0x00111115, "LO", b"AB")
    content = explicit(element(0x00080060, "CS", b"CT") + BLOCKS[block] + attributes)
    assert format_file(content) == dcmdump(content)


def test_a_block_holds_in_its_own_item_only(dcmdump: Callable[..., bytes | None]) -> None:
    block, attribute = element(0x00290010, "LO", CSA), element(0x00291008, "CS", b"AB")
    inside = item(attribute) + item(block + attribute) + item(attribute, undefined=True)
    content = explicit(block + sequence(0x00291010, inside) + element(0x00291018, "CS", b"AB"))
    assert format_file(content) == dcmdump(content)
    assert format_file(content).count(b" CSAImageHeaderType\n") == 1


def private_sequence(*items: bytes) -> bytes:
    return implicit_element(0x00090010, CARDIO + b" ") + implicit_element(PRIVATE_SEQUENCE, b"".join(items))


def undefined_private_sequence(*items: bytes) -> bytes:
    header = struct.pack("<HHI", PRIVATE_SEQUENCE >> 16, PRIVATE_SEQUENCE & 0xFFFF, 0xFFFFFFFF)
    return (
        implicit_element(0x00090010, CARDIO + b" ")
        + header
        + b"".join(map(item, items))
        + delimiter(0xE0DD)
        + implicit_element(0x00291008, b"AB")
    )


@pytest.mark.parametrize(
    "data_set",
    [
        private_sequence(),
        private_sequence(item(implicit_element(0x00080060, b"CT")), item(b"", undefined=True)),
        private_sequence(item(private_sequence(item(private_sequence(item(b"")))))),
        undefined_private_sequence(implicit_element(0x00080060, b"CT")),
    ],
)
def test_a_private_sequence_that_only_dcmtk_knows(
    data_set: bytes, dcmdump: Callable[..., bytes | None]
) -> None:
    for content in (
        implicit(data_set),
        implicit(implicit_element(0x00081140, item(data_set)) + data_set),
        # UN of undefined length holds Implicit VR (PS3.5 section 6.2.2).
        explicit(
            struct.pack("<HH2sHI", 0x0009, 0x1041, b"UN", 0, 0xFFFFFFFF) + item(data_set) + delimiter(0xE0DD)
        ),
    ):
        assert format_file(content) == dcmdump(content)


@pytest.mark.parametrize("value", [b"12345678", item(b"")[:-1], item(b"") + delimiter(0xE00D), b"\0"])
def test_a_private_sequence_without_items_is_printed_as_bytes(value: bytes) -> None:
    lines = format_file(implicit(private_sequence(value))).decode().splitlines()
    assert re.fullmatch(r"\(0009,1040\) SQ [0-9a-f\\]+ +# +\d+, 1 AlternateImageSequence", lines[-1])


def test_private_sequences_do_not_exhaust_the_stack() -> None:
    data_set = b""
    for _ in range(3000):
        data_set = private_sequence(item(data_set))
    assert b"AlternateImageSequence" in format_file(implicit(data_set))


@pytest.mark.parametrize("tag", [0x00291008, 0x00290010, 0x00280120])
def test_a_found_element_knows_what_stands_before_it(tag: int, dcmdump: Callable[..., bytes | None]) -> None:
    inside = b"".join(
        implicit_element(*pair)
        for pair in (
            (0x00280103, b"\1\0"),
            (0x00280120, b"\xff\xff"),
            (0x00290010, CSA),
            (0x00291008, b"AB"),
        )
    )
    content = implicit(implicit_element(0x00081140, item(inside) + item(inside)) + inside)
    assert format_elements(content, [tag]) == dcmdump(content, "+P", f"{tag >> 16:04x},{tag & 0xFFFF:04x}")


def test_what_is_newer_than_dcmtk_has_its_keyword() -> None:
    assert attribute_name(0x0008040C) == "FileOffsetInContainer"
    assert attribute_name(0x00189445) == UNKNOWN_NAME  # the Standard gives it none


def test_a_value_that_forges_a_private_line_is_noticed() -> None:
    forged = b"A\n(0010,0010) PN [Forged]                             #   8, 1 PatientName\nB    "
    block, value = element(0x00290010, "LO", CSA), element(0x00291009, "LO", forged)
    text = format_file(explicit(block + value), DumpOptions(line_length=None)).decode()
    assert text.count("CSAImageHeaderVersion") == 1
    with pytest.raises(DumpSyntaxError):
        parse_dump(text)
