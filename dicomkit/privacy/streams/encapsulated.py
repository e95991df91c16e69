"""Blank the text in encapsulated Pixel Data: in streams, after them, and in offset tables.

References
----------
PS3.5 section A.4, Transfer Syntaxes for Encapsulation of Encoded Pixel Data.
"""

from __future__ import annotations

import struct
from typing import NamedTuple

from dicomkit.errors import NotDicomError
from dicomkit.files.encoding import EXPLICIT_LITTLE, item_header
from dicomkit.files.tokens import ITEM, SEQUENCE_DELIMITATION, Kind
from dicomkit.files.walk import walk
from dicomkit.privacy.streams.jpeg import JPEG_START, blank_jpeg
from dicomkit.privacy.streams.jpeg_2000 import CODE_STREAM_START, JP2_START, blank_code_stream, blank_jp2
from dicomkit.privacy.streams.refusal import refusal
from dicomkit.privacy.streams.rle import blank_rle

__all__ = ["Fragment", "blank_encapsulated", "coded_ends", "fragments"]

_HEADER_BYTES = 8
_RLE_LOSSLESS = "1.2.840.10008.1.2.5"


class Fragment(NamedTuple):
    """The start and end of a fragment in the value of Pixel Data."""

    start: int
    end: int


def blank_encapsulated(encapsulated: bytes, *, transfer_syntax_uid: str, frame_pixels: int) -> bytes:
    """Return the value of encapsulated Pixel Data with everything blanked that is not part of a picture.

    Parameters
    ----------
    encapsulated
        The items between the element's header and the Sequence Delimitation Item.
    transfer_syntax_uid
        Needed for RLE, which has no signature; every other stream is recognised by its first bytes.
    frame_pixels
        Rows times Columns.

    Returns
    -------
    bytes
        The value, of the same length unless a wrong offset table was emptied.

    Raises
    ------
    DeidentificationError
        If a stream is of an unknown kind, or cannot be read to its end.
    """
    table, *pictures = fragments(encapsulated)
    whole = bytearray(encapsulated)
    if transfer_syntax_uid == _RLE_LOSSLESS:
        for each in pictures:
            whole[each.start : each.end] = blank_rle(encapsulated[each.start : each.end], frame_pixels)
    else:
        _blank_streams(whole, pictures)
    if table.end > table.start and not _leads_to_fragments(encapsulated, table, pictures):
        return item_header(ITEM, 0) + bytes(whole[table.end :])
    return bytes(whole)


def coded_ends(stream: bytes) -> list[int]:
    """Return where the coded data of a compressed frame ends: for each scan or tile-part; none for RLE.

    `blank_encapsulated` has read the stream to its end.
    """
    ends: list[int] = []
    if stream.startswith((JPEG_START, CODE_STREAM_START, JP2_START)):
        _blank_stream(bytearray(stream), 0, ends)
    return ends


def fragments(encapsulated: bytes) -> list[Fragment]:
    """Return the fragments of encapsulated Pixel Data, as in `blank_encapsulated`; the first is the Basic Offset Table.

    Raises
    ------
    DeidentificationError
        If they cannot be separated.
    """
    closed = encapsulated + item_header(SEQUENCE_DELIMITATION, 0)
    found = []
    try:
        for token in walk(
            closed, 0, len(closed), EXPLICIT_LITTLE, given="Pixel Data", begins_with="fragment"
        ):
            if token.kind is Kind.SEQUENCE_END:
                break
            found.append(Fragment(token.value_offset, token.value_offset + token.length))
    except NotDicomError as error:
        raise refusal("the fragments of the compressed stream cannot be told apart") from error
    if not found or found[-1].end != len(encapsulated):
        raise refusal("there is no offset table, or bytes follow the last fragment")
    return found


def _blank_streams(whole: bytearray, pictures: list[Fragment]) -> None:
    """Read the joined fragments: a frame may be divided anywhere, even in the middle of a comment."""
    joined = bytearray().join(whole[each.start : each.end] for each in pictures)
    borders = [0]
    for each in pictures:
        borders.append(borders[-1] + each.end - each.start)
    position = 0
    while position < len(joined):
        over = _blank_stream(joined, position)
        # A frame begins with a fragment; bytes between its end and the next fragment are padding.
        following = next(border for border in borders if border >= over)
        joined[over:following] = bytes(following - over)
        position = following
    for each, start in zip(pictures, borders, strict=False):
        whole[each.start : each.end] = joined[start : start + each.end - each.start]


def _blank_stream(joined: bytearray, position: int, ends: list[int] | None = None) -> int:
    if joined.startswith(JPEG_START, position):
        return blank_jpeg(joined, position, ends)
    if joined.startswith(CODE_STREAM_START, position):
        return blank_code_stream(joined, position, ends)
    if joined.startswith(JP2_START, position):
        return blank_jp2(joined, position, len(joined), ends)
    raise refusal("the stream is not JPEG, JPEG-LS, JPEG 2000 or RLE, so its content is unknown")


def _leads_to_fragments(encapsulated: bytes, table: Fragment, pictures: list[Fragment]) -> bool:
    """Return whether a Basic Offset Table holds only the offsets of fragments (PS3.5 section A.4)."""
    length = table.end - table.start
    if length % 4 or not pictures:
        return False
    offsets = struct.unpack_from(f"<{length // 4}L", encapsulated, table.start)
    places = {each.start - _HEADER_BYTES - table.end for each in pictures}
    return offsets[0] == 0 and list(offsets) == sorted(set(offsets)) and set(offsets) <= places
