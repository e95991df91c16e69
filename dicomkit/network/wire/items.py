"""Encode and decode the items of A-ASSOCIATE PDUs (PS3.8 section 9.3.1).

An item begins with its type (one byte), a reserved byte and the length of its content (two bytes, big endian). The
content may consist of sub-items.
"""

from __future__ import annotations

import struct
from collections.abc import Iterator

from dicomkit.network.wire.failures import InvalidPDUError

__all__ = ["decode_items", "decode_name", "decode_uid", "encode_item", "encode_text", "malformed_pdu"]

_HEADER = struct.Struct(">BxH")


def encode_item(kind: int, *content: bytes) -> bytes:
    """Encode an item.

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
        If the length of an item exceeds the content.
    """
    offset = 0
    while offset < len(content):
        if offset + _HEADER.size > len(content):
            raise malformed_pdu()
        kind, length = _HEADER.unpack_from(content, offset)
        offset += _HEADER.size
        if offset + length > len(content):
            raise malformed_pdu()
        yield kind, content[offset : offset + length]
        offset += length


def encode_text(text: str) -> bytes:
    """Encode a UID or a name."""
    return text.encode("latin-1", "replace")


def decode_uid(content: bytes) -> str:
    """Decode a UID; trailing padding, which some implementations add, is removed.

    Raises
    ------
    InvalidPDUError
        If it is not ASCII.
    """
    if not content.isascii():
        raise InvalidPDUError("named a UID that is not made of digits and dots")
    return decode_name(content)


def decode_name(content: bytes) -> str:
    """Decode a name, without padding."""
    return content.decode("latin-1").strip("\0 ")


def malformed_pdu() -> InvalidPDUError:
    """Return the error for a PDU whose lengths contradict each other."""
    return InvalidPDUError("sent a PDU that cannot be read")
