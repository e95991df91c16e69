"""The map of the metadata viewer: studies, series and instances, and what became of every entry."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import Any

from dicomkit.files.registered_names import registered_name
from dicomkit.index.indexing import OUTCOMES, Index, IndexRow
from dicomkit.index.series_stack import series_stack
from dicomkit.text import counted, escape_terminal
from dicomkit.viewers.metadata.duplicates import Duplicates

__all__ = ["TILE_KEYWORDS", "chunks", "masks_of", "odd_stack", "overview"]

# The indexed values by which tiles are coloured at once; for any other attribute the instances are read.
TILE_KEYWORDS = ("Modality", "SOPClassUID", "Rows", "Columns", "NumberOfFrames", "SpecificCharacterSet")
_CHUNK = 50  # instances that are read for one question, so that the front end can show progress and stop


def chunks(rows: Sequence[IndexRow]) -> Iterator[Sequence[IndexRow]]:
    """Yield the rows of a series in the pieces by which they are asked for."""
    for start in range(0, len(rows), _CHUNK):
        yield rows[start : start + _CHUNK]


def overview(index: Index, *, masks: Sequence[bool], duplicates: Sequence[Duplicates]) -> dict[str, Any]:
    """Return the map of an index: each entry, and the numbers of those in each series of each study.

    `masks` are those of `masks_of`.
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
                    "chunks": [[numbers[id(row)] for row in chunk] for chunk in chunks(rows)],
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
        "duplicates": [group._asdict() for group in duplicates],
        "masked": sum(masks),
        "tiles": list(TILE_KEYWORDS),
    }


def _entry(row: IndexRow, number: int, *, is_masked: bool) -> dict[str, Any]:
    instance_number = escape_terminal(row.text("InstanceNumber"))
    return {
        "n": number,
        # A file's name may be a patient's.
        "name": f"entry {number + 1}" if is_masked else escape_terminal(row.name),
        "outcome": row.outcome,
        "reason": escape_terminal(row.reason),
        "bytes": row.size_bytes,
        "label": f"#{instance_number}" if instance_number else f"entry {number + 1}",
        "masked": is_masked,
        "tile": [_tile_value(row, keyword) for keyword in TILE_KEYWORDS],
    }


def _tile_value(row: IndexRow, keyword: str) -> str:
    text = row.text(keyword)
    return (
        escape_terminal(registered_name(text) or text) if keyword == "SOPClassUID" else escape_terminal(text)
    )


def _study_label(
    number: int, study: dict[str, list[IndexRow]], masks: Sequence[bool], numbers: dict[int, int]
) -> str:
    row = next(iter(study.values()))[0]
    parts = [f"Study {number}"]
    if not masks[numbers[id(row)]]:
        parts += [
            escape_terminal(row.text(word)) for word in ("PatientName", "StudyDate", "StudyDescription")
        ]
    return " · ".join(part for part in parts if part)


def _series_label(place: int, rows: list[IndexRow], *, is_masked: bool) -> str:
    row = rows[0]
    parts = [
        f"Series {escape_terminal(row.text('SeriesNumber')) or place}",
        escape_terminal(row.text("Modality")),
    ]
    if not is_masked:
        parts.append(escape_terminal(row.text("SeriesDescription")))
    odd = odd_stack(rows)
    return " · ".join(
        [*(part for part in parts if part), counted(len(rows), "instance"), *([odd] if odd else [])]
    )


def odd_stack(rows: Sequence[IndexRow]) -> str:
    """Say what is missing or double among the slices of a series, by where they lie; "" if nothing is."""
    found = series_stack([row.text for row in rows])
    return found.in_words() if found is not None and found.is_odd else ""


def masks_of(index: Index, *, is_masked: bool) -> list[bool]:
    """Return for each entry whether it is masked: all, but for those that say that they name nobody.

    An entry that could not be read says nothing; its name is covered if another entry is.
    """
    readable = [row.outcome != "rejected" for row in index.rows]
    secret = [
        is_masked and can and not row.identity_removed for row, can in zip(index.rows, readable, strict=True)
    ]
    return [flag or (not can and any(secret)) for flag, can in zip(secret, readable, strict=True)]
