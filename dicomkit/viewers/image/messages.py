"""What a browser has to know of a picture, and its pixels, as messages.

Messages are shown and forgotten: unlike the state of a widget they are never written into a notebook.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Sequence
from hashlib import blake2b
from typing import Any, NamedTuple

import numpy as np
import numpy.typing as npt
from pydicom.dataset import Dataset

from dicomkit.errors import ImageError
from dicomkit.pixels.colour_space import colour_space
from dicomkit.pixels.decoding import pixel_remarks, stored_values
from dicomkit.pixels.display_hints import display_hints
from dicomkit.pixels.first_sight import FirstSight, choose_first_sight, remarks_on
from dicomkit.pixels.frame_attributes import frame_item, numbers_in
from dicomkit.pixels.modality import unit_of
from dicomkit.pixels.overlay_planes import read_overlays
from dicomkit.pixels.plane import normal, orientation_labels, pixel_spacing, plane, spacing_place
from dicomkit.pixels.presets import presets_of
from dicomkit.pixels.recipe import grey_recipe
from dicomkit.pixels.rendering import colour_picture, grey_levels, is_grey
from dicomkit.pixels.value_counts import value_counts
from dicomkit.text import shorten
from dicomkit.viewers.frame.viewer import Answer
from dicomkit.viewers.image.linking import is_projection, window_kind
from dicomkit.viewers.image.picture_list import DamagedPicture, Picture, Series

__all__ = ["CHUNK_BYTES", "EncodedPicture", "describe_series", "encode_picture"]

CHUNK_BYTES = 1_500_000  # with the largest tables a message stays below 2 MB
_DEFAULT_FRAME_TIME_MS = 100.0
_LONGEST_TITLE = 48
_MOST_STRETCHED = 100
_SCREEN_BITS = 8


def describe_series(series: Sequence[Series], left_out: str) -> dict[str, Any]:
    """Return what there is to see, but for the pixels.

    Parameters
    ----------
    series
        What `pictures_of` found.
    left_out
        What it left out, in words.
    """
    pictures: list[dict[str, Any]] = []
    ranges = []
    for index, one in enumerate(series):
        ranges.append(
            {"name": one.name, "first": len(pictures) + 1, "last": len(pictures) + len(one.pictures)}
        )
        pictures += [{"series": index, **_picture(picture)} for picture in one.pictures]
    return {"series": ranges, "pictures": pictures, "left_out": left_out}


class EncodedPicture(NamedTuple):
    """One picture on its way to a browser.

    Grey ``pixels`` travel as they are stored: what they mean stands in the ``recipe`` and its ``tables``.
    Colour travels as red, green and blue, followed by what is stored if that is something else. Overlays come
    last, one bit a pixel.
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
    if isinstance(picture, DamagedPicture):
        raise picture.problem
    encoded = (_encode_grey if is_grey(picture.dataset) else _encode_colour)(*picture)
    return _with_overlays(encoded, *picture)


def _with_overlays(encoded: EncodedPicture, dataset: Dataset, number: int) -> EncodedPicture:
    """Append the overlays, one bit a pixel: they are drawn over the picture, and written into nothing."""
    found, remarks = read_overlays(dataset, number)
    planes = b"".join(np.packbits(one.bits.ravel(), bitorder="little").tobytes() for one in found)
    described = [
        {
            "group": f"{one.group:04X}",
            "type": one.type,
            "rows": one.bits.shape[0],
            "columns": one.bits.shape[1],
            "origin": one.origin,
        }
        for one in found
    ]
    recipe = encoded.recipe | {"remarks": [*encoded.recipe["remarks"], *remarks]}
    return EncodedPicture(
        encoded.pixels + planes,
        recipe | {"overlays": described, "overlay_bytes": len(planes)},
        encoded.tables,
    )


