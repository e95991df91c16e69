"""How one frame becomes grey, written down so that somebody else can do it: a viewer in a browser.

A browser that has the stored values and this recipe needs nobody to move a window. What it draws is what
`render` returns, to the last grey level.
"""

from __future__ import annotations

from typing import Any, NamedTuple

import numpy as np
import numpy.typing as npt
from pydicom.dataset import Dataset

from dicomkit.pixels.frame_attributes import frame_item, numbers_in
from dicomkit.pixels.rendering import grey_levels, is_inverse, modality_of, padding_range

__all__ = ["GreyRecipe", "Window", "grey_recipe", "unit_of"]

_LONGEST_TABLE = 65536


class Window(NamedTuple):
    """A window that the image brings along: its middle, its extent and what it is for."""

    center: float
    width: float
    explanation: str


class GreyRecipe(NamedTuple):
    """What has to be known to turn the stored values of a frame into grey levels.

    ``lowest`` and ``highest`` bound the stored values of the frame; a table has one entry for each value
    from one to the other. ``slope`` and ``intercept`` are None where stored values are shown as they are,
    or where ``modality_table`` says what each one means. ``display_table`` holds the grey levels as long as
    nobody chooses a window; it is None where the first of ``windows`` applies, and where the values are
    fractions or too far apart for a table. ``extent`` is what the bits can hold, in ``unit``.
    """

    lowest: float
    highest: float
    slope: float | None
    intercept: float | None
    modality_table: npt.NDArray[np.float64] | None
    display_table: npt.NDArray[np.uint8] | None
    windows: list[Window]
    is_windowed: bool
    function: str
    inverse: bool
    padding: tuple[int, int] | None
    extent: tuple[float, float]
    unit: str


def grey_recipe(dataset: Dataset, stored: npt.NDArray[Any], frame: int = 1) -> GreyRecipe:
    """Return how one frame of a grey image becomes grey levels.

    Parameters
    ----------
    dataset
        A grey image.
    stored
        The stored values of the frame.
    frame
        The number of the frame; the first is 1.

    Raises
    ------
    ImageError
        If a lookup table or a rescale of the image is damaged, or it brings a center without a width.
    AttributeValueError
        If the window that it brings makes no sense.

    References
    ----------
    PS3.4 section N.2, Pixel Transformation Sequence.
    """
    every = _every_value(stored)
    has_table = bool(dataset.get("ModalityLUTSequence"))
    modality = _modality_item(dataset, frame)
    _, least, most, _ = modality_of(dataset, frame, stored)
    slopes, intercepts = numbers_in(modality, "RescaleSlope"), numbers_in(modality, "RescaleIntercept")
    is_linear = bool(slopes and intercepts) and not has_table and stored.dtype.kind != "f"
    voi = frame_item(dataset, frame, "FrameVOILUTSequence", "WindowCenter")
    is_windowed = bool(numbers_in(voi, "WindowCenter")) and not dataset.get("VOILUTSequence")
    if is_windowed:
        grey_levels(dataset, stored[:1, :1], frame)  # a window that makes no sense is refused here
    meanings = modality_of(dataset, frame, every)[0] if has_table and every is not None else None
    return GreyRecipe(
        lowest=stored.min().item(),
        highest=stored.max().item(),
        slope=slopes[0] if is_linear else None,
        intercept=intercepts[0] if is_linear else None,
        modality_table=None if meanings is None else meanings.astype("<f8"),
        display_table=None if is_windowed or every is None else grey_levels(dataset, every, frame),
        windows=_windows(voi),
        is_windowed=is_windowed,
        function=str(voi.get("VOILUTFunction") or "LINEAR"),
        inverse=is_inverse(dataset),
        padding=padding_range(dataset),
        extent=(float(least), float(most)),
        unit=unit_of(dataset, frame),
    )


def _every_value(stored: npt.NDArray[Any]) -> npt.NDArray[Any] | None:
    """Return all whole numbers from the lowest to the highest value, or None if there are too many."""
    lowest, highest = stored.min().item(), stored.max().item()
    if stored.dtype.kind == "f" or highest - lowest >= _LONGEST_TABLE:
        return None
    return np.arange(lowest, highest + 1, dtype=np.int64).astype(stored.dtype)


def _windows(item: Dataset) -> list[Window]:
    explanations = item.get("WindowCenterWidthExplanation") or []
    names = [explanations] if isinstance(explanations, str) else [str(one) for one in explanations]
    pairs = list(zip(numbers_in(item, "WindowCenter"), numbers_in(item, "WindowWidth"), strict=False))
    names += [""] * (len(pairs) - len(names))
    return [Window(center, width, name) for (center, width), name in zip(pairs, names, strict=False)]


def unit_of(dataset: Dataset, frame: int = 1) -> str:
    """Return the unit of modality values, or "" if none is said; for CT it is HU unless said otherwise.

    References
    ----------
    PS3.3 section C.11.1.1.2, Modality LUT Type and Rescale Type.
    """
    has_table = bool(dataset.get("ModalityLUTSequence"))
    modality = _modality_item(dataset, frame)
    if has_table:
        said = dataset.ModalityLUTSequence[0].get("ModalityLUTType")
    else:
        said = modality.get("RescaleType") or dataset.get("Units")
    if not said and dataset.get("Modality") == "CT" and (has_table or "RescaleSlope" in modality):
        said = "HU"
    return "" if said in {None, "US", "NONE"} else str(said)


def _modality_item(dataset: Dataset, frame: int) -> Dataset:
    return frame_item(dataset, frame, "PixelValueTransformationSequence", "RescaleSlope")
