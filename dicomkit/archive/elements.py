"""Data sets as an archive handles them: encoded values by tag, read from bytes and written back without decoding.

An archive compares a few values and passes them on. So an item is a plain dict, a value stays encoded (in Little
Endian), and a sequence is a tuple of items.
"""

from __future__ import annotations

from collections.abc import Container
from typing import NamedTuple, TypeAlias

from dicomkit.files.encoding import (
    NUMBER_CODES,
    WORD_CODES,
    Encoding,
    element_header,
    has_long_header,
    item_header,
)
from dicomkit.files.tokens import ITEM, PIXEL_DATA, Kind, Token
from dicomkit.files.walk import walk

__all__ = ["Element", "Item", "encode_item", "items_in", "raw_in", "read_item", "uids_in"]

_MAX_SHORT_LENGTH = 0xFFFE
_STARTS = frozenset({Kind.ELEMENT, Kind.SEQUENCE, Kind.PIXEL_SEQUENCE})
_WIDTHS = {"H": 2, "h": 2, "I": 4, "i": 4, "f": 4, "Q": 8, "q": 8, "d": 8}


class Element(NamedTuple):
    """A VR with its value: bytes in Little Endian, or the items of a sequence."""

    vr: str
    value: bytes | tuple[Item, ...]


Item: TypeAlias = "dict[int, Element]"


def read_item(
    buffer: bytes,
    start: int,
    encoding: Encoding,
    *,
    wanted: Container[int] | None = None,
    last: int = PIXEL_DATA - 1,
    given: str = "data set",
) -> Item:
    """Read a data set.

    Parameters
    ----------
    buffer
        The bytes; more may follow the elements that are wanted.
    start
        Offset of the data set in bytes.
    encoding
        Its encoding: byte order, explicit or implicit VR.
    wanted
        The tags to keep at the top level; None for all. Sequences are kept with all their items.
    last
        The last tag of interest: reading stops after it.
    given
        What an error calls the bytes.

    Raises
    ------
    NotDicomError
        If the bytes cannot be read.

    Examples
    --------
    >>> from dicomkit.files.encoding import EXPLICIT_LITTLE
    >>> read_item(bytes.fromhex("08005000 5348 0200 4132"), 0, EXPLICIT_LITTLE)
    {524368: Element(vr='SH', value=b'A2')}
    """
    top: Item = {}
    levels: list[Item] = [top]
    sequences: list[tuple[Token, list[Item]]] = []
    for token in walk(buffer, start, len(buffer), encoding, given=given):
        if not token.depth and token.kind in _STARTS and token.tag > last:
            break
        match token.kind:
            case Kind.ELEMENT if token.depth or wanted is None or token.tag in wanted:
                raw = buffer[token.value_offset : token.value_offset + token.length]
                # Of equal elements the first one counts.
                levels[-1].setdefault(token.tag, Element(token.vr, _little(raw, token.vr, token.encoding)))
            case Kind.SEQUENCE:
                sequences.append((token, []))
            case Kind.ITEM:
                levels.append({})
            case Kind.ITEM_END:
                sequences[-1][1].append(levels.pop())
            case Kind.SEQUENCE_END if sequences:
                opened, items = sequences.pop()
                if opened.depth or wanted is None or opened.tag in wanted:
                    levels[-1].setdefault(opened.tag, Element("SQ", tuple(items)))
    return top


def _little(raw: bytes, vr: str, encoding: Encoding) -> bytes:
    if encoding.little_endian:
        return raw
    width = 2 if vr == "AT" else _WIDTHS.get(NUMBER_CODES.get(vr) or WORD_CODES.get(vr) or "", 1)
    return b"".join(raw[start : start + width][::-1] for start in range(0, len(raw), width))


def items_in(item: Item, tag: int) -> tuple[Item, ...]:
    """Return the items of a sequence; none if it is missing."""
    element = item.get(tag)
    return element.value if element is not None and isinstance(element.value, tuple) else ()


def raw_in(item: Item, tag: int, otherwise: bytes = b"") -> bytes:
    """Return the encoded value of an element; `otherwise` if it is missing, or a sequence."""
    element = item.get(tag)
    return element.value if element is not None and isinstance(element.value, bytes) else otherwise


def uids_in(item: Item, tag: int) -> tuple[str, ...]:
    """Return the values of an element with VR UI, without padding; none if it is missing or empty."""
    raw = raw_in(item, tag)
    return tuple(uid.strip(" \0") for uid in raw.decode("latin-1").split("\\")) if raw.strip(b" \0") else ()


def encode_item(item: Item, encoding: Encoding) -> bytes:
    """Return a data set as bytes, in Little Endian with or without VRs.

    Examples
    --------
    >>> from dicomkit.files.encoding import EXPLICIT_LITTLE
    >>> encode_item({0x00080050: Element("SH", b"A2")}, EXPLICIT_LITTLE).hex(" ", 2)
    '0800 5000 5348 0200 4132'
    """
    return b"".join(
        [_encode_element(tag, element.vr, element.value, encoding) for tag, element in sorted(item.items())]
    )


def _encode_element(tag: int, vr: str, value: bytes | tuple[Item, ...], encoding: Encoding) -> bytes:
    if not isinstance(value, bytes):
        items = [encode_item(item, encoding) for item in value]
        value = b"".join([item_header(ITEM, len(content)) + content for content in items])
    if encoding.explicit_vr and len(value) > _MAX_SHORT_LENGTH and not has_long_header(vr):
        vr = "UN"  # PS3.5 section 6.2.2: what is too long for its VR
    return element_header(tag, vr if encoding.explicit_vr else "", len(value)) + value
