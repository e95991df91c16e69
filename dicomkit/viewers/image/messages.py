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
from dicomkit.pixels.display_hints import display_hints
from dicomkit.pixels.first_sight import FirstSight, choose_first_sight, remarks_on
from dicomkit.pixels.overlay_planes import read_overlays
from dicomkit.pixels.presets import presets_of
from dicomkit.pixels.recipe import grey_recipe
from dicomkit.pixels.rendering import colour_picture, grey_levels, is_grey
from dicomkit.pixels.value_counts import value_counts
from dicomkit.text import shorten
from dicomkit.viewers.frame.viewer import Answer
from dicomkit.viewers.image.picture_list import DamagedPicture, Picture
from dicomkit.viewers.image.series_description import LONGEST_TITLE

__all__ = ["CHUNK_BYTES", "EncodedPicture", "encode_picture"]

CHUNK_BYTES = 1_500_000  # with the largest tables a message stays below 2 MB
_SCREEN_BITS = 8


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
    values, remarks = decoded_frame(dataset, number)
    stored = _for_a_browser(values)
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
    described["remarks"] = [*remarks, *remarks_on(hints, sight)]
    described["presets"] = [
        (preset.group, shorten(preset.name, LONGEST_TITLE), [preset.center, preset.width])
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
        shorten(sight.name, LONGEST_TITLE),
        "in the file" if sight.is_from_file else "chosen by the kit",
    )
    return {"first_group": origin, "first_name": name}


def _encode_colour(dataset: Dataset, number: int) -> EncodedPicture:
    """Return red, green and blue; after them, for the probe, what is stored where that is something else."""
    values, said = decoded_frame(dataset, number)
    shown = colour_picture(dataset, values).tobytes()
    remarks = {"remarks": list(said)}
    is_palette = colour_space(dataset) == "PALETTE COLOR"
    bits = int(dataset.get("BitsStored") or dataset.BitsAllocated)
    if not is_palette and bits == _SCREEN_BITS:
        return EncodedPicture(shown, {"type": "rgb"} | remarks, [])
    stored = np.ascontiguousarray(_for_a_browser(values))
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
