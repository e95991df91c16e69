"""Texts planted everywhere in a compressed picture: they are removed, or the file is refused; the picture stays."""

from __future__ import annotations

import io
import struct
from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest
from PIL import Image, ImageCms
from pydicom import dcmread
from pydicom.data import get_testdata_file
from pydicom.encaps import generate_fragments
from pydicom.uid import JPEG2000, JPEGBaseline8Bit, RLELossless

from dicomkit.errors import DeidentificationError
from dicomkit.privacy.streams import blank_encapsulated, blank_icc_profile

SECRET = b"KOWALSKA^ANNA"
CT_SIZE = 64 * 64


def item(content: bytes) -> bytes:
    content += b"\0" * (len(content) % 2)
    return struct.pack("<HHL", 0xFFFE, 0xE000, len(content)) + content


def segment(marker: int, content: bytes) -> bytes:
    return bytes([0xFF, marker]) + struct.pack(">H", len(content) + 2) + content


def box(kind: bytes, content: bytes) -> bytes:
    return struct.pack(">L4s", len(content) + 8, kind) + content


def picture(kind: str, **options: object) -> bytes:
    """Return a picture with something in it, encoded by Pillow."""
    stream = io.BytesIO()
    values = np.add.outer(np.arange(64), 2 * np.arange(64)).astype(np.uint8)
    Image.fromarray(np.stack([values, values[::-1], values.T], axis=2)).save(stream, kind, **options)
    return stream.getvalue()


def profile() -> bytes:
    return ImageCms.ImageCmsProfile(ImageCms.createProfile("sRGB")).tobytes()


JPEG = picture("JPEG")
PROGRESSIVE = picture("JPEG", progressive=True)
JP2 = picture("JPEG2000")
CODE_STREAM = picture("JPEG2000", no_jp2=True)


def behind_soi(stream: bytes, *parts: bytes) -> bytes:
    return stream[:2] + b"".join(parts) + stream[2:]


def before_eoi(stream: bytes, part: bytes) -> bytes:
    return stream[:-2] + part + stream[-2:]


def between_scans(stream: bytes, part: bytes) -> bytes:
    second = stream.index(b"\xff\xda", stream.index(b"\xff\xda") + 2)
    table = stream.rindex(b"\xff\xc4", 0, second)  # its Huffman table stands before a scan
    return stream[:table] + part + stream[table:]


def behind_siz(stream: bytes, part: bytes) -> bytes:
    size = int.from_bytes(stream[4:6], "big")
    return stream[: 4 + size] + part + stream[4 + size :]


def in_tile_part(stream: bytes, part: bytes) -> bytes:
    start = stream.index(b"\xff\x90")
    length = int.from_bytes(stream[start + 6 : start + 10], "big")
    longer = stream[: start + 6] + struct.pack(">L", length + len(part)) + stream[start + 10 :]
    return longer[: start + 12] + part + longer[start + 12 :]


def in_header_box(stream: bytes, part: bytes) -> bytes:
    start = stream.index(b"jp2h") - 4
    length = int.from_bytes(stream[start : start + 4], "big")
    return (
        stream[:start]
        + struct.pack(">L", length + len(part))
        + stream[start + 4 : start + length]
        + part
        + stream[start + length :]
    )


