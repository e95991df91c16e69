"""Read the size and the colour transform from the header of a JPEG 2000 stream, before it is decoded.

DICOM wants the bare *code stream*, which starts with the markers SOC and SIZ. Some files hold a whole JP2
file instead: a series of *boxes*, each with a length and a type, one of which holds the code stream. It has to be found
in the same way as a decoder finds it: another box could hold a header with a smaller size.

References
----------
ISO/IEC 15444-1 annex A, Codestream syntax; annex I, JP2 file format syntax.
PS3.5 section A.4.4, JPEG 2000 Image Compression.
"""

from __future__ import annotations

import struct

from dicomkit.errors import ImageError
from dicomkit.pixels.jpeg_stream import StreamSize

__all__ = ["read_jpeg_2000_size", "transforms_colours"]

_CODE_STREAM_START = b"\xff\x4f\xff\x51"  # SOC and, at once, SIZ
_JP2_START = b"\x00\x00\x00\x0cjP  \r\n\x87\n"
_CODE_STREAM_BOX = b"jp2c"
_LONG_LENGTH = 1  # the length follows in eight bytes
_SIGN_BIT = 0x80  # of the precision: values may be negative
_SOC_BYTES = 2
_COD, _SOT = 0xFF52, 0xFF90
_TRANSFORM = 8  # bytes from the marker COD to its multiple component transformation


def read_jpeg_2000_size(stream: bytes, given: object) -> StreamSize | None:
    """Return the size in the SIZ segment, or None if the stream is not JPEG 2000.

    Parameters
    ----------
    stream, given
        A code stream, or a JP2 file around one, and what an error calls it.

    Raises
    ------
    ImageError
        If the stream ends inside its header.
    """
    start = _start_of_code_stream(stream)
    if start is None:
        return None
    try:
        width, height, left, top = struct.unpack_from(">4I", stream, start + 8)
        (components,) = struct.unpack_from(">H", stream, start + 40)
        precision = stream[start + 42]
    except (struct.error, IndexError):
        raise ImageError(given, "the compressed stream ends too early", "get the file again") from None
    return StreamSize(height - top, width - left, components, (precision & ~_SIGN_BIT) + 1)


def transforms_colours(stream: bytes) -> bool:
    """Return whether a code stream, or one in a JP2 file, transforms its first three components (A.6.1)."""
    position = (_start_of_code_stream(stream) or 0) + _SOC_BYTES
    while position + _TRANSFORM < len(stream):
        marker, length = struct.unpack_from(">HH", stream, position)
        if marker == _COD:
            return stream[position + _TRANSFORM] == 1
        if marker == _SOT or length < 2:  # noqa: PLR2004 - the length counts its own two bytes
            break
        position += 2 + length
    return False


def _start_of_code_stream(stream: bytes) -> int | None:
    if stream.startswith(_CODE_STREAM_START):
        return 0
    position = 0 if stream.startswith(_JP2_START) else len(stream)
    while position + 8 <= len(stream):
        length, kind = struct.unpack_from(">I4s", stream, position)
        content = position + 8
        if length == _LONG_LENGTH and content + 8 <= len(stream):
            (length,) = struct.unpack_from(">Q", stream, content)
            content += 8
        if kind == _CODE_STREAM_BOX:
            return content if stream.startswith(_CODE_STREAM_START, content) else None
        if length < content - position:  # also 0, "up to the end", after which no code stream can come
            return None
        position += length
    return None
