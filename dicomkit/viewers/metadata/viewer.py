"""Look at what files say: every entry, every element, side by side.

The viewer answers three questions: what there is, what one instance holds, and how the instances of a
series differ. Searching, folding and comparing happen in the browser, so they go on while Python is busy.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

import traitlets

from dicomkit.errors import UsageError
from dicomkit.files.folder_files import summed_up
from dicomkit.index.indexing import OUTCOMES, Index, index
from dicomkit.index.sources import Indexable
from dicomkit.text import counted, escape_terminal
from dicomkit.viewers.frame.front_end import front_end, styles
from dicomkit.viewers.frame.progress import index_with_progress
from dicomkit.viewers.frame.viewer import Answer, Viewer
from dicomkit.viewers.metadata.duplicates import describe_duplicates, find_duplicates
from dicomkit.viewers.metadata.instances import Instances
from dicomkit.viewers.metadata.page_room import answers_within
from dicomkit.viewers.metadata.study_map import chunks, masks_of, odd_stack, overview
from dicomkit.viewers.metadata.uploads import Uploads

__all__ = ["MetadataViewer"]


class MetadataViewer(Viewer):
    """Show the attributes of a file, a folder, a zip, bytes, data sets, or a list of these.

    Everything that was given is accounted for: read, repaired or rejected, with the reason. Values that
    may identify somebody (PS3.15 Table E.1-1) are masked unless the file says that it names nobody.

    Parameters
    ----------
    source
        What to look at, or an `Index` that exists already; by default nothing, until files are uploaded. Files
        are opened for reading only. A reading that takes long shows a bar with a button that cancels it; the
        rest is then listed as not read.
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
    PS3.3 section A.1.2, patient, study, series and instance; PS3.15 annex E, Attribute Confidentiality Profiles.

    Examples
    --------
    >>> from dicomkit.samples import ct_series
    >>> MetadataViewer(ct_series(3, size=16))
    MetadataViewer: 3 entries: 3 read, 0 repaired, 0 rejected
    1 study, 1 series
    values of nobody, not masked
    """

    _esm = front_end("metadata/viewer")
    _css = styles("metadata")

    # What is selected: the number of the entry, counted from 0, and the path of the element. No value.
    selection = traitlets.Dict().tag(sync=True)

    def __init__(self, source: Indexable | Index = (), *, mask: bool = True) -> None:
        self._uploads = Uploads()
        self._page_remark = ""
        self._instances = Instances()
        self._masks_by_default = mask
        self._show(source if isinstance(source, Index) else index_with_progress(source), is_masked=mask)
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
        masked = sum(self._masks)
        if masked:
            privacy = f"identifying values of {counted(masked, 'entry')} masked"
        else:
            secret = any(masks_of(self._index, is_masked=True))
            privacy = "identifying values revealed" if secret else "values of nobody, not masked"
        return (
            f"MetadataViewer: {counted(total, 'entry')}: {counts}\n"
            f"{counted(len(studies), 'study')}, {counted(series, 'series')}\n"
            + "".join(f"{line}\n" for line in (*self._reasons(), *self._odd_stacks()))
            + (f"{duplicates}\n" if (duplicates := describe_duplicates(self._duplicates)) else "")
            + privacy
        )

    def _reasons(self) -> Iterator[str]:
        """Yield a line for the entries that were read with a repair, and one for those that were not read."""
        for outcome in OUTCOMES:
            reasons = [row.reason for row in self._index.rows if row.outcome == outcome and row.reason]
            if reasons:
                yield f"{outcome}: {escape_terminal(summed_up(reasons))}"

    def _odd_stacks(self) -> Iterator[str]:
        """Yield a line for each series whose slices have gaps, doubles, uneven steps or several directions."""
        for number, study in enumerate(self._index.studies().values(), start=1):
            for place, rows in enumerate(study.values(), start=1):
                if odd := odd_stack(rows):
                    yield f"study {number}, series {place}: {odd}"

    def answer(self, question: Mapping[str, Any]) -> Answer:
        """Answer ``overview``, ``instance``, ``attributes``, ``reveal``, ``upload`` or ``cancel upload``."""
        kind = question["ask"]
        if kind == "overview":
            return Answer(overview(self._index, masks=self._masks, duplicates=self._duplicates))
        if kind == "instance":
            number = self._number(question["n"])
            row, is_masked = self._index.rows[number], self._masks[number]
            shown = self._instances.shown(row, is_masked=is_masked)
            return Answer({"rows": shown.rows, "problem": shown.problem})
        if kind == "attributes":
            numbers = [self._number(number) for number in question["of"]]
            rows = [self._index.rows[number] for number in numbers]
            masks = [self._masks[number] for number in numbers]
            return Answer(self._instances.attribute_values(rows, masks=masks))
        if kind == "reveal":
            self._show(self._index, is_masked=False)
            return Answer({"revealed": True})
        if kind == "upload":
            return self._upload(question)
        if kind == "cancel upload":
            self._uploads.clear()
            return Answer({"cancelled": True})
        raise UsageError("question", "the viewer does not know it", "ask for what it offers")

    def questions(self) -> Iterator[dict[str, Any]]:
        """Yield the questions about all entries and all series."""
        yield {"ask": "overview"}
        numbers = {id(row): number for number, row in enumerate(self._index.rows)}
        for study in self._index.studies().values():
            for rows in study.values():
                for chunk in chunks(rows):
                    of = [numbers[id(row)] for row in chunk]
                    yield from ({"ask": "instance", "n": number} for number in of)
                    yield {"ask": "attributes", "of": of}

    def page_answers(self) -> Iterator[tuple[dict[str, Any], Answer]]:
        """Yield the questions and answers for which a page has room, and for the others that they are left out."""
        self._page_remark = ""
        with self._instances.kept():
            for question, answer in answers_within(self.questions(), self._answer):
                if question["ask"] == "instance" and (problem := answer.content.get("problem")):
                    self._page_remark = self._page_remark or str(problem)
                yield question, answer

    @property
    def page_remark(self) -> str:
        """What the page that was made last leaves out, in one sentence; empty if nothing."""
        return self._page_remark

    def _show(self, found: Index, *, is_masked: bool) -> None:
        self._index = found
        self._duplicates = find_duplicates(found.rows)
        self._is_masked = is_masked
        self._masks = masks_of(found, is_masked=is_masked)

    def _upload(self, question: Mapping[str, Any]) -> Answer:
        """Take pieces of an upload, a buffer each; once all is there, show it behind what was there before."""
        files = None
        for piece, buffer in zip(question["pieces"], question.get("buffers", ()), strict=True):
            files = self._uploads.add(piece, [buffer])
        if files is None:
            return Answer({"done": False})
        before = len(self._index.rows)
        # What was revealed was the decision on other files: these start masked again.
        self._show(Index((*self._index.rows, *index(files).rows)), is_masked=self._masks_by_default)
        return Answer({"done": True, "first": before})

    def _number(self, number: object) -> int:
        if not isinstance(number, int) or not 0 <= number < len(self._index.rows):
            raise UsageError("entry", "there is no entry of that number", "choose one that is listed")
        return number
