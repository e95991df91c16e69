"""Slices in the order in which they lie in the patient: how far apart, what is missing, what is double.

Only positions and directions count here. Instance Number, Slice Location, Slice Thickness and the names of files
may say something else, and nothing makes them true. It is plain arithmetic, so that whoever lists two thousand
files needs no more than this.

References
----------
PS3.3 section C.7.6.2.1.1, Image Position and Image Orientation.
"""

from __future__ import annotations

import itertools
import math
from collections.abc import Iterator, Sequence
from typing import NamedTuple

from dicomkit.text import counted

__all__ = ["SlicePlace", "Stack", "Vector", "places_of", "same_direction", "stack_of", "unit_directions"]

Vector = tuple[float, float, float]

_SAME_COSINE = 1e-3  # scanners write cosines with three to six decimals
_SAME_PLACE_MM = 1e-3
# What rounding of positions explains: of a step, or of its hundredth part.
_UNEVEN_MM, _UNEVEN_PART = 0.01, 0.01
_STRAIGHT_DEGREES = 0.1
_COSINES = 6
_LEAST_LENGTH = 1e-3  # of a direction, and of the normal that two of them span
_LEAST_GAP = 2  # steps from one slice to the next


class SlicePlace(NamedTuple):
    """Where a slice lies: the middle of its first pixel in mm, and the directions of its rows and columns."""

    origin: Vector
    along_row: Vector
    along_column: Vector


class Stack(NamedTuple):
    """Parallel slices, from one side to the other.

    Parameters
    ----------
    order
        The numbers of the slices, counted from 0, sorted by position along the normal of the first one.
    double
        The numbers of those that lie where another one lies already, unless each place has several.
    step
        What leads from a slice to the next one, in mm; None for a single slice.
    places
        For each of `order`, how many steps lie before it. 0, 1, 2, … unless slices are missing.
    uneven_mm
        How far the slice that fits worst lies from where the steps lead; 0 if rounding explains it.
    tilt_degrees
        The angle between the step and the normal; not 0 if the gantry was tilted.
    per_place
        How many different instances lie in each place: several time points, echoes, b-values.
    unlike
        How many places have more or fewer than that.
    """

    order: list[int]
    double: list[int]
    step: Vector | None
    places: list[int]
    uneven_mm: float = 0.0
    tilt_degrees: float = 0.0
    per_place: int = 1
    unlike: int = 0

    @property
    def spacing_mm(self) -> float:
        """How far apart the planes are, measured along their normal; 0 for a single slice."""
        return _length(self.step) * math.cos(math.radians(self.tilt_degrees)) if self.step else 0.0

    @property
    def missing(self) -> list[int]:
        """The places, counted from 0, where there ought to be a slice and is none."""
        there = set(self.places)
        return [place for place in range(self.places[-1]) if place not in there]

    def in_words(self) -> str:
        """Say how many slices there are, how far apart, and what is missing or double."""
        places = len(self.order) + (len(self.double) if self.per_place == 1 else 0)
        words = [counted(places, "slice")]
        if self.step:
            about = "on average " if self.uneven_mm else ""
            words[0] += f", {about}{self.spacing_mm:g} mm apart"
        if self.per_place > 1:
            words[0] += f", {self.per_place} instances in each place"
        if self.unlike:
            words.append(f"{counted(self.unlike, 'place')} with more or fewer")
        if self.missing:
            words.append(f"{len(self.missing)} missing {self.gaps_in_words()}")
        if self.double:
            words.append(f"{len(self.double)} double")
        if self.uneven_mm:
            words.append(f"not evenly spaced (up to {self.uneven_mm:.2f} mm off)")
        return "; ".join(words)

    def gaps_in_words(self) -> str:
        """Say between which slices there are gaps; slices count from 1, in the order of their position."""
        steps = itertools.pairwise(self.places)
        gaps = [number for number, (here, after) in enumerate(steps, start=1) if after - here >= _LEAST_GAP]
        return "between slices " + ", ".join(f"{number} and {number + 1}" for number in gaps)


def same_direction(one: SlicePlace, other: SlicePlace) -> bool:
    """Return whether two slices are parallel, with their rows and columns the same way round."""
    return _agree((*one.along_row, *one.along_column), (*other.along_row, *other.along_column))


def same_normal(one: SlicePlace, other: SlicePlace) -> bool:
    """Return whether two slices are parallel; their rows may run in other directions."""
    return _agree(_normal([one]), _normal([other]))


def _agree(one: Sequence[float], other: Sequence[float]) -> bool:
    return all(abs(here - there) <= _SAME_COSINE for here, there in zip(one, other, strict=True))


def unit_directions(cosines: Sequence[float]) -> tuple[Vector, Vector] | None:
    """Return the directions of rows and columns at length 1, or None if the six numbers span no plane.

    Scanners round cosines, and some files multiply them; Pixel Spacing alone says how far apart pixels are.

    Examples
    --------
    >>> unit_directions([2, 0, 0, 0, 0.999, 0])
    ((1.0, 0.0, 0.0), (0.0, 1.0, 0.0))
    >>> unit_directions([1, 0, 0, 1, 0, 0]) is None
    True
    """
    if len(cosines) != _COSINES:
        return None
    row, column = _unit(_vector(cosines[:3])), _unit(_vector(cosines[3:]))
    if row is None or column is None or _length(_cross(row, column)) < _LEAST_LENGTH:
        return None
    return row, column


