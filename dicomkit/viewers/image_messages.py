"""What a browser has to know of a picture, and its pixels, as messages.

Messages are shown and forgotten: unlike the state of a widget they are never written into a notebook.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from typing import Any, NamedTuple

import numpy as np
import numpy.typing as npt
from pydicom.datadict import dictionary_description
from pydicom.dataset import Dataset

from dicomkit.pixels.decoding import stored_values
from dicomkit.pixels.plane import letters, pixel_spacing, plane
from dicomkit.pixels.recipe import grey_recipe
from dicomkit.pixels.rendering import grey_levels, is_grey, render
from dicomkit.text import shorten
from dicomkit.viewers.frame import Answer
from dicomkit.viewers.picture_list import Picture, Series

__all__ = ["CHUNK_BYTES", "EncodedPicture", "describe_series", "encode_picture"]

CHUNK_BYTES = 1_500_000  # with the largest tables a message stays below 2 MB
_DEFAULT_FRAME_TIME_MS = 100.0

# Windows for CT in Hounsfield units, as radiology textbooks give them.
_PRESETS = {
    "CT": (
        ("brain", 40, 80),
        ("subdural", 75, 215),
        ("soft tissue", 50, 400),
        ("liver", 60, 160),
        ("lung", -600, 1500),
        ("bone", 400, 1800),
    )
}
# What may stand beside an image: how it was made. Nothing that says whose it is.
_TAGS = (
    "InstanceNumber", "ImageType", "SliceLocation", "SliceThickness", "ImagePositionPatient",
    "ImageOrientationPatient", "PixelSpacing", "Rows", "Columns", "NumberOfFrames", "BitsStored",
    "PixelRepresentation", "PhotometricInterpretation", "RescaleSlope", "RescaleIntercept", "WindowCenter",
    "WindowWidth", "VOILUTFunction", "KVP", "EchoTime", "RepetitionTime",
)  # fmt: skip
_LONGEST_TAG = 48


def describe_series(series: Sequence[Series]) -> dict[str, Any]:
    """Return what there is to see, but for the pixels.

    Parameters
    ----------
    series
        What `pictures_of` found.
    """
    pictures: list[dict[str, Any]] = []
    ranges = []
    for index, one in enumerate(series):
        ranges.append(
            {"name": one.name, "first": len(pictures) + 1, "last": len(pictures) + len(one.pictures)}
        )
        pictures += [{"series": index, **_picture(picture)} for picture in one.pictures]
    return {"series": ranges, "pictures": pictures}


class EncodedPicture(NamedTuple):
    """One picture on its way to a browser.

    Grey ``pixels`` travel as they are stored: what they mean stands in the ``recipe`` and its ``tables``.
    Colour travels as red, green and blue.
    """

    pixels: bytes
    recipe: dict[str, Any]
    tables: list[bytes]

    @property
    def parts(self) -> int:
        """How many answers of at most `CHUNK_BYTES` the pixels need."""
        return max(1, -(-len(self.pixels) // CHUNK_BYTES))

    def part(self, index: int) -> Answer:
        """Return one piece of the pixels; the first, with index 0, brings the recipe along."""
        piece = self.pixels[index * CHUNK_BYTES : (index + 1) * CHUNK_BYTES]
        if index:
            return Answer({}, [piece])
        return Answer({"parts": self.parts, "recipe": self.recipe}, [piece, *self.tables])


def encode_picture(picture: Picture) -> EncodedPicture:
    """Return the pixels of a picture and how to show them.

    Raises
    ------
    ImageError
        If it cannot be decoded or shown.
    """
    dataset, number = picture
    if not is_grey(dataset):
        return EncodedPicture(render(dataset, number).tobytes(), {"type": "rgb"}, [])
    stored = _for_a_browser(stored_values(dataset, number))
    recipe = grey_recipe(dataset, stored, number)
    pixels = np.ascontiguousarray(stored).tobytes()
    if recipe.display_table is None and not recipe.is_windowed:
        pixels += grey_levels(dataset, stored, number).tobytes()  # no table would hold them
    names = ("modality_table", "display_table")
    tables = [table.tobytes() for name in names if (table := getattr(recipe, name)) is not None]
    described = recipe._asdict() | {name: getattr(recipe, name) is not None for name in names}
    presets = _PRESETS.get(_modality(dataset), ()) if recipe.unit == "HU" else ()
    described["presets"] = [[name, [center, width]] for name, center, width in presets]
    described["windows"] = [
        (window.center, window.width, shorten(window.explanation, _LONGEST_TAG)) for window in recipe.windows
    ]
    for name in ("lowest", "highest"):  # JSON has neither infinity nor "not a number"
        described[name] = described[name] if math.isfinite(described[name]) else 0
    described["extent"] = [end if math.isfinite(end) else 0 for end in recipe.extent]
    return EncodedPicture(pixels, described | {"type": stored.dtype.str[1:]}, tables)


def _for_a_browser(stored: npt.NDArray[Any]) -> npt.NDArray[Any]:
    """Return numbers of a type that JavaScript has, little endian: it has no whole numbers of 64 bits."""
    kind, size = stored.dtype.kind, stored.dtype.itemsize
    return stored.astype("<f8" if kind in "iu" and size == 8 else f"<{kind}{size}")  # noqa: PLR2004 - 64 bits


def _picture(picture: Picture) -> dict[str, Any]:
    dataset, number = picture
    spacing = pixel_spacing(dataset, number)
    sides, place = letters(dataset, number), plane(dataset, number)
    return {
        "title": _title(picture),
        "rows": int(dataset.Rows),
        "columns": int(dataset.Columns),
        "is_colour": not is_grey(dataset),
        "spacing": spacing,
        "aspect": _aspect(dataset, spacing),
        "letters": None if sides is None else sides._asdict(),
        "plane": None if place is None else place._asdict(),
        "has_voi_table": bool(dataset.get("VOILUTSequence")),
        "frame_time_ms": _frame_time_ms(dataset),
        "tags": _tags(dataset),
    }


def _title(picture: Picture) -> str:
    dataset, number = picture
    words = [_modality(dataset)]
    if dataset.get("InstanceNumber") is not None:
        words.append(f"instance {dataset.InstanceNumber}")
    if int(dataset.get("NumberOfFrames") or 1) > 1:
        words.append(f"frame {number}")
    return shorten(", ".join(words), _LONGEST_TAG)


def _modality(dataset: Dataset) -> str:
    return str(dataset.get("Modality") or "image")


def _aspect(dataset: Dataset, spacing: tuple[float, float] | None) -> float:
    """Return how much taller than wide a pixel is."""
    if spacing is not None:
        return spacing[0] / spacing[1]
    ratio = dataset.get("PixelAspectRatio") or [1, 1]  # PS3.3 section C.7.6.3.1.7: vertical, horizontal
    try:
        vertical, horizontal = (float(one) for one in ratio)
    except (TypeError, ValueError):
        return 1.0
    return vertical / horizontal if vertical > 0 and horizontal > 0 else 1.0


def _frame_time_ms(dataset: Dataset) -> float:
    """Return how long a picture stays when they are played (PS3.3 section C.7.6.5, Cine Module)."""
    for keyword, as_time in (("FrameTime", 1.0), ("RecommendedDisplayFrameRate", None), ("CineRate", None)):
        try:
            number = float(dataset.get(keyword) or 0)
        except (TypeError, ValueError):
            continue
        if number > 0:
            return number if as_time else 1000.0 / number
    return _DEFAULT_FRAME_TIME_MS


def _tags(dataset: Dataset) -> list[tuple[str, str]]:
    rows = []
    for keyword in _TAGS:
        if keyword in dataset and not dataset[keyword].is_empty:
            value = dataset[keyword].value
            text = "\\".join(str(one) for one in value) if dataset[keyword].VM > 1 else str(value)
            rows.append((dictionary_description(keyword), shorten(text, _LONGEST_TAG)))
    return rows
