"""The words in which the walk through a data set is told: tokens, their kinds, and how bytes are encoded."""

from __future__ import annotations

import enum
from typing import NamedTuple

__all__ = [
    "EXPLICIT_BIG",
    "EXPLICIT_LITTLE",
    "IMPLICIT_LITTLE",
    "ITEM",
    "ITEM_DELIMITATION",
    "PIXEL_DATA",
    "SEQUENCE_DELIMITATION",
    "STANDARD_VRS",
    "UNDEFINED_LENGTH",
    "Encoding",
    "Kind",
    "Token",
    "has_long_header",
    "tag_text",
]

UNDEFINED_LENGTH = 0xFFFFFFFF

ITEM = 0xFFFEE000
ITEM_DELIMITATION = 0xFFFEE00D
SEQUENCE_DELIMITATION = 0xFFFEE0DD
PIXEL_DATA = 0x7FE00010

# PS3.5 section 7.1.2: these have two reserved bytes and a 32-bit length after the VR ...
_LONG_VRS = {"OB", "OD", "OF", "OL", "OV", "OW", "SQ", "SV", "UC", "UN", "UR", "UT", "UV"}
# ... and these a 16-bit length right after it.
_SHORT_VRS = {"AE", "AS", "AT", "CS", "DA", "DS", "DT", "FD", "FL", "IS", "LO"}
_SHORT_VRS |= {"LT", "PN", "SH", "SL", "SS", "ST", "TM", "UI", "UL", "US"}
STANDARD_VRS = frozenset(_LONG_VRS | _SHORT_VRS)


class Encoding(NamedTuple):
    """How the elements of a data set are written: part of what a transfer syntax says (PS3.5 section 10)."""

    explicit_vr: bool
    little_endian: bool


IMPLICIT_LITTLE = Encoding(explicit_vr=False, little_endian=True)
EXPLICIT_LITTLE = Encoding(explicit_vr=True, little_endian=True)
EXPLICIT_BIG = Encoding(explicit_vr=True, little_endian=False)


class Kind(enum.Enum):
    """What a token is. An END without bytes of its own (a defined length ran out) has an empty header."""

    ELEMENT = "element"
    SEQUENCE = "sequence"
    ITEM = "item"
    ITEM_END = "item end"
    SEQUENCE_END = "sequence end"
    PIXEL_SEQUENCE = "pixel sequence"
    OFFSET_TABLE = "offset table"
    FRAGMENT = "fragment"


class Token(NamedTuple):
    """One thing in a data set, and where it stands.

    ``offset`` is where its header starts, ``value_offset`` where the value starts, ``length`` the value's
    length in bytes as the header states it (`UNDEFINED_LENGTH` for "until the delimiter"). ``depth``
    counts the sequences around it: 0 in the data set itself, 1 for an item of a sequence there and for
    all that the item holds.
    """

    kind: Kind
    tag: int
    vr: str
    offset: int
    value_offset: int
    length: int
    depth: int
    encoding: Encoding


def tag_text(tag: int) -> str:
    """Return `tag` as it is written in the Standard and in a dump.

    Examples
    --------
    >>> tag_text(0x7FE00010)
    '(7fe0,0010)'
    """
    return f"({tag >> 16:04x},{tag & 0xFFFF:04x})"


def has_long_header(vr: bytes) -> bool:
    """Say whether a VR, as its two bytes, is followed by two reserved bytes and a 32-bit length.

    A VR that the Standard does not have yet will have the long form (PS3.5 section 6.2). Bytes that are no
    two capital letters are no VR at all; they are taken for the short form.
    """
    name = vr.decode("latin-1")
    return name in _LONG_VRS if name in STANDARD_VRS else vr.isalpha() and vr.isupper()
