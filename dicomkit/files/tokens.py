"""Token types: what the walk through a data set yields."""

from __future__ import annotations

import enum
import functools

from dicomkit.files.encoding import STANDARD_VRS, Encoding
from dicomkit.named_tuple import NamedTuple

__all__ = [
    "ITEM",
    "ITEM_DELIMITATION",
    "PIXEL_DATA",
    "PIXEL_TAGS",
    "SEQUENCE_DELIMITATION",
    "Kind",
    "Token",
    "tag_text",
]

ITEM = 0xFFFEE000
ITEM_DELIMITATION = 0xFFFEE00D
SEQUENCE_DELIMITATION = 0xFFFEE0DD
PIXEL_DATA = 0x7FE00010
PIXEL_TAGS = frozenset({PIXEL_DATA, 0x7FE00009, 0x7FE00008})  # and Double Float, Float Pixel Data


class Kind(enum.Enum):
    """What a token is.

    An END without bytes of its own (a defined length ran out) has an empty header. TRAILING are the bytes after the
    last element: zeros, or stray delimiters.
    """

    ELEMENT = "element"
    SEQUENCE = "sequence"
    ITEM = "item"
    ITEM_END = "item end"
    SEQUENCE_END = "sequence end"
    PIXEL_SEQUENCE = "pixel sequence"
    OFFSET_TABLE = "offset table"
    FRAGMENT = "fragment"
    TRAILING = "trailing"


class Token(NamedTuple):
    """One token of a data set, and its position.

    ``offset`` is where its header starts, ``value_offset`` where the value starts, ``length`` the value's
    length in bytes as the header states it (`dicomkit.files.encoding.UNDEFINED_LENGTH` for "until the delimiter"). ``depth``
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

    @property
    def has_unknown_vr(self) -> bool:
        """Whether a VR is written in its header that is not in the Standard (PS3.5 section 6.2)."""
        return self.vr not in STANDARD_VRS and self.vr != "" and self.encoding.explicit_vr


@functools.lru_cache(maxsize=16_384)  # files share most tags; the limit is for hostile ones
def tag_text(tag: int) -> str:
    """Return `tag` as it is written in a dump.

    Examples
    --------
    >>> tag_text(0x7FE00010)
    '(7fe0,0010)'
    """
    return f"({tag >> 16:04x},{tag & 0xFFFF:04x})"
