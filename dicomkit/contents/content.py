"""The content of an instance beside its picture: a sentence, and lines of names and values.

References
----------
PS3.3 annex A, Composite Information Object Definitions.
"""

from __future__ import annotations

import itertools
from collections.abc import Callable, Collection, Iterable, Mapping
from types import MappingProxyType
from typing import NamedTuple

from pydicom.dataset import Dataset

from dicomkit.contents.document import document_entries
from dicomkit.contents.entry import Entry, entry
from dicomkit.contents.kind import Kind, class_name, kind_of
from dicomkit.contents.other import other_entries, why_no_picture
from dicomkit.contents.presentation import presentation_entries
from dicomkit.contents.referenced import referenced_uids
from dicomkit.contents.report import report_entries, report_head
from dicomkit.contents.waveform import waveform_entries
from dicomkit.errors import NotDicomError
from dicomkit.text import counted

__all__ = ["Content", "content_of"]

_MAX_ENTRIES = 20_000
_SENTENCES = {
    Kind.PICTURE: "an image; an ImageViewer shows its pixels",
    Kind.REPORT: "it has no picture: it says what was found as a tree of names and values",
    Kind.WAVEFORM: "it has no picture: it holds samples over time, drawn as curves",
    Kind.DOCUMENT: "it has no picture of its own: it carries a whole document, which can be saved as a file",
    Kind.PRESENTATION: "it has no picture of its own: it says how other images are to be shown",
}
_ENTRIES: Mapping[Kind, Callable[[Dataset], Iterable[Entry]]] = MappingProxyType({
    Kind.REPORT: report_entries,
    Kind.WAVEFORM: waveform_entries,
    Kind.DOCUMENT: document_entries,
    Kind.PRESENTATION: presentation_entries,
})  # fmt: skip


class Content(NamedTuple):
    """The content of an instance.

    Parameters
    ----------
    kind
        The kind, which decides which view shows it.
    name
        The registered name of its SOP class, without the word Storage.
    sentence
        A sentence on what it is, and why it has no picture.
    head
        Entries about the instance as a whole.
    entries
        Its other entries, in the order of the file.
    """

    kind: Kind
    name: str
    sentence: str
    head: tuple[Entry, ...]
    entries: tuple[Entry, ...]


def content_of(dataset: Dataset, *, neighbours: Collection[str] = ()) -> Content:
    """Return the content of an instance, as names and values.

    Parameters
    ----------
    dataset
        An instance of any SOP class.
    neighbours
        The SOP Instance UIDs of the instances in the same folder; with these, an entry says how many of the
        referenced instances are there.

    Raises
    ------
    NotDicomError
        If it is not a data set.

    Examples
    --------
    >>> from dicomkit.samples import ct_series
    >>> content_of(ct_series(1, size=16)[0]).kind
    <Kind.PICTURE: 'picture'>
    """
    if not isinstance(dataset, Dataset):
        raise NotDicomError(
            type(dataset).__name__, "this is no data set", "read the file first: read_file(path)"
        )
    kind, name = kind_of(dataset), class_name(dataset)
    sentence = _SENTENCES.get(kind) or f"it has no picture: {why_no_picture(dataset, name)}"
    head = report_head(dataset) if kind is Kind.REPORT else []
    if neighbours and (found := _whereabouts(dataset, neighbours)):
        head.append(entry(0, "In this folder", found))
    entries = list(itertools.islice(_ENTRIES.get(kind, other_entries)(dataset), _MAX_ENTRIES + 1))
    if len(entries) > _MAX_ENTRIES:
        entries[-1] = entry(0, f"only the first {_MAX_ENTRIES} lines are shown")
    shown = name.removesuffix(" Storage") or "An instance of an unnamed SOP class"
    return Content(kind, shown, sentence, tuple(head), tuple(entries))


def _whereabouts(dataset: Dataset, neighbours: Collection[str]) -> str:
    """Return how many of the referenced instances are among the neighbours."""
    wanted = referenced_uids(dataset)
    if not wanted:
        return ""
    count = len(wanted & set(neighbours))
    return f"{count} of {counted(len(wanted), 'instance')} that it refers to"
