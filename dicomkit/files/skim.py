"""Skim over the top level of a data set: the fast and flat form of the walk, for a few values of many files.

An index needs seventeen values of each of two thousand files, a receiver four UIDs of each instance before it
may answer, and every reader the end of group 0002. `Skimmer.skim` steps from header to header, and looks only
at values that are wanted. Whatever is not plain (a VR that does not exist, groups that do not ascend, bytes
that end inside a header, a sequence that cannot be followed to its end) makes it return None: unsure. Then
`dicomkit.files.walk` decides.
"""

from __future__ import annotations

import functools
import mmap
import struct
from collections.abc import Iterable

from dicomkit.errors import NotDicomError, TruncatedFileError
from dicomkit.files.dictionary import implicit_vr, is_private
from dicomkit.files.encoding import (
    EXPLICIT_LITTLE,
    IMPLICIT_LITTLE,
    STANDARD_VRS,
    UNDEFINED_LENGTH,
    Encoding,
    has_long_header,
)
from dicomkit.files.tags import SPECIFIC_CHARACTER_SET
from dicomkit.files.tokens import PIXEL_DATA, Kind, Token
from dicomkit.files.walk import walk
from dicomkit.named_tuple import NamedTuple

__all__ = ["MAX_VALUE_BYTES", "Skimmed", "Skimmer"]

MAX_VALUE_BYTES = 1024  # values that identify an instance are short; longer ones are left out

_HEADER_BYTES, _LONG_HEADER_BYTES = 8, 12
_LAST_GROUP = 0xFFFD  # after it comes FFFE: items and delimiters, which are not elements
_ITEM_START = b"\xfe\xff\x00\xe0"
_DIRECTORY_GROUP = 0x0004
_CACHED_TAGS = 16_384  # more than the Standard has; a hostile file may hold more still
_IN_FRAGMENTS = -1
# These two have their halves exchanged.
_LAST_GROUP_LENGTH = 0x0000FFFF  # (gggg,0000)
_CHARACTER_SET = (SPECIFIC_CHARACTER_SET & 0xFFFF) << 16 | SPECIFIC_CHARACTER_SET >> 16
# A header as three numbers: comparing these makes no object. The tag is one number with the group, which is
# read first, in its lower half; a VR is its two letters as a number.
_header = struct.Struct("<IHH").unpack_from
_long_length = struct.Struct("<I").unpack_from
_LETTERS = {int.from_bytes(vr.encode(), "little"): vr for vr in STANDARD_VRS}
_SHORT = frozenset(letters for letters, vr in _LETTERS.items() if not has_long_header(vr))
_MAY_NEST = frozenset({"SQ", "UN"})
_PLAIN_LONG = frozenset(
    letters for letters, vr in _LETTERS.items() if has_long_header(vr) and vr not in _MAY_NEST
)

_Found = tuple[dict[int, bytes], dict[int, bytes], dict[int, tuple[int, int, int]]]


class Skimmed(NamedTuple):
    """The result of a skim.

    Parameters
    ----------
    values
        The raw values that were wanted, by tag; empty for one that is too long. Pixel Data is there without
        its bytes.
    group_lengths
        The raw values of group lengths, by tag.
    end
        Where the next element would begin: where a later group than the last one wanted begins, at the end of
        the bytes, or beyond it, if the last value extends beyond the buffer.
    ends_in_fragments
        Whether the bytes end among the fragments of encapsulated Pixel Data; `end` is where these begin.
    is_even
        Whether every element takes an even number of bytes.
    places
        Of each of `values`: its VR, the two letters as a number (in implicit files these mean nothing), and where
        its bytes begin and end. An element that has items or fragments has no bytes of its own.
    """

    values: dict[int, bytes]
    group_lengths: dict[int, bytes]
    end: int
    ends_in_fragments: bool
    is_even: bool
    places: dict[int, tuple[int, int, int]]

    def has_usual_vrs(self) -> bool:
        """Return whether an explicit file gives each of `values` the dictionary's VR."""
        return all(_is_usual_vr(tag, letters) for tag, (letters, _, _) in self.places.items())


class _UnsureError(Exception):
    """The skim cannot decide; only the walk can. Never leaves this module."""


