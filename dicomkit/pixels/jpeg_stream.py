"""Read the header of a compressed stream, before it is decoded.

A JPEG or JPEG-LS stream is a series of *marker segments*: two bytes ``FF xx`` and, for most, a length. The
frame header (SOF, "start of frame") states the process, the number of bits, rows, columns and components.
A decoder allocates memory by this header, whatever the data set says, so it has to be checked.

References
----------
ISO/IEC 10918-1 annex B (JPEG), ISO/IEC 14495-1 annex C (JPEG-LS).
"""

from __future__ import annotations

import re
import struct
from collections.abc import Iterator
from typing import NamedTuple

from dicomkit.errors import ImageError

__all__ = [
    "FrameHeader",
    "JpegStream",
    "StreamSize",
    "read_frame_header",
    "read_jpeg_size",
    "read_jpeg_stream",
]

_START = b"\xff\xd8"  # SOI
_EOI, _SOS = 0xD9, 0xDA
_APP0, _APP1, _APP14 = 0xE0, 0xE1, 0xEE
# SOF markers: C0 to CF, but C4 defines Huffman tables, C8 is reserved, CC defines arithmetic coding.
_FRAME_HEADERS = frozenset({0xF7} | (set(range(0xC0, 0xD0)) - {0xC4, 0xC8, 0xCC}))
_FIRST_MARKER = 0x80
_FILL = re.compile(rb"\xff+")
_STANDALONE = frozenset({0x01, *range(0xD0, 0xD8)})  # TEM and RST0 to RST7 have no length
_PROCESSES = {
    0xC0: "baseline",
    0xC1: "extended sequential",
    0xC2: "progressive",
    0xC3: "lossless",
    0xC9: "arithmetic sequential",
    0xCA: "arithmetic progressive",
    0xCB: "arithmetic lossless",
    0xF7: "JPEG-LS",
}


class StreamSize(NamedTuple):
    """What a compressed stream says of its picture: its size in pixels, the samples per pixel, and the bits per sample."""

    rows: int
    columns: int
    components: int
    bits: int


class FrameHeader(NamedTuple):
    """The frame header (SOF) of a JPEG or JPEG-LS stream.

    ``marker`` is one of the SOF markers, and names the coding process. ``names`` has one byte for each component, its
    identifier. ``is_marked`` says whether a JFIF or an Adobe segment before it states the colours of the components.
    """

    marker: int
    size: StreamSize
    names: bytes
    is_marked: bool


class JpegStream(NamedTuple):
    """A JPEG stream and its frame header.

    ``stream`` reaches from the marker SOI to the marker EOI; ``trailing_bytes`` follow it in the file. ``process`` is the
    coding process: ``"baseline"``, ``"progressive"`` and so on. ``is_rgb`` says whether the three components are red, green
    and blue instead of luminance and chrominance, ``has_exif`` whether there is an APP1 segment, which may name the
    location, time and owner of a camera.
    """

    stream: bytes
    process: str
    size: StreamSize
    is_rgb: bool
    has_exif: bool
    trailing_bytes: int


def read_jpeg_stream(content: bytes, given: object = "JPEG stream") -> JpegStream:
    """Read the marker segments of a JPEG stream.

    Parameters
    ----------
    content, given
        The bytes of a JPEG file, and what an error calls it.

    Raises
    ------
    ImageError
        If the stream has no frame header or no scan, or ends before its end marker.

    References
    ----------
    ISO/IEC 10918-1 section B.1, General aspects of the compressed data format.
    """
    header: tuple[int, StreamSize, bytes] | None = None
    adobe_transform: int | None = None
    has_jfif = has_exif = has_scan = False
    for marker, position in _markers(content, given):
        if marker == _EOI:
            break
        segment = _segment(content, position, given)
        if marker in _FRAME_HEADERS and header is None:
            header = (marker, *_frame_header(segment, given))
        elif marker == _APP14 and segment.startswith(b"Adobe") and len(segment) >= 12:  # noqa: PLR2004 - Adobe's
            adobe_transform = segment[11]
        has_jfif |= marker == _APP0 and segment.startswith(b"JFIF")
        has_exif |= marker == _APP1
        has_scan |= marker == _SOS
    if header is None or not has_scan:
        missing = "scan" if header else "frame header"
        raise ImageError(given, f"the JPEG stream has no {missing}", "export the picture again")
    marker, size, names = header
    # Without JFIF, Adobe's segment decides; without both, components called R, G and B.
    is_rgb = adobe_transform == 0 if adobe_transform is not None else names == b"RGB" and not has_jfif
    return JpegStream(
        stream=content[:position],
        process=_PROCESSES.get(marker, "hierarchical"),
        size=size,
        is_rgb=is_rgb and len(names) == len("RGB"),
        has_exif=has_exif,
        trailing_bytes=len(content) - position,
    )


