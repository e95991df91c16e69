"""Padding: stored values that only fill up the rectangle and are not part of the image.

References
----------
PS3.3 section C.7.5.1.1.2, Pixel Padding Value and Pixel Padding Range Limit.
"""

from __future__ import annotations

from typing import Any

import numpy as np
import numpy.typing as npt
from pydicom.dataset import Dataset

from dicomkit.errors import ImageError

__all__ = ["padding_range"]


def padding_range(dataset: Dataset, stored: npt.NDArray[Any]) -> tuple[int, int] | None:
    """Return the lowest and the highest padding value, or None if an image has no padding; `stored` are the values of a frame.

    Raises
    ------
    ImageError
        If one of the two is not a whole number, or if they would make padding of every pixel of an image.
    """
    first, last = (
        _whole_number(dataset, "PixelPaddingValue"),
        _whole_number(dataset, "PixelPaddingRangeLimit"),
    )
    if first is None or stored.dtype.kind == "f":
        return None
    first = _as_stored(dataset, first)
    last = first if last is None else _as_stored(dataset, last)
    low, high = min(first, last), max(first, last)
    is_padding = (stored >= low) & (stored <= high)
    if low < high and is_padding.all() and np.ptp(stored):
        raise ImageError("Pixel Padding Value", "it and its limit leave nothing of the image", "correct it")
    return low, high


def _whole_number(dataset: Dataset, keyword: str) -> int | None:
    try:
        value = dataset.get(keyword)
    except Exception:  # noqa: BLE001 - a damaged element makes pydicom raise nearly anything, and repeat it
        raise ImageError("Pixel Padding Value", "it is damaged", "get the file again") from None
    if value is None or value == "":
        return None
    if not isinstance(value, int):
        raise ImageError("Pixel Padding Value", "it is not one whole number", "correct group 0028")
    return value


def _as_stored(dataset: Dataset, value: int) -> int:
    """Return a value with the sign of the image's pixels: its VR, US or SS, is often the wrong one."""
    bits = int(dataset.BitsAllocated)
    if dataset.get("PixelRepresentation"):
        return value - 2**bits if 2 ** (bits - 1) <= value < 2**bits else value
    return value + 2**bits if -(2 ** (bits - 1)) <= value < 0 else value
