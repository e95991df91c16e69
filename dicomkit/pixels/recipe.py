"""The recipe by which a viewer in a browser turns the stored values of a frame into grey levels.

With the stored values and this recipe a browser can change the window without Python. Its grey levels are exactly those
of `render`.
"""

from __future__ import annotations

from typing import Any, NamedTuple

import numpy as np
import numpy.typing as npt

from dicomkit.pixels.display_hints import DisplayHints
from dicomkit.pixels.first_sight import FirstSight
from dicomkit.pixels.rendering import grey_levels

__all__ = ["GreyRecipe", "grey_recipe"]

_LONGEST_TABLE = 65536


class GreyRecipe(NamedTuple):
    """All that is needed to turn the stored values of a frame into grey levels.

    ``lowest`` and ``highest`` bound the stored values of the frame; a table has one entry for each value
    from one to the other. ``slope`` and ``intercept`` are None where stored values are shown as they are,
    or where ``modality_table`` maps them. ``window`` is (center, width) at first; if it is None, ``display_table``
    holds the grey levels instead, or is None too if the values are fractions or too far apart for a table.
    ``extent`` is the range of the bits, in ``unit``.
    """

    lowest: float
    highest: float
    slope: float | None
    intercept: float | None
    modality_table: npt.NDArray[np.float64] | None
    display_table: npt.NDArray[np.uint8] | None
    window: tuple[float, float] | None
    function: str
    inverse: bool
    padding: tuple[int, int] | None
    extent: tuple[float, float]
    unit: str


def grey_recipe(hints: DisplayHints, stored: npt.NDArray[Any], sight: FirstSight) -> GreyRecipe:
    """Return the recipe that turns one frame of a grey image into grey levels.

    Parameters
    ----------
    hints
        The result of `display_hints` for the frame.
    stored
        The stored values of the frame.
    sight
        How the frame is shown before a window is chosen.

    References
    ----------
    PS3.4 section N.2, Pixel Transformation Sequence.
    """
    every = _every_value(stored)
    modality = hints.modality
    meanings = modality.quantities(every) if modality.table is not None and every is not None else None
    is_linear = modality.table is None and stored.dtype.kind != "f"
    least, most, _ = modality.extent(stored)
    has_window = sight.window is not None
    return GreyRecipe(
        lowest=stored.min().item(),
        highest=stored.max().item(),
        slope=modality.slope if is_linear else None,
        intercept=modality.intercept if is_linear else None,
        modality_table=None if meanings is None else meanings.astype("<f8"),
        display_table=None if has_window or every is None else grey_levels(hints, every),
        window=sight.window,
        function=hints.function,
        inverse=hints.inverse,
        padding=hints.padding,
        extent=(float(least), float(most)),
        unit=modality.unit,
    )


def _every_value(stored: npt.NDArray[Any]) -> npt.NDArray[Any] | None:
    """Return all whole numbers from the lowest to the highest value, or None if there are too many."""
    lowest, highest = stored.min().item(), stored.max().item()
    if stored.dtype.kind == "f" or highest - lowest >= _LONGEST_TABLE:
        return None
    return np.arange(lowest, highest + 1, dtype=np.int64).astype(stored.dtype)
