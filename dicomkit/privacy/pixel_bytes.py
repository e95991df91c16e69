"""Remove everything in Pixel Data that is not a pixel, or refuse it where only a new encoding could remove it.

Texts in streams, bytes after the last pixel and unused bits of native samples are blanked. Until 2004 such bits could
hold an overlay, and so a name. In compressed frames they are refused: blanking them would need an encoder for each
codec. So is text after the coded data, before the end marker, where no decoder looks. The end of coded data cannot be
found without decoding: if the last bytes look like text, the frame is decoded a second time without them, and if the
picture is the same, they are not part of it.

References
----------
PS3.5 section 8.1.1, Pixel Data Encoding; section 8.2, Native or Encapsulated Format Encoding; section A.4.
PS3.5 2004 section 8.1.2, overlays in unused bits.
"""

from __future__ import annotations

import re
import struct
from collections.abc import Iterator
from typing import Any

import numpy as np
import numpy.typing as npt
from pydicom.dataset import Dataset
from pydicom.encaps import encapsulate
from pydicom.pixels.utils import get_expected_length
from pydicom.uid import ExplicitVRBigEndian

from dicomkit.errors import ImageError
from dicomkit.files.tokens import PIXEL_DATA
from dicomkit.pixels.checked_image import check_image
from dicomkit.pixels.compressed_frame import bits_in_stream
from dicomkit.pixels.decoding import pixel_words, stored_values
from dicomkit.pixels.image_pixel_description import image_pixel_description
from dicomkit.pixels.pixel_encoding import PixelEncoding, pixel_encoding
from dicomkit.privacy.streams import blank_encapsulated, coded_ends
from dicomkit.privacy.streams.encapsulated import fragments
from dicomkit.privacy.streams.refusal import refusal

__all__ = ["EXTENDED_OFFSETS", "clean_pixels", "has_true_extended_offsets"]

EXTENDED_OFFSETS = frozenset({0x7FE00001, 0x7FE00002})  # Extended Offset Table, and its Lengths
_WHOLE_BYTES = {8: "u1", 16: "u2", 32: "u4", 64: "u8"}  # numpy's type code by Bits Allocated
_TAIL_BYTES = 6  # of coded data, about one tail in three hundred looks like text by chance
# ASCII, also with a zero byte beside each letter, or UTF-8 characters of two or three bytes.
_TEXT = re.compile(rb"(?:[\x20-\x7e\0]|[\xc3-\xdf][\x80-\xbf]|[\xe0-\xef][\x80-\xbf]{2})+")


def clean_pixels(dataset: Dataset) -> str:
    """Clean the Pixel Data of a data set in place; return a phrase on what was blanked, or "".

    Raises
    ------
    DeidentificationError
        If a compressed stream cannot be read to its end, or hides what cannot be blanked.
    """
    element = dataset[PIXEL_DATA]
    value = element.value
    if not isinstance(value, bytes):
        return ""
    if element.is_undefined_length:
        syntax = str(dataset.file_meta.TransferSyntaxUID) if hasattr(dataset, "file_meta") else ""
        rows, columns = (dataset.get(name) or 0 for name in ("Rows", "Columns"))
        element.value = blank_encapsulated(value, transfer_syntax_uid=syntax, frame_pixels=rows * columns)
        _check_coded_ends(dataset)
        _check_unstored_bits(dataset)
        return "" if element.value == value else "bytes between the pixels of the stream were blanked"
    words = []
    trimmed = _without_surplus(dataset, value)
    if trimmed != value:
        words.append("bytes after the last pixel were blanked")
    stored = _without_unstored_bits(dataset, trimmed)
    if stored != trimmed:
        words.append("unused bits were blanked")
    if words:
        element.value = stored
    return "; ".join(words)


def _without_surplus(dataset: Dataset, value: bytes) -> bytes:
    try:
        wanted_bytes = int(get_expected_length(dataset))
    except (AttributeError, KeyError, TypeError, ValueError):
        return value  # the length of the pixels is unknown
    if wanted_bytes >= len(value):
        return value
    if wanted_bytes % 2 and _is_big_endian(dataset) and dataset[PIXEL_DATA].VR == "OW":
        # PS3.5 2016b section 7.3: in Big Endian the last 8-bit sample follows the padding byte.
        return (
            value[: wanted_bytes - 1]
            + b"\0"
            + value[wanted_bytes : wanted_bytes + 1]
            + bytes(len(value) - wanted_bytes - 1)
        )
    return value[:wanted_bytes] + bytes(len(value) - wanted_bytes)


def _is_big_endian(dataset: Dataset) -> bool:
    meta = getattr(dataset, "file_meta", None)
    return meta is not None and meta.get("TransferSyntaxUID") == ExplicitVRBigEndian


