"""The position of a walk through a data set: the offset, the open containers, and how to read a header there.

Errors are made here too, since each names an offset.
"""

from __future__ import annotations

import struct
from collections.abc import Callable

from dicomkit.errors import NotDicomError, RefusedFileError, TruncatedFileError
from dicomkit.files.encoding import UNDEFINED_LENGTH, Encoding
from dicomkit.files.tokens import ITEM_DELIMITATION, SEQUENCE_DELIMITATION, Kind, Token, tag_text
from dicomkit.named_tuple import NamedTuple

__all__ = ["HEADER_BYTES", "Step", "WalkPosition"]

HEADER_BYTES = 8  # of an item, and of most elements

Step = Callable[[], Token | None]  # reads the next token; None is the end

_DELIMITERS = {ITEM_DELIMITATION, SEQUENCE_DELIMITATION}
# Structs for an element header with VR, for one without, and for a 32-bit length; by "is little endian".
_HEADERS = {
    is_little_endian: tuple(struct.Struct(order + code).unpack_from for code in ("HH2sH", "HHI", "I"))
    for is_little_endian, order in ((True, "<"), (False, ">"))
}


class _Container(NamedTuple):
    """An open sequence or item, with what to restore when it ends."""

    token: Token
    limit: int  # the first offset beyond the surrounding container
    ends_by_delimiter: bool
    encoding: Encoding  # of the surrounding container
    step: Step  # that continues there


class WalkPosition:
    """The position in the bytes, and the containers that are open there."""

    def __init__(self, buffer: bytes, start: int, end: int, encoding: Encoding, given: str) -> None:
        self.buffer = buffer
        self.start = start
        self.position = start
        self.limit = end
        self.given = given
        self.items_may_be_short = False
        self.depth = 0
        self.open: list[_Container] = []
        self.step: Step
        self.set_encoding(encoding)

    def set_encoding(self, encoding: Encoding) -> None:
        """Read headers in this encoding from here on."""
        self.encoding = encoding
        self.has_vrs = encoding.explicit_vr
        self.explicit_header, self.implicit_header, self.long_length = _HEADERS[encoding.little_endian]

    def enter(self, token: Token, step: Step) -> None:
        """Open a container, and continue at its first byte."""
        is_open_ended = token.length == UNDEFINED_LENGTH
        self.open.append(_Container(token, self.limit, is_open_ended, self.encoding, self.step))
        self.position = token.value_offset
        if not is_open_ended:
            end = token.value_offset + token.length
            if end > self.limit and not (self.items_may_be_short and token.kind is Kind.ITEM):
                raise self.truncated(token.offset, token.tag)
            self.limit = min(end, self.limit)
        self.step = step

    def leave(self) -> Token:
        """Close the innermost container, and return its token."""
        token, self.limit, _, encoding, self.step = self.open.pop()
        if token.kind is Kind.ITEM:
            self.depth -= 1
        if self.encoding != encoding:
            self.set_encoding(encoding)
        return token

    def tag_at(self, position: int) -> int:
        """Return the tag of the element at a position, or 0 if none fits there."""
        if position + HEADER_BYTES > self.limit:
            return 0
        group, element, _ = self.implicit_header(self.buffer, position)
        return int(group << 16 | element)

    def partial_tag(self) -> int:
        """Return the tag of a truncated header, with zeros for its missing bytes."""
        start = self.buffer[self.position : min(self.limit, self.position + 4)].ljust(4, b"\0")
        group, element = struct.unpack("<HH" if self.encoding.little_endian else ">HH", start)
        return int(group << 16 | element)

    def rest(self) -> bytes:
        """Return the bytes from the position to the end."""
        rest = self.buffer[self.position : self.limit]
        if len(rest) < self.limit - self.position:
            raise struct.error  # as for a header beyond the buffer: only part of the data set was given
        return rest

    def only_zeros_follow(self) -> bool:
        """Return whether only zeros follow the last element of the data set."""
        return not self.open and self.position > self.start and not any(self.rest())

    def only_delimiters_follow(self) -> bool:
        """Return whether only delimiters follow the last element of the data set."""
        if self.open or self.position == self.start:
            return False
        rest = self.rest()
        tags = [self.implicit_header(rest, start)[:2] for start in range(0, len(rest) - 7, HEADER_BYTES)]
        return not len(rest) % HEADER_BYTES and all(
            group << 16 | element in _DELIMITERS for group, element in tags
        )

    def trailing(self, tag: int) -> Token:
        """Return a token for the remaining bytes, which belong to no element."""
        position, self.position = self.position, self.limit
        length = self.limit - position
        return Token(Kind.TRAILING, tag, "", position, position, length, self.depth, self.encoding)

    def item_header(self) -> tuple[int, int]:
        """Return the tag and length of the item or delimiter at this position."""
        # PS3.5 section 7.5: items and delimiters have no VR, in any transfer syntax.
        group, element, length = self.implicit_header(self.buffer, self.position)
        return group << 16 | element, length

    def truncated(self, offset: int, tag: int) -> TruncatedFileError:
        """Return the error for an element that extends beyond what contains it."""
        return TruncatedFileError(
            self.given,
            f"{tag_text(tag)} at byte {offset} is longer than what is left",
            "get the file again; the copy was cut off or a length is wrong",
            offset=offset,
            tag=tag_text(tag),
        )

    def misplaced(self, tag: int) -> NotDicomError:
        """Return the error for a tag that does not belong here."""
        return NotDicomError(
            self.given,
            f"{tag_text(tag)} at byte {self.position} does not belong there",
            "compare the bytes with PS3.5 section 7.5; a length or a delimiter is wrong",
        )

    def refused(self, problem: str) -> RefusedFileError:
        """Return the error for what only a hostile file contains."""
        return RefusedFileError(
            self.given, f"{problem} at byte {self.position}", "do not trust this file; no real one needs that"
        )
