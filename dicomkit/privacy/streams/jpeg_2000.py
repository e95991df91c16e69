"""Make the text in a JPEG 2000 code stream, or in a JP2 file around one, blank.

Comments may stand in the main header and in the header of every tile-part. A JP2 file is a row of boxes, some of
which hold XML, or whatever a program likes (UUID).

References
----------
ISO/IEC 15444-1 annex A, Codestream syntax; annex I, JP2 file format syntax; ISO/IEC 15444-15 annex A (HTJ2K).
"""

from __future__ import annotations

import struct

from dicomkit.privacy.streams.icc_profile import blank_icc_profile
from dicomkit.privacy.streams.refusal import refusal

__all__ = ["CODE_STREAM_START", "JP2_START", "blank_code_stream", "blank_jp2"]

CODE_STREAM_START = b"\xff\x4f\xff\x51"  # SOC and, at once, SIZ
JP2_START = b"\x00\x00\x00\x0cjP  \r\n\x87\n"
_SOC_BYTES = 2
_SIZ, _COM, _SOT, _SOD, _EOC = 0xFF51, 0xFF64, 0xFF90, 0xFF93, 0xFFD9
# CAP, COD, COC, TLM, PRF, PLM, PLT, CPF, QCD, QCC, RGN, POC, PPM, PPT, CRG: numbers, and packed packet headers.
_NUMBERS = frozenset(
    {0xFF50, 0xFF52, 0xFF53, 0xFF55, 0xFF56, 0xFF57, 0xFF58, 0xFF59, 0xFF5C, 0xFF5D, 0xFF5E, 0xFF5F}
    | {0xFF60, 0xFF61, 0xFF63}
)
_COMMENT_KIND_BYTES = 2  # Rcom, which says whether a comment is binary
_SOT_BYTES = 12
_LONG_LENGTH = 1
_HEADER_BOXES = frozenset({b"ihdr", b"bpcc", b"pclr", b"cmap", b"cdef"})
_RESOLUTION_BOXES = frozenset({b"resc", b"resd"})
_BRANDS = frozenset({b"jp2 ", b"jpx ", b"jpxb", b"jph "})


def blank_code_stream(stream: bytearray, start: int) -> int:
    """Blank the comments of the code stream that starts at `start`, and return where it ends.

    Parameters
    ----------
    stream
        Is changed. Its length is not.
    start
        Where the marker SOC stands.

    Raises
    ------
    DeidentificationError
        If a marker is not known, or there is no end.
    """
    position = start + _SOC_BYTES
    while True:
        marker, position = _marker(stream, position)
        if marker == _EOC:
            return position
        position = _tile_part(stream, position - 2) if marker == _SOT else _segment(stream, marker, position)


def _tile_part(stream: bytearray, start: int) -> int:
    """Go through the header of a tile-part and over its packets, and return where they end."""
    if start + _SOT_BYTES > len(stream):
        raise refusal("the JPEG 2000 stream ends too early")
    (length,) = struct.unpack_from(">I", stream, start + 6)
    # A.4.2: 0 says that the last tile-part goes on up to the marker EOC.
    end = start + length if length else _last_end_marker(stream, start)
    position = start + _SOT_BYTES
    while True:
        marker, position = _marker(stream, position)
        if marker == _SOD:
            break
        position = _segment(stream, marker, position)
    if not position <= end <= len(stream):
        raise refusal("a tile-part of the JPEG 2000 stream has no end")
    return end


def _last_end_marker(stream: bytearray, start: int) -> int:
    # Packets hold no marker above FF8F (A.1), so the first EOC is the end.
    found = stream.find(_EOC.to_bytes(2, "big"), start)
    if found < 0:
        raise refusal("the JPEG 2000 stream has no end marker")
    return found


def _marker(stream: bytearray, position: int) -> tuple[int, int]:
    if position + 2 > len(stream):
        raise refusal("the JPEG 2000 stream ends too early")
    return int.from_bytes(stream[position : position + 2], "big"), position + 2


def _segment(stream: bytearray, marker: int, position: int) -> int:
    length = int.from_bytes(stream[position : position + 2], "big")
    end = position + length
    if length < 2 or end > len(stream):  # noqa: PLR2004 - the length counts its own two bytes
        raise refusal("a segment of the JPEG 2000 stream has no end")
    if marker == _COM:
        first = min(position + 2 + _COMMENT_KIND_BYTES, end)
        stream[first:end] = bytes(end - first)
    elif marker == _SIZ:
        components = int.from_bytes(stream[position + 36 : position + 38], "big")
        if length != 38 + 3 * components:
            raise refusal("the size segment of the JPEG 2000 stream holds more than its numbers")
    elif marker not in _NUMBERS:
        raise refusal(f"nobody knows what the segment {marker:04X} of the JPEG 2000 stream holds")
    return end


def blank_jp2(stream: bytearray, start: int, end: int) -> int:
    """Blank what is neither picture nor colour in the JP2 file from `start` to `end`; return where it ends.

    Raises
    ------
    DeidentificationError
        If a box has no end, or there is no code stream.
    """
    position = start
    has_picture = False
    while position + 8 <= end and any(stream[position : position + 8]):
        kind, first, last = _box(stream, position, end)
        if kind == b"jp2c":
            over = blank_code_stream(stream, first)
            if over > last:
                raise refusal("the code stream is longer than its box in the JP2 file")
            stream[over:last] = bytes(last - over)
            has_picture = True
        elif kind == b"jp2h":
            _header_boxes(stream, first, last)
        elif kind == b"ftyp":
            _brands(stream, first, last)
        elif kind != b"jP  ":
            stream[first:last] = bytes(last - first)
        position = last
    if not has_picture:
        raise refusal("there is no code stream in the JP2 file")
    return position


def _box(stream: bytearray, position: int, end: int) -> tuple[bytes, int, int]:
    """Return the type of a box, and where its content begins and ends."""
    length, kind = struct.unpack_from(">I4s", stream, position)
    first = position + 8
    if length == _LONG_LENGTH and first + 8 <= end:
        (length,) = struct.unpack_from(">Q", stream, first)
        first += 8
    last = end if length == 0 else position + length
    if not first <= last <= end:
        raise refusal("a box of the JP2 file has no end")
    return kind, first, last


def _header_boxes(stream: bytearray, start: int, end: int) -> None:
    position = start
    while position + 8 <= end:
        kind, first, last = _box(stream, position, end)
        if kind == b"colr":
            _colour(stream, first, last)
        elif kind == b"res ":
            _header_boxes(stream, first, last)
        elif kind not in _HEADER_BOXES | _RESOLUTION_BOXES:
            stream[first:last] = bytes(last - first)
        position = last
    stream[position:end] = bytes(end - position)


def _colour(stream: bytearray, first: int, last: int) -> None:
    """Keep a number that names a colour space (method 1); clean an ICC profile (method 2); blank the rest."""
    method = stream[first] if first < last else 0
    if method == 2:  # noqa: PLR2004 - I.5.3.3
        stream[first + 3 : last] = blank_icc_profile(bytes(stream[first + 3 : last]))
    else:
        keep = min(first + 7, last) if method == 1 else first
        stream[keep:last] = bytes(last - keep)


def _brands(stream: bytearray, first: int, last: int) -> None:
    """Keep the names of known formats, each of four letters; the second word is a version."""
    for position in range(first, last, 4):
        word = bytes(stream[position : min(position + 4, last)])
        if word not in _BRANDS:
            stream[position : position + len(word)] = bytes(len(word))
