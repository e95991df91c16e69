"""Which bytes of a file may identify somebody, so that they stay covered where others may look."""

from __future__ import annotations

import bisect
from collections.abc import Iterable, Iterator, Sequence

from dicomkit.files.anatomy import Span
from dicomkit.index.indexing import index
from dicomkit.privacy import is_confidential, is_identity_removed

__all__ = ["Range", "covered_ranges", "identity_removed", "merged", "overlaps", "without"]

Range = tuple[int, int]  # the first byte, and the byte after the last

_CONTENT = {"value", "padding", "fragment", "offset table"}
# What may hold anything: an application's own bytes, a whole data set, what follows it or the damage.
_UNKNOWN = {"preamble", "deflated", "trailing", "unread", "unlisted"}
_PIXELS = 0x7FE0
_IDENTITY_REMOVED = 0x00120062


def identity_removed(content: bytes, spans: Sequence[Span]) -> bool:
    """Say whether a file states that it names nobody; where `spans` do not list all elements, the index is asked.

    References
    ----------
    PS3.3 section C.7.1.1, Patient Module: Patient Identity Removed.
    """
    if spans[-1].role in _UNKNOWN:
        return index([content]).rows[0].identity_removed
    said = [
        span for span in spans if span.tag == _IDENTITY_REMOVED and span.role == "value" and not span.depth
    ]
    return bool(said) and is_identity_removed(content[said[0].offset :][: said[0].length].decode("latin-1"))


def covered_ranges(content: bytes, spans: Iterable[Span]) -> list[Range]:
    """Return the bytes that may identify somebody, in order.

    These are the values of the attributes in PS3.15 Table E.1-1 with all that is in their sequences, the
    pixels, and what no element describes, unless it holds zeros alone. Tags, VRs and lengths stay: they are what a
    learner looks at.
    """
    return list(merged(_confidential(content, spans)))


def _confidential(content: bytes, spans: Iterable[Span]) -> Iterator[Range]:
    covered_from: int | None = None  # the depth of a confidential element: all below is confidential
    for offset, length, role, tag, _, depth in spans:
        if role == "tag" and tag is not None and (covered_from is None or depth <= covered_from):
            is_secret = is_confidential(tag) or tag >> 16 == _PIXELS
            covered_from = depth if is_secret else None
        if (covered_from is not None and role in _CONTENT) or (
            role in _UNKNOWN and any(content[offset : offset + length])
        ):
            yield offset, offset + length


def merged(ranges: Iterable[Range]) -> Iterator[Range]:
    """Yield ranges in order, those that touch or overlap as one."""
    first: int | None = None
    last = 0
    for start, end in sorted(ranges):
        if first is not None and start > last:
            yield first, last
            first = None
        first, last = (start, end) if first is None else (first, max(last, end))
    if first is not None:
        yield first, last


def without(content: bytes, start: int, ranges: Sequence[Range]) -> bytes:
    """Return bytes that begin at offset `start` of a file, with zeros for those that are covered."""
    shown = bytearray(content)
    for range_first, range_last in ranges:
        first, last = max(0, range_first - start), min(len(shown), range_last - start)
        if first < last:
            shown[first:last] = bytes(last - first)
    return bytes(shown)


def overlaps(ranges: Sequence[Range], first: int, last: int) -> bool:
    """Say whether a byte from `first` up to before `last` is covered by ranges that `merged` has put in order."""
    behind = bisect.bisect_left(ranges, (last, 0))
    return behind > 0 and ranges[behind - 1][1] > first
