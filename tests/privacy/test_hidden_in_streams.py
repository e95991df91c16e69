"""Texts where a compressed stream has numbers: in unused tables, hints, spare bytes, and after the coded data."""

from __future__ import annotations

import io
import struct

import numpy as np
import pytest
from PIL import Image
from pydicom import Dataset
from pydicom.dataset import FileDataset
from pydicom.encaps import encapsulate
from pydicom.uid import UID, HTJ2KLossless, JPEG2000Lossless, JPEGBaseline8Bit, JPEGLSLossless

from dicomkit.errors import DeidentificationError
from dicomkit.files.writing import encode_file
from dicomkit.pixels import compress, secondary_capture, stored_values
from dicomkit.pixels.pixel_encoding import pixel_encoding
from dicomkit.privacy import DeidentificationKey, deidentify
from dicomkit.privacy.streams import blank_encapsulated, coded_ends

KEY = DeidentificationKey(b"the key of these tests: 32 bytes!")
SECRET = b"KOWALSKA^ANNA"
VALUES = np.add.outer(np.arange(64), 2 * np.arange(64)).astype(np.uint8)


def item(content: bytes) -> bytes:
    content += b"\0" * (len(content) % 2)
    return struct.pack("<HHL", 0xFFFE, 0xE000, len(content)) + content


def picture(kind: str, **options: object) -> bytes:
    into = io.BytesIO()
    Image.fromarray(VALUES).save(into, kind, **options)
    return into.getvalue()


JPEG, PROGRESSIVE = picture("JPEG"), picture("JPEG", progressive=True)
JP2, CODE_STREAM = picture("JPEG2000"), picture("JPEG2000", no_jp2=True)


def segment(marker: int, content: bytes) -> bytes:
    return bytes([0xFF, marker]) + struct.pack(">H", len(content) + 2) + content


def behind_soi(stream: bytes, part: bytes) -> bytes:
    return stream[:2] + part + stream[2:]


def before_the_end(stream: bytes, part: bytes) -> bytes:
    return stream[:-2] + part + stream[-2:]


def behind_siz(stream: bytes, marker: int, content: bytes) -> bytes:
    end = 4 + int.from_bytes(stream[4:6], "big")
    return stream[:end] + struct.pack(">HH", marker, len(content) + 2) + content + stream[end:]


def longer_segment(stream: bytes, marker: int) -> bytes:
    at = stream.index(struct.pack(">H", marker))
    length = int.from_bytes(stream[at + 2 : at + 4], "big")
    end = at + 2 + length
    return (
        stream[: at + 2]
        + struct.pack(">H", length + len(SECRET))
        + stream[at + 4 : end]
        + SECRET
        + stream[end:]
    )


def in_last_tile_part(stream: bytes, part: bytes) -> bytes:
    at = stream.index(b"\xff\x90")
    length = int.from_bytes(stream[at + 6 : at + 10], "big")
    stated = struct.pack(">L", length + len(part) if length else 0)
    return before_the_end(stream[: at + 6] + stated + stream[at + 10 :], part)


def in_header_box(kind: bytes, content: bytes) -> bytes:
    at = JP2.index(b"jp2h") - 4
    length = int.from_bytes(JP2[at : at + 4], "big")
    box = struct.pack(">L4s", len(content) + 8, kind) + content
    return (
        JP2[:at] + struct.pack(">L", length + len(box)) + JP2[at + 4 : at + length] + box + JP2[at + length :]
    )


