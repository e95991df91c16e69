"""Windows to choose from: what the file brings, what radiologists agreed on, what an image itself suggests.

Only Hounsfield units mean the same on every scanner, so only CT has windows by convention. Whatever else
is looked at (MR, ultrasound, a radiograph) gets windows that are computed from its own values.
"""

from __future__ import annotations

import math
from typing import Any, NamedTuple

import numpy as np
import numpy.typing as npt
from pydicom.dataset import Dataset

from dicomkit.pixels.recipe import GreyRecipe
from dicomkit.pixels.rendering import modality_of

__all__ = ["CT_WINDOWS", "Preset", "presets_of"]

# (name, center, width) in Hounsfield units. Conventions of radiology, not of the Standard: departments differ.
CT_WINDOWS = (
    ("brain", 40, 80),
    ("stroke", 40, 40),
    ("subdural", 75, 215),
    ("soft tissue of the neck", 40, 375),
    ("mediastinum", 50, 350),
    ("abdomen", 50, 400),
    ("liver", 60, 160),
    ("lung", -600, 1500),
    ("bone", 400, 1800),
    ("temporal bone", 600, 2800),
)
_MIDDLES = (98, 90)  # per cent of the pixels
_LONGEST_TABLE = 1 << 16


class Preset(NamedTuple):
    """A window to choose; ``group`` says where it comes from."""

    group: str
    name: str
    center: float
    width: float


def presets_of(
    dataset: Dataset, stored: npt.NDArray[Any], recipe: GreyRecipe, frame: int = 1
) -> list[Preset]:
    """Return the windows to choose from for one frame of a grey image.

    Parameters
    ----------
    dataset
        A grey image.
    stored
        The stored values of the frame.
    recipe
        What `grey_recipe` returned for them.
    frame
        The number of the frame; the first is 1.

    References
    ----------
    PS3.3 section C.11.2.1.2, Window Center and Window Width.
    """
    presets = [
        Preset("in the file", window.explanation or f"window {number}", window.center, window.width)
        for number, window in enumerate(recipe.windows, start=1)
    ]
    if recipe.unit == "HU" and dataset.get("Modality") == "CT":
        presets += [Preset("CT, by convention", *window) for window in CT_WINDOWS]
    ends = {"all values": (0.0, 100.0)}
    ends |= {f"middle {part} % of the pixels": (50 - part / 2, 50 + part / 2) for part in _MIDDLES}
    at = _percentiles(stored, recipe.padding, [end for pair in ends.values() for end in pair])
    if at is not None:
        values = modality_of(dataset, frame, at)[0].astype(np.float64)
        for name, pair in zip(ends, values.reshape(-1, 2).tolist(), strict=True):
            center, width = _window_between(min(pair), max(pair), recipe.function)
            if math.isfinite(center) and math.isfinite(width):
                presets.append(Preset("computed from this image", name, center, width))
    return presets


def _percentiles(
    stored: npt.NDArray[Any], padding: tuple[int, int] | None, per_cent: list[float]
) -> npt.NDArray[Any] | None:
    """Return the stored values below which so many per cent of the pixels lie; None if there are none."""
    lowest, highest = stored.min(), stored.max()
    if stored.dtype.kind == "f" or int(highest) - int(lowest) >= _LONGEST_TABLE:
        used = stored[np.isfinite(stored)] if stored.dtype.kind == "f" else stored.ravel()
        if padding is not None:
            used = used[(used < padding[0]) | (used > padding[1])]
        return np.asarray(np.percentile(used, per_cent, method="nearest")) if used.size else None
    counts = np.bincount(stored.ravel().astype(np.int64) - int(lowest))
    if padding is not None:
        first, last = (max(0, end - int(lowest)) for end in padding)
        counts[first : last + 1 if padding[1] >= lowest else first] = 0
    total = np.cumsum(counts)
    if total[-1] == 0:
        return None
    # The first value that at least so many pixels do not exceed; 0 per cent is the lowest that occurs.
    ranks = np.maximum(1, np.ceil(np.array(per_cent) / 100 * total[-1]))
    return np.asarray(np.searchsorted(total, ranks) + int(lowest)).astype(stored.dtype)


def _window_between(low: float, high: float, function: str) -> tuple[float, float]:
    """Return the window that makes `low` the last black and `high` the first white value."""
    if function == "LINEAR":  # from center - 0.5 - (width - 1) / 2 to center - 0.5 + (width - 1) / 2
        return (low + high + 1) / 2, high - low + 1
    return (low + high) / 2, (high - low) or 1.0
