"""One line of what an instance holds: a name, a value, and what of both may be shown to others."""

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
        How many entries stand around it.
    name, value
        What it is called, and what it says; either may be empty.
    role
        What it is to the entry around it, such as ``contains``, and its value type, such as ``TEXT``.
    place
        Its position in a report, such as ``1.2.1``, by which others refer to it; otherwise empty.
    is_secret
        Whether the value may identify somebody.
    known_name
        What the name is called where it may identify somebody; as the name if it cannot.
    """

    depth: int
    name: str
    value: str
    role: str = ""
    place: str = ""
    is_secret: bool = False
    known_name: str = ""

    def covered(self) -> Entry:
        """Return it as others may see it: a value that may identify somebody is covered."""
        value = MASKED if self.is_secret and self.value else self.value
        return self._replace(name=self.known_name, value=value)


def entry(depth: int, name: str, value: str = "", *, is_secret: bool = False) -> Entry:
    """Return an entry whose name is the kit's or the Standard's, and so tells nothing about anybody."""
    return Entry(depth, name, value, is_secret=is_secret, known_name=name)


def entry_of(part: Part, keyword: str, name: str, depth: int = 0) -> list[Entry]:
    """Return an entry for an attribute, or nothing if it has no value."""
    text = part.text(keyword)
    return [entry(depth, name, text, is_secret=part.hides(keyword))] if text else []
