"""What lies on the page: the files that were dropped, and the viewers that look at them.

It runs in a worker of the browser and talks in texts and bytes, so that nothing of the page is known here.
"""

from __future__ import annotations

import json
import zipfile
from collections.abc import Callable, Iterator, Sequence
from typing import Any

from pydicom.dataset import Dataset

from dicomkit.errors import DicomKitError, UsageError
from dicomkit.files.reading import read_content
from dicomkit.index.entries import FileEntry
from dicomkit.index.indexing import Index, IndexRow, index
from dicomkit.pixels.checked_image import check_image
from dicomkit.text import counted
from dicomkit.viewers.anatomy.viewer import AnatomyViewer
from dicomkit.viewers.frame.viewer import Viewer
from dicomkit.viewers.image.viewer import ImageViewer
from dicomkit.viewers.metadata.viewer import MetadataViewer

__all__ = ["Desk"]


class Desk:
    """Look at what was dropped. Identifying values are masked, as in every viewer of the kit."""

    def __init__(self) -> None:
        self._index = Index(())
        self._viewers: list[Viewer] = []

    def open(self, folder: str, tell: Callable[[int, int], object]) -> str:
        """Add a folder of dropped files; return a sentence about all that is here.

        Parameters
        ----------
        folder
            Where the browser shows the files.
        tell
            Is told how many of how many have been looked at.
        """

        def on_progress(done: int, total: int) -> bool:
            tell(done, total)
            return True

        added = [each for row in index(folder, on_progress=on_progress).rows for each in _members(row)]
        self._index = Index((*self._index.rows, *added))
        counts = ", ".join(
            f"{self._index.count(outcome)} {outcome}" for outcome in ("read", "repaired", "rejected")
        )
        return f"{counted(len(self._index.rows), 'entry')}: {counts}"

    def show(self, kind: str, number: int) -> str:
        """Make a viewer, and return as JSON what a page needs to draw it; or its ``problem``.

        Parameters
        ----------
        kind
            ``metadata`` of all, ``images`` of the series of an entry, ``bytes`` of an entry.
        number
            Of the entry, counted from 0.
        """
        try:
            viewer = self._make(kind, number)
        except DicomKitError as error:
            return json.dumps({"problem": str(error)})
        self._viewers.append(viewer)
        front = viewer.front()
        return json.dumps({"viewer": len(self._viewers) - 1, **front._asdict()})

    def ask(self, viewer: int, question: str, buffers: Sequence[bytes] = ()) -> list[bytes]:
        """Return a viewer's answer: its content as JSON, then its buffers.

        Parameters
        ----------
        viewer
            Its number, as `show` returned it.
        question
            As JSON.
        buffers
            Bytes that came with it.
        """
        asked: dict[str, Any] = json.loads(question)
        answer = self._viewers[viewer].reply({**asked, "buffers": list(buffers)} if buffers else asked)
        return [json.dumps(answer.content).encode("ascii"), *map(bytes, answer.buffers)]

    def _make(self, kind: str, number: int) -> Viewer:
        if kind == "metadata":
            return MetadataViewer(self._index)
        row = self._index.rows[number]
        if kind == "bytes":
            return AnatomyViewer(row.entry.read_content())
        if kind == "images":
            return ImageViewer(list(self._images(row)))
        raise UsageError(kind, "there is no such viewer", "ask for metadata, images or bytes")

    def _images(self, row: IndexRow) -> Iterator[Dataset]:
        """Yield the images of the series that an entry belongs to; of what is no image, only what was asked for."""
        for series in (series for study in self._index.studies().values() for series in study.values()):
            if not any(each is row for each in series):
                continue
            for each in series:
                try:
                    dataset = read_content(each.entry.read_content(), given="instance")
                    check_image(dataset)
                except DicomKitError:
                    if each is row:
                        raise
                    continue
                yield dataset


def _members(row: IndexRow) -> Iterator[IndexRow]:
    """Yield the rows of a zip that was dropped; of anything else, its own."""
    if not isinstance(row.entry, FileEntry) or not zipfile.is_zipfile(row.entry.path):
        yield row
        return
    try:
        yield from index(row.entry.path).rows
    except DicomKitError as error:
        yield row._replace(reason=error.problem)
