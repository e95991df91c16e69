"""The bytes of a file as a tree of elements."""

from __future__ import annotations

import functools
import struct
from collections import Counter
from collections.abc import Iterable, Sequence
from typing import NamedTuple

from pydicom.datadict import dictionary_description, dictionary_has_tag

from dicomkit.files.anatomy import Span
from dicomkit.files.dictionary import is_private, is_private_creator
from dicomkit.files.encoding import NUMBER_CODES, TEXT_VRS
from dicomkit.files.tokens import tag_text
from dicomkit.index.element_rows import MAX_ROWS
from dicomkit.text import counted, shorten

__all__ = ["Row", "rows_of"]

# What lies around the data set, or stands for all of it.
_WHOLE = {
    "preamble": "for whatever an application likes",
    "prefix": "the letters DICM",
    "deflated": "the data set, deflated",
    "trailing": "after the data set",
    "unread": "from here on nothing can be followed",
    "unlisted": "there are too many elements and items: from here on none is listed",
}
# Each of these begins something; the spans after it, up to the next, belong to it.
_FIRST_ROLES = {"tag", "item", "delimiter", *_WHOLE}
_VALUE_ROLES = {"value", "fragment", "offset table", "padding"}
_LONGEST_PREVIEW = 48


class Row(NamedTuple):
    """One line of the tree: an element, an item, a delimiter, or a part of the file around the data set.

    ``path`` is the same for the same element in another transfer syntax. ``start`` and ``end`` bound its
    bytes, ``preview`` is the beginning of its value as text, or says how many bytes it has.
    """

    path: str
    depth: int
    label: str
    vr: str
    name: str
    length: int
    preview: str
    start: int
    end: int


def rows_of(buffer: bytes, spans: Sequence[Span], *, little_endian: bool, most: int = MAX_ROWS) -> list[Row]:
    """Return the lines of the tree, in the order of the bytes; of very many, the first, and how many follow.

    Parameters
    ----------
    buffer
        The bytes.
    spans
        What `anatomy` says about them.
    little_endian
        The byte order of the data set, for the previews.
    most
        How many lines there may be: a browser would take long over a million.
    """
    rows: list[Row] = []
    paths = _Paths()
    for group in _groups(spans):
        first, end = group[0], group[-1].offset + group[-1].length
        if len(rows) == most:
            rest = sum(span.role in _FIRST_ROLES for span in spans) - most
            size, end = len(buffer) - first.offset, len(buffer)
            name = f"not listed: {counted(rest, 'further line')}"
            rows.append(Row("more", 0, "more", "", name, 0, counted(size, "byte"), first.offset, end))
            break
        path = paths.path(first)
        length, text = 0, ""
        for span in group:
            if span.role in _VALUE_ROLES:
                if not length:
                    # PS3.10 section 7.1: group 0002 is always little endian.
                    is_little = little_endian or (first.tag or 0) >> 16 == 2  # noqa: PLR2004 - the group
                    text = _preview(buffer, span, little_endian=is_little)
                length += span.length
        if not text and (length or first.tag is None):
            text = counted(length or end - first.offset, "byte")
        label = tag_text(first.tag) if first.tag is not None else first.role
        name = paths.fragment_name(first) or _name(first.role, first.tag)
        rows.append(Row(path, first.depth, label, first.vr, name, length, text, first.offset, end))
    return rows


def _groups(spans: Iterable[Span]) -> Iterable[list[Span]]:
    group: list[Span] = []
    for span in spans:
        if group and span.role in _FIRST_ROLES:
            yield group
            group = []
        group.append(span)
    if group:
        yield group


class _Paths:
    """Name each element by the way that leads to it: ``(0008,1140)[0].(0008,1150)``; items count from 0."""

    def __init__(self) -> None:
        self._element: dict[int, str] = {}
        self._vr: dict[int, str] = {}  # of the element that is open at each depth
        self._item: dict[int, str] = {0: ""}
        self._items: Counter[str] = Counter()

    def path(self, span: Span) -> str:
        if span.tag is None:
            return span.role
        if span.role == "item":
            parent = self._element.get(span.depth - 1, "")
            self._item[span.depth] = f"{parent}[{self._items[parent]}]"
            self._items[parent] += 1
            return self._item[span.depth]
        around = self._item.get(span.depth, "")
        path = f"{around}.{tag_text(span.tag)}" if around else tag_text(span.tag)
        if span.role == "tag":
            self._element[span.depth] = path
            self._vr[span.depth] = span.vr
            return path
        # A sequence's delimiter follows its items; an item's delimiter stands as deep as the item.
        return f"{self._element.get(span.depth, around)} end {tag_text(span.tag)}"

    def fragment_name(self, span: Span) -> str:
        """Return what an item of encapsulated pixels is (PS3.5 section A.4); of anything else, nothing."""
        if span.role != "item" or self._vr.get(span.depth - 1, "")[:2] not in {"OB", "OW"}:
            return ""
        number = self._items[self._element[span.depth - 1]]
        return "Basic Offset Table" if number == 1 else f"fragment {number - 1}"


@functools.lru_cache(maxsize=4096)
def _name(role: str, tag: int | None) -> str:
    if tag is None:
        return _WHOLE.get(role, "")
    if role in {"item", "delimiter"}:
        return {0xFFFEE000: "Item", 0xFFFEE00D: "end of the item", 0xFFFEE0DD: "end of the sequence"}.get(
            tag, ""
        )
    if tag & 0xFFFF == 0:
        return "group length"
    if is_private_creator(tag):
        return "private creator"
    if is_private(tag):
        # PS3.5 section 7.8.1: (gggg,00bb) reserves the block (gggg,bb00) to (gggg,bbFF) for its maker.
        creator = tag & 0xFFFF0000 | (tag >> 8 & 0xFF)
        return f"private, of {tag_text(creator)}" if is_private_creator(creator) else "private"
    return dictionary_description(tag) if dictionary_has_tag(tag) else "not in the dictionary"


def _preview(buffer: bytes, span: Span, *, little_endian: bool) -> str:
    raw = buffer[span.offset : span.offset + min(span.length, 4 * _LONGEST_PREVIEW)]
    if span.vr in TEXT_VRS:
        # What a byte above 127 means depends on Specific Character Set, so it is left open here.
        return shorten(
            raw.decode("ascii", "replace").replace("\N{REPLACEMENT CHARACTER}", "\N{MIDDLE DOT}"),
            _LONGEST_PREVIEW,
        )
    if span.vr == "AT":
        return shorten(_tags(raw, little_endian=little_endian), _LONGEST_PREVIEW)
    letter = NUMBER_CODES.get(span.vr.split(" ")[0])
    if letter is None:
        return ""
    size = struct.calcsize(f"<{letter}")
    count = len(raw) // size
    numbers = struct.unpack_from(f"{'<' if little_endian else '>'}{count}{letter}", raw)
    return shorten(
        "\\".join(f"{number:g}" if letter in "fd" else str(number) for number in numbers), _LONGEST_PREVIEW
    )


def _tags(raw: bytes, *, little_endian: bool) -> str:
    order = "<" if little_endian else ">"
    pairs = struct.iter_unpack(f"{order}HH", raw[: len(raw) // 4 * 4])
    return "\\".join(tag_text(group << 16 | element) for group, element in pairs)
