"""Pad every value of a data set to an even length, as the Standard requires and old writers forgot.

Files with values of odd length exist. On the wire the fragments of a message must have even lengths, so the sender
pads them, with the byte where DCMTK's storescu puts it.
"""

from __future__ import annotations

import struct
from collections.abc import Iterator

from dicomkit.errors import AttributeValueError
from dicomkit.files.encoding import MAX_SHORT_LENGTH, PAD_BYTES, UNDEFINED_LENGTH, WORD_CODES, Encoding
from dicomkit.files.tokens import Kind, Token, tag_text
from dicomkit.files.walk import walk
from dicomkit.named_tuple import NamedTuple

__all__ = ["with_even_lengths"]

_VALUES = {Kind.ELEMENT, Kind.FRAGMENT, Kind.OFFSET_TABLE}
_CONTAINERS = {Kind.SEQUENCE, Kind.ITEM}
_SHORT_HEADER_BYTES = 8  # tag, VR and a length of 16 bits
_OFFSET_BYTES = 4  # of the Basic Offset Table


class _Change(NamedTuple):
    """The replacement of a range of bytes."""

    start: int
    end: int
    replacement: bytes


def with_even_lengths(dataset: bytes, encoding: Encoding, *, given: str = "data set") -> bytes:
    r"""Return a data set in which every value has an even length; enclosing lengths and offset tables are adjusted.

    Parameters
    ----------
    dataset
        An encoded data set that has been checked.
    encoding
        How it is encoded.
    given
        How an error names it.

    Raises
    ------
    AttributeValueError
        If a value has the greatest length of its VR, so that it cannot be padded.

    References
    ----------
    PS3.5 section 7.1.1, Data Element Fields, and section 6.2, what each VR is padded with; PS3.8 section E.1,
    Encapsulation Rules: each fragment has an even length.

    Examples
    --------
    >>> from dicomkit.files.encoding import EXPLICIT_LITTLE
    >>> with_even_lengths(bytes.fromhex("10001000 504e 0300 446f65"), EXPLICIT_LITTLE)[-6:]
    b'\x04\x00Doe '
    """
    parts: list[bytes] = []
    position = 0
    for change in sorted(_changes(dataset, encoding, given)):
        parts += [dataset[position : change.start], change.replacement]
        position = change.end
    return b"".join([*parts, dataset[position:]])


def _changes(dataset: bytes, encoding: Encoding, given: str) -> Iterator[_Change]:
    grown: list[int] = []  # by how much, for each container that is open
    opened: list[Token] = []
    table: Token | None = None
    pads: list[int] = []  # where fragments of odd length end, counted from the first one
    first_fragment = 0
    for token in walk(dataset, 0, len(dataset), encoding, given=given):
        if token.kind in _CONTAINERS or token.kind is Kind.PIXEL_SEQUENCE:
            opened.append(token)
            grown.append(0)
        elif token.kind in {Kind.ITEM_END, Kind.SEQUENCE_END}:
            container, by = opened.pop(), grown.pop()
            if by and container.length != UNDEFINED_LENGTH:
                yield _longer(container, container.length + by, given)
            if container.kind is Kind.PIXEL_SEQUENCE and table is not None and pads:
                yield _moved(dataset, table, pads)
        if token.kind is Kind.OFFSET_TABLE:
            table, pads = token, []
            first_fragment = token.value_offset + token.length
        if token.kind in _VALUES and token.length % 2:
            yield _longer(token, token.length + 1, given)
            yield _padded(dataset, token)
            grown = [by + 1 for by in grown]
            if token.kind is Kind.FRAGMENT:
                pads.append(token.value_offset + token.length - first_fragment)


def _longer(token: Token, length: int, given: str) -> _Change:
    """Return the change of the length in a header."""
    order = "<" if token.encoding.little_endian else ">"
    header_bytes = token.value_offset - token.offset
    is_short = (
        token.encoding.explicit_vr and token.kind is Kind.ELEMENT and header_bytes == _SHORT_HEADER_BYTES
    )
    if is_short and length > MAX_SHORT_LENGTH:
        raise AttributeValueError(
            given,
            f"{tag_text(token.tag)} has an odd length and no room for one byte more",
            "shorten its value (PS3.5 section 7.1.2)",
        )
    encoded = struct.pack(order + ("H" if is_short else "I"), length)
    return _Change(token.value_offset - len(encoded), token.value_offset, encoded)


def _padded(dataset: bytes, token: Token) -> _Change:
    """Return the change that pads a value to an even length.

    In a big endian word the last 8-bit sample is the second byte (PS3.5 2016b section 7.3), so the padding goes
    before it.
    """
    end = token.value_offset + token.length
    is_word = token.vr in WORD_CODES or token.vr == "OB or OW"
    if is_word and not token.encoding.little_endian:
        return _Change(end - 1, end, b"\0" + dataset[end - 1 : end])
    return _Change(end, end, PAD_BYTES.get(token.vr, b"\0"))


def _moved(dataset: bytes, table: Token, pads: list[int]) -> _Change:
    """Return the change of a Basic Offset Table whose fragments have moved (PS3.5 section A.4)."""
    order = "<" if table.encoding.little_endian else ">"
    layout = struct.Struct(f"{order}{table.length // _OFFSET_BYTES}I")
    offsets = layout.unpack_from(dataset, table.value_offset)
    moved = layout.pack(*(offset + sum(pad <= offset for pad in pads) for offset in offsets))
    return _Change(table.value_offset, table.value_offset + len(moved), moved)
