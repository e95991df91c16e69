"""Values of odd length: which byte pads them, and where."""

from __future__ import annotations

import io
import subprocess
from collections.abc import Callable
from pathlib import Path

import pytest
from pydicom import dcmread

from dicomkit.errors import AttributeValueError
from dicomkit.files import read_file
from dicomkit.files.encoding import EXPLICIT_BIG, EXPLICIT_LITTLE, IMPLICIT_LITTLE, Encoding
from dicomkit.files.even_lengths import with_even_lengths
from dicomkit.files.writing import write_file
from tests.support.dicom_files import (
    BIG_ENDIAN,
    EXPLICIT,
    delimiter,
    element,
    implicit_element,
    item,
    part10,
    sequence,
)

PIXELS = 0x7FE00010


@pytest.mark.parametrize(
    ("dataset", "encoding", "expected"),
    [
        (element(0x00100010, "PN", b"Doe"), EXPLICIT_LITTLE, element(0x00100010, "PN", b"Doe ")),
        (element(0x0020000D, "UI", b"1.2"), EXPLICIT_LITTLE, element(0x0020000D, "UI", b"1.2\0")),
        (element(PIXELS, "OB", b"\1\2\3"), EXPLICIT_LITTLE, element(PIXELS, "OB", b"\1\2\3\0")),
        (element(PIXELS, "OW", b"\1\2\3"), EXPLICIT_LITTLE, element(PIXELS, "OW", b"\1\2\3\0")),
        (element(PIXELS, "OB", b"\1\2\3", ">"), EXPLICIT_BIG, element(PIXELS, "OB", b"\1\2\3\0", ">")),
        # Three samples in words: the third is the lower byte of the second word.
        (element(PIXELS, "OW", b"\2\1\3", ">"), EXPLICIT_BIG, element(PIXELS, "OW", b"\2\1\0\3", ">")),
        (implicit_element(0x00100010, b"Doe"), IMPLICIT_LITTLE, implicit_element(0x00100010, b"Doe ")),
        (implicit_element(PIXELS, b"\1\2\3"), IMPLICIT_LITTLE, implicit_element(PIXELS, b"\1\2\3\0")),
        (
            sequence(0x00081140, item(element(0x00081150, "UI", b"1.2.3") + element(0x00081155, "UI", b"1"))),
            EXPLICIT_LITTLE,
            sequence(
                0x00081140, item(element(0x00081150, "UI", b"1.2.3\0") + element(0x00081155, "UI", b"1\0"))
            ),
        ),
        (
            sequence(0x00081140, item(element(0x00081150, "UI", b"1.2.3"), undefined=True), undefined=True),
            EXPLICIT_LITTLE,
            sequence(0x00081140, item(element(0x00081150, "UI", b"1.2.3\0"), undefined=True), undefined=True),
        ),
        (element(0x00100010, "PN", b"Even"), EXPLICIT_LITTLE, element(0x00100010, "PN", b"Even")),
    ],
)
def test_each_value_gets_its_byte(dataset: bytes, encoding: Encoding, expected: bytes) -> None:
    assert with_even_lengths(dataset, encoding) == expected


def encapsulated(table: list[int], *fragments: bytes) -> bytes:
    start = element(PIXELS, "OB", b"")[:8] + b"\xff\xff\xff\xff"
    offsets = b"".join(offset.to_bytes(4, "little") for offset in table)
    return start + item(offsets) + b"".join(map(item, fragments)) + delimiter(0xE0DD)


def test_the_offsets_of_fragments_grow_with_them() -> None:
    odd = encapsulated([0, 11, 23], b"abc", b"abcd", b"abcde")
    assert with_even_lengths(odd, EXPLICIT_LITTLE) == encapsulated([0, 12, 24], b"abc\0", b"abcd", b"abcde\0")


def test_a_value_without_room_for_one_byte_is_refused() -> None:
    with pytest.raises(AttributeValueError, match="odd length"):
        with_even_lengths(element(0x00104000, "LT", bytes(65_535)), EXPLICIT_LITTLE)


@pytest.mark.parametrize(("syntax", "order"), [(EXPLICIT, "<"), (BIG_ENDIAN, ">")])
def test_dcmtk_finds_the_same_samples(
    syntax: str, order: str, peer: Callable[[str], str], tmp_path: Path
) -> None:
    """Three samples of 8 bits in words, once without the byte that is missing and once with it."""
    samples = bytes([10, 20, 30]) if order == "<" else bytes([20, 10, 30])
    encoding = EXPLICIT_LITTLE if order == "<" else EXPLICIT_BIG
    dataset = with_even_lengths(element(PIXELS, "OW", samples, order), encoding)
    (tmp_path / "even.dcm").write_bytes(part10(dataset, syntax))
    command = [peer("dcmconv"), "+te", str(tmp_path / "even.dcm"), str(tmp_path / "little.dcm")]
    subprocess.run(command, check=True, capture_output=True, timeout=60)
    found = dcmread(io.BytesIO((tmp_path / "little.dcm").read_bytes()), force=True)
    assert found.PixelData == bytes([10, 20, 30, 0])


@pytest.mark.parametrize(("syntax", "order"), [(EXPLICIT, "<"), (BIG_ENDIAN, ">")])
def test_what_was_read_with_odd_values_can_be_written(syntax: str, order: str, tmp_path: Path) -> None:
    samples = bytes([10, 20, 30]) if order == "<" else bytes([20, 10, 30])
    dataset = element(0x00100010, "PN", b"Doe", order) + element(PIXELS, "OW", samples, order)
    (tmp_path / "odd.dcm").write_bytes(part10(dataset, syntax))
    read = read_file(tmp_path / "odd.dcm")
    assert read.PatientName == "Doe"
    write_file(read, tmp_path / "even.dcm")
    expected = samples + b"\0" if order == "<" else samples[:2] + b"\0" + samples[2:]
    written = (tmp_path / "even.dcm").read_bytes()
    assert written.endswith(
        element(0x00100010, "PN", b"Doe ", order) + element(PIXELS, "OW", expected, order)
    )
