"""Windows: which values an image spreads from black to white.

A screen has 256 grey levels and a CT image some 4000 values. A window chooses the *values of interest*
(VOI): values below it are black, values above it are white.

References
----------
PS3.3 section C.11.2.1.2, Window Center and Window Width; section C.11.2.1.3, VOI LUT Function.
"""

from __future__ import annotations

import math
from typing import Any, SupportsFloat, SupportsIndex

import numpy as np
import numpy.typing as npt

from dicomkit.errors import AttributeValueError, ImageError

__all__ = [
    "WINDOW_FUNCTIONS",
    "Grey",
    "as_window",
    "broken_limit",
    "check_window",
    "display_values",
    "grey_of",
]

Grey = npt.NDArray[np.uint8]

_WHITE = 255.0
WINDOW_FUNCTIONS = ("LINEAR", "LINEAR_EXACT", "SIGMOID")


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
        Any shape, also a single number; for example Hounsfield units. NaN is black.
    window_center, window_width
        The centre and the width of the window, in the unit of `values`.
    function
        ``LINEAR``, ``LINEAR_EXACT`` or ``SIGMOID``. The first reaches white one step before the window's
        upper end, because it counts the values of an integer image; the second takes the borders as
        stated.
    inverse
        Whether low values are bright, as in a MONOCHROME1 image.

    Returns
    -------
    array of uint8
        The same shape, 0 is black and 255 white.

    Raises
    ------
    AttributeValueError
        If center or width is not a finite number, if the width is less than 1 (``LINEAR``) or not above 0, or if the
        function has another name.
    ImageError
        If the values are not numbers.

    References
    ----------
    PS3.3 section C.11.2.1.2, Window Center and Window Width; section C.11.2.1.3, VOI LUT Function.

    Examples
    --------
    >>> display_values([0, 20, 40, 79, 80], window_center=40, window_width=80)
    array([  0,  64, 129, 255, 255], dtype=uint8)
    """
    numbers = _numeric(values)
    center, width = _checked(window_center, window_width, function)
    low, high = (_WHITE, 0.0) if inverse else (0.0, _WHITE)
    # A narrow window may overflow to infinity, which grey_of maps to white or black.
    with np.errstate(over="ignore", invalid="ignore"):
        if function == "SIGMOID":
            exponent = -4 * (numbers.astype(np.float64) - center) / width
            return grey_of(low + (high - low) / (1 + np.exp(exponent)))
        if function == "LINEAR":
            center, width = center - 0.5, width - 1
        lower = center - width / 2
        gradient = (high - low) / width if width else math.inf
        if math.isinf(gradient):  # one step: everything above it is white
            levels = np.where(numbers > lower, high, low)
            return grey_of(np.where(np.isnan(numbers), np.nan, levels))
        return grey_of(numbers * gradient + (low - gradient * lower))


def grey_of(brightness: npt.ArrayLike) -> Grey:
    """Truncate brightness to integer grey levels from 0 to 255; NaN is black."""
    levels = np.asarray(brightness, dtype=np.float64)
    # fmax and fmin prefer a number to NaN, and are faster than clip, which keeps NaN.
    np.fmax(levels, 0.0, out=levels)
    np.fmin(levels, _WHITE, out=levels)
    return levels.astype(np.uint8)


def as_window(window: Any) -> tuple[float, float]:  # noqa: ANN401 - checked here
    """Return center and width of a window that is given as (center, width)."""
    try:
        pair: Any = [window] if isinstance(window, str) else window  # "48" is no window of 4 and 8
        center, width = pair
    except (TypeError, ValueError):
        raise AttributeValueError(
            "window", "it is neither a number nor (center, width)", "give 2, or (40, 80)"
        ) from None
    return center, width


def _numeric(values: npt.ArrayLike) -> npt.NDArray[Any]:
    try:
        numbers = np.asarray(values)
    except ValueError:  # rows of different lengths
        numbers = np.asarray(None)
    if numbers.dtype.kind not in "buif":
        raise ImageError("values", "they are no numbers", "give an array of numbers")
    # Half and single precision would round differently at the borders.
    return numbers.astype(np.float64) if numbers.dtype.kind == "f" else numbers


def _checked(
    center: str | SupportsFloat | SupportsIndex, width: str | SupportsFloat | SupportsIndex, function: str
) -> tuple[float, float]:
    """Return a window as two floats, if it makes sense for its function."""
    if function not in WINDOW_FUNCTIONS:
        raise AttributeValueError(
            "VOI LUT Function", "it is none that the Standard names", f"use {', '.join(WINDOW_FUNCTIONS)}"
        )
    try:
        middle, extent = float(center), float(width)
    except (TypeError, ValueError):
        middle = extent = math.nan
    if not (math.isfinite(middle) and math.isfinite(extent)):
        raise AttributeValueError(
            "Window Center and Width", "they are not two finite numbers", "give two, such as 40 and 80"
        )
    if limit := broken_limit(extent, function):
        raise AttributeValueError(
            f"Window Width {width}", f"{function} asks for {limit}", "choose a wider window"
        )
    return middle, extent


def broken_limit(width: float, function: str) -> str:
    """Return what a VOI LUT Function asks of a width that is too small, as text; "" if it is not."""
    if function == "LINEAR":
        return "1 or more" if width < 1 else ""
    return "more than 0" if width <= 0 else ""


def check_window(window: tuple[float, float]) -> None:
    """Check (center, width) of a viewer; how narrow it may be depends on the function, which may change.

    Raises
    ------
    AttributeValueError
        If one is not finite, or the width is not above 0.
    """
    if not (math.isfinite(sum(window)) and window[1] > 0):
        raise AttributeValueError("Window Width", "it is not above 0, or not finite", "choose a wider window")
