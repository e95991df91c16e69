"""One line of a content: a name, a value, and whether they may be shown to others."""

from __future__ import annotations

from typing import NamedTuple

from dicomkit.contents.part import Part
from dicomkit.privacy import MASKED

__all__ = ["Entry", "entry", "entry_of"]


class Entry(NamedTuple):
    """A line of a tree.

    Parameters
    ----------
    depth
        The number of entries around it.
    name, value
        Its name and its value; either may be "".
    role
        Its relationship to the entry around it, such as ``contains``, and its value type, such as ``TEXT``.
    place
        Its position in a report, such as ``1.2.1``, by which other items refer to it; otherwise "".
    is_secret
        Whether the value may identify somebody.
    known_name
        The name to show when values are covered: another than `name` if that may identify somebody.
    """

    depth: int
    name: str
    value: str
    role: str = ""
    place: str = ""
    is_secret: bool = False
    known_name: str = ""

    def covered(self) -> Entry:
        """Return the entry with its name and value covered if they may identify somebody."""
        value = MASKED if self.is_secret and self.value else self.value
        return self._replace(name=self.known_name, value=value)


def entry(depth: int, name: str, value: str = "", *, is_secret: bool = False) -> Entry:
    """Return an entry whose name is the kit's or the Standard's, and so identifies nobody."""
    return Entry(depth, name, value, is_secret=is_secret, known_name=name)


def entry_of(part: Part, keyword: str, name: str, depth: int = 0) -> list[Entry]:
    """Return an entry for an attribute, or nothing if it has no value."""
    text = part.text(keyword)
    return [entry(depth, name, text, is_secret=part.hides(keyword))] if text else []
