"""From stored values to what a screen shows, in three steps.

=========  ==========================================================  =============================
step       what it does                                                attributes
=========  ==========================================================  =============================
modality   stored value → a quantity, for example Hounsfield units     Rescale Slope, Modality LUT
VOI        quantity → brightness: the *values of interest*             Window Center, Width, VOI LUT
display    brightness → grey level; MONOCHROME1 is turned over         Photometric Interpretation
=========  ==========================================================  =============================

Colour images skip the first two. The grey levels agree with those of DCMTK's ``dcm2pnm``: a level is cut
off, not rounded.

References
----------
PS3.4 section N.2, Pixel Transformation Sequence.
"""

from __future__ import annotations

from typing import Any

import numpy as np
import numpy.typing as npt
from pydicom.dataset import Dataset
from pydicom.pixels.processing import apply_rescale

from dicomkit.errors import ImageError
from dicomkit.pixels.colour import colour_levels
from dicomkit.pixels.decoding import check_image, stored_values
from dicomkit.pixels.frame_attributes import frame_item, numbers_in
from dicomkit.pixels.lookup import apply_lookup_table
from dicomkit.pixels.transfer_syntax import transfer_syntax_of
from dicomkit.pixels.window import Grey, chosen_window, display_values, grey_of

__all__ = [
    "grey_levels",
    "is_grey",
    "is_inverse",
    "modality_of",
    "modality_values",
    "padding_range",
    "render",
]

Values = npt.NDArray[Any]

_WHITE = 255.0


def modality_values(dataset: Dataset, frame: int = 1) -> Values:
    """Return the values that one frame was measured in, for example Hounsfield units.

    Parameters
    ----------
    dataset
        A grey image.
    frame
        The number of the frame; the first is 1.

    Returns
    -------
    array
        Shape (rows, columns). ``float64`` where a rescale applies, otherwise as stored.

    Raises
    ------
    ImageError
        If the image is in colour or cannot be decoded.

    References
    ----------
    PS3.3 section C.11.1, Modality LUT Module.
    """
    check_image(dataset)
    if not is_grey(dataset):
        raise ImageError("data set", "a colour image has no modality values", "use render()")
    return modality_of(dataset, frame, stored_values(dataset, frame))[0]


def render(
    dataset: Dataset,
    frame: int = 1,
    *,
    window: int | tuple[float, float] | None = None,
    function: str | None = None,
) -> Grey:
    """Render one frame as a screen shows it.

    Parameters
    ----------
    dataset
        An image, grey or colour.
    frame
        The number of the frame; the first is 1.
    window
        The number of one of the image's windows, or (center, width). By default the image's VOI LUT,
        otherwise its first window, otherwise all values that its bits can hold.
    function
        The VOI LUT Function; by default the image's own.

    Returns
    -------
    array of uint8
        Shape (rows, columns) for grey, (rows, columns, 3) for colour. Padding is black.

    Raises
    ------
    ImageError
        If the image cannot be decoded or shown, or has no such window.

    References
    ----------
    PS3.4 section N.2, Pixel Transformation Sequence.
    """
    stored = stored_values(dataset, frame)
    if not is_grey(dataset):
        return colour_levels(dataset, stored, is_little_endian=_is_little_endian(dataset))
    return grey_levels(dataset, stored, frame, window=window, function=function)


def grey_levels(
    dataset: Dataset,
    stored: Values,
    frame: int = 1,
    *,
    window: int | tuple[float, float] | None = None,
    function: str | None = None,
) -> Grey:
    """Turn stored values into grey levels as `render` does for the pixels of one frame.

    A viewer asks it once for all values that the bits can hold, and looks each pixel up.

    Parameters
    ----------
    dataset
        A grey image.
    stored
        Any shape.
    frame, window, function
        As in `render`.

    Returns
    -------
    array of uint8
        The same shape.
    """
    inverse = is_inverse(dataset)
    values, lowest, highest, step = modality_of(dataset, frame, stored)
    voi_item = frame_item(dataset, frame, "FrameVOILUTSequence", "WindowCenter")
    has_window = bool(numbers_in(voi_item, "WindowCenter"))
    if window is None and dataset.get("VOILUTSequence"):
        entries, bits = apply_lookup_table(
            values,
            dataset.VOILUTSequence[0],
            is_signed=lowest < 0,
            is_little_endian=_is_little_endian(dataset),
        )
        levels = _full_range(entries, 0, 2**bits - 1, 1, inverse=inverse)
    elif window is None and not has_window:
        levels = _full_range(values, lowest, highest, step, inverse=inverse)
    else:
        center, width = chosen_window(dataset, frame, 1 if window is None else window)
        function = function or str(voi_item.get("VOILUTFunction") or "LINEAR")
        levels = display_values(values, center, width, function, inverse=inverse)
    return _without_padding(dataset, stored, levels)


