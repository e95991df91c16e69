"""What is open around a line of a dump, and what has stood there before it.

How an element is printed may depend on others of the same data set or item: an undecided VR on Pixel
Representation, a directory record's heading on its type, a private attribute on who reserved its block.
"""

from __future__ import annotations

from dicomkit.dump.writing.undecided_vrs import DECIDING_TAGS
from dicomkit.files.dictionary import is_private_creator
from dicomkit.files.encoding import TEXT_VRS
from dicomkit.files.tokens import Token

__all__ = ["Container", "may_be_remembered"]

_BLOCK_MASK, _ODD_GROUP = 0x1FF00, 0x10000  # what private creators have in common: (odd,00xx)
_RECORD_TYPE, _RECORD_FILE = 0x00041430, 0x00041500
_REMEMBERED = {**dict.fromkeys(DECIDING_TAGS, "US"), _RECORD_TYPE: "CS", _RECORD_FILE: "CS"}


def may_be_remembered(tag: int) -> bool:
    """Say whether the printing of other elements may depend on this one."""
    return tag & _BLOCK_MASK == _ODD_GROUP or tag in _REMEMBERED


class Container:
    """A data set, item or sequence whose end has not come yet, and the lines inside it so far."""

    __slots__ = ("creators", "highest", "lines", "numbers", "opening", "record_file", "record_type", "tags")

    def __init__(self, opening: Token | None) -> None:
        self.opening = opening
        self.tags: list[int] = []
        self.lines: list[bytes] = []
        self.numbers: dict[int, int] = {}  # on which other VRs depend
        self.creators: dict[int, bytes] = {}  # by block: the tag without its last two digits
        self.highest = (0, 0)  # of how many tags, and which
        self.record_type = b""
        self.record_file = b""

    def creator_of(self, tag: int) -> bytes:
        """Return who reserved the block of a private attribute, or nothing."""
        return self.creators.get(tag >> 8, b"")

    def remember(self, tag: int, vr: str, value: bytes, *, little_endian: bool) -> None:
        """Keep the value of an element if others depend on it."""
        if is_private_creator(tag):
            if vr in TEXT_VRS and vr != "UI":
                self.reserve(tag, value)
        elif _REMEMBERED.get(tag) != vr:
            return
        elif tag in DECIDING_TAGS:
            if value:
                self.numbers[tag] = int.from_bytes(value[:2], "little" if little_endian else "big")
        elif tag == _RECORD_TYPE:
            self.record_type = value
        else:
            self.record_file = value.rstrip(b" \0")

    def pass_over(self, tag: int, vr: str, value: bytes, *, little_endian: bool) -> None:
        """Remember an element of which no line is printed."""
        self.tags.append(tag)
        self.remember(tag, vr, value, little_endian=little_endian)
        self.highest = (0, max(self.highest[1], tag))
        self.tags.clear()

    def reserve(self, tag: int, creator: bytes) -> None:
        """Note whose block it is; as for DCMTK, a private creator behind a higher tag reserves nothing."""
        counted, highest = self.highest
        highest = max(highest, *self.tags[counted:])
        self.highest = (len(self.tags), highest)
        if tag >= highest:
            # Where there is a NUL, DCMTK takes what is before it, blanks and all; it pads an odd value with one.
            is_padded = b"\0" in creator or len(creator) % 2
            name = creator.partition(b"\0")[0] if is_padded else creator.rstrip(b" ")
            self.creators.setdefault((tag >> 16 << 8) + (tag & 0xFF), name)
