"""How the instances of a series lie: what a list of files can say of gaps and doubles before a pixel is read.

References
----------
PS3.3 section C.7.6.2.1.1, Image Position and Image Orientation.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Sequence

from dicomkit.index.stacks import SlicePlace, Stack, same_direction, stack_of, unit_directions
from dicomkit.text import counted

__all__ = ["SeriesStack", "series_stack"]

_POSITION = 3  # numbers
_LOCALIZER = "LOCALIZER"  # PS3.3 section C.8.2.1.1.1, Image Type: value 3


class SeriesStack:
    """The slices of a series that are parallel, and what is said of the others.

    Parameters
    ----------
    stack
        Of the most slices that are parallel.
    turned
        How many lie in other directions.
    is_localiser
        Whether Image Type says so of all: then they are meant to cross.
    """

    def __init__(self, stack: Stack, turned: int, *, is_localiser: bool = False) -> None:
        self.stack = stack
        self.turned = turned
        self.is_localiser = is_localiser

    @property
    def is_odd(self) -> bool:
        """Whether there is a gap, a double, an uneven step or another direction; of localisers, a double."""
        stack = self.stack
        if self.is_localiser:
            return bool(stack.double)
        return bool(self.turned or stack.missing or stack.double or stack.unlike or stack.uneven_mm)

    def in_words(self) -> str:
        """Say how many slices there are, how far apart, and what is missing, double or turned."""
        if self.turned and len(self.stack.order) == 1:
            return f"{counted(self.turned + 1 + len(self.stack.double), 'slice')} in different orientations"
        turned = f"; {counted(self.turned, 'slice')} in another orientation" if self.turned else ""
        return self.stack.in_words() + turned


def series_stack(texts: Sequence[Callable[[str], str]]) -> SeriesStack | None:
    """Return how the instances of a series lie, or None if fewer than two say so.

    Parameters
    ----------
    texts
        For each instance, a function that returns an indexed value by keyword, such as ``IndexRow.text``.
    """
    groups: list[list[tuple[SlicePlace, str]]] = []
    kinds: set[bool] = set()
    for number, text in enumerate(texts):
        place = _place(text)
        if place is None:
            continue
        kinds.add(_LOCALIZER in text("ImageType").split("\\"))
        group = next((group for group in groups if same_direction(group[0][0], place)), None)
        if group is None:
            groups.append(group := [])
        group.append((place, text("SOPInstanceUID") or str(number)))
    largest = max(groups, key=len, default=[])
    count = sum(map(len, groups))
    if count <= 1:
        return None
    places, uids = zip(*largest, strict=True)
    return SeriesStack(stack_of(places, uids), count - len(largest), is_localiser=kinds == {True})


def _place(text: Callable[[str], str]) -> SlicePlace | None:
    position = _numbers(text("ImagePositionPatient"))
    directions = unit_directions(_numbers(text("ImageOrientationPatient")))
    if len(position) != _POSITION or directions is None:
        return None
    x, y, z = position
    return SlicePlace((x, y, z), *directions)


def _numbers(text: str) -> list[float]:
    try:
        numbers = [float(part) for part in text.split("\\")]
    except ValueError:
        return []
    return numbers if all(map(math.isfinite, numbers)) else []
