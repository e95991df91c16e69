"""Find an attribute of a frame: in the frame's own functional group, in the shared one, or at the top level.

An enhanced multi-frame image has the attributes of all frames in the Shared Functional Groups Sequence, and those that
differ between frames in the Per-Frame Functional Groups Sequence. Each group of attributes, a *macro*, is a sequence
with one item.
"""

from __future__ import annotations

import math
import re
from collections.abc import Callable
from typing import Any, NamedTuple, TypeVar

import numpy as np
from pydicom.dataelem import RawDataElement
from pydicom.dataset import Dataset
from pydicom.multival import MultiValue
from pydicom.tag import Tag

from dicomkit.errors import ImageError

__all__ = [
    "Place",
    "each_number",
    "frame_item",
    "frame_places",
    "functional_groups",
    "numbers_in",
    "readable",
    "readable_numbers",
    "readable_text",
    "readable_whole_number",
]

_Read = TypeVar("_Read")

_PER_FRAME, _SHARED = Tag(0x5200, 0x9230), Tag(0x5200, 0x9229)
_WHOSE = (" of this frame", " of all frames")
_TEXT_VRS = {None, "", "UN", "DS", "IS"}  # None: Implicit VR, where the dictionary says DS
_DECIMAL = re.compile(r"[-+]?(\d+\.?\d*|\.\d+)([eE][-+]?\d+)?")  # PS3.5 section 6.2: DS has no comma


class Place(NamedTuple):
    """A data set or item that has an attribute of one frame.

    ``steps`` is 0 for the frame's own functional group, 1 for the shared one, 2 for the data set around them. ``whose``
    says so in a sentence: " of this frame", " of all frames" or "".
    """

    item: Dataset
    steps: int
    whose: str


def frame_places(dataset: Dataset, frame: int, macro: str, *keywords: str) -> list[Place]:
    """Return the places that have an attribute of one frame, the nearest first: that one applies.

    Parameters
    ----------
    dataset, frame
        An image, and the number of the frame; the first is 1.
    macro
        The keyword of the functional group, for example ``"FrameVOILUTSequence"``.
    keywords
        The attributes that are wanted; one of them is enough.

    References
    ----------
    PS3.3 section C.7.6.16, Multi-frame Functional Groups Module.
    """
    places = [*_in_groups(dataset, frame, macro), Place(dataset, 2, "")]
    return [place for place in places if any(keyword in place.item for keyword in keywords)]


def frame_item(dataset: Dataset, frame: int, macro: str, keyword: str) -> Dataset:
    """Return the data set in which to look for an attribute of one frame; see `frame_places`.

    Returns
    -------
    Dataset
        The nearest item that has the attribute, otherwise `dataset` itself.
    """
    for place in _in_groups(dataset, frame, macro):
        if keyword in place.item:
            return place.item
    return dataset


def _in_groups(dataset: Dataset, frame: int, macro: str) -> list[Place]:
    """Return the items of one functional group, the frame's own first."""
    if _PER_FRAME not in dataset and _SHARED not in dataset:
        return []  # asked for each frame of a loop: most have none
    return [
        Place(item, steps, _WHOSE[steps])
        for steps, groups in enumerate(functional_groups(dataset, frame))
        for group in groups
        for item in (group.get(macro) or [])[:1]
    ]


def functional_groups(dataset: Dataset, frame: int) -> tuple[list[Dataset], list[Dataset]]:
    """Return the item of one frame's own functional groups, and that of the shared ones, each in a list; [] if there is none."""
    own = (dataset.get("PerFrameFunctionalGroupsSequence") or [])[frame - 1 : frame]
    shared = (dataset.get("SharedFunctionalGroupsSequence") or [])[:1]
    return list(own), list(shared)


def numbers_in(item: Dataset, keyword: str) -> list[float]:
    """Return the values of a numeric attribute; none if it is absent or empty.

    Raises
    ------
    ImageError
        If one of them is not a finite number.
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


def readable_numbers(item: Dataset, keyword: str) -> list[float]:
    """Return the values of a numeric attribute; none if it is absent, empty or damaged."""
    try:
        return numbers_in(item, keyword)
    except ImageError:
        return []


def readable(read: Callable[[], _Read], otherwise: _Read) -> _Read:
    """Return what `read` returns, or `otherwise` if it meets a damaged element: pydicom then raises nearly anything."""
    try:
        return read()
    except Exception:  # noqa: BLE001 - as said above
        return otherwise


def readable_text(item: Dataset, keyword: str) -> str:
    """Return a value as text; "" if it is absent, empty or damaged."""
    return readable(lambda: str(value) if (value := item.get(keyword)) is not None else "", "")


def readable_whole_number(item: Dataset, keyword: str) -> int:
    """Return the value of a whole number such as Instance Number; 0 if it is absent, empty or damaged."""
    return readable(lambda: int(item.get(keyword) or 0), 0)


def each_number(item: Dataset, keyword: str) -> list[float | str]:
    """Return the values of a numeric attribute one by one, so that a bad one does not hide the others.

    Parameters
    ----------
    item
        A data set.
    keyword
        The attribute, one of VR DS.

    Returns
    -------
    list of float or str
        A number, or for a value that is not a finite number a text that says why, without quoting it. Empty if the
        attribute is absent.
    """
    return [_number(one) for one in _values(item, keyword)]


def _values(item: Dataset, keyword: str) -> list[Any]:
    """Return the values as texts if pydicom has not converted them yet: it raises for all if one is invalid."""
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
