"""What a browser has to know of a series before it sees a pixel: for each picture its title, its size and its place."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from functools import partial
from hashlib import blake2b
from typing import Any

import numpy as np
from pydicom.dataset import Dataset

from dicomkit.pixels.frame_attributes import frame_item, readable, readable_numbers
from dicomkit.pixels.modality import unit_of
from dicomkit.pixels.plane import (
    is_projection,
    normal,
    orientation_labels,
    pixel_spacing,
    plane,
    spacing_place,
)
from dicomkit.pixels.rendering import is_grey
from dicomkit.text import shorten
from dicomkit.viewers.image.linking import window_kind
from dicomkit.viewers.image.picture_list import Picture, Series

__all__ = ["LONGEST_TITLE", "describe_series"]

LONGEST_TITLE = 48
_DEFAULT_FRAME_TIME_MS = 100.0
_MOST_STRETCHED = 100
_FRAMES = "PerFrameFunctionalGroupsSequence"


def describe_series(series: Sequence[Series], left_out: str) -> dict[str, Any]:
    """Return what there is to see of what `pictures_of` found, but for the pixels; `left_out` is what it left out, in words."""
    pictures: list[dict[str, Any]] = []
    ranges = []
    said = _Said()
    for index, one in enumerate(series):
        ranges.append(
            {"name": one.name, "first": len(pictures) + 1, "last": len(pictures) + len(one.pictures)}
        )
        pictures += [{"series": index, **said.of(picture)} for picture in one.pictures]
    return {"series": ranges, "pictures": pictures, "left_out": left_out}


class _Said:
    """What is said of each picture; what holds for all pictures of a kind, or all frames of an image, is looked up once."""

    def __init__(self) -> None:
        self._of_kind: dict[int, dict[str, Any]] = {}

    def of(self, picture: Picture) -> dict[str, Any]:
        """Return what is said of one picture. What is damaged is as good as not said: the others are to be seen."""
        if picture.read is not None:
            key = id(picture.kind)
        elif _FRAMES in picture.dataset:
            return _said(picture, _SAID)  # frame by frame
        else:
            key = id(picture.dataset)
        known = self._of_kind.get(key)
        if known is None:
            return self._of_kind.setdefault(key, _said(picture, _SAID))
        return {**known, **_said(picture, _OWN)}


def _said(picture: Picture, names: Iterable[str]) -> dict[str, Any]:
    said: dict[str, Any] = {}
    for name in names:
        read, otherwise = _SAID[name]
        said[name] = readable(partial(read, *picture), otherwise)
    return said


def _title(dataset: Dataset, number: int) -> str:
    words = [_modality(dataset)]
    if dataset.get("InstanceNumber") is not None:
        words.append(f"instance {dataset.InstanceNumber}")
    if int(dataset.get("NumberOfFrames") or 1) > 1:
        words.append(f"frame {number}")
    return shorten(", ".join(words), LONGEST_TITLE)


def _caption(dataset: Dataset, number: int) -> str:
    """Return where the slice lies and how thick it is, as far as the image says so."""
    place = plane(dataset, number)
    words = []
    if place is not None:
        words.append(f"at {np.dot(normal(place), place.origin):.1f} mm")
    measures = frame_item(dataset, number, "PixelMeasuresSequence", "SliceThickness")
    if place is not None and (thickness := _positive(measures, "SliceThickness")):
        words.append(f"{thickness[0]:g} mm thick")
    return ", ".join(words)


def _modality(dataset: Dataset) -> str:
    return str(dataset.get("Modality") or "image")


def _aspect(dataset: Dataset, number: int) -> float:
    """Return how much taller than wide a pixel is; a ratio that would make the image a line is none."""
    ratio = list(pixel_spacing(dataset, number) or ())
    # PS3.3 section C.7.6.3.1.7: vertical, horizontal
    ratio = ratio or _positive(dataset, "PixelAspectRatio")
    aspect = ratio[0] / ratio[1] if len(ratio) == 2 else 1.0  # noqa: PLR2004 - the two
    return aspect if 1 / _MOST_STRETCHED <= aspect <= _MOST_STRETCHED else 1.0


def _frame_time_ms(dataset: Dataset, number: int) -> float:
    """Return how long a picture stays when they are played: as recommended, otherwise as it was made.

    References
    ----------
    PS3.3 section C.7.6.5, Cine Module.
    """
    for keyword in ("RecommendedDisplayFrameRate", "CineRate"):
        if rate := _positive(dataset, keyword):
            return 1000.0 / rate[0]
    if time := _positive(dataset, "FrameTime"):
        return time[0]
    # Each value is the time since the frame before: a frame stays as long as the next one says. What says
    # nothing (the last frame, a 0) stays as long as the first that does.
    steps = readable_numbers(dataset, "FrameTimeVector")
    return next((step for step in [*steps[number : number + 1], *steps] if step > 0), _DEFAULT_FRAME_TIME_MS)


def _positive(dataset: Dataset, keyword: str) -> list[float]:
    return [number for number in readable_numbers(dataset, keyword) if number > 0]


def _space(dataset: Dataset, _number: int) -> str:
    """Return a word that is the same for images of one frame of reference, and is not its UID.

    References
    ----------
    PS3.3 section C.7.4.1, Frame of Reference Module.
    """
    uid = str(dataset.get("FrameOfReferenceUID") or "")
    return blake2b(uid.encode(), digest_size=8).hexdigest() if uid else ""


def _letters(dataset: Dataset, number: int) -> dict[str, str] | None:
    sides = orientation_labels(dataset, number)
    return None if sides is None else sides._asdict()


def _plane(dataset: Dataset, number: int) -> dict[str, Any] | None:
    place = plane(dataset, number)
    return None if place is None else place._asdict()


# Of a picture alone; the others are the same for all of a kind, and for all frames of an image that says nothing of each.
_OWN = ("title", "caption", "plane", "frame_time_ms")
# What a picture says, how it is read, and what holds if that is damaged.
_SAID: dict[str, tuple[Callable[[Dataset, int], Any], Any]] = {
    "title": (_title, "image"),
    "rows": (lambda dataset, _: int(dataset.Rows), 1),
    "columns": (lambda dataset, _: int(dataset.Columns), 1),
    "is_colour": (lambda dataset, _: not is_grey(dataset), False),
    "unit": (unit_of, ""),
    "spacing": (pixel_spacing, None),
    "spacing_place": (spacing_place, ""),
    "aspect": (_aspect, 1.0),
    "letters": (_letters, None),
    "plane": (_plane, None),
    "space": (_space, ""),
    "meaning": (lambda *picture: window_kind(Picture(*picture)), ""),
    "is_projection": (lambda dataset, _: is_projection(dataset), False),
    "caption": (_caption, ""),
    "frame_time_ms": (_frame_time_ms, _DEFAULT_FRAME_TIME_MS),
    # To the end and back again (PS3.3 section C.7.6.5).
    "is_sweeping": (lambda dataset, _: dataset.get("PreferredPlaybackSequencing") == 1, False),
}
