"""Encapsulated Pixel Data: a sequence of fragments, and which of them make up a frame.

Each compressed frame is stored in one or more *fragments*. An offset table may say where the frames begin: the Basic
Offset Table, which is the first item, or the Extended Offset Table beside Pixel Data. In real files these tables may be
wrong: they count from another position, repeat offsets, or are too short or too long. The fragments often tell by
themselves: there are as many as frames, or each frame starts with the marker of its codec. So a table is used only
where nothing else tells, and where it makes sense.

References
----------
PS3.5 section A.4, Transfer Syntaxes for Encapsulation of Encoded Pixel Data.
PS3.3 section C.7.6.3.1.8, Extended Offset Table.
"""

from __future__ import annotations

import struct
from itertools import pairwise
from typing import NamedTuple

from dicomkit.errors import ImageError
from dicomkit.pixels.transfer_syntax import begins_a_stream

__all__ = ["Fragments", "Frames", "frames_in", "looks_encapsulated", "read_fragments"]

_ITEM, _END = b"\xfe\xff\x00\xe0", b"\xfe\xff\xdd\xe0"  # (FFFE,E000) and (FFFE,E0DD), Little Endian always
_HEAD_BYTES = 8
_START_BYTES = 16  # enough to recognise a codec
# JPEG and JPEG-LS, JPEG 2000; all of them end so.
_MARKED, _END_OF_IMAGE = (b"\xff\xd8", b"\xff\x4f"), b"\xff\xd9"


class Fragments(NamedTuple):
    """The fragments of Pixel Data.

    ``table`` is the Basic Offset Table. ``pieces`` are the start and end of each fragment in the value, ``offsets``
    the start of its item in bytes after the table, as offset tables count.
    """

    value: bytes
    table: tuple[int, ...]
    pieces: list[tuple[int, int]]
    offsets: list[int]

    def starts_stream(self, index: int) -> bool:
        """Return whether a compressed stream begins in a fragment."""
        begin, end = self.pieces[index]
        return begins_a_stream(self.value[begin : min(end, begin + _START_BYTES)])

    def follows_an_end(self, index: int) -> bool:
        """Return whether the fragment before may be the last of a frame: only RLE has no marker for that."""
        begin, end = self.pieces[index - 1]
        last = self.value[max(begin, end - _START_BYTES) : end].rstrip(b"\0")
        return last.endswith(_END_OF_IMAGE) or not self.value.startswith(_MARKED, self.pieces[0][0])

    def joined(self, first: int, last: int) -> bytes:
        """Return the bytes of the fragments from `first` up to, and without, `last`."""
        return b"".join(self.value[begin:end] for begin, end in self.pieces[first:last])


class Frames(NamedTuple):
    """Which fragments make up each frame: ``bounds`` are the indices of the first and of the one after the last."""

    fragments: Fragments
    bounds: list[tuple[int, int]]
    remark: str = ""

    def stream(self, frame: int) -> bytes:
        """Return the compressed stream of a frame; the first is 1."""
        return self.fragments.joined(*self.bounds[frame - 1])


def looks_encapsulated(value: bytes) -> bool:
    """Return whether a value that should be native consists of fragments, from its first to its last byte."""
    if not value.startswith(_ITEM):
        return False
    try:
        found = read_fragments(value)
    except ImageError:
        return False
    return bool(found.pieces) and len(found.table) * 4 == _item_length(value, 0) and found.starts_stream(0)


def read_fragments(value: bytes) -> Fragments:
    """Read the fragments in the value of encapsulated Pixel Data.

    Raises
    ------
    ImageError
        If it is not a sequence of items, or an item extends beyond the end.
    """
    table: tuple[int, ...] | None = None
    pieces, offsets, position, base = [], [], 0, 0
    while position + _HEAD_BYTES <= len(value):
        tag = value[position : position + 4]
        if tag == _END:
            break
        end = position + _HEAD_BYTES + _item_length(value, position)
        if tag != _ITEM or end > len(value):
            raise _damaged("there is no item" if tag != _ITEM else "an item leads beyond the end")
        if table is None:
            table = tuple(
                number for (number,) in struct.iter_unpack("<I", value[_HEAD_BYTES : end - end % 4])
            )
            base = end
        else:
            pieces.append((position + _HEAD_BYTES, end))
            offsets.append(position - base)
        position = end
    if table is None or not pieces:
        raise _damaged("there is none")
    return Fragments(value, table, pieces, offsets)


def frames_in(fragments: Fragments, frames: int, extended: tuple[int, ...] = ()) -> Frames:
    """Find out which fragments make up each frame.

    Parameters
    ----------
    fragments
        The result of `read_fragments`.
    frames
        The expected number of frames.
    extended
        The Extended Offset Table, if there is one.

    Raises
    ------
    ImageError
        If neither the fragments nor a table show that.
    """
    count = len(fragments.pieces)
    begins = [index for index in range(count) if index == 0 or fragments.starts_stream(index)]
    # A stream may hold the beginning of another, such as a small picture, and a fragment may begin there.
    apart = [index for index in begins if index == 0 or fragments.follows_an_end(index)]
    by_table = _by_table(fragments, extended or fragments.table, frames)
    if count == frames:
        found = list(range(count))
    elif len(begins) == frames:
        found = begins
    elif len(apart) == frames:
        found = apart
    elif frames == 1:
        found = [0] if by_table is None else by_table
    elif by_table is not None:
        found = by_table
    else:
        raise _damaged(
            f"{count} of them, for {frames} frames, and no offset table tells which belong together"
        )
    bounds = list(zip(found, [*found[1:], count], strict=True))
    remark = ""
    if frames == 1 and len(apart) > 1 and fragments.starts_stream(0):
        bounds = [(0, apart[1])]
        remark = (
            f"Pixel Data holds {len(apart)} compressed streams and Number of Frames is 1: the first is shown"
        )
    elif (extended or fragments.table) and by_table != found:
        name = "Extended" if extended else "Basic"
        remark = f"{name} Offset Table was passed over: it does not lead to where the frames begin"
    return Frames(fragments, bounds, remark)


def _by_table(fragments: Fragments, table: tuple[int, ...], frames: int) -> list[int] | None:
    """Return the index of the first fragment of each frame by an offset table; None if the table makes no sense."""
    place = {offset: index for index, offset in enumerate(fragments.offsets)}
    found = [place.get(offset, -1) for offset in table]
    is_ascending = all(one < other for one, other in pairwise(found))
    return found if len(found) == frames and found[:1] == [0] and is_ascending else None


def _item_length(value: bytes, position: int) -> int:
    return int.from_bytes(value[position + 4 : position + _HEAD_BYTES], "little")


def _damaged(problem: str) -> ImageError:
    return ImageError("Pixel Data", f"its fragments are damaged: {problem}", "get the file again")