def read_jpeg_size(stream: bytes, given: object = "JPEG stream") -> StreamSize | None:
    """Return the size in the first frame header of a JPEG or JPEG-LS stream; None if it has none.

    Parameters and errors are those of `read_frame_header`.
    """
    header = read_frame_header(stream, given)
    return None if header is None else header.size


def read_frame_header(stream: bytes, given: object = "JPEG stream") -> FrameHeader | None:
    """Return the first frame header of a JPEG or JPEG-LS stream; None if it has none.

    Parameters
    ----------
    stream, given
        The bytes of one compressed frame, and what an error calls it.

    Raises
    ------
    ImageError
        If the stream ends inside its header.
    """
    is_marked = False
    for marker, position in _markers(stream, given) if stream.startswith(_START) else ():
        if marker in {_EOI, _SOS}:
            break
        segment = _segment(stream, position, given)
        if marker in _FRAME_HEADERS:
            return FrameHeader(marker, *_frame_header(segment, given), is_marked)
        is_marked |= (marker == _APP0 and segment.startswith(b"JFIF")) or (
            marker == _APP14 and segment.startswith(b"Adobe")
        )
    return None


def _markers(content: bytes, given: object) -> Iterator[tuple[int, int]]:
    """Yield the markers up to EOI, without those that stand alone, and the offset after each; coded data are skipped."""
    position = 2
    while position < len(content):
        marker, position = _next_marker(content, position, given)
        if marker in _STANDALONE:
            continue
        yield marker, position
        if marker == _EOI:
            return
        position = _end_of_segment(content, position, given)
        if marker == _SOS:
            position = _end_of_scan(content, position)
    raise _cut_off(given)


def _next_marker(content: bytes, position: int, given: object) -> tuple[int, int]:
    """Return the marker at `position` and the offset after it; any number of FF may precede it."""
    if position >= len(content) or content[position] != 0xFF:  # noqa: PLR2004 - every marker starts with FF
        raise ImageError(
            given, f"no marker stands at byte {position} of the JPEG stream", "export the picture again"
        )
    fill = _FILL.match(content, position)
    position = len(content) if fill is None else fill.end()
    if position >= len(content):
        raise _cut_off(given)
    return content[position], position + 1


def _segment(content: bytes, position: int, given: object) -> bytes:
    """Return the content of the segment at `position`, without its two length bytes."""
    return content[position + 2 : _end_of_segment(content, position, given)]


def _end_of_segment(content: bytes, position: int, given: object) -> int:
    length = int.from_bytes(content[position : position + 2], "big")
    if length < 2 or position + length > len(content):  # noqa: PLR2004 - the length counts its own two bytes
        raise _cut_off(given)
    return position + length


def _frame_header(segment: bytes, given: object) -> tuple[StreamSize, bytes]:
    """Return the size in a frame header, and the identifiers of its components."""
    try:
        bits, rows, columns, components = struct.unpack_from(">BHHB", segment)
    except struct.error:
        raise _cut_off(given) from None
    return StreamSize(rows, columns, components, bits), segment[6 : 6 + 3 * components : 3]


def _end_of_scan(content: bytes, position: int) -> int:
    """Return the offset of the next marker segment after coded data.

    In coded data a byte FF is followed by 00 (JPEG), by less than 80 (JPEG-LS), or by a restart marker.
    """
    while True:
        position = content.find(b"\xff", position)
        if position < 0 or position + 1 >= len(content):
            return len(content)
        follower = content[position + 1]
        if follower >= _FIRST_MARKER and follower not in _STANDALONE and follower != 0xFF:  # noqa: PLR2004 - a fill byte
            return position
        fill = _FILL.match(content, position)
        position = fill.end() - 1 if fill and follower == 0xFF else position + 2  # noqa: PLR2004


def _cut_off(given: object) -> ImageError:
    return ImageError(given, "the compressed stream ends too early", "copy or export the picture again")
