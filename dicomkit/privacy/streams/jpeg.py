"""Blank the text in a JPEG or JPEG-LS stream, from its first marker to the end of its last scan.

A stream is a series of marker segments; the header of a scan is followed by coded data, up to the next marker. Comments
may occur before, between and after scans. A segment of numbers with extra bytes is refused, and a table that no scan
uses is blanked: it may spell anything.

References
----------
ISO/IEC 10918-1 annex B (JPEG) and ISO/IEC 10918-5 (JFIF); ISO/IEC 14495-1 annex C (JPEG-LS).
"""

from __future__ import annotations

import struct
from collections.abc import Callable, Iterator

from dicomkit.privacy.streams.refusal import refusal

__all__ = ["JPEG_START", "blank_jpeg"]

JPEG_START = b"\xff\xd8"
_FILL = 0xFF
_EOI, _SOS, _COM, _DQT, _DHT = 0xD9, 0xDA, 0xFE, 0xDB, 0xC4
_FRAMES = frozenset(range(0xC0, 0xD0)) - {_DHT, 0xC8, 0xCC}
_STANDALONE = frozenset({0x01, *range(0xD0, 0xD8)})  # TEM and the restart markers
_FIRST_MARKER = 0x80
_APP = range(0xE0, 0xF0)
_JFIF_BYTES = 14  # identifier, version, density and the size of a thumbnail, whose pixels follow
_ADOBE, _ADOBE_BYTES = b"Adobe", 12
_ADOBE_VERSION = b"\0\x64\0\0\0\0"  # 100, and flags that no decoder uses; the colour transform follows
_COLOUR_TRANSFORM_BYTES = 5  # HP's colour transform of JPEG-LS: "mrfx" and a number


def blank_jpeg(stream: bytearray, start: int, coded_ends: list[int] | None = None) -> int:
    """Blank the text of the stream that starts at `start`, and return where it ends.

    The stream is changed in place, its length is not; ``coded_ends`` gets the end of the coded data of each scan.

    Raises
    ------
    DeidentificationError
        If a marker is unknown, a segment holds more than its numbers, or there is no end.
    """
    position, tables = start + len(JPEG_START), _Tables(stream)
    while True:
        marker, position = _next_marker(stream, position)
        if marker == _EOI:
            tables.blank_unused()
            return position
        if marker in _STANDALONE:
            continue
        (length,) = struct.unpack_from(">H", stream, position) if position + 2 <= len(stream) else (0,)
        first, last = position + 2, position + length
        if length < 2 or last > len(stream):  # noqa: PLR2004 - the length counts its own two bytes
            raise refusal("a segment of the JPEG stream has no end")
        _segment(stream, marker, first, last)
        tables.meet(marker, first, last)
        position = last
        if marker == _SOS:
            position = _end_of_scan(stream, last)
            if coded_ends is not None:
                coded_ends.append(position)


class _Tables:
    """The tables of one stream, up to the current position: those that no scan uses may spell anything.

    References
    ----------
    ISO/IEC 10918-1 section B.2.2 (Tq), section B.2.3 (Td and Ta), section B.2.4.1 and B.2.4.2.
    """

    def __init__(self, stream: bytearray) -> None:
        self._stream = stream
        self._unused: dict[tuple[int, int], tuple[int, int]] = {}  # by marker and destination: its numbers
        self._quantizers: dict[int, int] = {}  # of each component of the frame

    def meet(self, marker: int, first: int, last: int) -> None:
        """Process a valid segment whose content is from `first` to `last`."""
        content = bytes(self._stream[first:last])
        if marker in {_DQT, _DHT}:
            for destination, start, end in _tables(marker, content):
                self._blank((marker, destination))  # it replaces one that was never used
                self._unused[marker, destination] = first + start, first + end
        elif marker in _FRAMES:
            self._quantizers = {content[at]: content[at + 2] for at in range(6, len(content), 3)}
        elif marker == _SOS:
            for at in range(1, len(content) - 3, 2):
                component, entropy = content[at], content[at + 1]
                self._unused.pop((_DQT, self._quantizers.get(component, -1)), None)
                self._unused.pop((_DHT, entropy >> 4), None)
                self._unused.pop((_DHT, 0x10 | entropy & 15), None)

    def blank_unused(self) -> None:
        """Blank the tables that no scan has used by the end of the stream."""
        for key in list(self._unused):
            self._blank(key)

    def _blank(self, key: tuple[int, int]) -> None:
        start, end = self._unused.pop(key, (0, 0))
        self._stream[start:end] = bytes(end - start)


def _tables(marker: int, content: bytes) -> Iterator[tuple[int, int, int]]:
    """Yield the destination of each table in a segment, and where its numbers start and end."""
    position = 0
    while position < len(content):
        head = content[position]
        start = position + 1
        if marker == _DQT:
            position = start + 64 * (2 if head >> 4 else 1)
            yield head & 15, start, position
        else:
            values = start + 16
            position = values + sum(content[start:values])
            yield head, values, position


