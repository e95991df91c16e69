"""Blank the tables of a JPEG stream that no scan uses: their numbers may spell anything.

References
----------
ISO/IEC 10918-1 section B.2.2 (Tq), section B.2.3 (Td and Ta), section B.2.4.1 and B.2.4.2.
"""

from __future__ import annotations

from collections.abc import Iterator

__all__ = ["JpegTables"]

_DQT, _DHT, _SOS = 0xDB, 0xC4, 0xDA
_FRAMES = frozenset(range(0xC0, 0xD0)) - {_DHT, 0xC8, 0xCC}
_COUNTS_BYTES = 16


class JpegTables:
    """The tables of one stream, up to the current position.

    Parameters
    ----------
    stream
        The stream; it is changed in place.
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
            values = start + _COUNTS_BYTES
            position = values + sum(content[start:values])
            yield head, values, position
