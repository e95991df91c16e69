"""What the metadata viewer shows of an index and of an instance, with what may identify somebody covered up."""

from __future__ import annotations

import functools
from collections import Counter
from collections.abc import Iterable, Iterator, Sequence
from typing import Any, NamedTuple

from pydicom.datadict import tag_for_keyword
from pydicom.uid import UID

from dicomkit.errors import DicomKitError
from dicomkit.files.dictionary import dictionary_entry
from dicomkit.files.index_elements import ElementRow, instance_rows
from dicomkit.files.indexing import OUTCOMES, Index, IndexRow
from dicomkit.files.tokens import tag_text
from dicomkit.privacy import MASKED, is_confidential, names_nobody
from dicomkit.text import escape_terminal

__all__ = ["TILE_KEYWORDS", "ShownInstance", "masks_of", "overview", "series_statistics", "shown_instance"]

# By which of the indexed values the tiles of the map may be coloured.
TILE_KEYWORDS = ("Modality", "SOPClassUID", "Rows", "Columns", "NumberOfFrames", "SpecificCharacterSet")
_MAX_DISTINCT_VALUES = 12


class ShownInstance(NamedTuple):
    """The rows of one instance as they may be shown, and what stopped the reading."""

    rows: list[list[Any]]
    problem: str


def overview(index: Index, *, masks: Sequence[bool]) -> dict[str, Any]:
    """Return the map of an index: each entry, and the numbers of those in each series of each study.

    Parameters
    ----------
    index
        What there is.
    masks
        For each row, whether it is masked.
    """
    numbers = {id(row): number for number, row in enumerate(index.rows)}
    entries = [
        _entry(row, number, is_masked=masked)
        for number, (row, masked) in enumerate(zip(index.rows, masks, strict=True))
    ]
    studies = [
        {
            "label": _study_label(number, study, masks, numbers),
            "series": [
                {
                    "label": _series_label(place, rows, is_masked=masks[numbers[id(rows[0])]]),
                    "instances": [numbers[id(row)] for row in rows],
                }
                for place, rows in enumerate(study.values(), start=1)
            ],
        }
        for number, study in enumerate(index.studies().values(), start=1)
    ]
    counts = {outcome: index.count(outcome) for outcome in OUTCOMES}
    return {
        "entries": entries,
        "studies": studies,
        "counts": counts,
        "masked": sum(masks),
        "tiles": list(TILE_KEYWORDS),
    }


def _entry(row: IndexRow, number: int, *, is_masked: bool) -> dict[str, Any]:
    instance_number = _shown(row.text("InstanceNumber"))
    return {
        "n": number,
        # A file's name may be a patient's.
        "name": f"entry {number + 1}" if is_masked else _shown(row.name),
        "outcome": row.outcome,
        "reason": _shown(row.reason),
        "bytes": row.size_bytes,
        "label": f"#{instance_number}" if instance_number else f"entry {number + 1}",
        "masked": is_masked,
        "tile": [_tile_value(row, keyword) for keyword in TILE_KEYWORDS],
    }


def _tile_value(row: IndexRow, keyword: str) -> str:
    text = row.text(keyword)
    return _shown(UID(text).name) if keyword == "SOPClassUID" else _shown(text)


def _study_label(
    number: int, study: dict[str, list[IndexRow]], masks: Sequence[bool], numbers: dict[int, int]
) -> str:
    row = next(iter(study.values()))[0]
    parts = [f"Study {number}"]
    if not masks[numbers[id(row)]]:
        parts += [_shown(row.text(word)) for word in ("PatientName", "StudyDate", "StudyDescription")]
    return " · ".join(part for part in parts if part)


def _series_label(place: int, rows: list[IndexRow], *, is_masked: bool) -> str:
    row = rows[0]
    parts = [f"Series {_shown(row.text('SeriesNumber')) or place}", _shown(row.text("Modality"))]
    if not is_masked:
        parts.append(_shown(row.text("SeriesDescription")))
    count = f"{len(rows)} instance{'s' * (len(rows) != 1)}"
    return " · ".join([*(part for part in parts if part), count])


