"""The bytes of a file as a tree of elements, and what readers say about them."""

from __future__ import annotations

import struct
from collections import Counter
from collections.abc import Iterable
from typing import Any, NamedTuple

from pydicom.datadict import dictionary_description, dictionary_has_tag
from pydicom.dataset import Dataset

from dicomkit.errors import DicomKitError
from dicomkit.files.anatomy import Span
from dicomkit.files.checking import check_dicom
from dicomkit.files.quiet_pydicom import quiet_pydicom
from dicomkit.files.reading import read_unchecked
from dicomkit.files.tokens import tag_text
from dicomkit.text import shorten

__all__ = ["Row", "changed_elements", "rows_of", "what_readers_say"]

# Each of these begins something; the spans after it, up to the next, belong to it.
_FIRST_ROLES = {"preamble", "prefix", "tag", "item", "delimiter", "deflated", "trailing"}
_WHOLE = {
    "preamble": "preamble: 128 bytes for whatever an application likes",
    "prefix": "the letters DICM",
    "deflated": "the data set, deflated",
    "trailing": "bytes after the deflated data set",
}
_NUMBERS = {"US": "H", "SS": "h", "UL": "I", "SL": "i", "FL": "f", "FD": "d", "UV": "Q", "SV": "q"}
_TEXTS = {
    "AE",
    "AS",
    "CS",
    "DA",
    "DS",
    "DT",
    "IS",
    "LO",
    "LT",
    "PN",
    "SH",
    "ST",
    "TM",
    "UC",
    "UI",
    "UR",
    "UT",
}
_LONGEST_PREVIEW = 48
_MOST_NAMES = 4


