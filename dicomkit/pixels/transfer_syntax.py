"""The transfer syntax of an image, as it is stated and as the first bytes of its streams show: how its pixels are compressed."""

from __future__ import annotations

import struct

from pydicom.config import IGNORE
from pydicom.dataset import Dataset
from pydicom.uid import (
    UID,
    JPEG2000Lossless,
    JPEG2000TransferSyntaxes,
    JPEGBaseline8Bit,
    JPEGExtended12Bit,
    JPEGLosslessSV1,
    JPEGLSLossless,
    JPEGLSTransferSyntaxes,
    JPEGTransferSyntaxes,
    RLELossless,
)

from dicomkit.errors import ImageError
from dicomkit.pixels.jpeg_2000_stream import read_jpeg_2000_size
from dicomkit.pixels.jpeg_stream import read_frame_header

__all__ = [
    "JPEG",
    "JPEG_2000",
    "JPEG_LS",
    "LOSSLESS_JPEG",
    "actual_syntax",
    "begins_a_stream",
    "transfer_syntax_of",
]

JPEG = frozenset(JPEGTransferSyntaxes)
JPEG_LS = frozenset(JPEGLSTransferSyntaxes)
JPEG_2000 = frozenset(JPEG2000TransferSyntaxes)  # with high throughput or without
# Retired sequential and progressive JPEG; the decoders of the others decode them too.
_RETIRED_JPEG = frozenset(UID(f"1.2.840.10008.1.2.4.{number}") for number in range(52, 57))
_JPEG_START = b"\xff\xd8\xff"  # SOI, and the next marker
# A code stream, or in its file format.
_JPEG_2000_STARTS = (b"\xff\x4f\xff\x51", b"\x00\x00\x00\x0cjP  \r\n\x87\n")
_RLE_HEADER = struct.Struct("<16I")  # PS3.5 section G.5: the number of segments, and the offset of each
_MOST_SEGMENTS = 15
LOSSLESS_JPEG = frozenset(uid for uid in JPEG if uid not in {JPEGBaseline8Bit, JPEGExtended12Bit})
_LOSSY_JPEG = frozenset({JPEGBaseline8Bit, JPEGExtended12Bit}) | _RETIRED_JPEG
_STILL = JPEG | _RETIRED_JPEG | JPEG_LS | JPEG_2000 | {RLELossless}  # a video is something else
_JPEG_LS_MARKER, _LOSSLESS_MARKER, _EIGHT_BITS = 0xF7, 0xC3, 8


def transfer_syntax_of(dataset: Dataset) -> UID:
    """Return the transfer syntax of an image, without which its bytes cannot be interpreted.

    Raises
    ------
    ImageError
        If the image has none, or one that is unknown.

    References
    ----------
    PS3.5 section 10, Transfer Syntax.
    """
    meta = getattr(dataset, "file_meta", None)
    value = None if meta is None else meta.get("TransferSyntaxUID")
    if not value:
        raise ImageError(
            "data set", "it has no Transfer Syntax UID (0002,0010)", "read it from a file, or set it"
        )
    # Its warning repeats the value.
    syntax = UID(value if isinstance(value, str) else "", validation_mode=IGNORE)
    if not syntax.is_transfer_syntax:
        raise ImageError("data set", "its Transfer Syntax UID is unknown", "convert the file first")
    return syntax


def begins_a_stream(start: bytes) -> bool:
    """Return whether a JPEG, JPEG-LS, JPEG 2000 or run-length stream begins with these bytes; 16 are enough."""
    return start.startswith((_JPEG_START, *_JPEG_2000_STARTS)) or _begins_run_lengths(start)


def _begins_run_lengths(start: bytes) -> bool:
    count, first = struct.unpack_from("<2I", start) if len(start) >= 8 else (0, 0)  # noqa: PLR2004 - two numbers
    return bool(1 <= count <= _MOST_SEGMENTS and first == _RLE_HEADER.size)


def _syntax_of_stream(stream: bytes) -> UID | None:
    """Return the transfer syntax that decodes a compressed stream; None for an unknown kind."""
    if stream.startswith(_JPEG_2000_STARTS):
        return JPEG2000Lossless if _states_a_size(stream) else None
    if _begins_run_lengths(stream):
        return RLELossless
    return _syntax_of_jpeg(stream) if stream.startswith(_JPEG_START) else None


def _states_a_size(stream: bytes) -> bool:
    try:
        return read_jpeg_2000_size(stream, "JPEG 2000 stream") is not None
    except ImageError:
        return False


def _syntax_of_jpeg(stream: bytes) -> UID | None:
    try:
        header = read_frame_header(stream)
    except ImageError:
        header = None
    if header is None:
        return None
    # An 8-bit decoder handles the baseline, extended and progressive processes.
    sequential = JPEGBaseline8Bit if header.size.bits == _EIGHT_BITS else JPEGExtended12Bit
    return {_JPEG_LS_MARKER: JPEGLSLossless, _LOSSLESS_MARKER: JPEGLosslessSV1}.get(header.marker, sequential)


def actual_syntax(said: UID, stream: bytes) -> tuple[UID, bool]:
    """Return the transfer syntax that decodes the stream of a frame, and whether the stated one, `said`, is wrong."""
    found = _syntax_of_stream(stream)
    if found is None or found == said or not (said in _STILL or not said.is_encapsulated):
        return said, False
    for family in (JPEG_LS, JPEG_2000, LOSSLESS_JPEG):
        if found in family and said in family:
            return said, False
    if said in _LOSSY_JPEG and found in _LOSSY_JPEG:
        # Both are sequential JPEG; the bits decide which decoder is needed.
        return found, False
    return found, True
