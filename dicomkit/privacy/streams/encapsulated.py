"""Make the text between the pixels of an encapsulated Pixel Data blank: in streams, behind them, in offset tables.

References
----------
PS3.5 section A.4, Transfer Syntaxes for Encapsulation of Encoded Pixel Data.
"""

from __future__ import annotations

import struct
from typing import NamedTuple

from dicomkit.privacy.streams.jpeg import JPEG_START, blank_jpeg
from dicomkit.privacy.streams.jpeg_2000 import CODE_STREAM_START, JP2_START, blank_code_stream, blank_jp2
from dicomkit.privacy.streams.refusal import refusal
from dicomkit.privacy.streams.rle import blank_rle

__all__ = ["blank_encapsulated"]

_ITEM, _HEADER = b"\xfe\xff\x00\xe0", struct.Struct("<4sL")
_RLE_LOSSLESS = "1.2.840.10008.1.2.5"


class _Fragment(NamedTuple):
    """Where a fragment's bytes stand in the value of Pixel Data."""

    start: int
    end: int


def blank_encapsulated(encapsulated: bytes, *, transfer_syntax_uid: str, frame_pixels: int) -> bytes:
    """Return the value of an encapsulated Pixel Data in which nothing but pictures is left.

    Parameters
    ----------
    encapsulated
        Items, as they stand between the element's header and the Sequence Delimitation Item.
    transfer_syntax_uid
        RLE has no signature of its own; every other stream is known by its first bytes.
    frame_pixels
        Rows times Columns.

    Returns
    -------
    bytes
        Of the same length, but for an offset table that leads nowhere, which is emptied.

    Raises
    ------
    DeidentificationError
        If a stream is of a kind that nobody here can read, or cannot be read to its end.
    """
    fragments = _fragments(encapsulated)
    table, *pictures = fragments
    whole = bytearray(encapsulated)
    if transfer_syntax_uid == _RLE_LOSSLESS:
        for each in pictures:
            whole[each.start : each.end] = blank_rle(encapsulated[each.start : each.end], frame_pixels)
    else:
        _blank_streams(whole, pictures)
    if table.end > table.start and not _leads_to_fragments(encapsulated, table, pictures):
        return _HEADER.pack(_ITEM, 0) + bytes(whole[table.end :])
    return bytes(whole)


def _fragments(encapsulated: bytes) -> list[_Fragment]:
    fragments = []
    position = 0
    while position < len(encapsulated):
        if position + _HEADER.size > len(encapsulated):
            raise refusal("something stands behind the last fragment")
        tag, length = _HEADER.unpack_from(encapsulated, position)
        start = position + _HEADER.size
        if tag != _ITEM or start + length > len(encapsulated):
            raise refusal("the fragments of the compressed stream cannot be told apart")
        fragments.append(_Fragment(start, start + length))
        position = start + length
    if not fragments:
        raise refusal("there is not even an offset table")
    return fragments


def _blank_streams(whole: bytearray, fragments: list[_Fragment]) -> None:
    """Read the fragments as one row of bytes: a frame may be cut anywhere, also in the middle of a comment."""
    joined = bytearray().join(whole[each.start : each.end] for each in fragments)
    borders = [0]
    for each in fragments:
        borders.append(borders[-1] + each.end - each.start)
    position = 0
    while position < len(joined):
        over = _blank_stream(joined, position)
        # A frame begins with a fragment; what lies between its end and the next fragment is padding.
        following = next(border for border in borders if border >= over)
        joined[over:following] = bytes(following - over)
        position = following
    for each, start in zip(fragments, borders, strict=False):
        whole[each.start : each.end] = joined[start : start + each.end - each.start]


def _blank_stream(joined: bytearray, position: int) -> int:
    if joined.startswith(JPEG_START, position):
        return blank_jpeg(joined, position)
    if joined.startswith(CODE_STREAM_START, position):
        return blank_code_stream(joined, position)
    if joined.startswith(JP2_START, position):
        return blank_jp2(joined, position, len(joined))
    raise refusal("the stream is no JPEG, JPEG-LS, JPEG 2000 or RLE, so nobody here can say what is in it")


def _leads_to_fragments(encapsulated: bytes, table: _Fragment, pictures: list[_Fragment]) -> bool:
    """Return whether a Basic Offset Table holds nothing but the places of fragments (PS3.5 section A.4)."""
    length = table.end - table.start
    if length % 4 or not pictures:
        return False
    offsets = struct.unpack_from(f"<{length // 4}L", encapsulated, table.start)
    places = {each.start - _HEADER.size - table.end for each in pictures}
    return offsets[0] == 0 and list(offsets) == sorted(set(offsets)) and set(offsets) <= places