CHANNELS = struct.pack(">4H", 1, 0, 0, 1)  # the first channel is the first colour
BLANK: dict[str, bytes] = {
    "a quantization table of no component": behind_soi(JPEG, segment(0xDB, b"\x03" + (SECRET * 5)[:64])),
    "one that another one replaces": behind_soi(JPEG, segment(0xDB, b"\x00" + (SECRET * 5)[:64])),
    "a Huffman table of no scan": behind_soi(JPEG, segment(0xC4, b"\x13" + bytes(7) + b"\x0d" + bytes(8) + SECRET)),
    "version and flags of Adobe": behind_soi(JPEG, segment(0xEE, b"Adobe" + SECRET[:6] + b"\0")),
    "lengths of tile-parts": behind_siz(CODE_STREAM, 0xFF55, b"\0\x40" + SECRET[:12]),
    "lengths of packets": behind_siz(CODE_STREAM, 0xFF57, SECRET),
    "a registration": behind_siz(CODE_STREAM, 0xFF63, SECRET[:12]),
    "a corresponding profile": behind_siz(CODE_STREAM, 0xFF59, SECRET[:12]),
    "a resolution of a JP2 file": in_header_box(b"res ", struct.pack(">L4s", 21, b"resc") + SECRET),
    "a second image header": in_header_box(b"ihdr", SECRET + b"!"),
    "the minor version of a JP2 file": JP2.replace(b"ftypjp2 \0\0\0\0", b"ftypjp2 KOWA"),
}  # fmt: skip


@pytest.mark.parametrize("name", BLANK)
def test_what_no_decoder_needs_is_blank_and_the_picture_is_the_same(name: str) -> None:
    value = item(b"") + item(BLANK[name])
    needle = next(word for word in (SECRET, SECRET[:12], SECRET[:6], SECRET[:4]) if word in value)
    cleaned = blank_encapsulated(value, transfer_syntax_uid=JPEG2000Lossless, frame_pixels=VALUES.size)
    assert needle not in cleaned
    assert len(cleaned) == len(value)
    pictures = [np.asarray(Image.open(io.BytesIO(each[16:]))) for each in (cleaned, item(b"") + item(
        JPEG if BLANK[name].startswith(JPEG[:2]) else CODE_STREAM))]  # fmt: skip
    np.testing.assert_array_equal(*pictures)


REFUSED: dict[str, bytes] = {
    "a mapping table of JPEG-LS": behind_soi(JPEG, segment(0xF8, b"\2\1\1" + SECRET)),
    "arithmetic conditions": behind_soi(JPEG, segment(0xCC, SECRET + b"!")),
    "counts of codes that cannot be": behind_soi(JPEG, segment(0xC4, b"\x13" + (SECRET * 2)[:16] + bytes(sum((SECRET * 2)[:16])))),
    **{
        f"the JPEG 2000 segment {marker:04X}": behind_siz(CODE_STREAM, marker, SECRET)
        for marker in (0xFF50, 0xFF52, 0xFF53, 0xFF5C, 0xFF5D, 0xFF5E, 0xFF5F, 0xFF60, 0xFF61)
    },
    "a second coding style": behind_siz(CODE_STREAM, 0xFF52, CODE_STREAM[CODE_STREAM.index(b"\xff\x52") + 4 :][:10]),
    "a longer coding style": longer_segment(CODE_STREAM, 0xFF52),
    "a longer quantization": longer_segment(CODE_STREAM, 0xFF5C),
    "a palette of a JP2 file": in_header_box(b"pclr", SECRET),
    "a channel of a JP2 file": in_header_box(b"cdef", SECRET),
}  # fmt: skip


@pytest.mark.parametrize("name", REFUSED)
def test_numbers_that_are_none_are_refused(name: str) -> None:
    value = item(b"") + item(REFUSED[name])
    with pytest.raises(DeidentificationError) as raised:
        blank_encapsulated(value, transfer_syntax_uid=JPEG2000Lossless, frame_pixels=VALUES.size)
    assert "KOWALSKA" not in str(raised.value)


def test_true_lengths_of_tile_parts_and_usual_channels_stay() -> None:
    # HTJ2K in the order RPCL needs the lengths (PS3.5 section 10.18).
    at = CODE_STREAM.index(b"\xff\x90")
    length = len(CODE_STREAM) - 2 - at
    stated = CODE_STREAM[: at + 6] + struct.pack(">L", length) + CODE_STREAM[at + 10 :]
    lengths = b"\0\x40" + struct.pack(">L", length)
    for stream, part in (
        (behind_siz(stated, 0xFF55, lengths), b"\xff\x55\x00\x08" + lengths),
        (in_header_box(b"cdef", CHANNELS), b"cdef" + CHANNELS),
    ):
        value = item(b"") + item(stream)
        cleaned = blank_encapsulated(value, transfer_syntax_uid=JPEG2000Lossless, frame_pixels=VALUES.size)
        assert part in value
        assert part in cleaned


