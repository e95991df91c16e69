"""Where an attribute of a frame stands: in the frame's own functional group, in the shared one, or outside.

An enhanced multi-frame image says once what holds for all frames (Shared Functional Groups Sequence), and
frame by frame what differs (Per-Frame Functional Groups Sequence). Each group of attributes, a *macro*, is
a sequence with one item.
"""

from __future__ import annotations

import math
import re
from typing import Any

import numpy as np
from pydicom.dataelem import RawDataElement
from pydicom.dataset import Dataset
from pydicom.multival import MultiValue

from dicomkit.errors import ImageError

__all__ = ["each_number", "frame_item", "numbers_in"]

_TEXT_VRS = {None, "", "UN", "DS", "IS"}  # None: Implicit VR, where the dictionary says DS
_DECIMAL = re.compile(r"[-+]?(\d+\.?\d*|\.\d+)([eE][-+]?\d+)?")  # PS3.5 section 6.2: DS has no comma


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
        several = value if isinstance(value, list | tuple | MultiValue | np.ndarray) else [value]
        numbers = [] if value is None or value == "" else [float(one) for one in several]
    except Exception:  # noqa: BLE001 - a damaged element makes pydicom raise nearly anything, and repeat it
        numbers = [math.nan]
    if not all(math.isfinite(number) for number in numbers):
        raise ImageError(keyword, "it is no finite number", "correct it, or get the file again")
    return numbers


def each_number(item: Dataset, keyword: str) -> list[float | str]:
    """Return the values of a numeric attribute one by one, so that a bad one does not take its neighbours along.

    Parameters
    ----------
    item
        A data set.
    keyword
        The attribute, one of VR DS.

    Returns
    -------
    list of float or str
        Where a value is no finite number, why: in words that do not repeat it. Empty if the attribute is absent.
    """
    return [_number(one) for one in _values(item, keyword)]


def _values(item: Dataset, keyword: str) -> list[Any]:
    """Return the values as texts if pydicom has not converted them yet: one that it cannot hides them all."""
    try:
        element: Any = item.get_item(keyword)
        if element is None or element.value is None:
            return []
        if isinstance(element, RawDataElement) and element.VR in _TEXT_VRS:
            texts = bytes(element.value).decode("ascii", "replace").split("\\")
            return texts if any(text.strip(" \0") for text in texts) else []
        value = item.get(keyword)
    except Exception:  # noqa: BLE001 - a damaged element makes pydicom raise nearly anything, and repeat it
        return [math.nan]
    if value is None or value == "":
        return []
    return list(value) if isinstance(value, (list, tuple, MultiValue)) else [value]


def _number(value: Any) -> float | str:  # noqa: ANN401 - as a file holds it
    text = str(value).strip(" \0")
    if value is None or not text:
        return "is empty"
    number = float(text) if _DECIMAL.fullmatch(text) else math.nan
    return number if math.isfinite(number) else "is no finite number"
