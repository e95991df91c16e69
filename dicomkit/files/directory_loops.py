"""Whether the records of a DICOMDIR lead on and on: each names the next one by its place in the file.

A reader that follows them believes the file. If two records name each other, it follows them for ever.
"""

from __future__ import annotations

from collections.abc import Mapping

__all__ = ["DirectoryRecords"]

_FIRST_RECORD = 0x00041200
_NEXT_RECORD = 0x00041400
_LOWER_RECORD = 0x00041420
_OFFSETS = {_FIRST_RECORD, _NEXT_RECORD, _LOWER_RECORD}


class DirectoryRecords:
    """The records of a DICOMDIR: where each stands, and which ones it names.

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
        """Note an offset; other elements are passed over."""
        if tag not in _OFFSETS:
            return
        offset = int.from_bytes(raw[:4], "little" if is_little_endian else "big")
        if tag == _FIRST_RECORD:
            self._first = offset
        elif self._record:
            self._named[self._record].append(offset)

    def looped_record(self) -> int:
        """Return the offset of a record to which the way leads twice, or 0 if there is none."""
        return _met_twice(self._first, self._named)


def _met_twice(first: int, named: Mapping[int, list[int]]) -> int:
    waiting, met = [first], set()
    while waiting:
        offset = waiting.pop()
        if offset not in named:
            continue  # 0 means "no more"; an offset that leads nowhere ends the way too
        if offset in met:
            return offset
        met.add(offset)
        waiting += named[offset]
    return 0
