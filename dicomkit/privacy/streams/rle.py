"""Blank the bytes after the last run of an RLE segment, and the unused part of the RLE header.

References
----------
PS3.5 annex G, Encapsulated RLE Compressed Images.
"""

from __future__ import annotations

import struct

from dicomkit.privacy.streams.refusal import refusal

__all__ = ["blank_rle"]

_HEADER_BYTES = 64
_MAX_SEGMENTS = 15
_NO_OPERATION = 0x80


def blank_rle(frame: bytes, segment_bytes: int) -> bytes:
    """Return the fragment of a frame, of the same length, with everything blanked but the runs of its segments.

    `segment_bytes` is the decoded length of each segment: Rows times Columns.

    Raises
    ------
    DeidentificationError
        If it is not an RLE frame of that size.
    """
    if segment_bytes <= 0:
        raise refusal("it has no Rows or no Columns, so the end of an RLE frame is unknown")
    if len(frame) < _HEADER_BYTES:
        raise refusal("an RLE frame is shorter than its header")
    count, *offsets = struct.unpack_from("<16L", frame)
    if not 0 < count <= _MAX_SEGMENTS:
        raise refusal("an RLE frame says that it has no segment, or more than fifteen")
    used = offsets[:count]
    if used[0] != _HEADER_BYTES or sorted(set(used)) != used:
        raise refusal("the segments of an RLE frame overlap, or do not begin after its header")
    blank = bytearray(len(frame))
    struct.pack_into(f"<{count + 1}L", blank, 0, count, *used)
    for start, end in zip(used, [*used[1:], len(frame)], strict=True):
        over = _end_of_runs(frame, start, min(end, len(frame)), segment_bytes)
        blank[start:over] = frame[start:over]
    return bytes(blank)


def _end_of_runs(frame: bytes, position: int, end: int, wanted_bytes: int) -> int:
    """Return the offset at which a segment is completely decoded (PS3.5 section G.3.2, The RLE Decoder)."""
    decoded_bytes = 0
    while decoded_bytes < wanted_bytes:
        if position >= end:
            raise refusal("a segment of an RLE frame ends too early")
        head = frame[position]
        if head < _NO_OPERATION:
            position += 2 + head
            decoded_bytes += 1 + head
        elif head > _NO_OPERATION:
            position += 2
            decoded_bytes += 257 - head
        else:
            position += 1
    if position > end:
        raise refusal("a segment of an RLE frame ends too early")
    return position