def modality_of(dataset: Dataset, frame: int, stored: Values) -> tuple[Values, float, float, float]:
    """Return modality values, with the lowest, the highest and the step that the stored bits allow."""
    if dataset.get("ModalityLUTSequence"):
        entries, bits = apply_lookup_table(
            stored,
            dataset.ModalityLUTSequence[0],
            is_signed=bool(dataset.get("PixelRepresentation")),
            is_little_endian=_is_little_endian(dataset),
        )
        return entries, 0, 2**bits - 1, 1
    if stored.dtype.kind == "f":
        finite = stored[np.isfinite(stored)]
        low, high = (float(finite.min()), float(finite.max())) if finite.size else (0.0, 0.0)
        return stored, low, high, 0
    bits = int(dataset.get("BitsStored") or dataset.BitsAllocated)
    lowest = -(2 ** (bits - 1)) if dataset.get("PixelRepresentation") else 0
    highest = lowest + 2**bits - 1
    item = frame_item(dataset, frame, "PixelValueTransformationSequence", "RescaleSlope")
    slopes, intercepts = numbers_in(item, "RescaleSlope"), numbers_in(item, "RescaleIntercept")
    if not slopes or not intercepts:
        return stored, lowest, highest, 1
    if len(slopes) > 1 or len(intercepts) > 1:
        raise ImageError("Rescale Slope", "it or its intercept has several values", "correct group 0028")
    slope, intercept = slopes[0], intercepts[0]
    low, high = sorted((lowest * slope + intercept, highest * slope + intercept))
    return apply_rescale(stored, item), low, high, abs(slope)


def _full_range(values: Values, lowest: float, highest: float, step: float, *, inverse: bool) -> Grey:
    """Spread all possible values over the grey levels: an n-bit value keeps its upper eight bits."""
    few = highest - lowest < _WHITE * step  # with less than 256 values the highest is to be white
    extent = highest - lowest if few or step == 0 else highest - lowest + step
    gradient = (_WHITE if few or step == 0 else _WHITE + 1) / (extent or 1)
    levels = grey_of((values.astype(np.float64) - lowest) * gradient)
    return np.invert(levels) if inverse else levels  # 255 - level


def is_grey(dataset: Dataset) -> bool:
    """Return whether an image has one grey value a pixel (PS3.3 section C.7.6.3.1.2)."""
    return str(dataset.get("PhotometricInterpretation", "")) in {"MONOCHROME1", "MONOCHROME2"}


def is_inverse(dataset: Dataset) -> bool:
    """Return whether low values are bright; Presentation LUT Shape overrides MONOCHROME1."""
    shape = str(dataset.get("PresentationLUTShape"))
    if shape in {"INVERSE", "IDENTITY"}:
        return shape == "INVERSE"
    return bool(dataset.PhotometricInterpretation == "MONOCHROME1")


def _without_padding(dataset: Dataset, stored: Values, levels: Grey) -> Grey:
    """Make black what only fills up the rectangle (PS3.3 section C.7.5.1.1.2)."""
    padding = padding_range(dataset)
    if padding is not None:
        levels[(stored >= padding[0]) & (stored <= padding[1])] = 0
    return levels


def padding_range(dataset: Dataset) -> tuple[int, int] | None:
    """Return the lowest and the highest stored value that is no part of the image, or None."""
    first = dataset.get("PixelPaddingValue")
    if not isinstance(first, int):
        return None
    last = dataset.get("PixelPaddingRangeLimit")
    last = last if isinstance(last, int) else first
    return min(first, last), max(first, last)


def _is_little_endian(dataset: Dataset) -> bool:
    return bool(transfer_syntax_of(dataset).is_little_endian)
