"""Look at what files say: every entry, every element, side by side.

The viewer answers three questions: what there is, what one instance holds, and how the instances of a
series differ. Searching, folding and comparing happen in the browser, so they go on while Python is busy.
"""

from __future__ import annotations

import sys
import time
from collections.abc import Iterator, Mapping
from typing import Any

import traitlets

from dicomkit.errors import UsageError
from dicomkit.files.index_sources import Indexable
from dicomkit.files.indexing import OUTCOMES, Index, IndexRow, index
from dicomkit.viewers.frame import Answer, Viewer, front_end, styles
from dicomkit.viewers.metadata_rows import masks_of, overview, series_statistics, shown_instance

__all__ = ["MetadataViewer"]

_PROGRESS_AFTER_S = 3.0  # a bar for less would only flicker
_BAR_CELLS = 24


class MetadataViewer(Viewer):
    """Show the attributes of a file, a folder, a zip, bytes, data sets, or a list of these.

    Everything that was given is accounted for: read, repaired or rejected, with the reason. Values that
    may identify somebody (PS3.15 table E.1-1) are masked unless the file says that it names nobody.

    Parameters
    ----------
    source
        What to look at, or an `Index` that exists already. Files are opened for reading only. To stop a long
        reading, interrupt the kernel: the rest is then listed as not read.
    mask
        Whether to mask what may identify somebody. Not masked, it is on the screen and in exported pages.

    Raises
    ------
    FileAccessError
        If a path does not exist.
    NotDicomError
        If a zip is damaged or exceeds the limits.

    References
    ----------
    PS3.3 section A.1.2, patient, study, series and instance; PS3.15 annex E, confidentiality profiles.

    Examples
    --------
    >>> from dicomkit.samples import ct_series
    >>> MetadataViewer(ct_series(3, size=16))
    MetadataViewer: 3 entries: 3 read, 0 repaired, 0 rejected
    1 study, 1 series
    values of nobody, not masked
    """

    _esm = front_end("metadata")
    _css = styles("metadata")

    # What is selected: the number of the entry, counted from 0, and the path of the element. No value.
    selection = traitlets.Dict().tag(sync=True)

    def __init__(self, source: Indexable | Index, *, mask: bool = True) -> None:
        self._index = source if isinstance(source, Index) else _index_with_bar(source)
        self._is_masked = mask
        super().__init__()

    @property
    def index(self) -> Index:
        """What there is: a row for each entry."""
        return self._index

    def describe(self) -> str:
        """Return the numbers of entries, studies and series, and whether values are masked."""
        counts = ", ".join(f"{self._index.count(outcome)} {outcome}" for outcome in OUTCOMES)
        studies = self._index.studies()
        series = sum(len(study) for study in studies.values())
        total = len(self._index.rows)
        masked = sum(self._masks())
        if masked:
            privacy = f"identifying values of {_counted(masked, 'entry', 'entries')} masked"
        else:
            secret = any(masks_of(self._index, is_masked=True))
            privacy = "identifying values revealed" if secret else "values of nobody, not masked"
        return (
            f"MetadataViewer: {_counted(total, 'entry', 'entries')}: {counts}\n"
            f"{_counted(len(studies), 'study', 'studies')}, {series} series\n{privacy}"
        )

    def answer(self, question: Mapping[str, Any]) -> Answer:
        """Answer ``overview``, ``instance``, ``series`` or ``reveal``."""
        kind = question["ask"]
        masks = self._masks()
        if kind == "reveal":
            self._is_masked = False
            return Answer({"revealed": True})
        if kind == "overview":
            return Answer(overview(self._index, masks=masks))
        if kind == "instance":
            number, row = self._row(question["n"])
            shown = shown_instance(row, is_masked=masks[number])
            return Answer({"rows": shown.rows, "problem": shown.problem})
        if kind == "series":
            numbered = [self._row(number) for number in question["of"]]
            rows = [row for _, row in numbered]
            return Answer(series_statistics(rows, masks=[masks[number] for number, _ in numbered]))
        raise UsageError("question", "the viewer does not know it", "ask for what it offers")

    def questions(self) -> Iterator[dict[str, Any]]:
        """Yield the questions about all entries and all series."""
        yield {"ask": "overview"}
        numbers = {id(row): number for number, row in enumerate(self._index.rows)}
        for study in self._index.studies().values():
            for rows in study.values():
                of = [numbers[id(row)] for row in rows]
                yield from ({"ask": "instance", "n": number} for number in of)
                yield {"ask": "series", "of": of}

    def _masks(self) -> list[bool]:
        return masks_of(self._index, is_masked=self._is_masked)

    def _row(self, number: object) -> tuple[int, IndexRow]:
        if not isinstance(number, int) or not 0 <= number < len(self._index.rows):
            raise UsageError("entry", "there is no entry of that number", "choose one that is listed")
        return number, self._index.rows[number]


def _index_with_bar(source: Indexable) -> Index:
    """Index with a progress bar once it takes long; an interrupt keeps what was read."""
    started_s = time.monotonic()
    width = 0

    def tell(done: int, total: int) -> bool:
        nonlocal width
        if time.monotonic() - started_s > _PROGRESS_AFTER_S:
            filled = done * _BAR_CELLS // max(1, total)
            bar = "█" * filled + "░" * (_BAR_CELLS - filled)
            line = "" if done == total else f"{bar} {done} of {total} entries; stop the kernel to cancel"
            sys.stderr.write(f"\r{line.ljust(width)}\r" if not line else f"\r{line}")
            sys.stderr.flush()
            width = len(line)
        return True

    return index(source, on_progress=tell)


def _counted(number: int, one: str, many: str) -> str:
    return f"{number} {one if number == 1 else many}"
