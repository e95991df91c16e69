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
from pydicom.pixels.processing import apply_color_lut, apply_rescale

from dicomkit.errors import AttributeValueError, ImageError
from dicomkit.pixels.decoding import stored_values, transfer_syntax_of
from dicomkit.pixels.frame_attributes import frame_item
from dicomkit.pixels.lookup import apply_lookup_table

__all__ = ["display_values", "modality_values", "render", "window_of"]

Values = npt.NDArray[Any]
Grey = npt.NDArray[np.uint8]

_WHITE = 255.0
_BYTE_BITS = 8
_WINDOW_FUNCTIONS = ("LINEAR", "LINEAR_EXACT", "SIGMOID")


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
    if not is_grey(dataset):
        raise ImageError("data set", "a colour image has no modality values", "use render()")
    return modality_of(dataset, frame, stored_values(dataset, frame))[0]


def display_values(
    values: npt.ArrayLike,
    window_center: float,
    window_width: float,
    function: str = "LINEAR",
    *,
    inverse: bool = False,
) -> Grey:
    """Turn measured values into grey levels with a window.

    Parameters
    ----------
    values
        Any shape, for example Hounsfield units.
    window_center, window_width
        Which values to show: the middle and the extent, in the unit of `values`.
    function
        ``LINEAR``, ``LINEAR_EXACT`` or ``SIGMOID``. The first reaches white one step before the window's
        upper end, because it counts the values of an integer image; the second takes the borders as they
        are.
    inverse
        Whether low values are bright, as in a MONOCHROME1 image.

    Returns
    -------
    array of uint8
        The same shape, 0 is black and 255 white.

    Raises
    ------
    AttributeValueError
        If the width is less than 1 (``LINEAR``) or not above 0, or the function has another name.

    References
    ----------
    PS3.3 section C.11.2.1.2, Window Center and Window Width; section C.11.2.1.3, VOI LUT Function.

    Examples
    --------
    >>> display_values([0, 20, 40, 79, 80], window_center=40, window_width=80)
    array([  0,  64, 129, 255, 255], dtype=uint8)
    """
    numbers = np.asarray(values)
    least = 1 if function == "LINEAR" else 0
    if function not in _WINDOW_FUNCTIONS:
        raise AttributeValueError(
            "VOI LUT Function", "it is none that the Standard names", f"use {', '.join(_WINDOW_FUNCTIONS)}"
        )
    if not (window_width >= 1 if least else window_width > 0):
        raise AttributeValueError(
            f"Window Width {window_width}", f"{function} asks for {least} or more", "choose a wider window"
        )
    low, high = (_WHITE, 0.0) if inverse else (0.0, _WHITE)
    if function == "SIGMOID":
        exponent = -4 * (numbers.astype(np.float64) - window_center) / window_width
        # exp(700) is close to the largest number there is, and black is reached long before.
        return _levels(low + (high - low) / (1 + np.exp(np.minimum(exponent, 700.0))))
    center, width = float(window_center), float(window_width)
    if function == "LINEAR":
        center, width = center - 0.5, width - 1
    lower = center - width / 2
    if width == 0:  # one step: everything above it is white
        return _levels(np.where(numbers > lower, high, low))
    gradient = (high - low) / width
    return _levels(numbers * gradient + (low - gradient * lower))


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
        return _colour(dataset, stored)
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
            values, dataset.VOILUTSequence[0], is_little_endian=_is_little_endian(dataset)
        )
        levels = _full_range(entries, 0, 2**bits - 1, 1, inverse=inverse)
    elif window is None and not has_window:
        levels = _full_range(values, lowest, highest, step, inverse=inverse)
    else:
        center, width = window if isinstance(window, tuple) else window_of(dataset, frame, window or 1)
        function = function or str(voi_item.get("VOILUTFunction") or "LINEAR")
        levels = display_values(values, center, width, function, inverse=inverse)
    return _without_padding(dataset, stored, levels)


def window_of(dataset: Dataset, frame: int = 1, number: int = 1) -> tuple[float, float]:
    """Return center and width of one of the windows that an image brings along.

    Parameters
    ----------
    dataset
        An image.
    frame
        The number of the frame; the first is 1.
    number
        The number of the window; the first is 1.

    Raises
    ------
    ImageError
        If the image has no such window.
    """
    item = frame_item(dataset, frame, "FrameVOILUTSequence", "WindowCenter")
    centers, widths = numbers_in(item, "WindowCenter"), numbers_in(item, "WindowWidth")
    if not 1 <= number <= min(len(centers), len(widths)):
        raise ImageError(
            f"window {number}", f"the image brings {min(len(centers), len(widths))}", "give (center, width)"
        )
    return centers[number - 1], widths[number - 1]


def numbers_in(item: Dataset, keyword: str) -> list[float]:
    value = item.get(keyword)
    return [] if value is None or value == "" else [float(one) for one in np.atleast_1d(value)]


def modality_of(dataset: Dataset, frame: int, stored: Values) -> tuple[Values, float, float, float]:
    """Return modality values, with the lowest, the highest and the step that the stored bits allow."""
    if dataset.get("ModalityLUTSequence"):
        entries, bits = apply_lookup_table(
            stored, dataset.ModalityLUTSequence[0], is_little_endian=_is_little_endian(dataset)
        )
        return entries, 0, 2**bits - 1, 1
    if stored.dtype.kind == "f":
        low, high = float(stored.min()), float(stored.max())
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
    levels = _levels((values.astype(np.float64) - lowest) * gradient)
    return np.invert(levels) if inverse else levels  # 255 - level


def _levels(brightness: npt.NDArray[np.float64]) -> Grey:
    """Cut brightness to whole grey levels from 0 to 255."""
    return np.clip(brightness, 0.0, _WHITE, out=brightness).astype(np.uint8)


def _colour(dataset: Dataset, stored: Values) -> Grey:
    """Return a colour frame as red, green and blue of 8 bits each."""
    if dataset.PhotometricInterpretation == "PALETTE COLOR":
        try:
            samples = apply_color_lut(stored, dataset)[..., :3]
        except (ValueError, TypeError, AttributeError, IndexError, OverflowError) as error:
            raise ImageError(
                "palette", f"it is damaged ({type(error).__name__})", "get the file again"
            ) from None
        bits = samples.dtype.itemsize * _BYTE_BITS
    else:
        samples, bits = stored, int(dataset.get("BitsStored") or dataset.BitsAllocated)
    shown: Grey = (samples >> max(bits - _BYTE_BITS, 0)).astype(np.uint8)
    return shown


def is_grey(dataset: Dataset) -> bool:
    return str(dataset.get("PhotometricInterpretation", "")) in {"MONOCHROME1", "MONOCHROME2"}


def is_inverse(dataset: Dataset) -> bool:
    """Return whether low values are bright; Presentation LUT Shape overrides MONOCHROME1."""
    shape = dataset.get("PresentationLUTShape")
    if shape in {"INVERSE", "IDENTITY"}:
        return bool(shape == "INVERSE")
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