def _without_unstored_bits(dataset: Dataset, value: bytes) -> bytes:
    allocated = dataset.get("BitsAllocated")
    kind = _WHOLE_BYTES.get(allocated or 0)
    if kind is None or len(value) % (allocated // 8):
        return value
    order = ">" if _is_big_endian(dataset) and allocated > 8 else "<"  # noqa: PLR2004 - a byte has no order
    samples = np.frombuffer(value, dtype=f"{order}{kind}")
    return bytes(_only_stored_bits(dataset, samples, allocated).astype(samples.dtype).tobytes())


def _only_stored_bits(dataset: Dataset, samples: npt.NDArray[Any], bits: int) -> npt.NDArray[Any]:
    """Return unsigned samples with only their stored bits; those above are zero, or repeat the sign.

    `bits` is the number of bits of a sample, including unused ones.
    """
    stored, high = dataset.get("BitsStored"), dataset.get("HighBit")
    if not isinstance(stored, int) or not isinstance(high, int):
        return samples
    lowest = high - stored + 1
    if not 0 < stored < bits or lowest < 0 or high >= bits:
        return samples
    mask = ((1 << stored) - 1) << lowest
    kept: npt.NDArray[Any] = samples & samples.dtype.type(mask)
    if dataset.get("PixelRepresentation") == 1 and high < bits - 1:
        above = ((1 << bits) - 1) ^ ((1 << (high + 1)) - 1)
        is_negative = samples & samples.dtype.type(1 << high) != 0
        kept = np.where(is_negative, kept | samples.dtype.type(above), kept)
    return kept


def _check_coded_ends(dataset: Dataset) -> None:
    """Check that no text follows the coded data inside compressed frames, which have been read to their ends."""
    try:
        frames = check_image(dataset)
        encoding = pixel_encoding(dataset, frames)
        for number, stream in _streams(encoding, frames):
            for end in coded_ends(stream):
                if _looks_like_text(stream[end - _TAIL_BYTES : end]):
                    _check_coded_end(dataset, encoding.colours, number, stream, end)
    except ImageError as error:
        raise refusal(f"nobody here can look at the end of its coded data ({error.problem})") from None


def _streams(encoding: PixelEncoding, frames: int) -> Iterator[tuple[int, bytes]]:
    """Yield the number and the stream of each compressed frame."""
    if encoding.frames is not None:  # unless the transfer syntax says that they are native
        for number in range(1, frames + 1):
            yield number, encoding.frames.stream(number)


def _looks_like_text(tail: bytes) -> bool:
    return any(tail) and any(_TEXT.fullmatch(tail, start) for start in (0, 1, 2))


def _check_coded_end(dataset: Dataset, colours: str, number: int, stream: bytes, end: int) -> None:
    """Refuse a frame whose picture is the same without the last bytes of its coded data."""
    image = image_pixel_description(dataset, 1, colours)
    image.file_meta = dataset.file_meta
    image.PixelData = encapsulate([stream[: end - _TAIL_BYTES] + bytes(_TAIL_BYTES) + stream[end:]])
    image["PixelData"].VR, image["PixelData"].is_undefined_length = "OB", True
    picture = stored_values(dataset, number)
    try:
        without = stored_values(image)
    except ImageError:
        return  # they were needed
    if np.array_equal(without, picture):
        raise refusal("something that is no part of the picture follows its coded data")


def _check_unstored_bits(dataset: Dataset) -> None:
    """Check that the unused bits of the samples in compressed frames hold nothing."""
    try:
        frames = check_image(dataset)
        encoding = pixel_encoding(dataset, frames)
        for number, stream in _streams(encoding, frames):
            bits = bits_in_stream(dataset, stream, encoding.syntax, number)
            if bits <= int(dataset.BitsStored):
                continue
            words = pixel_words(dataset, number)
            if not np.array_equal(_only_stored_bits(dataset, words, bits), words):
                raise refusal("something is in bits of the compressed samples that Bits Stored leaves out")
    except ImageError as error:
        raise refusal(f"the bits of its samples cannot be examined ({error.problem})") from None


def has_true_extended_offsets(dataset: Dataset) -> bool:
    """Return whether the Extended Offset Table holds only the offsets of the fragments (PS3.5 section A.4)."""
    table, lengths = (dataset.get_item(tag) for tag in sorted(EXTENDED_OFFSETS))
    pixels = dataset.get_item(PIXEL_DATA)
    if table is None or lengths is None or pixels is None or not isinstance(pixels.value, bytes):
        return False
    _, *pictures = fragments(pixels.value)
    lengths_bytes = [each.end - each.start for each in pictures]
    places = [each.start - pictures[0].start for each in pictures]
    wanted = [struct.pack(f"<{len(pictures)}Q", *numbers) for numbers in (places, lengths_bytes)]
    return [bytes(table.value), bytes(lengths.value)] == wanted
