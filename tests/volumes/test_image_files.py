"""An image that is skimmed for a volume or a list has the values that a reader of the whole file finds."""

from __future__ import annotations

import struct

import pytest

from dicomkit.files.reading import read_content
from dicomkit.viewers.image.listed_images import ListedImages
from dicomkit.volumes.image_files import ImageReader, PlainImage
from tests.support.dicom_files import element, part10

IMAGE = {
    0x00080016: ("UI", b"1.2.840.10008.5.1.4.1.1.2\0"),
    0x00080018: ("UI", b"1.2.3.4\0"),
    0x0020000E: ("UI", b"1.2.6\0"),
    0x00200013: ("IS", b"1 "),
    0x00200032: ("DS", b"0\\0\\5 "),
    0x00200037: ("DS", b"1\\0\\0\\0\\1\\0 "),
    0x00280002: ("US", b"\1\0"),
    0x00280004: ("CS", b"MONOCHROME2 "),
    0x00280010: ("US", b"\2\0"),
    0x00280011: ("US", b"\2\0"),
    0x00280100: ("US", b"\x10\0"),
    0x00280101: ("US", b"\x10\0"),
    0x00280102: ("US", b"\x0f\0"),
    0x00280103: ("US", b"\0\0"),
    0x00281052: ("DS", b"0 "),
    0x00281053: ("DS", b"1 "),
    0x7FE00010: ("OW", bytes(range(8))),
}


def file(changes: dict[int, tuple[str, bytes]]) -> bytes:
    return part10(b"".join(element(tag, *value) for tag, value in sorted((IMAGE | changes).items())))


def test_a_plain_image_is_skimmed() -> None:
    image = ImageReader().read(file({}))
    assert isinstance(image, PlainImage)
    assert bytes(image.pixels) == bytes(range(8))
    assert ListedImages().read(file({}), len(file({})), bytes) is not None


@pytest.mark.parametrize(
    ("tag", "vr", "value"),
    [
        (0x00281053, "FD", struct.pack("<d", 2.5)),
        (0x00281052, "SS", struct.pack("<h", -7)),
        (0x00280010, "IS", b"2 "),
        (0x00280011, "UL", b"\2\0\0\0"),
        (0x00280103, "SS", b"\1\0"),
        (0x00280030, "FD", struct.pack("<2d", 0.5, 0.25)),
        (0x00280030, "DS", b"0.5\\0.25"),
    ],
)
def test_a_value_is_read_with_the_vr_of_its_file(tag: int, vr: str, value: bytes) -> None:
    content = file({tag: (vr, value)})
    expected = read_content(content)[tag].value
    image = ImageReader().read(content)
    description = image.description if isinstance(image, PlainImage) else image
    assert description[tag].value == expected
    listed = ListedImages().read(content, len(content), bytes)
    assert listed is None or tag not in listed.dataset or listed.dataset[tag].value == expected
