"""The slices of images: the position of each frame, and which frames can be stacked together.

References
----------
PS3.3 section C.7.6.2, Image Plane Module; section C.7.6.16.2.3, Plane Position (Patient) Macro.
PS3.3 section C.8.8.3.2, Grid Frame Offset Vector: where the planes of a dose lie.
"""

from __future__ import annotations

import functools
import math
from collections.abc import Iterator, Mapping, Sequence
from typing import NamedTuple

import numpy as np
from pydicom.dataset import Dataset

from dicomkit.errors import DicomKitError
from dicomkit.index.stacks import SlicePlace, same_direction
from dicomkit.pixels.checked_image import check_image
from dicomkit.pixels.frame_attributes import (
    frame_item,
    numbers_in,
    readable_numbers,
    readable_whole_number,
)
from dicomkit.pixels.plane import is_projection, pixel_spacing, slice_place
from dicomkit.pixels.rendering import is_grey
from dicomkit.text import counted
from dicomkit.volumes.image_files import PlainImage

__all__ = ["Slice", "parallel_slices", "slices_of", "thickness_of"]

_THICKNESSES = {"SpacingBetweenSlices": "Spacing Between Slices", "SliceThickness": "Slice Thickness"}
_is_close = functools.partial(math.isclose, rel_tol=1e-4)


class Slice(NamedTuple):
    """One frame of an image.

    ``spacing`` is the distance between rows and between columns, in mm. ``pixels`` and ``own_values`` are set where
    ``dataset`` is the description that a `PlainImage` shares with others.
    """

    dataset: Dataset
    frame: int
    place: SlicePlace
    spacing: tuple[float, float]
    size: tuple[int, int]
    sop_instance_uid: str
    instance_number: int
    pixels: memoryview | None = None
    own_values: Mapping[int, bytes] | None = None

    def fits(self, other: Slice) -> bool:
        """Say whether two slices can lie in one stack."""
        return (
            self.size == other.size
            and all(map(_is_close, self.spacing, other.spacing))
            and same_direction(self.place, other.place)
            and is_projection(self.dataset) == is_projection(other.dataset)
            and is_grey(self.dataset) == is_grey(other.dataset)
        )


def slices_of(images: Sequence[Dataset | PlainImage]) -> tuple[list[Slice], list[str]]:
    """Return the slices of images in order of Instance Number, and why the other frames cannot be used.

    Returns
    -------
    list of Slice
        Each frame whose position in the patient is known.
    list of str
        The reason for each image that has other frames.
    """
    found: list[Slice] = []
    reasons: list[str] = []
    described: dict[int, list[Slice | None]] = {}
    for image in images:
        try:
            if isinstance(image, PlainImage):
                key = id(image.description)
                if key not in described:
                    described[key] = _slices(image.description)
                several = [one and _placed(one, image) for one in described[key]]
            else:
                several = _slices(image)
        except DicomKitError as error:
            reasons.append(error.problem)
            continue
        found += [one for one in several if one is not None]
        if missing := several.count(None):
            verb = "does" if missing == 1 or missing == len(several) else "do"
            which = "it" if missing == len(several) else f"{counted(missing, 'frame')} of it"
            reasons.append(f"{which} {verb} not say where it lies in the patient")
    return sorted(found, key=lambda one: one.instance_number), reasons


def _placed(one: Slice, image: PlainImage) -> Slice:
    """Return a slice of the description that `image` shares, with the image's own position, pixels and UID."""
    return one._replace(
        place=one.place._replace(origin=image.position),
        sop_instance_uid=image.sop_instance_uid,
        instance_number=image.instance_number,
        pixels=image.pixels,
        own_values=image.own_values,
    )


def _slices(image: Dataset) -> list[Slice | None]:
    return [_slice(image, frame) for frame in range(1, check_image(image) + 1)]


def _slice(image: Dataset, frame: int) -> Slice | None:
    place, spacing = slice_place(image, frame), pixel_spacing(image, frame)
    if place is None or spacing is None:
        return None
    if offset_mm := _grid_offset(image, frame):
        shift = offset_mm * np.cross(place.along_row, place.along_column)
        place = place._replace(origin=tuple((place.origin + shift).tolist()))
    size = int(image.Rows), int(image.Columns)
    uid = str(image.get("SOPInstanceUID") or "")
    return Slice(image, frame, place, spacing, size, uid, readable_whole_number(image, "InstanceNumber"))


def _grid_offset(image: Dataset, frame: int) -> float:
    """Return the distance of a plane of an RT Dose from the first one, in mm."""
    offsets = numbers_in(image, "GridFrameOffsetVector")
    if not 0 < frame <= len(offsets):
        return 0.0
    # PS3.3 section C.8.8.3.2: the first offset is 0, or in the older form all are z coordinates.
    return offsets[frame - 1] - offsets[0]


def parallel_slices(slices: Sequence[Slice]) -> tuple[list[Slice], list[str]]:
    """Return the largest group of slices that fit into one stack, and a sentence on each kind of other slices."""
    groups: list[list[Slice]] = []
    for one in slices:
        group = next((group for group in groups if group[0].fits(one)), None)
        if group is None:
            groups.append([one])
        else:
            group.append(one)
    chosen = max(
        groups, key=lambda group: (is_grey(group[0].dataset), not is_projection(group[0].dataset), len(group))
    )
    return chosen, list(_describe_others(groups, chosen))


def _describe_others(groups: list[list[Slice]], chosen: list[Slice]) -> Iterator[str]:
    counts: dict[str, int] = {}
    for group in groups:
        if group is not chosen:
            kind = _difference(group[0], chosen[0])
            counts[kind] = counts.get(kind, 0) + len(group)
    for kind, count in counts.items():
        yield f"{counted(count, 'image')} {kind} {'was' if count == 1 else 'were'} left out"


def _difference(one: Slice, chosen: Slice) -> str:
    if is_grey(one.dataset) != is_grey(chosen.dataset):
        return "in colour"
    if is_projection(one.dataset) != is_projection(chosen.dataset):
        return "that is a projection (a localiser)"
    if not same_direction(one.place, chosen.place):
        return "in another orientation"
    return "of another size" if one.size != chosen.size else "with another Pixel Spacing"


def thickness_of(one: Slice) -> tuple[float, str]:
    """Return the slice distance that a single slice states, in mm, and the attribute's name; (0, "") if none does."""
    for keyword, name in _THICKNESSES.items():
        item = frame_item(one.dataset, one.frame, "PixelMeasuresSequence", keyword)
        numbers = [number for number in readable_numbers(item, keyword) if number > 0]
        if numbers:
            return numbers[0], name
    return 0.0, ""
