"""Contents as text: for a terminal, a notebook's stored output, and whoever cannot see the page."""

from __future__ import annotations

import itertools
from collections.abc import Iterator

from pydicom.dataset import Dataset

from dicomkit.contents.content import Content, content_of
from dicomkit.contents.entry import Entry
from dicomkit.contents.part import Part
from dicomkit.privacy import names_nobody
from dicomkit.text import escape_terminal

__all__ = ["content_lines", "format_content", "is_covered"]


def is_covered(dataset: Dataset, *, mask: bool) -> bool:
    """Say whether what may identify somebody is to be covered: unless the instance says that it names nobody."""
    return mask and not names_nobody(Part(dataset).text("PatientIdentityRemoved"))


def format_content(dataset: Dataset, *, mask: bool = True) -> str:
    """Return what an instance holds as text: the tree of a report, the channels of a waveform, and so on.

    Parameters
    ----------
    dataset
        An instance of whatever SOP class.
    mask
        Whether to cover what may identify somebody (PS3.15 table E.1-1) unless the instance says that it names
        nobody. All values of a report are covered then.

    Examples
    --------
    >>> from dicomkit.samples import ct_series
    >>> print(format_content(ct_series(1, size=16)[0]))
    CT Image: an image; an ImageViewer shows its pixels
    """
    return "\n".join(content_lines(content_of(dataset), is_masked=is_covered(dataset, mask=mask)))


def content_lines(content: Content, *, is_masked: bool, limit: int | None = None) -> Iterator[str]:
    """Yield what `format_content` joins.

    Parameters
    ----------
    content
        What an instance holds.
    is_masked
        Whether to cover what may identify somebody.
    limit
        How many entries to write; all if None.
    """
    yield f"{content.name}: {content.sentence}"
    entries = [*content.head, *content.entries]
    for entry in itertools.islice(entries, limit):
        yield line_of(entry.covered() if is_masked else entry)
    if limit is not None and len(entries) > limit:
        yield f"  … and {len(entries) - limit} more"


def line_of(entry: Entry) -> str:
    """Write an entry as one line: its place and role, its name, its value."""
    head = " ".join(filter(None, (entry.place, entry.role)))
    said = ": ".join(filter(None, (entry.name, entry.value)))
    text = " ".join(filter(None, (f"{head}," if head and said else head, said)))
    return "  " * (entry.depth + 1) + escape_terminal(text)