class Skimmer:
    """The elements to look for. Make it once, and skim over many data sets.

    Parameters
    ----------
    tags
        The elements whose values are wanted.
    first_group, last_group
        The range of groups. The skim stops where a later group begins; at an earlier one it is unsure.
    """

    def __init__(self, tags: Iterable[int], *, first_group: int = 0, last_group: int = _LAST_GROUP) -> None:
        self._wanted = {_swapped(tag): tag for tag in (*tags, PIXEL_DATA)}
        self._first_group = first_group
        self._last_group = last_group

    def skim(self, buffer: bytes | mmap.mmap, start: int, encoding: Encoding) -> Skimmed | None:
        """Step from element to element, beginning at `start`; return None where only the walk can decide.

        Parameters
        ----------
        buffer
            A file or a data set, or the start of one; it is not copied.
        start
            Where the first element begins, in bytes.
        encoding
            The encoding of the elements. Big endian is left to the walk.

        References
        ----------
        PS3.5 section 7.1, Data Elements.
        """
        if not encoding.little_endian:
            return None
        values: dict[int, bytes] = {}
        lengths: dict[int, bytes] = {}
        places: dict[int, tuple[int, int, int]] = {}
        try:
            tag, value, end, odd = self._step_over(buffer, start, encoding, (values, lengths, places))
            if end > len(buffer):
                self._check_last(tag)
        except _UnsureError:
            return None
        if PIXEL_DATA in values:
            values[PIXEL_DATA] = b""
        # If the first element begins at an odd offset, is_even is False, which is the safe answer.
        return Skimmed(values, lengths, end, value == _IN_FRAGMENTS, not (odd | start) & 1, places)

    def _step_over(  # noqa: C901 - each call in it would cost
        self, buffer: bytes | mmap.mmap, start: int, encoding: Encoding, found: _Found
    ) -> tuple[int, int, int, int]:
        """Fill `found`; return the last tag, its value's offset, the end, and all ends combined by "or"."""
        values, lengths, places = found
        # The speed of an index and of a receiver depends on this loop: so names are local, and little is called.
        wanted, current, last_group = self._wanted, self._first_group, self._last_group
        short = _SHORT if encoding.explicit_vr else frozenset()
        extent_of = _explicit_extent if encoding.explicit_vr else _implicit_extent
        tag, before, value, position, odd = 0, -1, start, start, 0
        last = len(buffer) - _HEADER_BYTES
        while position <= last:
            tag, letters, length = _header(buffer, position)
            if tag & 0xFFFF != current:
                if tag & 0xFFFF > last_group:
                    break
                if tag & 0xFFFF < current:
                    raise _UnsureError
                current = tag & 0xFFFF
            elif tag == before:
                raise _UnsureError  # it repeats the element before it
            before = tag
            if letters in short:
                value = position + _HEADER_BYTES
                position = value + length
            else:
                value, position = extent_of(buffer, position, tag, letters, length)
                if value == _IN_FRAGMENTS:
                    values[PIXEL_DATA] = b""
                    break
            odd |= position
            if tag in wanted:
                if wanted[tag] in values:
                    raise _UnsureError
                is_short = position - value <= MAX_VALUE_BYTES
                values[wanted[tag]] = buffer[value:position] if is_short else _left_out(tag)
                places[wanted[tag]] = letters, value, position
            elif tag <= _LAST_GROUP_LENGTH:
                lengths[tag << 16] = buffer[value:position]
        return tag, value, position, odd

    def _check_last(self, swapped: int) -> None:
        """Raise if a wanted value extends beyond the buffer: part of a value is useless."""
        is_used = swapped in self._wanted or swapped <= _LAST_GROUP_LENGTH
        if is_used and _swapped(swapped) != PIXEL_DATA:
            raise _UnsureError


def _left_out(tag: int) -> bytes:
    """Return what stands for a value that is too long; raise if it determines how texts are decoded."""
    if tag == _CHARACTER_SET:
        raise _UnsureError
    return b""


# These return the offsets at which a value begins and ends. For a sequence both are its end, since it has no
# value of its own; for fragments that extend beyond the buffer they are _IN_FRAGMENTS and the first fragment.


