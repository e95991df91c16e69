"""Numbers with their nouns, as the texts of the viewers say them."""

from __future__ import annotations

__all__ = ["counted"]


def counted(number: int, noun: str) -> str:
    """Return a number with its noun in the right form.

    Examples
    --------
    >>> counted(1, "study"), counted(2, "study"), counted(3, "series"), counted(4, "picture")
    ('1 study', '2 studies', '3 series', '4 pictures')
    """
    if number == 1 or noun == "series":
        return f"{number} {noun}"
    return f"{number} {noun.removesuffix('y')}ies" if noun.endswith("y") else f"{number} {noun}s"