def stack_of(slices: Sequence[SlicePlace], instances: Sequence[object] | None = None) -> Stack:
    """Sort parallel slices by position, and measure the steps between them.

    Parameters
    ----------
    slices
        At least one. If several lie in one place, the first of them counts.
    instances
        What tells each of them from the others, such as the SOP Instance UID: the same one twice is a double, while
        as many different ones in each place are a series in time, of echoes or the like.

    Examples
    --------
    >>> heights = [7.0, 0.0, 21.0, 7.0]
    >>> slices = [SlicePlace((0.0, 0.0, z), (1.0, 0.0, 0.0), (0.0, 1.0, 0.0)) for z in heights]
    >>> stack = stack_of(slices)
    >>> stack.order, stack.double, stack.step, stack.missing
    ([1, 0, 2], [3], (0.0, 0.0, 7.0), [2])
    >>> stack.in_words()
    '4 slices, 7 mm apart; 1 missing between slices 2 and 3; 1 double'
    """
    normal = _normal(slices)
    depths = [_dot(normal, one.origin) for one in slices]
    groups = list(places_of(slices, range(len(slices)) if instances is None else instances))
    order = [group[0] for group in groups]
    per_place = 1 if instances is None else sorted(map(len, groups))[(len(groups) - 1) // 2]
    unlike = sum(len(group) != per_place for group in groups) if per_place > 1 else 0
    kept = set(order) if per_place == 1 else {number for group in groups for number in group}
    double = [number for number in range(len(slices)) if number not in kept]
    if len(order) == 1:
        return Stack(order, double, None, [0], per_place=per_place, unlike=unlike)
    places, is_even = _places([depths[number] for number in order])
    first, last = slices[order[0]].origin, slices[order[-1]].origin
    step = _vector([round((end - start) / places[-1], 9) for start, end in zip(first, last, strict=True)])
    worst_mm = max(
        _length(_vector([at - start - place * one for at, start, one in zip(slices[number].origin, first, step, strict=True)]))
        for number, place in zip(order, places, strict=True)
    )  # fmt: skip
    allowed_mm = max(_UNEVEN_MM, _UNEVEN_PART * _length(step))
    cosine = min(1.0, abs(_dot(normal, step)) / (_length(step) * (_length(normal) or 1.0)))
    tilt = math.degrees(math.acos(cosine))
    return Stack(
        order,
        double,
        step,
        places,
        worst_mm if worst_mm > allowed_mm or not is_even else 0.0,
        tilt if tilt > _STRAIGHT_DEGREES else 0.0,
        per_place,
        unlike,
    )


def places_of(slices: Sequence[SlicePlace], instances: Sequence[object]) -> Iterator[list[int]]:
    """Yield the numbers of the slices in each place, from place to place; of the same instance only the first.

    Parameters
    ----------
    slices
        At least one; all are parallel.
    instances
        What tells each of them from the others.
    """
    normal = _normal(slices)
    depths = [_dot(normal, one.origin) for one in slices]
    firsts = {instance: number for number, instance in reversed(list(enumerate(instances)))}.values()
    group: list[int] = []
    for number in sorted(firsts, key=lambda number: (depths[number], number)):
        if group and depths[number] - depths[group[0]] > _SAME_PLACE_MM:
            yield group
            group = []
        group.append(number)
    yield group


def _places(depths: Sequence[float]) -> tuple[list[int], bool]:
    """Return how many steps lie before each slice, and whether the steps are all of one length.

    The step that most are is the lower median. Where others are whole multiples of it, slices are missing; a hole
    that would be larger than all that is there is none, but the slices are unevenly spaced.
    """
    steps = [after - here for here, after in itertools.pairwise(depths)]
    usual = sorted(steps)[(len(steps) - 1) // 2]
    allowed = max(_UNEVEN_MM, _UNEVEN_PART * usual)
    multiples = [max(1, round(step / usual)) for step in steps]
    fits = all(
        abs(step - times * usual) <= allowed * times for step, times in zip(steps, multiples, strict=True)
    )
    if not fits or sum(multiples) > 2 * len(steps):
        return list(range(len(depths))), max(steps) - min(steps) <= allowed
    places = [0]
    for times in multiples:
        places.append(places[-1] + times)
    return places, True


def _normal(slices: Sequence[SlicePlace]) -> Vector:
    return _cross(slices[0].along_row, slices[0].along_column)


def _cross(one: Vector, other: Vector) -> Vector:
    (a, b, c), (d, e, f) = one, other
    return b * f - c * e, c * d - a * f, a * e - b * d


def _dot(one: Vector, other: Vector) -> float:
    return sum(here * there for here, there in zip(one, other, strict=True))


def _length(vector: Vector) -> float:
    return math.sqrt(_dot(vector, vector))


def _unit(vector: Vector) -> Vector | None:
    length = _length(vector)
    return _vector([part / length for part in vector]) if length > _LEAST_LENGTH else None


def _vector(numbers: Sequence[float]) -> Vector:
    x, y, z = numbers
    return x, y, z