def _explicit_extent(
    buffer: bytes | mmap.mmap, position: int, tag: int, letters: int, _length: int
) -> tuple[int, int]:
    """Return the extent of an element with a long header; raise if its VR is unknown."""
    value = position + _LONG_HEADER_BYTES
    if letters not in _LETTERS or value > len(buffer):
        raise _UnsureError
    (length,) = _long_length(buffer, value - 4)
    if letters in _PLAIN_LONG and length != UNDEFINED_LENGTH:
        return value, value + length
    return _nested_extent(buffer, position, value, length, tag, _LETTERS[letters], EXPLICIT_LITTLE)


def _implicit_extent(
    buffer: bytes | mmap.mmap, position: int, tag: int, low: int, high: int
) -> tuple[int, int]:
    """Return the extent of an element in Implicit VR: `low` and `high` are the halves of its length."""
    length = high << 16 | low
    value = position + _HEADER_BYTES
    if not tag:
        raise _UnsureError  # zeros after the last element
    vr = _implicit_vr(tag)
    if vr not in _MAY_NEST and length != UNDEFINED_LENGTH:
        return value, value + length
    return _nested_extent(buffer, position, value, length, tag, vr, IMPLICIT_LITTLE)


def _nested_extent(
    buffer: bytes | mmap.mmap,
    position: int,
    value: int,
    length: int,
    swapped: int,
    vr: str,
    encoding: Encoding,
) -> tuple[int, int]:
    """Return the extent of a sequence, of encapsulated pixels, or of a value that may hide a sequence."""
    tag = _swapped(swapped)
    if vr == "UN" and length != UNDEFINED_LENGTH:
        if _may_hide_items(buffer, tag, value, length):
            raise _UnsureError
        return value, value + length
    if tag != PIXEL_DATA and implicit_vr(tag) not in _MAY_NEST:
        raise _UnsureError  # the dictionary says that this is not a sequence
    kind, before = Kind.SEQUENCE, 0
    try:
        for token in walk(buffer, position, len(buffer), encoding):  # type: ignore[arg-type] # - read like bytes
            is_repeated = token.kind is Kind.ELEMENT and token.tag == before
            if is_repeated or _is_checked(buffer, token):
                break
            before = token.tag
            if token.kind is Kind.SEQUENCE_END and not token.depth:
                return token.value_offset, token.value_offset
            kind = kind if token.depth else token.kind
    except TruncatedFileError:
        if kind is Kind.PIXEL_SEQUENCE and tag == PIXEL_DATA:
            return _IN_FRAGMENTS, value
    except NotDicomError:
        pass
    raise _UnsureError


def _is_checked(buffer: bytes | mmap.mmap, token: Token) -> bool:
    """Return whether `dicomkit.files.data_set_check` examines this token, so that the walk has to decide."""
    if token.tag >> 16 == _DIRECTORY_GROUP:
        return True
    if token.kind is not Kind.ELEMENT:
        return False
    if token.vr == "UN":
        return _may_hide_items(buffer, token.tag, token.value_offset, token.length)
    return token.tag == SPECIFIC_CHARACTER_SET or not token.tag & 0xFFFF


def _may_hide_items(buffer: bytes | mmap.mmap, tag: int, value: int, length: int) -> bool:
    """Return whether an element with VR UN may be a sequence whose VR its writer did not know."""
    if not length:
        return False
    start = buffer[value : value + len(_ITEM_START)]
    return not is_private(tag) or start == _ITEM_START or len(start) < min(length, len(_ITEM_START))


@functools.lru_cache(maxsize=_CACHED_TAGS)
def _is_usual_vr(tag: int, letters: int) -> bool:
    return _LETTERS.get(letters, "?") in implicit_vr(tag)  # which may be a choice, such as US or SS


@functools.lru_cache(maxsize=_CACHED_TAGS)
def _implicit_vr(swapped: int) -> str:
    return implicit_vr(_swapped(swapped))


def _swapped(tag: int) -> int:
    """Swap the halves of a tag: read as one little endian number, its four bytes have the group in the lower half."""
    return (tag & 0xFFFF) << 16 | tag >> 16
