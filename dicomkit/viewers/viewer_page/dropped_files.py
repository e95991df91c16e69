"""The Python side of the viewer page: the dropped files, and the viewers that show them.

It runs in a web worker. It takes and returns only text and bytes, and does not depend on the page.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator, Sequence
from typing import Any

from dicomkit.errors import DicomKitError, ImageError, UsageError
from dicomkit.index.entries import FileEntry
from dicomkit.index.indexing import Index, IndexRow, index
from dicomkit.text import counted
from dicomkit.viewers.anatomy.viewer import AnatomyViewer
from dicomkit.viewers.frame.viewer import Answer, Viewer
from dicomkit.viewers.image.picture_sources import FoundImages, ImageFile, images_among
from dicomkit.viewers.image.viewer import ImageViewer
from dicomkit.viewers.metadata.viewer import MetadataViewer
from dicomkit.viewers.planes.viewer import PlanesViewer

__all__ = ["DroppedFiles"]

_MAX_IMAGE_BYTES = 600 << 20  # of images that have to be read completely; of most, only the header is
_MAX_VOLUME_BYTES = 600 << 20  # of its files; Python has 2 GB there, and making a volume copies them
_TOO_MUCH = "this needs more memory than a page has; drop fewer files, or look at them in a notebook"


class DroppedFiles:
    """Index dropped files and show them. Identifying values are masked, as in every viewer of the kit."""

    def __init__(self) -> None:
        self._index = Index(())
        self._viewer: Viewer | None = (
            None  # the one on the page; only one, because it may hold a whole series
        )
        self._number = -1  # the number of the viewer; the first is 0

    def open(self, folder: str, tell: Callable[[int, int], object]) -> str:
        """Add a folder of dropped files; return a sentence that summarizes all files.

        Parameters
        ----------
        folder
            The folder at which the browser mounts the files.
        tell
            Called with the number of entries that are read, and of all entries.
        """

        def on_progress(done: int, total: int) -> bool:
            tell(done, total)
            return True

        found = index(folder, on_progress=on_progress).rows
        added = [each for row in found for each in _members(row, on_progress)]
        tell(len(found), len(found))
        self._index = Index((*self._index.rows, *added))
        counts = ", ".join(
            f"{self._index.count(outcome)} {outcome}" for outcome in ("read", "repaired", "rejected")
        )
        return f"{counted(len(self._index.rows), 'entry')}: {counts}"

    def show(
        self, kind: str, number: int, tell: Callable[[int, int], object] = lambda _done, _total: None
    ) -> str:
        """Make a viewer, and return as JSON what a page needs to draw it; or its ``problem``.

        Parameters
        ----------
        kind
            ``metadata`` of all, ``images`` or ``planes`` of the series of an entry, ``bytes`` of an entry.
        number
            Of the entry, counted from 0; below 0 the first that can be looked at.
        tell
            Called with the number of images that are read, and of all images, for a series.
        """
        self._viewer = None  # before the next one takes its room
        try:
            viewer = self._make(kind, number, tell)
            front = viewer.front()
        except DicomKitError as error:
            return json.dumps({"problem": str(error)})
        except MemoryError:
            return json.dumps({"problem": _TOO_MUCH})
        self._viewer, self._number = viewer, self._number + 1
        return json.dumps({"viewer": self._number, **front._asdict()})

    def ask(self, viewer: int, question: str, buffers: Sequence[bytes] = ()) -> list[bytes]:
        """Return a viewer's answer: its content as JSON, then its buffers; nothing for one that is gone.

        Parameters
        ----------
        viewer
            Its number, as `show` returned it.
        question
            As JSON.
        buffers
            Bytes that came with it.
        """
        if self._viewer is None or viewer != self._number:
            return []
        asked: dict[str, Any] = json.loads(question)
        try:
            answer = self._viewer.reply({**asked, "buffers": list(buffers)} if buffers else asked)
        except MemoryError:
            answer = Answer({"problem": _TOO_MUCH})
        return answer.encoded()

    def _make(self, kind: str, number: int, tell: Callable[[int, int], object]) -> Viewer:
        if kind == "metadata":
            return MetadataViewer(self._index)
        row = self._row(number)
        if kind == "bytes":
            return AnatomyViewer(row.entry.read_content())
        if kind == "images":
            return _image_viewer(row, self._series(row), tell, is_chosen=number >= 0)
        if kind == "planes":
            series = self._series(row)
            if sum(each.size_bytes for each in series) > _MAX_VOLUME_BYTES:
                raise ImageError("series", "it is too large for a volume in a page", "make it in a notebook")
            return PlanesViewer(series, on_progress=tell)
        raise UsageError(kind, "there is no such viewer", "ask for metadata, images, planes or bytes")

    def _row(self, number: int) -> IndexRow:
        """Return the row of an entry; if none is chosen, of the first image, or else of the first readable entry."""
        rows = self._index.rows
        if number >= 0:
            return rows[number]
        read = [row for row in rows if row.outcome != "rejected"]
        return next((row for row in read if row.text("Rows")), (read or rows)[0])

    def _series(self, row: IndexRow) -> list[IndexRow]:
        """Return the rows of an entry's series; only its own if it belongs to none."""
        for study in self._index.studies().values():
            for series in study.values():
                if any(each is row for each in series):
                    return series
        return [row]


def _image_viewer(
    row: IndexRow, series: list[IndexRow], tell: Callable[[int, int], object], *, is_chosen: bool
) -> Viewer:
    """Return a viewer of a series, at the chosen image; for an instance without pixels, a viewer of its content."""
    if row.outcome == "rejected":
        nothing: Viewer = ImageViewer(FoundImages([], [row.reason]))  # shows the reason
        return nothing
    chosen = ImageFile(row.entry)
    if not images_among([chosen], max_bytes=_MAX_IMAGE_BYTES).images:
        viewer: Viewer = ImageViewer(row.entry.read_content())  # shows the reason, or the content
        return viewer
    # The chosen image is first, so that the memory limit does not drop it, and of two copies it is shown.
    files = [chosen, *(ImageFile(other.entry) for other in series if other is not row)]
    found = images_among(_with_progress(files, tell), max_bytes=_MAX_IMAGE_BYTES)
    images = ImageViewer(found)
    if is_chosen:
        images.select(found.images[0].dataset)
    return images


def _with_progress(files: Sequence[ImageFile], tell: Callable[[int, int], object]) -> Iterator[ImageFile]:
    """Yield files, and report before each how many were yielded."""
    for number, file in enumerate(files):
        tell(number, len(files))
        yield file


def _members(row: IndexRow, on_progress: Callable[[int, int], bool]) -> Iterator[IndexRow]:
    """Yield the rows of a dropped zip; for any other entry, its own row."""
    if not isinstance(row.entry, FileEntry) or row.outcome != "rejected":
        yield row
        return
    try:
        yield from index(row.entry.path, on_progress=on_progress).rows
    except DicomKitError as error:
        yield row._replace(reason=error.problem)
