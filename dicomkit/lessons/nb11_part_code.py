"""Two exercises of notebook 11 in code: sort slices by position, and stack their modality values."""

from __future__ import annotations

import copy
from collections.abc import Callable, Sequence
from typing import TYPE_CHECKING, Any

from dicomkit.lessons.answers import FUNCTION, Form
from dicomkit.lessons.exercise import PASS, Verdict, retry
from dicomkit.lessons.learners_code import returned
from dicomkit.lessons.lesson_texts import LessonTexts

if TYPE_CHECKING:  # the lessons are light to import
    from pydicom.dataset import FileDataset

__all__ = ["CODE_EXERCISES"]

_TEXTS = LessonTexts(__name__)
_SIZE = 16


def _as_images(answer: object) -> list[Any]:
    if not isinstance(answer, Sequence) or isinstance(answer, str):
        raise TypeError(answer)
    return list(answer)


_IMAGES = Form("a list of the data sets", _as_images)


def _as_array(answer: object) -> Any:  # noqa: ANN401 - an array of numpy
    import numpy as np  # noqa: PLC0415 - the lessons are light to import

    return np.asarray(answer, dtype=float)


_ARRAY = Form("an array", _as_array)


def _stack(direction: Sequence[float], step: Sequence[float]) -> list[FileDataset]:
    """Return five slices along a step, in order, with Instance Numbers and Slice Locations that mislead."""
    from dicomkit.samples import ct_series  # noqa: PLC0415 - the lessons are light to import

    images = ct_series(5, size=_SIZE)
    for place, (image, number) in enumerate(zip(images, (1, 4, 2, 5, 3), strict=True)):
        image.InstanceNumber = number
        image.SliceLocation = -abs(place - 2)
        image.ImageOrientationPatient = list(direction)
        image.ImagePositionPatient = [-50 + place * step[0], -20 + place * step[1], 40 + place * step[2]]
    return images


# By rows and columns: axial, sagittal, coronal, and axial from above, whose normal points to the feet.
_STACKS = (
    ((1, 0, 0, 0, 1, 0), (0, 0, 7)),
    ((0, 1, 0, 0, 0, -1), (-4, 0, 0)),
    ((1, 0, 0, 0, 0, -1), (0, 5, 0)),
    ((-1, 0, 0, 0, 1, 0), (0, 0, -3)),
    ((0.8, 0.6, 0, 0, 0, -1), (-3, 4, 0)),
)


def _check_sorting(sort_slices: Callable[..., Any]) -> Verdict:
    for direction, step in _STACKS:
        right = _stack(direction, step)
        given = [right[index] for index in (3, 0, 4, 2, 1)]
        found = returned(_IMAGES, sort_slices, list(given))
        order = [next((at for at, image in enumerate(right) if image is one), -1) for one in found]
        if order != list(range(5)):
            return retry(_why_sorted(order, [one.InstanceNumber for one in right], direction))
    return PASS


def _why_sorted(order: list[int], numbers: list[int], direction: Sequence[float]) -> str:
    if sorted(order) != list(range(5)):
        return _TEXTS.not_all
    if [int(numbers[at]) for at in order] == [1, 2, 3, 4, 5]:
        return _TEXTS.by_number
    if order == [3, 0, 4, 2, 1]:
        return _TEXTS.as_given if tuple(direction[:2]) == (1, 0) and direction[4] == 1 else _TEXTS.only_axial
    if order == [4, 3, 2, 1, 0]:
        return _TEXTS.backwards
    return _TEXTS.by_location if order[0] in {0, 4} and set(order[:2]) == {0, 4} else _TEXTS.other_order


def _series() -> list[FileDataset]:
    """Return slices with a different rescale each, as in PET."""
    images = _stack(*_STACKS[0])
    for place, image in enumerate(images):
        image.RescaleSlope, image.RescaleIntercept = 1 + place, -10 * place
    return images


def _check_values(stack_values: Callable[..., Any]) -> Verdict:
    import numpy as np  # noqa: PLC0415 - the lessons are light to import

    from dicomkit.pixels import stored_values  # noqa: PLC0415 - the same

    images = _series()
    before = copy.deepcopy(images)
    found = returned(_ARRAY, stack_values, images)
    if images != before:
        return retry(_TEXTS.changed)
    stored = np.stack([stored_values(image) for image in images]).astype(float)
    slopes = np.arange(1, 6).reshape(-1, 1, 1)
    intercepts = -10 * np.arange(5).reshape(-1, 1, 1)
    if found.shape != stored.shape:
        return retry(_TEXTS.shape)
    if np.allclose(found, stored * slopes + intercepts):
        return PASS
    known = [
        (stored, _TEXTS.forgotten),
        (stored * slopes, _TEXTS.no_intercept),
        (stored + intercepts, _TEXTS.no_slope),
        (stored * slopes[-1] + intercepts[-1], _TEXTS.one_for_all),
        ((stored + intercepts) * slopes, _TEXTS.order),
    ]
    return retry(next((reply for values, reply in known if np.allclose(found, values)), _TEXTS.other_values))


CODE_EXERCISES = (
    _TEXTS.exercise("11.4", form=FUNCTION, checker=_check_sorting),
    _TEXTS.exercise("11.5", form=FUNCTION, checker=_check_values),
)
