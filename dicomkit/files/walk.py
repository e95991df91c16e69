"""Walk through the bytes of a data set, one token at a time, and say where each begins and ends.

This is the tokenizer of the package. The byte viewer, the dump writer, the check before reading and the index of a
folder all use it; `dicomkit.files.skim` is its fast and flat form, and no other module parses element headers. It
copies no value: a token holds a kind, an offset and a length. It is not recursive, so nesting costs no stack, and it
refuses what only a hostile file contains.

What is merely odd is read where it has only one meaning: a delimiter at the end of a defined length, an element in
Implicit VR among explicit ones, zeros or delimiters after the last element.
"""

from __future__ import annotations

import functools
from collections.abc import Iterator

from dicomkit.files.dictionary import implicit_vr
from dicomkit.files.encoding import (
    IMPLICIT_LITTLE,
    STANDARD_VRS,
    UNDEFINED_LENGTH,
    Encoding,
    has_long_header,
)
from dicomkit.files.tokens import (
    ITEM,
    ITEM_DELIMITATION,
    PIXEL_DATA,
    SEQUENCE_DELIMITATION,
    Kind,
    Token,
)
from dicomkit.files.walk_position import HEADER_BYTES, WalkPosition

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Literal

__all__ = ["MAX_DEPTH", "MAX_ELEMENTS", "MAX_ITEMS", "walk"]

MAX_DEPTH = 64  # sequences inside sequences; real files stay below ten
MAX_ITEMS = 100_000  # items and fragments of one data set
MAX_ELEMENTS = 1_000_000  # of one data set, items included; ten for each item

_GROUP_OF_ITEMS = 0xFFFE
_LONG_HEADER_BYTES = 12
_VRS = {vr.encode(): (vr, has_long_header(vr)) for vr in STANDARD_VRS}
# For speed: up to Python 3.11, looking up an enum member and making a NamedTuple both run Python code each time.
_ELEMENT = Kind.ELEMENT
_make_token = functools.partial(tuple.__new__, Token)


def walk(
    buffer: bytes,
    start: int,
    end: int,
    encoding: Encoding,
    *,
    given: str = "data set",
    items_may_be_short: bool = False,
    begins_with: Literal["element", "item", "fragment"] = "element",
) -> Iterator[Token]:
    """Walk through the data set in ``buffer[start:end]``.

    Parameters
    ----------
    buffer
        The bytes; offsets in the tokens count from its start.
    start, end
        Offsets of the first byte of the data set and of the first byte after it.
    encoding
        VR and byte order of the elements.
    given
        How an error names the input, for example the file's name.
    items_may_be_short
        Whether an item may state a length beyond the end of its sequence, provided that its last element ends
        where the sequence does. The item's length is wrong then, but nothing is missing.
    begins_with
        What is at `start`: an element of a data set, an item of a sequence, or a fragment of encapsulated Pixel Data,
        after which elements may follow.

    Yields
    ------
    Token
        In the order of the bytes. Each sequence and each item is closed by a token of its own, so starts and ends
        are always paired.

    Raises
    ------
    TruncatedFileError
        If an element, an item or a header extends beyond what contains it.
    NotDicomError
        If an item is found where an element belongs, or the reverse.
    RefusedFileError
        If there are more than `MAX_DEPTH` levels, `MAX_ITEMS` items or `MAX_ELEMENTS` elements.

    References
    ----------
    PS3.5 section 7.1, Data Elements; section 7.5, Nesting of Data Sets; section A.4, encapsulated pixels.
    """
    state = _Walk(buffer, start, end, encoding, given)
    state.items_may_be_short = items_may_be_short
    if begins_with == "item":
        state.step = state.next_item
    elif begins_with == "fragment":
        around = Token(Kind.PIXEL_SEQUENCE, PIXEL_DATA, "OB", start, start, UNDEFINED_LENGTH, 0, encoding)
        state.enter(around, state.next_fragment)
    while (token := state.step()) is not None:
        yield token