# --- behind the last code ---------------------------------------------------------------------------------


def compressed(stream: bytes, syntax: UID) -> FileDataset:
    dataset = secondary_capture(VALUES)
    dataset.SOPClassUID = "1.2.840.10008.5.1.4.1.1.2"
    dataset.file_meta.TransferSyntaxUID = syntax
    dataset.PixelData = encapsulate([stream])
    dataset["PixelData"].VR, dataset["PixelData"].is_undefined_length = "OB", True
    return dataset


def stream_of(dataset: Dataset) -> bytes:
    frames = pixel_encoding(dataset, 1).frames
    assert frames is not None
    return frames.stream(1)


def between_scans(stream: bytes, part: bytes) -> bytes:
    first_end = coded_ends(stream)[0]
    return stream[:first_end] + part + stream[first_end:]


JPEG_LS = stream_of(compress(secondary_capture(VALUES), JPEGLSLossless)).rstrip(b"\0")
TAILS: dict[str, tuple[bytes, UID, str]] = {
    "JPEG": (before_the_end(JPEG, SECRET), JPEGBaseline8Bit, "no part of the picture"),
    "JPEG, UTF-16": (before_the_end(JPEG, SECRET.decode().encode("utf-16-le")), JPEGBaseline8Bit, "no part of the picture"),
    "JPEG, Cyrillic": (before_the_end(JPEG, "Иванов".encode()), JPEGBaseline8Bit, "no part of the picture"),
    "JPEG, behind a restart": (before_the_end(JPEG, b"\xff\xd0" + SECRET), JPEGBaseline8Bit, "no part of the picture"),
    "progressive JPEG": (between_scans(PROGRESSIVE, SECRET), JPEGBaseline8Bit, "no part of the picture"),
    "JPEG-LS": (before_the_end(JPEG_LS, SECRET), JPEGLSLossless, "nobody here can look"),
    "JPEG 2000": (in_last_tile_part(CODE_STREAM, SECRET), JPEG2000Lossless, "no part of the picture"),
}  # fmt: skip


@pytest.mark.parametrize("name", TAILS)
def test_a_text_behind_the_last_code_is_refused(name: str) -> None:
    stream, syntax, problem = TAILS[name]
    with pytest.raises(DeidentificationError, match=problem):
        deidentify(compressed(stream, syntax), KEY, pixels_checked=True)


def test_codes_that_look_like_a_text_are_none() -> None:
    # Levels whose codes happen to end with signs: found by trying, and they are needed for the picture.
    found = 0
    for seed in range(400):
        values = np.random.default_rng(seed).integers(0, 256, (8, 8)).astype(np.uint8)
        into = io.BytesIO()
        Image.fromarray(values).save(into, "JPEG", quality=90)
        (end,) = coded_ends(into.getvalue())
        tail = into.getvalue()[end - 6 : end]
        if not all(0x20 <= byte < 0x7F for byte in tail):
            continue
        found += 1
        dataset = secondary_capture(values)
        dataset.file_meta.TransferSyntaxUID = JPEGBaseline8Bit
        dataset.PixelData = encapsulate([into.getvalue()])
        dataset["PixelData"].VR, dataset["PixelData"].is_undefined_length = "OB", True
        done = deidentify(dataset, KEY, pixels_checked=True).dataset
        np.testing.assert_array_equal(stored_values(done), stored_values(dataset))
    assert found


@pytest.mark.parametrize("syntax", [JPEG2000Lossless, HTJ2KLossless])
def test_a_name_in_the_tail_is_not_in_the_error(syntax: UID) -> None:
    with pytest.raises(DeidentificationError) as raised:
        deidentify(
            compressed(in_last_tile_part(CODE_STREAM, SECRET), syntax),
            KEY,
            pixels_checked=True,
        )
    assert "KOWALSKA" not in str(raised.value)
    assert encode_file(
        deidentify(compressed(CODE_STREAM, JPEG2000Lossless), KEY, pixels_checked=True).dataset
    )
