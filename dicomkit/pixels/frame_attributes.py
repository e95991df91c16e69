"""Where an attribute of a frame stands: in the frame's own functional group, in the shared one, or outside.

An enhanced multi-frame image says once what holds for all frames (Shared Functional Groups Sequence), and
frame by frame what differs (Per-Frame Functional Groups Sequence). Each group of attributes, a *macro*, is
a sequence with one item.
"""

from __future__ import annotations

import math

import numpy as np
from pydicom.dataset import Dataset

from dicomkit.errors import ImageError

__all__ = ["frame_item", "numbers_in"]


def frame_item(dataset: Dataset, frame: int, macro: str, keyword: str) -> Dataset:
    """Return the data set in which to look for an attribute of one frame.

    Parameters
    ----------
    dataset
        An image.
    frame
        The number of the frame; the first is 1.
    macro
        The keyword of the functional group, for example ``"FrameVOILUTSequence"``.
    keyword
        The attribute that is wanted.

    Returns
    -------
    Dataset
        The item of the group that has the attribute, otherwise `dataset` itself.

    References
    ----------
    PS3.3 section C.7.6.16, Multi-frame Functional Groups Module.
    """
    per_frame = dataset.get("PerFrameFunctionalGroupsSequence") or []
    shared = dataset.get("SharedFunctionalGroupsSequence") or []
    for group in [*per_frame[frame - 1 : frame], *shared[:1]]:
        for item in (group.get(macro) or [])[:1]:
            if keyword in item:
                found: Dataset = item
                return found
    return dataset


def numbers_in(item: Dataset, keyword: str) -> list[float]:
    """Return the values of a numeric attribute; none if it is absent or empty.

    Parameters
    ----------
    item
        A data set.
    keyword
        The attribute.

    Raises
    ------
    ImageError
        If one of them is no finite number.
    """
    try:
        value = item.get(keyword)
        numbers = [] if value is None or value == "" else [float(one) for one in np.atleast_1d(value)]
    except Exception:  # noqa: BLE001 - a damaged element makes pydicom raise nearly anything, and repeat it
        numbers = [math.nan]
    if not all(math.isfinite(number) for number in numbers):
        raise ImageError(keyword, "it is no finite number", "correct it, or get the file again")
    return numbers
