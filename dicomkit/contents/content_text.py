"""Contents as text: for a terminal, a notebook's stored output, and screen readers."""

from __future__ import annotations

import itertools
from collections.abc import Iterator

from pydicom.dataset import Dataset

from dicomkit.contents.content import Content, content_of
from dicomkit.contents.entry import Entry
from dicomkit.privacy import is_identity_removed_from
from dicomkit.text import escape_terminal

__all__ = ["content_lines", "format_content", "is_covered"]


def is_covered(dataset: Dataset, *, mask: bool) -> bool:
    """Return whether to cover identifying values: yes, unless Patient Identity Removed is YES."""
    return mask and not is_identity_removed_from(dataset)


def format_content(dataset: Dataset, *, mask: bool = True) -> str:
    """Return the content of an instance as text: the tree of a report, the channels of a waveform, and so on.

    Parameters
    ----------
    dataset
        An instance of any SOP class.
    mask
        Whether to cover identifying values (PS3.15 Table E.1-1) unless Patient Identity Removed is YES. All values
        of a report are covered then.

    Examples
    --------
    >>> from dicomkit.samples import ct_series
    >>> print(format_content(ct_series(1, size=16)[0]))
    CT Image: an image; an ImageViewer shows its pixels
    """
    return "\n".join(content_lines(content_of(dataset), is_masked=is_covered(dataset, mask=mask)))


def content_lines(content: Content, *, is_masked: bool, limit: int | None = None) -> Iterator[str]:
    """Yield the lines of a content, for `format_content`.

    Parameters
    ----------
    content
        The content of an instance.
    is_masked
        Whether to cover identifying values.
    limit
        The most entries to write; None for all.
    """
    yield f"{content.name}: {content.sentence}"
    entries = [*content.head, *content.entries]
    for entry in itertools.islice(entries, limit):
        yield line_of(entry.covered() if is_masked else entry)
    if limit is not None and len(entries) > limit:
        yield f"  … and {len(entries) - limit} more"


def line_of(entry: Entry) -> str:
    """Return an entry as one line: its position and role, its name, its value."""
    head = " ".join(filter(None, (entry.place, entry.role)))
    said = ": ".join(filter(None, (entry.name, entry.value)))
    text = " ".join(filter(None, (f"{head}," if head and said else head, said)))
    return "  " * (entry.depth + 1) + escape_terminal(text)