def shown_instance(row: IndexRow, *, is_masked: bool) -> ShownInstance:
    """Return all elements of an instance, read anew and in full.

    Each row is a list: path, depth, kind, tag, name, VR, VM, length, value, private creator, whether it is
    in PS3.15 table E.1-1, whether its value is covered, and the element as a pydicom expression.

    Raises
    ------
    DicomKitError
        If it cannot be read any more.
    """
    found = instance_rows(row.entry.read_content(), given="instance")
    return ShownInstance(list(_shown_rows(found.rows, is_masked=is_masked)), _shown(found.problem))


def _shown_rows(rows: Iterable[ElementRow], *, is_masked: bool) -> Iterator[list[Any]]:
    covered_from: int | None = None  # the depth of a confidential sequence: all below is confidential
    for row in rows:
        if covered_from is not None and row.depth <= covered_from:
            covered_from = None
        is_element = row.kind in {"element", "sequence", "pixel sequence"}
        is_secret = covered_from is not None or (is_element and is_confidential(row.tag))
        if is_secret and covered_from is None and row.kind == "sequence":
            covered_from = row.depth
        is_covered = is_masked and is_secret and bool(row.value)
        value = MASKED if is_covered else _value(row)
        yield [
            *(row.path, row.depth, row.kind, tag_text(row.tag), _shown(row.name), _shown(row.vr), row.vm),
            *(row.length, value, MASKED if is_masked and row.creator else _shown(row.creator)),
            *(is_secret, is_covered, _expression(row)),
        ]


def _value(row: ElementRow) -> str:
    if row.vr == "UI":
        names = [name for uid in row.value.split("\\") if (name := UID(uid).name) != uid]
        return _shown(f"{row.value} = {', '.join(names)}" if names else row.value)
    return _shown(row.value)


def _expression(row: ElementRow) -> str:
    """Return the element as one writes it with pydicom, for example ``ds.PatientName``."""
    if row.kind in {"fragment", "offset table"}:
        return "ds.PixelData"
    text = "ds.file_meta" if row.path.startswith("(0002,") else "ds"
    for step in row.path.split("."):
        tag, bracket, index = step.partition("[")
        text += _attribute(tag) + bracket + index
    return text


@functools.lru_cache(maxsize=16_384)
def _attribute(tag: str) -> str:
    """Return how pydicom reaches a tag: by keyword, or by number where no keyword means just this tag."""
    number = int(tag[1:5] + tag[6:10], 16)
    entry = dictionary_entry(number)
    if entry is not None and entry.keyword and tag_for_keyword(entry.keyword) == number:
        return f".{entry.keyword}"
    return f"[0x{tag[1:5]}, 0x{tag[6:10]}].value"


def series_statistics(rows: Sequence[IndexRow], *, masks: Sequence[bool]) -> dict[str, Any]:
    """Return which attributes are the same in all instances of a series, and how the others vary.

    Parameters
    ----------
    rows, masks
        The instances, and for each whether it is masked.
    """
    values: dict[str, Counter[str]] = {}
    names: dict[str, list[str]] = {}
    unread = 0
    for row, is_masked in zip(rows, masks, strict=True):
        try:
            shown = shown_instance(row, is_masked=is_masked).rows
        except DicomKitError:
            unread += 1
            continue
        for path, depth, kind, tag, name, vr, *rest in shown:
            if kind == "element" and depth == 0:
                values.setdefault(path, Counter())[rest[2]] += 1
                names[path] = [tag, name, vr]
    total = len(rows) - unread
    table = []
    for path in sorted(values):
        counter = values[path]
        missing = total - counter.total()
        if path.startswith("(7fe0"):
            continue
        is_covered = set(counter) == {MASKED}
        varies = None if is_covered else len(counter) > 1 or missing > 0
        common = [[value, count] for value, count in counter.most_common(_MAX_DISTINCT_VALUES)]
        table.append([*names[path], varies, len(counter), missing, common])
    return {"attributes": table, "instances": total, "unread": unread}


def masks_of(index: Index, *, is_masked: bool) -> list[bool]:
    """Return for each entry whether it is masked: all, but for those that say that they name nobody.

    An entry that could not be read says nothing; its name is covered if another entry is.
    """
    readable = [row.outcome != "rejected" for row in index.rows]
    secret = [
        is_masked and can and not names_nobody(row.text("PatientIdentityRemoved"))
        for row, can in zip(index.rows, readable, strict=True)
    ]
    return [flag or (not can and any(secret)) for flag, can in zip(secret, readable, strict=True)]


def _shown(text: str) -> str:
    return escape_terminal(text)