JPEG_COMMENT = segment(0xFE, SECRET)
J2K_COMMENT = b"\xff\x64" + struct.pack(">HH", len(SECRET) + 4, 1) + SECRET
EXIF = b"Exif\0\0II*\0\x08\0\0\0\0\0\0\0\0\0" + SECRET
PLANTED: dict[str, bytes] = {
    "comment": behind_soi(JPEG, JPEG_COMMENT),
    "two comments": behind_soi(JPEG, JPEG_COMMENT, JPEG_COMMENT),
    "Exif": behind_soi(JPEG, segment(0xE1, EXIF)),
    "XMP": behind_soi(JPEG, segment(0xE1, b"http://ns.adobe.com/xap/1.0/\0" + SECRET)),
    "ICC in JPEG": behind_soi(JPEG, segment(0xE2, b"ICC_PROFILE\0\1\1" + SECRET)),
    "IPTC": behind_soi(JPEG, segment(0xED, b"Photoshop 3.0\0" + SECRET)),
    "JFXX": behind_soi(JPEG, segment(0xE0, b"JFXX\0\x10" + SECRET)),
    "second JFIF": behind_soi(JPEG, segment(0xE0, b"JFIF\0\1\1\0\0\1\0\1\0\0" + SECRET)),
    "SPIFF": behind_soi(JPEG, segment(0xE8, b"SPIFF\0" + SECRET)),
    "behind Adobe": behind_soi(JPEG, segment(0xEE, b"Adobe\0\x64\0\0\0\0\1" + SECRET)),
    "behind a scan": before_eoi(JPEG, JPEG_COMMENT),
    "between scans": between_scans(PROGRESSIVE, JPEG_COMMENT),
    "fill bytes": behind_soi(JPEG, b"\xff\xff\xff" + JPEG_COMMENT),
    "behind EOI": JPEG + SECRET,
    "a second picture behind EOI": JPEG + behind_soi(JPEG, JPEG_COMMENT),
    "J2K comment": behind_siz(CODE_STREAM, J2K_COMMENT),
    "J2K tile-part comment": in_tile_part(CODE_STREAM, J2K_COMMENT),
    "behind EOC": CODE_STREAM + SECRET,
    "JP2 XML": JP2 + box(b"xml ", SECRET),
    "JP2 UUID": JP2.replace(b"\0\0\0\x2djp2h", box(b"uuid", bytes(16) + SECRET) + b"\0\0\0\x2djp2h"),
    "JP2 unknown box": JP2 + box(b"what", SECRET),
    "JP2 box in the header": in_header_box(JP2, box(b"xml ", SECRET)),
    "JP2 ICC": in_header_box(JP2, box(b"colr", b"\2\0\0" + profile()[:128] + SECRET)),
    "JP2 brand": JP2.replace(box(b"ftyp", b"jp2 \0\0\0\0jp2 "), box(b"ftyp", b"jp2 \0\0\0\0jp2 " + SECRET[:12])),
    "behind JP2": JP2 + bytes(8) + SECRET,
    "behind the code stream in its box": JP2.replace(
        JP2[JP2.index(b"jp2c") - 4 :],
        box(b"jp2c", JP2[JP2.index(b"jp2c") + 4 :] + SECRET),
    ),
}  # fmt: skip


def decoded(encapsulated: bytes) -> np.ndarray:
    return np.asarray(Image.open(io.BytesIO(encapsulated[16:])))


@pytest.mark.parametrize("name", PLANTED)
def test_a_planted_text_is_gone_and_the_picture_is_the_same(name: str) -> None:
    stream = PLANTED[name]
    value = item(b"") + item(stream)
    assert SECRET[:12] in value
    syntax = JPEGBaseline8Bit if stream.startswith(JPEG[:2]) else JPEG2000
    cleaned = blank_encapsulated(value, transfer_syntax_uid=syntax, frame_pixels=CT_SIZE)
    assert SECRET[:8] not in cleaned
    assert len(cleaned) == len(value)
    np.testing.assert_array_equal(decoded(cleaned), decoded(value))


@pytest.mark.parametrize("cut", [3, 7, 30, 100, 333])
def test_a_comment_that_goes_on_in_the_next_fragment_is_blank_in_both(cut: int) -> None:
    stream = behind_soi(JPEG, segment(0xFE, SECRET * 40))
    pieces = [stream[i : i + 2 * cut] for i in range(0, len(stream), 2 * cut)]
    value = item(b"") + b"".join(map(item, pieces))
    cleaned = blank_encapsulated(value, transfer_syntax_uid=JPEGBaseline8Bit, frame_pixels=CT_SIZE)
    assert b"WALSK" not in cleaned


REFUSED: dict[str, bytes] = {
    "a video": b"\0\0\0\x01\x67" + SECRET,
    "MPEG": b"\0\0\x01\xb3" + SECRET,
    "a PNG": picture("PNG"),
    "JPEG XL": b"\xff\x0a" + SECRET,
    "no end": JPEG[:-2],
    "a segment without an end": behind_soi(JPEG, b"\xff\xfe\xff\xff"),
    "an unknown segment": behind_soi(JPEG, segment(0xF3, SECRET)),
    "a table with more": behind_soi(JPEG, segment(0xDB, bytes(65) + SECRET)),
    "Huffman with more": behind_soi(JPEG, segment(0xC4, bytes(17) + SECRET)),
    "something between segments": behind_soi(JPEG, SECRET),
    "an unknown J2K segment": behind_siz(CODE_STREAM, b"\xff\x77" + struct.pack(">H", 15) + SECRET),
    "J2K without an end": CODE_STREAM[:-2],
    "JP2 without a picture": JP2[: JP2.index(b"jp2c") - 4],
    "a box without an end": JP2[:12] + struct.pack(">L4s", 1 << 30, b"uuid") + SECRET,
}


