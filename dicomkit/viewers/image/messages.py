"""The pixels of a picture, and how to show them, as messages.

Messages are shown and forgotten: unlike the state of a widget they are never written into a notebook.
"""

from __future__ import annotations

import math
from typing import Any, NamedTuple

import numpy as np
import numpy.typing as npt
from pydicom.dataset import Dataset

from dicomkit.pixels.colour_space import colour_space
from dicomkit.pixels.decoding import decoded_frame
from dicomkit.pixels.display_hints import DisplayHints, display_hints
from dicomkit.pixels.first_sight import FirstSight, choose_first_sight, remarks_on
from dicomkit.pixels.overlay_planes import read_overlays
from dicomkit.pixels.presets import presets_of, value_counts
from dicomkit.pixels.rendering import colour_picture, grey_levels, is_grey
from dicomkit.text import shorten
from dicomkit.viewers.frame.viewer import Answer
from dicomkit.viewers.image.picture_list import Picture
from dicomkit.viewers.image.series_description import LONGEST_TITLE

__all__ = ["CHUNK_BYTES", "EncodedPicture", "encode_picture", "is_shown_as_stored"]

CHUNK_BYTES = 1_500_000  # with the largest tables a message stays below 2 MB
_SCREEN_BITS = 8
_LONGEST_TABLE = 65536


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
    if picture.problem is not None:
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
    values, remarks = decoded_frame(dataset, number)
    stored = _for_a_browser(values)
    hints = display_hints(dataset, stored, number)
    counts = value_counts(stored, hints.padding)
    sight = choose_first_sight(dataset, hints, counts)
    recipe, tables = _grey_recipe(hints, stored, sight)
    pixels = np.ascontiguousarray(stored).tobytes()
    if not recipe["display_table"] and sight.window is None:
        pixels += grey_levels(hints, stored).tobytes()  # no table would hold them
    recipe |= {
        "first_group": "in the file" if sight.is_from_file else "chosen by the kit",
        "first_name": shorten(sight.name, LONGEST_TITLE),
        "remarks": [*remarks, *remarks_on(hints, sight)],
        "presets": [
            (preset.group, shorten(preset.name, LONGEST_TITLE), [preset.center, preset.width])
            for preset in presets_of(dataset, hints, counts)
            if preset != ("in the file", sight.name, *(sight.window or ()))  # it is the first already
        ],
    }
    return EncodedPicture(pixels, recipe, tables)


def _grey_recipe(
    hints: DisplayHints, stored: npt.NDArray[Any], sight: FirstSight
) -> tuple[dict[str, Any], list[bytes]]:
    """Return the recipe by which a browser turns stored values into exactly the grey levels of `render`, and its tables.

    ``lowest`` and ``highest`` bound the stored values of the frame. A table has one entry for each value from one to the
    other: ``modality_table`` holds quantities (``float64``) in place of ``slope`` and ``intercept``, ``display_table``
    grey levels in place of ``window``, which is (center, width) at first. Fractions, and values that are too far apart,
    have no table. ``extent`` is the range of the bits, in ``unit``.
    """
    lowest, highest = stored.min().item(), stored.max().item()
    modality, is_fraction = hints.modality, stored.dtype.kind == "f"
    tables: dict[str, bytes] = {}
    if not is_fraction and highest - lowest < _LONGEST_TABLE:
        every = np.arange(lowest, highest + 1, dtype=np.int64).astype(stored.dtype)
        if modality.table is not None:
            tables["modality_table"] = modality.quantities(every).astype("<f8").tobytes()
        if sight.window is None:
            tables["display_table"] = grey_levels(hints, every).tobytes()
    is_linear = modality.table is None and not is_fraction
    recipe = {
        "type": stored.dtype.str[1:],
        "lowest": _for_json(lowest),
        "highest": _for_json(highest),
        "slope": modality.slope if is_linear else None,
        "intercept": modality.intercept if is_linear else None,
        "modality_table": "modality_table" in tables,
        "display_table": "display_table" in tables,
        "window": sight.window,
        "function": hints.function,
        "inverse": hints.inverse,
        "padding": hints.padding,
        "extent": [_for_json(end) for end in modality.extent(stored)[:2]],
        "unit": modality.unit,
    }
    return recipe, list(tables.values())


def _for_json(number: float) -> float:
    """Return 0 for what JSON cannot hold: infinity and "not a number"."""
    return number if math.isfinite(number) else 0


def _encode_colour(dataset: Dataset, number: int) -> EncodedPicture:
    """Return red, green and blue; after them, for the probe, what is stored where that is something else."""
    values, said = decoded_frame(dataset, number)
    shown = colour_picture(dataset, values).tobytes()
    remarks = {"remarks": list(said)}
    if is_shown_as_stored(dataset):
        return EncodedPicture(shown, {"type": "rgb"} | remarks, [])
    stored = np.ascontiguousarray(_for_a_browser(values))
    recipe: dict[str, Any] = {
        "type": "rgb",
        "stored_type": stored.dtype.str[1:],
        "stored_samples": 1 if values.ndim == 2 else 3,  # noqa: PLR2004 - a palette has no axis of samples
    }
    return EncodedPicture(shown + stored.tobytes(), recipe | remarks, [])


def is_shown_as_stored(dataset: Dataset) -> bool:
    """Return whether the samples of a colour image are what a screen shows, so that they travel only once."""
    bits = int(dataset.get("BitsStored") or dataset.BitsAllocated)
    return colour_space(dataset) != "PALETTE COLOR" and bits == _SCREEN_BITS


def _for_a_browser(stored: npt.NDArray[Any]) -> npt.NDArray[Any]:
    """Return numbers of a type that JavaScript has, little endian: it has no whole numbers of 64 bits."""
    kind, size = stored.dtype.kind, stored.dtype.itemsize
    return stored.astype("<f8" if kind in "iu" and size == 8 else f"<{kind}{size}")  # noqa: PLR2004 - 64 bits
