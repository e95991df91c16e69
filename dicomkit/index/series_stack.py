"""How the instances of a series lie: what a list of files can say of gaps and doubles before a pixel is read.

References
----------
PS3.3 section C.7.6.2.1.1, Image Position and Image Orientation.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Sequence

from dicomkit.index.stacks import SlicePlace, Stack, same_direction, stack_of
from dicomkit.text import counted

__all__ = ["SeriesStack", "series_stack"]

_POSITION, _ORIENTATION = 3, 6  # numbers


class SeriesStack:
    """The slices of a series that are parallel; `turned` is how many others have a place.

    Parameters
    ----------
    stack
        Of the most slices that are parallel.
    turned
        How many lie in other directions.
    """

    def __init__(self, stack: Stack, turned: int) -> None:
        self.stack = stack
        self.turned = turned

    @property
    def is_odd(self) -> bool:
        """Whether there is a gap, a double, an uneven step or another direction."""
        return bool(self.turned or self.stack.missing or self.stack.double or self.stack.uneven_mm)

    def in_words(self) -> str:
        """Say how many slices there are, how far apart, and what is missing, double or turned."""
        turned = f"; {counted(self.turned, 'slice')} in another orientation" if self.turned else ""
        return self.stack.in_words() + turned


def series_stack(texts: Sequence[Callable[[str], str]]) -> SeriesStack | None:
    """Return how the instances of a series lie, or None if fewer than two say so.

    Parameters
    ----------
    texts
        For each instance, a function that returns an indexed value by keyword, such as ``IndexRow.text``.
    """
    groups: list[list[SlicePlace]] = []
    for place in filter(None, map(_place, texts)):
        group = next((group for group in groups if same_direction(group[0], place)), None)
        if group is None:
            groups.append([place])
        else:
            group.append(place)
    largest = max(groups, key=len, default=[])
    count = sum(map(len, groups))
    return SeriesStack(stack_of(largest), count - len(largest)) if count > 1 else None


def _place(text: Callable[[str], str]) -> SlicePlace | None:
    position, direction = _numbers(text("ImagePositionPatient")), _numbers(text("ImageOrientationPatient"))
    if len(position) != _POSITION or len(direction) != _ORIENTATION or not any(direction):
        return None
    (x, y, z), (a, b, c, d, e, f) = position, direction
    return SlicePlace((x, y, z), (a, b, c), (d, e, f))


def _numbers(text: str) -> list[float]:
    try:
        numbers = [float(part) for part in text.split("\\")]
    except ValueError:
        return []
    return numbers if all(map(math.isfinite, numbers)) else []