class _Walk(WalkPosition):
    """The steps from one token to the next."""

    def __init__(self, buffer: bytes, start: int, end: int, encoding: Encoding, given: str) -> None:
        super().__init__(buffer, start, end, encoding, given)
        self.items = 0
        self.elements = 0
        self.step = self.next_element

    def next_element(self) -> Token | None:  # noqa: C901, PLR0911, PLR0912 - each call in it would cost
        """Read the next element of a data set or item."""
        position = self.position
        room = self.limit - position
        if room < HEADER_BYTES:
            return self.end_of_bytes()
        if self.has_vrs:
            group, element, letters, length = self.explicit_header(self.buffer, position)
            if group == _GROUP_OF_ITEMS:
                return self.delimiter_in_item()
            tag = group << 16 | element
            known = _VRS.get(letters)
            if known is None:
                known = _unknown_vr(letters)
                if not known[1] and self.is_implicit_here(tag):
                    return self.implicit_element()
            vr, is_long = known
            value_offset = position + HEADER_BYTES
            if is_long:
                if room < _LONG_HEADER_BYTES:
                    raise self.truncated(position, tag)
                (length,) = self.long_length(self.buffer, value_offset)
                value_offset += 4
        else:
            group, element, length = self.implicit_header(self.buffer, position)
            if group == _GROUP_OF_ITEMS:
                return self.delimiter_in_item()
            tag = group << 16 | element
            vr = implicit_vr(tag)
            value_offset = position + HEADER_BYTES
        if not tag and self.only_zeros_follow():
            return self.trailing(0)
        if vr == "SQ" or length == UNDEFINED_LENGTH:
            return self.open_sequence(tag, vr, value_offset, length)
        self.position = value_offset + length
        if self.position > self.limit:
            raise self.truncated(position, tag)
        self.elements += 1
        if self.elements > MAX_ELEMENTS:
            raise self.refused(f"there are more than {MAX_ELEMENTS} elements")
        return _make_token((_ELEMENT, tag, vr, position, value_offset, length, self.depth, self.encoding))

    def next_item(self) -> Token | None:
        """Read the next item of a sequence."""
        if self.limit - self.position < HEADER_BYTES:
            return self.end_of_bytes()
        tag, length = self.item_header()
        if tag == SEQUENCE_DELIMITATION:
            if self.open:
                return self.close(tag, Kind.SEQUENCE_END)
            if self.position + HEADER_BYTES == self.limit:
                return None
        if tag != ITEM:
            raise self.misplaced(tag)
        self.count_item()
        position = self.position
        self.depth += 1
        token = Token(Kind.ITEM, ITEM, "", position, position + 8, length, self.depth, self.encoding)
        self.enter(token, self.next_element)
        return token

    def next_fragment(self) -> Token | None:
        """Read the next item of an encapsulated pixel data element (PS3.5 section A.4)."""
        position = self.position
        if self.limit - position < HEADER_BYTES:
            return self.end_of_bytes()
        tag, length = self.item_header()
        if tag == SEQUENCE_DELIMITATION:
            return self.close(tag, Kind.SEQUENCE_END)
        if tag != ITEM or length == UNDEFINED_LENGTH:
            raise self.misplaced(tag)
        self.count_item()
        self.position = position + HEADER_BYTES + length
        if self.position > self.limit:
            raise self.truncated(position, tag)
        is_first = position == self.open[-1].token.value_offset
        kind = Kind.OFFSET_TABLE if is_first else Kind.FRAGMENT
        return Token(kind, ITEM, "", position, position + 8, length, self.depth + 1, self.encoding)

    def is_implicit_here(self, tag: int) -> bool:
        """Return whether a 32-bit length follows the tag, though the data set is in Explicit VR.

        Files also have unknown VRs, such as two blanks. So the 32-bit length must lead to an element with a higher
        tag, and the length after the supposed VR must not lead to an element that has a VR.
        """
        start = self.position + HEADER_BYTES
        *_, short_length = self.explicit_header(self.buffer, self.position)
        *_, length = self.implicit_header(self.buffer, self.position)
        if length == UNDEFINED_LENGTH:
            return self.tag_at(start) in {ITEM, SEQUENCE_DELIMITATION}
        end, other_end = start + length, start + short_length
        if end != self.limit and self.tag_at(end) <= tag:
            return False
        letters = self.buffer[other_end + 4 : other_end + 6]
        return other_end != self.limit and not (letters in _VRS and self.tag_at(other_end) > tag)

    def implicit_element(self) -> Token | None:
        """Read an element in Implicit VR inside a data set in Explicit VR."""
        around = self.encoding
        self.set_encoding(around._replace(explicit_vr=False))
        token = self.next_element()
        if token is not None and token.kind is not Kind.ELEMENT:
            self.open[-1] = self.open[-1]._replace(encoding=around)
        else:
            self.set_encoding(around)
        return token

    def open_sequence(self, tag: int, vr: str, value_offset: int, length: int) -> Token:
        """Enter a sequence, or the fragments of encapsulated Pixel Data."""
        # Only OB and OW come in fragments: Pixel Data with VR SQ or UN is what its VR says.
        holds_bytes = vr in {"OB", "OW"} or (tag == PIXEL_DATA and vr == "OB or OW")
        is_pixels = length == UNDEFINED_LENGTH and holds_bytes
        kind = Kind.PIXEL_SEQUENCE if is_pixels else Kind.SEQUENCE
        token = Token(kind, tag, vr, self.position, value_offset, length, self.depth, self.encoding)
        if self.depth >= MAX_DEPTH:
            raise self.refused(f"sequences are nested deeper than {MAX_DEPTH} levels")
        self.enter(token, self.next_fragment if is_pixels else self.next_item)
        first = value_offset + HEADER_BYTES  # after the header of the first item
        if vr == "UN" and self.buffer[first + 4 : first + 6] not in _VRS:
            # PS3.5 section 6.2.2 (from CP-246): UN of undefined length holds Implicit VR Little Endian. In
            # some files it holds the encoding of the data set around it.
            self.set_encoding(IMPLICIT_LITTLE)
        return token

    def close(self, tag: int, kind: Kind) -> Token:
        """Close the innermost container at its delimiter."""
        position = self.position
        container = self.open[-1]
        if not container.ends_by_delimiter and position + HEADER_BYTES != self.limit:
            raise self.misplaced(tag)
        depth, encoding = self.depth, self.encoding
        self.leave()
        self.position = position + HEADER_BYTES
        return Token(kind, tag, "", position, self.position, 0, depth, encoding)

    def end_of_bytes(self) -> Token | None:
        """Close a container whose defined length is used up; at the end of all bytes, stop."""
        position = self.position
        if position < self.limit:
            # Two zeros are group 0000, which no data set has; one zero may be the first byte of a truncated header.
            if position + 2 <= self.limit and self.only_zeros_follow():
                return self.trailing(0)
            raise self.truncated(position, self.partial_tag())
        if not self.open:
            return None
        container = self.open[-1]
        if container.ends_by_delimiter:
            raise self.truncated(container.token.offset, container.token.tag)
        is_item = container.token.kind is Kind.ITEM
        kind, tag = (
            (Kind.ITEM_END, ITEM_DELIMITATION) if is_item else (Kind.SEQUENCE_END, SEQUENCE_DELIMITATION)
        )
        depth, encoding = self.depth, self.encoding
        self.leave()
        return Token(kind, tag, "", position, position, 0, depth, encoding)

    def delimiter_in_item(self) -> Token:
        """Handle a tag of group FFFE where an element belongs: the end of this item, or a mistake."""
        tag, _ = self.item_header()
        if tag == ITEM_DELIMITATION and self.open:
            return self.close(tag, Kind.ITEM_END)
        if self.only_delimiters_follow():
            return self.trailing(tag)
        raise self.misplaced(tag)

    def count_item(self) -> None:
        self.items += 1
        if self.items > MAX_ITEMS:
            raise self.refused(f"there are more than {MAX_ITEMS} items")


def _unknown_vr(letters: bytes) -> tuple[str, bool]:
    vr = letters.decode("latin-1")
    return vr, has_long_header(vr)
