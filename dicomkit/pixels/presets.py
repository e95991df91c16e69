"""Windows to choose from: those of the file, conventional ones, and windows computed from the image.

Only Hounsfield units mean the same on every scanner, so only CT has windows by convention. Other images (MR,
ultrasound, radiographs) get windows that are computed from their own values.
"""

from __future__ import annotations

import math
from typing import Any, NamedTuple

import numpy as np
import numpy.typing as npt
from pydicom.dataset import Dataset

from dicomkit.pixels.display_hints import DisplayHints

__all__ = [
    "ALL_VALUES",
    "COMPUTED",
    "CT_WINDOWS",
    "EVERY_VALUE",
    "Preset",
    "ValueCounts",
    "fitting_windows",
    "presets_of",
    "value_counts",
    "window_between",
]

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
ALL_VALUES = "all values"
EVERY_VALUE = "all values the bits can hold"
_MIDDLES = (98, 90)  # per cent of the pixels
COMPUTED = "computed from this image"
_LONGEST_TABLE = 1 << 16


class ValueCounts(NamedTuple):
    """The values of a frame without padding: ``values`` in ascending order, and the count of each."""

    values: npt.NDArray[Any]
    counts: npt.NDArray[np.intp]

    def percentiles(self, per_cent: list[float]) -> npt.NDArray[Any] | None:
        """Return percentiles of the stored values; None if there are no values."""
        if self.values.size == 0:
            return None
        total = np.cumsum(self.counts)
        # The first value that at least that share of pixels do not exceed; 0 per cent is the lowest value.
        ranks = np.maximum(1, np.ceil(np.array(per_cent) / 100 * total[-1]))
        return np.asarray(self.values[np.searchsorted(total, ranks)])


def value_counts(stored: npt.NDArray[Any], padding: tuple[int, int] | None = None) -> ValueCounts:
    """Count the values of a frame, of any shape, without values that are not finite.

    `padding` is the lowest and the highest padding value; what lies between is not counted either.
    """
    if stored.dtype.kind == "f":
        values, counts = np.unique(stored[np.isfinite(stored)], return_counts=True)
    elif int(stored.max()) - (lowest := int(stored.min())) >= _LONGEST_TABLE:
        values, counts = np.unique(stored, return_counts=True)
    else:
        every = np.bincount(stored.ravel().astype(np.intp) - lowest)
        index = np.flatnonzero(every)
        values, counts = (index + lowest).astype(stored.dtype), every[index]
    if padding is not None:
        is_used = (values < padding[0]) | (values > padding[1])
        values, counts = values[is_used], counts[is_used]
    return ValueCounts(values, counts)


class Preset(NamedTuple):
    """A window to choose; ``group`` says where it comes from."""

    group: str
    name: str
    center: float
    width: float


def presets_of(dataset: Dataset, hints: DisplayHints, counts: ValueCounts) -> list[Preset]:
    """Return the windows to choose from for one frame of a grey image.

    Parameters
    ----------
    dataset
        A grey image.
    hints
        The result of `display_hints` for the frame.
    counts
        The stored values that occur in it, with their counts.

    References
    ----------
    PS3.3 section C.11.2.1.2, Window Center and Window Width.
    """
    presets = [
        Preset("in the file", window.explanation or f"window {window.number}", window.center, window.width)
        for window in hints.windows
    ]
    if hints.modality.unit == "HU" and dataset.get("Modality") == "CT":
        presets += [Preset("CT, by convention", *window) for window in CT_WINDOWS]
    if not hints.windows and hints.voi_table is None and counts.values.dtype.kind != "f":
        low, high, _ = hints.modality.extent(counts.values)  # what `render` shows without a window
        presets.append(Preset("by the Standard", EVERY_VALUE, *window_between(low, high, hints.function)))
    return presets + fitting_windows(hints, counts)


def fitting_windows(hints: DisplayHints, counts: ValueCounts) -> list[Preset]:
    """Return windows computed from the values of an image, as for `presets_of`; none if it has no values."""
    ends = {ALL_VALUES: (0.0, 100.0)}
    ends |= {f"middle {part} % of the pixels": (50 - part / 2, 50 + part / 2) for part in _MIDDLES}
    at = counts.percentiles([end for pair in ends.values() for end in pair])
    if at is None:
        return []
    presets = []
    values = hints.modality.quantities(at).astype(np.float64)
    for name, pair in zip(ends, values.reshape(-1, 2).tolist(), strict=True):
        center, width = window_between(min(pair), max(pair), hints.function)
        if math.isfinite(center) and math.isfinite(width):
            presets.append(Preset(COMPUTED, name, center, width))
    return presets


def window_between(low: float, high: float, function: str) -> tuple[float, float]:
    """Return the window that makes `low` the last black and `high` the first white value.

    LINEAR reaches from center - 0.5 - (width - 1) / 2 to center - 0.5 + (width - 1) / 2, also between fractions.
    """
    if function == "LINEAR":
        return (low + high + 1) / 2, high - low + 1
    return (low + high) / 2, (high - low) or 1.0