@pytest.mark.parametrize("name", REFUSED)
def test_what_cannot_be_read_to_its_end_is_refused_without_its_text(name: str) -> None:
    value = item(b"") + item(REFUSED[name])
    with pytest.raises(DeidentificationError) as raised:
        blank_encapsulated(value, transfer_syntax_uid=JPEGBaseline8Bit, frame_pixels=CT_SIZE)
    assert "KOWALSKA" not in str(raised.value)


@pytest.mark.parametrize("cut", range(1, 60, 2))
def test_a_stream_that_was_cut_is_one_clear_error(cut: int) -> None:
    value = (item(b"") + item(JPEG))[:-cut]
    with pytest.raises(DeidentificationError):
        blank_encapsulated(value, transfer_syntax_uid=JPEGBaseline8Bit, frame_pixels=CT_SIZE)


def test_a_text_in_a_fragment_of_its_own_is_refused() -> None:
    value = item(b"") + item(JPEG) + item(SECRET)
    with pytest.raises(DeidentificationError):
        blank_encapsulated(value, transfer_syntax_uid=JPEGBaseline8Bit, frame_pixels=CT_SIZE)


@pytest.mark.parametrize("table", [SECRET[:12], b"\0\0\0\0" + SECRET[:12], struct.pack("<2L", 0, 4)])
def test_an_offset_table_that_leads_nowhere_is_emptied(table: bytes) -> None:
    value = item(table) + item(JPEG) + item(JPEG)
    cleaned = blank_encapsulated(value, transfer_syntax_uid=JPEGBaseline8Bit, frame_pixels=CT_SIZE)
    assert cleaned == item(b"") + item(JPEG) + item(JPEG)


def test_a_true_offset_table_stays() -> None:
    value = item(struct.pack("<2L", 0, len(item(JPEG)))) + item(JPEG) + item(JPEG)
    assert blank_encapsulated(value, transfer_syntax_uid=JPEGBaseline8Bit, frame_pixels=CT_SIZE) == value


def rle_file() -> tuple[bytes, int]:
    dataset = dcmread(get_testdata_file("MR_small_RLE.dcm", download=False))
    *_, frame = generate_fragments(dataset.PixelData)
    return item(b"") + item(frame), dataset.Rows * dataset.Columns


def test_an_rle_tail_and_header_are_blank() -> None:
    value, pixels = rle_file()
    frame = bytearray(value[16:])
    count = frame[0]
    frame[4 + 4 * count : 4 + 4 * count + len(SECRET)] = SECRET
    planted = item(b"") + item(bytes(frame) + SECRET + b"\0")
    cleaned = blank_encapsulated(planted, transfer_syntax_uid=RLELossless, frame_pixels=pixels)
    assert b"KOWAL" not in cleaned
    assert cleaned[16 : 16 + len(frame)] == value[16:]
    for wrong in (
        item(b"") + item(SECRET * 10),
        item(b"") + item(bytes(64)),
        item(b"") + item(value[16:200]),
    ):
        with pytest.raises(DeidentificationError):
            blank_encapsulated(wrong, transfer_syntax_uid=RLELossless, frame_pixels=pixels)


def test_the_texts_of_an_icc_profile_are_blank_and_its_colours_stay() -> None:
    before = profile()
    cleaned = blank_icc_profile(before)
    assert len(cleaned) == len(before)
    text = "sRGB built-in".encode("utf-16-be")
    assert text in before
    assert text not in cleaned
    assert b"lcms" not in cleaned, "nor who made it"
    source = Image.fromarray(np.arange(192, dtype=np.uint8).reshape(8, 8, 3))
    through = [
        np.asarray(
            ImageCms.profileToProfile(
                source,
                ImageCms.ImageCmsProfile(io.BytesIO(each)),
                ImageCms.createProfile("LAB"),
                outputMode="LAB",
            )
        )
        for each in (before, cleaned)
    ]
    np.testing.assert_array_equal(*through)
    assert blank_icc_profile(SECRET * 20) == bytes(len(SECRET) * 20)
    assert blank_icc_profile(before + SECRET) == cleaned + bytes(len(SECRET))


@pytest.mark.parametrize("name", ["JPEG", "JPEG2000"])
def test_dcmtk_and_pillow_read_the_result(name: str, tmp_path: Path, peer: Callable[[str], str]) -> None:
    stream = PLANTED["between scans"] if name == "JPEG" else PLANTED["J2K tile-part comment"]
    cleaned = blank_encapsulated(item(b"") + item(stream), transfer_syntax_uid=JPEG2000, frame_pixels=CT_SIZE)
    assert peer("dcmdump")
    (tmp_path / "picture").write_bytes(cleaned[16:])
    with Image.open(tmp_path / "picture") as image:
        assert image.format == name
        image.load()
