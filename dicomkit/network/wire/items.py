"""Items, of which the PDUs that open an association are made (PS3.8 section 9.3.1).

An item is one byte of type, one reserved byte, two bytes of length, big endian, and its content, which may
be items again.
"""

from __future__ import annotations

import struct
from collections.abc import Iterator

from dicomkit.network.wire.failures import InvalidPDUError

__all__ = ["decode_items", "decode_name", "decode_uid", "encode_item", "encode_text", "unreadable"]

_HEADER = struct.Struct(">BxH")


def encode_item(kind: int, *content: bytes) -> bytes:
    """Return an item.

    Examples
    --------
    >>> encode_item(0x40, b"1.2").hex()
    '40000003312e32'
    """
    joined = b"".join(content)
    return _HEADER.pack(kind, len(joined)) + joined


def decode_items(content: bytes) -> Iterator[tuple[int, bytes]]:
    """Yield type and content of each item.

    Raises
    ------
    InvalidPDUError
        If a length does not fit.
    """
    offset = 0
    while offset < len(content):
        if offset + _HEADER.size > len(content):
            raise unreadable()
        kind, length = _HEADER.unpack_from(content, offset)
        offset += _HEADER.size
        if offset + length > len(content):
            raise unreadable()
        yield kind, content[offset : offset + length]
        offset += length


def encode_text(text: str) -> bytes:
    """Return the bytes of a UID or a name."""
    return text.encode("latin-1", "replace")


def decode_uid(content: bytes) -> str:
    """Return a UID without the padding that some write behind it.

    Raises
    ------
    InvalidPDUError
        If it is not even ASCII.
    """
    if not content.isascii():
        raise InvalidPDUError("named a UID that is not made of digits and dots")
    return decode_name(content)


def decode_name(content: bytes) -> str:
    """Return a text that is only shown."""
    return content.decode("latin-1").strip("\0 ")


def unreadable() -> InvalidPDUError:
    """Return the error for a PDU whose lengths do not fit."""
    return InvalidPDUError("sent a PDU that cannot be read")
