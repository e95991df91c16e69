"""Blank the text that a compressed picture carries inside its own stream.

A camera writes place, time and owner into a JPEG (Exif), a program a comment. No attribute of the data set
tells of it. The bytes are set to zero where they stand, so that no length and no offset table changes.

References
----------
ISO/IEC 10918-1 section B.2.4 (JPEG), ISO/IEC 14495-1 annex C (JPEG-LS), ISO/IEC 15444-1 annex A.9 (JPEG 2000):
the marker segments APPn and COM. PS3.5 section A.4, Transfer Syntaxes for Encapsulation.
"""

from __future__ import annotations

import struct

from dicomkit.errors import DeidentificationError, NotDicomError
from dicomkit.files.encoding import EXPLICIT_LITTLE, item_header
from dicomkit.files.tokens import SEQUENCE_DELIMITATION, Kind
from dicomkit.files.walk import walk

__all__ = ["blank_stream_text"]

_HEADER_BYTES = 8
_JPEG_START, _JPEG_2000_START = b"\xff\xd8", b"\xff\x4f"
_COM, _SOS, _EOI = 0xFE, 0xDA, 0xD9
_FILL = 0xFF
# What a decoder needs: JFIF (APP0), the colour transform of JPEG-LS (APP8) and of Adobe (APP14).
_APP = frozenset(range(0xE0, 0xF0)) - {0xE0, 0xE8, 0xEE}
_TEXT_MARKERS = _APP | {_COM}
_JPEG_2000_COM, _JPEG_2000_SOT = 0x64, 0x90
_LENGTH_BYTES = 2
_JPEG_2000_KIND_BYTES = 2  # Rcom, which says whether a comment is binary


def blank_stream_text(encapsulated: bytes) -> bytes:
    """Return the value of an encapsulated Pixel Data with all comments of its streams blank.

    Parameters
    ----------
    encapsulated
        Items, as they stand between the element's header and the Sequence Delimitation Item.

    Returns
    -------
    bytes
        Of the same length.

    Raises
    ------
    DeidentificationError
        If a comment goes on in the next fragment, or beyond the stream's end.
    """
    whole = bytearray(encapsulated)
    closed = encapsulated + item_header(SEQUENCE_DELIMITATION, 0)
    followed = 0
    try:
        for token in walk(
            closed, 0, len(closed), EXPLICIT_LITTLE, given="Pixel Data", begins_with="fragment"
        ):
            if token.kind is Kind.SEQUENCE_END:
                break
            followed = token.value_offset + token.length
            _blank_fragment(whole, token.value_offset, followed)
    except NotDicomError:
        # The last fragment is cut off: blank the comments in the part that is there.
        _blank_fragment(whole, min(followed + _HEADER_BYTES, len(whole)), len(whole))
    return bytes(whole)


def _blank_fragment(whole: bytearray, start: int, end: int) -> None:
    head = bytes(whole[start : start + 2])
    if head == _JPEG_START:
        markers, stops, kept = _TEXT_MARKERS, {_SOS, _EOI}, 0
    elif head == _JPEG_2000_START:
        markers, stops, kept = frozenset({_JPEG_2000_COM}), {_JPEG_2000_SOT}, _JPEG_2000_KIND_BYTES
    else:
        return
    position = start + len(head)
    while position + 2 * _LENGTH_BYTES <= end and whole[position] == _FILL:
        marker = whole[position + 1]
        if marker == _FILL:  # fill bytes may stand before a marker
            position += 1
            continue
        if marker in stops:
            return
        (length,) = struct.unpack_from(">H", whole, position + _LENGTH_BYTES)
        if marker in markers:
            first = position + 2 * _LENGTH_BYTES + kept
            last = position + _LENGTH_BYTES + length
            if last > end:
                raise DeidentificationError(
                    "Pixel Data",
                    "a comment of the compressed stream has no end",
                    "leave it out, or decompress it",
                )
            whole[first:last] = bytes(max(last - first, 0))
        position += _LENGTH_BYTES + max(length, _LENGTH_BYTES)