def _encode_grey(dataset: Dataset, number: int) -> EncodedPicture:
    """Return stored values, and how they become grey levels."""
    stored = _for_a_browser(stored_values(dataset, number))
    hints = display_hints(dataset, stored, number)
    counts = value_counts(stored, hints.padding)
    sight = choose_first_sight(dataset, hints, counts)
    recipe = grey_recipe(hints, stored, sight)
    pixels = np.ascontiguousarray(stored).tobytes()
    if recipe.display_table is None and recipe.window is None:
        pixels += grey_levels(hints, stored).tobytes()  # no table would hold them
    names = ("modality_table", "display_table")
    tables = [table.tobytes() for name in names if (table := getattr(recipe, name)) is not None]
    described = recipe._asdict() | {name: getattr(recipe, name) is not None for name in names}
    described |= _first_sight(sight)
    described["remarks"] = [*pixel_remarks(dataset), *remarks_on(hints, sight)]
    described["presets"] = [
        (preset.group, shorten(preset.name, _LONGEST_TITLE), [preset.center, preset.width])
        for preset in presets_of(dataset, hints, counts)
        if preset != ("in the file", sight.name, *(sight.window or ()))  # it is the first already
    ]
    for name in ("lowest", "highest"):  # JSON has neither infinity nor "not a number"
        described[name] = described[name] if math.isfinite(described[name]) else 0
    described["extent"] = [end if math.isfinite(end) else 0 for end in recipe.extent]
    return EncodedPicture(pixels, described | {"type": stored.dtype.str[1:]}, tables)


def _first_sight(sight: FirstSight) -> dict[str, Any]:
    """Return how the picture is shown as long as nobody chooses a window, in words."""
    name, origin = (
        shorten(sight.name, _LONGEST_TITLE),
        "in the file" if sight.is_from_file else "chosen by the kit",
    )
    return {"first_group": origin, "first_name": name}


def _encode_colour(dataset: Dataset, number: int) -> EncodedPicture:
    """Return red, green and blue; after them, for the probe, what is stored where that is something else."""
    shown = colour_picture(dataset, stored_values(dataset, number)).tobytes()
    remarks = {"remarks": list(pixel_remarks(dataset))}
    is_palette = colour_space(dataset) == "PALETTE COLOR"
    bits = int(dataset.get("BitsStored") or dataset.BitsAllocated)
    if not is_palette and bits == _SCREEN_BITS:
        return EncodedPicture(shown, {"type": "rgb"} | remarks, [])
    stored = np.ascontiguousarray(_for_a_browser(stored_values(dataset, number)))
    recipe: dict[str, Any] = {
        "type": "rgb",
        "stored_type": stored.dtype.str[1:],
        "stored_samples": 1 if is_palette else 3,
    }
    return EncodedPicture(shown + stored.tobytes(), recipe | remarks, [])


def _for_a_browser(stored: npt.NDArray[Any]) -> npt.NDArray[Any]:
    """Return numbers of a type that JavaScript has, little endian: it has no whole numbers of 64 bits."""
    kind, size = stored.dtype.kind, stored.dtype.itemsize
    return stored.astype("<f8" if kind in "iu" and size == 8 else f"<{kind}{size}")  # noqa: PLR2004 - 64 bits


def _picture(picture: Picture) -> dict[str, Any]:
    """Return what is said of one picture. What is damaged is as good as not said: the others are to be seen."""
    said: dict[str, Any] = {}
    for name, (read, otherwise) in _SAID.items():
        try:
            said[name] = read(*picture)
        except Exception:  # noqa: BLE001 - a damaged element makes pydicom raise nearly anything
            said[name] = otherwise
    return said


def _title(dataset: Dataset, number: int) -> str:
    words = [_modality(dataset)]
    if dataset.get("InstanceNumber") is not None:
        words.append(f"instance {dataset.InstanceNumber}")
    if int(dataset.get("NumberOfFrames") or 1) > 1:
        words.append(f"frame {number}")
    return shorten(", ".join(words), _LONGEST_TITLE)


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
    steps = _numbers(dataset, "FrameTimeVector")
    return next((step for step in [*steps[number : number + 1], *steps] if step > 0), _DEFAULT_FRAME_TIME_MS)


def _positive(dataset: Dataset, keyword: str) -> list[float]:
    return [number for number in _numbers(dataset, keyword) if number > 0]


def _numbers(dataset: Dataset, keyword: str) -> list[float]:
    """Return the values of an attribute; what is damaged is as good as not said."""
    try:
        return numbers_in(dataset, keyword)
    except ImageError:
        return []


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
