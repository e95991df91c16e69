"""Pictures that cannot be used are refused with a reason, and each change is reported."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
from pydicom.dataelem import RawDataElement
from pydicom.dataset import Dataset
from pydicom.tag import Tag
from pydicom.uid import JPEG2000Lossless

from dicomkit.errors import ImageError
from dicomkit.pixels import secondary_capture, stored_values
from dicomkit.pixels.jpeg_stream import read_frame_header
from dicomkit.pixels.missing_decoder import no_encoder
from dicomkit.pixels.picture_files import read_picture
from dicomkit.pixels.pixel_encoding import pixel_bytes

SOI, EOI, SOS = b"\xff\xd8", b"\xff\xd9", b"\xff\xda"
# ITU-T T.81 section B.2.2: length, precision, lines, samples per line, components, and for each three bytes.
SOF1_OF_12_BITS = b"\xff\xc1" + bytes([0, 11, 12, 0, 2, 0, 3, 1, 1, 0x11, 0])


def test_colours_of_an_odd_range_are_scaled_to_8_bits(tmp_path: Path) -> None:
    path = tmp_path / "dim.ppm"
    path.write_text("P3 2 1 100\n0 50 100 100 25 1\n", encoding="ascii")
    picture = read_picture(path)
    assert picture.frames is not None
    assert picture.frames.tolist() == [[[[0, 128, 255], [255, 64, 3]]]]  # value x 255 / 100, rounded
    assert picture.remarks == ("The colours from 0 to 100 were scaled to 8 bits.",)


def test_a_jpeg_of_12_bits_is_refused(tmp_path: Path) -> None:
    path = tmp_path / "deep.jpg"
    scan = SOS + bytes([0, 8, 1, 1, 0, 0, 63, 0]) + b"\x00"
    path.write_bytes(SOI + SOF1_OF_12_BITS + scan + EOI)
    with pytest.raises(ImageError, match="a JPEG of 12 bits cannot be decoded here"):
        read_picture(path)


def test_a_picture_that_is_too_large_is_not_read(tmp_path: Path) -> None:
    path = tmp_path / "vast.png"
    with path.open("wb") as stream:
        stream.truncate((1 << 30) + 1)  # no bytes on disk
    with pytest.raises(ImageError, match="larger than 1 GiB"):
        read_picture(path)


@pytest.mark.parametrize(
    ("stream", "bits"),
    [
        (SOI + SOF1_OF_12_BITS, 12),
        (SOI + b"\xff\x01" + SOF1_OF_12_BITS, 12),  # TEM stands alone, without a length
        (SOI + EOI, None),
        (SOI + SOS, None),
        (b"GIF89a", None),
    ],
)
def test_a_frame_header_is_found_before_the_first_scan(stream: bytes, bits: int | None) -> None:
    header = read_frame_header(stream, "stream")
    assert (None if header is None else header.size.bits) == bits


@pytest.mark.parametrize(
    "stream", [SOI, SOI + b"\x00\x00", SOI + b"\xff\xc1\x00\x01", SOI + SOF1_OF_12_BITS[:6]]
)
def test_a_stream_that_is_cut_off_is_refused(stream: bytes) -> None:
    with pytest.raises(ImageError):
        read_frame_header(stream, "stream")


def test_pixel_data_that_is_damaged_or_no_bytes_is_refused() -> None:
    damaged, texts = Dataset(), Dataset()
    tag = Tag(0x7FE00010)
    damaged[tag] = RawDataElement(tag, "QQ", 2, b"ab", 0, is_implicit_VR=False, is_little_endian=True)
    texts.add_new(tag, "LO", "ab")
    with pytest.raises(ImageError, match="the element is damaged"):
        pixel_bytes(damaged, "PixelData")
    with pytest.raises(ImageError, match="its value is no row of bytes"):
        pixel_bytes(texts, "PixelData")


@pytest.mark.parametrize("bits", [12, 24, 40])
def test_native_samples_of_an_odd_size_are_refused_in_words(bits: int) -> None:
    image = secondary_capture(np.zeros((8, 8), np.uint16))
    image.BitsAllocated, image.BitsStored, image.HighBit = bits, 12, 11
    image.PixelData = bytes(8 * bits)
    with pytest.raises(ImageError, match=f"Bits Allocated: native samples of {bits} bits are not read"):
        stored_values(image)


def test_a_missing_encoder_is_named_with_the_package_that_brings_it() -> None:
    assert "pip install pylibjpeg" in str(no_encoder(JPEG2000Lossless))
