"""Find loops in a DICOMDIR: each directory record names the next one by its offset in the file.

A reader that follows the offsets without a check never ends if two records name each other.
"""

from __future__ import annotations

__all__ = ["DirectoryRecords"]

_FIRST_RECORD = 0x00041200
_NEXT_RECORD = 0x00041400
_LOWER_RECORD = 0x00041420
_OFFSETS = {_FIRST_RECORD, _NEXT_RECORD, _LOWER_RECORD}


class DirectoryRecords:
    """The directory records of a DICOMDIR: the offset of each, and the offsets that it names.

    References
    ----------
    PS3.3 section F.3.2.2, Directory Information Module: the offsets.
    """

    def __init__(self) -> None:
        self._first = 0
        self._named: dict[int, list[int]] = {}
        self._record = 0

    def begin_record(self, offset: int) -> None:
        """Note that a record starts at `offset`, in bytes from the start of the file."""
        self._record = offset
        self._named[offset] = []

    def note(self, tag: int, raw: bytes, *, is_little_endian: bool) -> None:
        """Note an offset; ignore other elements."""
        if tag not in _OFFSETS:
            return
        offset = int.from_bytes(raw[:4], "little" if is_little_endian else "big")
        if tag == _FIRST_RECORD:
            self._first = offset
        elif self._record:
            self._named[self._record].append(offset)

    def looped_record(self) -> int:
        """Return the offset of a record that is reached twice, or 0 if there is none."""
        waiting, met = [self._first], set()
        while waiting:
            offset = waiting.pop()
            if offset not in self._named:
                continue  # 0 means "no more"; an offset without a record ends the chain too
            if offset in met:
                return offset
            met.add(offset)
            waiting += self._named[offset]
        return 0
