"""The instances that a content viewer shows: those given that are not images, or a single given one."""

from __future__ import annotations

import os
from collections.abc import Callable, Sequence
from functools import partial
from pathlib import Path
from typing import NamedTuple

from pydicom.dataset import Dataset

from dicomkit.contents.kind import class_name, has_view
from dicomkit.contents.part import Part
from dicomkit.errors import DicomKitError, NotDicomError
from dicomkit.files.reading import read_content
from dicomkit.files.registered_names import registered_name
from dicomkit.index.indexing import Index, IndexRow, index
from dicomkit.index.sources import Indexable
from dicomkit.pixels.native_length import pixel_element
from dicomkit.viewers.frame.progress import index_with_progress

__all__ = ["ContentSource", "Found", "Shown", "contents_in", "found_in", "viewable_contents"]

ContentSource = Dataset | Index | Indexable
_MOST_LOOKED_AT = 20  # instances that are read to find out whether there is something to show
_MOST_NEIGHBOURS = 10_000  # files of a folder that are examined for referenced instances


class Shown(NamedTuple):
    """One instance to show; it is read when it is selected."""

    label: str
    read: Callable[[], Dataset]


class Found(NamedTuple):
    """The instances to show, the SOP Instance UIDs of all instances beside them, and the number of unreadable files."""

    shown: list[Shown]
    neighbours: frozenset[str]
    unread: int


def contents_in(source: ContentSource | Found | Sequence[ContentSource]) -> Found:
    """Return the instances to show from a source.

    Parameters
    ----------
    source
        A data set, a file, a folder, a zip, bytes, an index, or several of these. Of several instances, images are
        left out. For a single file, the other files of its folder count as neighbours.

    Raises
    ------
    FileAccessError
        If a path does not exist.
    NotDicomError
        If there is nothing to show.
    """
    if isinstance(source, Found):
        return source
    if isinstance(source, Dataset):
        return Found([_of_dataset(source)], frozenset(), 0)
    if isinstance(source, list | tuple) and all(isinstance(one, Dataset) for one in source):
        uids = frozenset(Part(one).text("SOPInstanceUID") for one in source)
        shown = [_of_dataset(one) for one in source if not pixel_element(one)]
        return _not_empty(Found(shown, uids, 0))
    rows = (source if isinstance(source, Index) else index_with_progress(source)).rows
    found = found_in(rows)
    if len(rows) == 1 and isinstance(source, str | os.PathLike):
        return found._replace(neighbours=_uids_beside(Path(source)))
    return _not_empty(found)


def viewable_contents(source: object) -> Found | None:
    """Return the instances to show from a source without a picture; None if there are none, or it cannot be read.

    Parameters
    ----------
    source
        As for `contents_in`.
    """
    try:
        found = contents_in(source)
        for number, one in enumerate(found.shown[:_MOST_LOOKED_AT]):
            dataset = one.read()
            if has_view(dataset):
                # It is shown first, so it need not be read again.
                kept = one._replace(read=lambda: dataset) if number == 0 else one  # noqa: B023 - it is the last one
                return found._replace(shown=[*found.shown[:number], kept, *found.shown[number + 1 :]])
    except DicomKitError:
        pass
    return None


def found_in(rows: Sequence[IndexRow]) -> Found:
    """Return the instances to show from the rows of an index, perhaps none."""
    usable = [row for row in rows if row.outcome == "read"]
    if len(rows) == 1 and not usable:
        raise NotDicomError(rows[0].name, rows[0].reason or "it cannot be read", "choose a DICOM file")
    wanted = usable if len(rows) == 1 else [row for row in usable if not _is_image(row)]
    uids = frozenset(row.text("SOPInstanceUID") for row in rows) - {""}
    shown = [Shown(_label(row), partial(_read, row)) for row in wanted]
    return Found(shown, uids, len(rows) - len(usable))


def _not_empty(found: Found) -> Found:
    if not found.shown:
        raise NotDicomError(
            "source",
            "nothing in it is a report, a waveform, a document or the like",
            "show it with an ImageViewer",
        )
    return found


def _of_dataset(dataset: Dataset) -> Shown:
    name = class_name(dataset).removesuffix(" Storage") or "instance"
    return Shown(name, lambda: dataset)


def _is_image(row: IndexRow) -> bool:
    """Return whether an instance has Rows, as every image has, without reading all of it."""
    return bool(row.text("Rows"))


def _label(row: IndexRow) -> str:
    """Return a label that distinguishes an instance and identifies nobody."""
    name = registered_name(row.text("SOPClassUID")).removesuffix(" Storage") or "instance"
    places = (("series", row.text("SeriesNumber")), ("instance", row.text("InstanceNumber")))
    numbers = [f"{word} {number}" for word, number in places if number.isdecimal()]
    return ", ".join([name, *numbers])


def _read(row: IndexRow) -> Dataset:
    return read_content(row.entry.read_content(), given="instance")


def _uids_beside(path: Path) -> frozenset[str]:
    """Return the SOP Instance UIDs of the files in the folder of `path`, without subfolders."""
    try:
        beside = [each for each in path.resolve().parent.iterdir() if each.is_file()]
        if len(beside) > _MOST_NEIGHBOURS:
            return frozenset()
        return frozenset(row.text("SOPInstanceUID") for row in index(beside).rows) - {""}
    except (OSError, DicomKitError):
        return frozenset()