class Row(NamedTuple):
    """One line of the tree: an element, an item, a delimiter, or a part of the file around the data set.

    ``path`` is the same for the same element in another transfer syntax. ``start`` and ``end`` bound its
    bytes, ``preview`` is the beginning of its value as text.
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


def rows_of(buffer: bytes, spans: Iterable[Span], *, little_endian: bool) -> list[Row]:
    """Return the lines of the tree, in the order of the bytes.

    Parameters
    ----------
    buffer
        The bytes.
    spans
        What `anatomy` says about them.
    little_endian
        The byte order of the data set, for the previews.
    """
    rows = []
    names = _Paths()
    for group in _groups(spans):
        first, end = group[0], group[-1].offset + group[-1].length
        path = names.path(first)
        value = [span for span in group if span.role in {"value", "fragment", "offset table", "padding"}]
        length = sum(span.length for span in value)
        # PS3.10 section 7.1: group 0002 is always little endian.
        is_little = little_endian or (first.tag or 0) >> 16 == 2  # noqa: PLR2004 - the group
        text = _preview(buffer, value[0], little_endian=is_little) if value else ""
        label = tag_text(first.tag) if first.tag is not None else first.role
        rows.append(Row(path, first.depth, label, first.vr, _name(first), length, text, first.offset, end))
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
    """Name each element by the way that leads to it: ``(0008,1140)[1].(0008,1150)``; items count from 1."""

    def __init__(self) -> None:
        self._element: dict[int, str] = {}
        self._item: dict[int, str] = {0: ""}
        self._items: Counter[str] = Counter()

    def path(self, span: Span) -> str:
        if span.tag is None:
            return span.role
        if span.role == "item":
            parent = self._element.get(span.depth - 1, "")
            self._items[parent] += 1
            self._item[span.depth] = f"{parent}[{self._items[parent]}]"
            return self._item[span.depth]
        around = self._item.get(span.depth, "")
        path = f"{around}.{tag_text(span.tag)}" if around else tag_text(span.tag)
        if span.role == "tag":
            self._element[span.depth] = path
            return path
        # A sequence's delimiter follows its items; an item's delimiter stands as deep as the item.
        return f"{self._element.get(span.depth, around)} end {tag_text(span.tag)}"


def _name(span: Span) -> str:
    if span.tag is None:
        return _WHOLE.get(span.role, "")
    if span.role in {"item", "delimiter"}:
        return {0xFFFEE000: "Item", 0xFFFEE00D: "end of the item", 0xFFFEE0DD: "end of the sequence"}.get(
            span.tag, ""
        )
    if span.tag >> 16 & 1:
        return "private"
    if span.tag & 0xFFFF == 0:
        return "group length"
    return dictionary_description(span.tag) if dictionary_has_tag(span.tag) else "not in the dictionary"


def _preview(buffer: bytes, span: Span, *, little_endian: bool) -> str:
    raw = buffer[span.offset : span.offset + min(span.length, 4 * _LONGEST_PREVIEW)]
    if span.vr in _TEXTS:
        # What a byte above 127 means depends on Specific Character Set, so it is left open here.
        return shorten(
            raw.decode("ascii", "replace").replace("\N{REPLACEMENT CHARACTER}", "\N{MIDDLE DOT}"),
            _LONGEST_PREVIEW,
        )
    letter = _NUMBERS.get(span.vr.split(" ")[0])
    if letter is None:
        return ""
    size = struct.calcsize(f"<{letter}")
    count = len(raw) // size
    numbers = struct.unpack(f"{'<' if little_endian else '>'}{count}{letter}", raw[: count * size])
    return shorten(
        "\\".join(f"{number:g}" if letter in "fd" else str(number) for number in numbers), _LONGEST_PREVIEW
    )


def what_readers_say(buffer: bytes, original: bytes | None = None) -> list[dict[str, Any]]:
    """Return what dicomkit and pydicom say when they read these bytes.

    Parameters
    ----------
    buffer
        The bytes, perhaps changed by hand.
    original
        The bytes as they were; what differs is named, by tag and without its value.

    Returns
    -------
    list of dict
        ``reader``, ``accepts`` and ``says`` of each.
    """
    try:
        check_dicom(buffer)
    except DicomKitError as error:
        checked = {"reader": "dicomkit", "accepts": False, "says": f"{error.problem}; {error.remedy}"}
    else:
        checked = {"reader": "dicomkit", "accepts": True, "says": "every byte has its place"}
    dataset, says = _read(buffer)
    if dataset is not None and original is not None and buffer != original:
        says += f"; {_difference(original, dataset)}"
    return [checked, {"reader": "pydicom", "accepts": dataset is not None, "says": says}]


def _read(buffer: bytes) -> tuple[Dataset | None, str]:

    try:
        with quiet_pydicom():
            dataset = read_unchecked(buffer)
            count = sum(1 for _ in dataset)
    except Exception as error:  # noqa: BLE001 - changed bytes raise anything, and its text may repeat a value
        return None, f"refuses: {type(error).__name__}"
    return dataset, f"reads {count} elements"


def changed_elements(before: Dataset, after: Dataset) -> list[str]:
    """Return the tags of the elements that differ between two data sets, group 0002 included."""
    pairs = [(before, after)]
    if hasattr(before, "file_meta") and hasattr(after, "file_meta"):
        pairs.append((before.file_meta, after.file_meta))
    return [
        tag_text(int(tag))
        for one, other in pairs
        for tag in sorted({*one.keys(), *other.keys()})
        if tag not in one or tag not in other or one[tag] != other[tag]
    ]


def _difference(original: bytes, after: Dataset) -> str:
    before, says = _read(original)
    if before is None:
        return f"as it was, pydicom {says}"
    try:
        with quiet_pydicom():
            tags = changed_elements(before, after)
    except Exception as error:  # noqa: BLE001 - as in _read: values are converted when they are compared
        return f"its values cannot be compared ({type(error).__name__})"
    if not tags:
        return "none of them differs: this byte says nothing to it"
    rest = len(tags) - _MOST_NAMES
    more = f" and {rest} more" if rest > 0 else ""
    return f"different from before: {', '.join(tags[:_MOST_NAMES])}{more}"