def _next_marker(stream: bytearray, position: int) -> tuple[int, int]:
    if stream[position : position + 1] != b"\xff":
        raise refusal("the JPEG stream ends too early, or there are bytes between its segments")
    while position < len(stream) and stream[position] == _FILL:
        position += 1
    if position >= len(stream):
        raise refusal("the JPEG stream ends too early")
    return stream[position], position + 1


def _segment(stream: bytearray, marker: int, first: int, last: int) -> None:
    if marker == _COM or marker in _APP:
        keep = first + _needed_bytes(marker, bytes(stream[first:last]))
        stream[keep:last] = bytes(last - keep)
        if marker == 0xEE and keep > first:  # noqa: PLR2004 - APP14
            version = first + len(_ADOBE)
            stream[version : version + len(_ADOBE_VERSION)] = _ADOBE_VERSION
    elif marker not in _NUMBERS:
        raise refusal(f"the content of the segment FF{marker:02X} of the JPEG stream is unknown")
    elif not _NUMBERS[marker](bytes(stream[first:last])):
        raise refusal(f"the segment FF{marker:02X} of the JPEG stream holds more or less than its numbers")


def _needed_bytes(marker: int, content: bytes) -> int:
    """Return how many bytes of an application segment a decoder needs; the rest may be any text."""
    if marker == 0xE0 and content.startswith(b"JFIF\0"):  # noqa: PLR2004 - APP0
        return min(_JFIF_BYTES, len(content))
    if marker == 0xE8 and content.startswith(b"mrfx"):  # noqa: PLR2004 - APP8
        return min(_COLOUR_TRANSFORM_BYTES, len(content))
    if marker == 0xEE and content.startswith(_ADOBE) and len(content) >= _ADOBE_BYTES:  # noqa: PLR2004 - APP14
        return _ADOBE_BYTES
    return 0


def _end_of_scan(stream: bytearray, position: int) -> int:
    """Return the offset of the next marker segment after coded data.

    In coded data a byte FF is followed by 00 (JPEG), by less than 80 (JPEG-LS), or by a restart marker.
    """
    while True:
        position = stream.find(b"\xff", position)
        if position < 0 or position + 1 >= len(stream):
            raise refusal("the JPEG stream has no end marker")
        follower = stream[position + 1]
        if follower == _FILL:
            position += 1
        elif follower < _FIRST_MARKER or follower in _STANDALONE:
            position += 2
        else:
            return position


def _is_frame_header(content: bytes) -> bool:
    return len(content) > 5 and len(content) == 6 + 3 * content[5]  # noqa: PLR2004 - ISO/IEC 10918-1 B.2.2


def _is_scan_header(content: bytes) -> bool:
    return len(content) > 0 and len(content) == 4 + 2 * content[0]  # B.2.3


def _are_quantization_tables(content: bytes) -> bool:
    position = 0
    while position < len(content):
        position += 1 + 64 * (2 if content[position] >> 4 else 1)  # B.2.4.1
    return position == len(content)


def _are_huffman_tables(content: bytes) -> bool:
    position = 0
    while position + 17 <= len(content):
        counts = content[position + 1 : position + 17]
        # B.2.4.2; a code of n bits takes 2**-n of the code space (C.2): a text as list of counts would exceed it.
        if sum(count << 16 - bits for bits, count in enumerate(counts, start=1)) > 1 << 16:
            return False
        position += 17 + sum(counts)
    return position == len(content)


def _are_arithmetic_conditions(content: bytes) -> bool:
    destinations = content[::2]  # B.2.4.3: class and destination, then one byte
    return len(content) % 2 == 0 and all(byte >> 4 <= 1 and byte & 15 <= 3 for byte in destinations)  # noqa: PLR2004


def _are_ls_parameters(content: bytes) -> bool:
    # ISO/IEC 14495-1 C.2.4.1: preset parameters and oversize dimensions. A mapping table would be a palette in the
    # stream; a DICOM image has its palette in attributes.
    kind = content[0] if content else 0
    if kind == 1:
        return len(content) == 11  # noqa: PLR2004
    return kind == 4 and len(content) > 1 and len(content) == 2 + 2 * content[1]  # noqa: PLR2004


# B.1.1.3, Marker assignments: the segments that hold numbers, and whether they hold nothing else.
_NUMBERS: dict[int, Callable[[bytes], bool]] = {
    **dict.fromkeys(_FRAMES, _is_frame_header),
    0xF7: _is_frame_header,
    _DHT: _are_huffman_tables,
    0xCC: _are_arithmetic_conditions,
    _SOS: _is_scan_header,
    _DQT: _are_quantization_tables,
    0xDC: lambda content: len(content) == 2,  # noqa: PLR2004 - number of lines
    0xDD: lambda content: len(content) in {2, 3, 4},  # restart interval
    0xF8: _are_ls_parameters,
}
