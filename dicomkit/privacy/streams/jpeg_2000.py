"""Blank the text in a JPEG 2000 code stream, or in a JP2 file around one.

Comments may occur in the main header and in the header of every tile-part. A JP2 file is a series of boxes, some of
which hold XML, or any data of a program (UUID).

References
----------
ISO/IEC 15444-1 annex A, Codestream syntax; annex I, JP2 file format syntax; ISO/IEC 15444-15 annex A (HTJ2K).
"""

from __future__ import annotations

import struct

from dicomkit.privacy.streams.icc_profile import blank_icc_profile
from dicomkit.privacy.streams.jpeg_2000_segments import COD, QCD, SIZ, is_hint, is_whole
from dicomkit.privacy.streams.refusal import refusal

__all__ = ["CODE_STREAM_START", "JP2_START", "blank_code_stream", "blank_jp2"]

CODE_STREAM_START = b"\xff\x4f\xff\x51"  # SOC and, at once, SIZ
JP2_START = b"\x00\x00\x00\x0cjP  \r\n\x87\n"
_SOC_BYTES = 2
_COM, _SOT, _SOD, _EOC = 0xFF64, 0xFF90, 0xFF93, 0xFFD9
_TLM = 0xFF55
_COMMENT_KIND_BYTES = 2  # Rcom, which says whether a comment is binary
_SOT_BYTES = 12
_LONG_LENGTH = 1
_IMAGE_HEADER_BYTES = 14
_BRANDS = frozenset({b"jp2 ", b"jpx ", b"jpxb", b"jph "})


def blank_code_stream(stream: bytearray, start: int, coded_ends: list[int] | None = None) -> int:
    """Blank the comments of the code stream that starts at `start`, and return where it ends.

    The stream is changed in place, its length is not; ``coded_ends`` gets the end of the packets of each tile-part.

    Raises
    ------
    DeidentificationError
        If a marker is unknown, or there is no end.
    """
    position, header = start + _SOC_BYTES, _Header(stream)
    tile_parts: list[tuple[int, int]] = []
    while True:
        marker, position = _marker(stream, position)
        if marker == _EOC:
            break
        if marker == _SOT:
            tile_parts.append((position - 2, _tile_part(stream, position - 2, header)))
            position = tile_parts[-1][1]
        else:
            position = header.segment(marker, position)
    header.blank_wrong_lengths({end - first for first, end in tile_parts})
    if coded_ends is not None:
        coded_ends += [end for _, end in tile_parts]
    return position


class _Header:
    """The segments of the main header, or of a tile-part's, in a stream that is changed in place."""

    def __init__(self, stream: bytearray) -> None:
        self._stream = stream
        self._components = 1
        self._seen: set[int] = set()
        self._lengths: list[tuple[int, int]] = []  # of tile-parts: TLM segments

    def begin_tile_part(self) -> None:
        self._seen.clear()

    def segment(self, marker: int, position: int) -> int:
        """Clean or refuse the segment whose length is at `position`; return where it ends."""
        stream = self._stream
        length = int.from_bytes(stream[position : position + 2], "big")
        end = position + length
        if length < 2 or end > len(stream):  # noqa: PLR2004 - the length counts its own two bytes
            raise refusal("a segment of the JPEG 2000 stream has no end")
        if marker == SIZ:
            self._components = int.from_bytes(stream[position + 36 : position + 38], "big")
        if marker == _TLM:
            self._lengths.append((position, end))
        elif marker == _COM or is_hint(marker):
            self._make_blank_comment(position, end)
        elif not is_whole(marker, bytes(stream[position + 2 : end]), self._components):
            raise refusal(f"the content of the segment {marker:04X} of the JPEG 2000 stream is unknown")
        elif marker in {SIZ, COD, QCD} and marker in self._seen:
            raise refusal(f"the JPEG 2000 stream has a second segment {marker:04X} where one is enough")
        self._seen.add(marker)
        return end

    def blank_wrong_lengths(self, lengths: set[int]) -> None:
        """Blank each list of tile-part lengths that is wrong (A.7.1)."""
        for position, end in self._lengths:
            size = int.from_bytes(self._stream[position + 3 : position + 4], "big")
            tile_bytes, length_bytes = size >> 4 & 3, 4 if size & 0x40 else 2
            step = tile_bytes + length_bytes
            said = {
                int.from_bytes(self._stream[at - length_bytes : at], "big")
                for at in range(position + 4 + step, end + 1, step)
            }
            if size & 0x8F or (end - position - 4) % step or not said <= lengths:
                self._make_blank_comment(position, end)

    def _make_blank_comment(self, position: int, end: int) -> None:
        """Turn a segment that a decoder does not need into a comment of zeros."""
        self._stream[position - 2 : position] = _COM.to_bytes(2, "big")
        first = min(position + 2 + _COMMENT_KIND_BYTES, end)
        self._stream[position + 2 : end] = bytes(self._stream[position + 2 : first]) + bytes(end - first)


def _tile_part(stream: bytearray, start: int, header: _Header) -> int:
    """Clean the header of a tile-part, skip its packets, and return where they end."""
    if start + _SOT_BYTES > len(stream):
        raise refusal("the JPEG 2000 stream ends too early")
    (length,) = struct.unpack_from(">I", stream, start + 6)
    # A.4.2: 0 means that the last tile-part extends to the marker EOC.
    end = start + length if length else _last_end_marker(stream, start)
    position = start + _SOT_BYTES
    header.begin_tile_part()
    while True:
        marker, position = _marker(stream, position)
        if marker == _SOD:
            break
        position = header.segment(marker, position)
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


def blank_jp2(stream: bytearray, start: int, end: int, coded_ends: list[int] | None = None) -> int:
    """Blank everything but picture and colour in the JP2 file from `start` to `end`; return where it ends.

    ``coded_ends`` is as for `blank_code_stream`.

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
            over = blank_code_stream(stream, first, coded_ends)
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
    """Keep the size and the colours, refuse what gives components another meaning, and blank the rest."""
    position, seen = start, set()
    while position + 8 <= end:
        kind, first, last = _box(stream, position, end)
        if kind in {b"pclr", b"cmap", b"bpcc"} or (
            kind == b"cdef" and not _is_usual(bytes(stream[first:last]))
        ):
            # A palette, the order of components, their depths: in DICOM these are attributes (PS3.5 section 8.2.4).
            raise refusal("the JP2 file gives its components a meaning of its own")
        if kind == b"ihdr" and last - first == _IMAGE_HEADER_BYTES and kind not in seen:
            seen.add(kind)
        elif kind == b"colr":
            _colour(stream, first, last)
        elif kind != b"cdef":
            stream[position + 4 : position + 8] = b"free"
            stream[first:last] = bytes(last - first)
        position = last
    stream[position:end] = bytes(end - position)


def _is_usual(channels: bytes) -> bool:
    """Return whether each channel is a colour, in the usual order (I.5.3.6)."""
    count = int.from_bytes(channels[:2], "big")
    usual = b"".join(struct.pack(">3H", channel, 0, channel + 1) for channel in range(min(count, 4)))
    return channels[2:] == usual


def _colour(stream: bytearray, first: int, last: int) -> None:
    """Keep an enumerated colour space (method 1); clean an ICC profile (method 2); blank the rest."""
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
