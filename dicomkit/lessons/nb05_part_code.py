"""Two exercises of notebook 05 in code: invert the grey levels of MONOCHROME1, and measure in Hounsfield units."""

from __future__ import annotations

import copy
from collections.abc import Iterator

import numpy as np
import numpy.typing as npt
from pydicom.dataset import FileDataset

from dicomkit.lessons.answers import FUNCTION, NUMBER, Form
from dicomkit.lessons.exercise import PASS, Verdict, retry
from dicomkit.lessons.learners_code import returned
from dicomkit.lessons.lesson_texts import LessonTexts
from dicomkit.pixels import display_values, modality_values, render, stored_values
from dicomkit.samples import ct_series, radiograph

__all__ = ["CODE_EXERCISES"]

_TEXTS = LessonTexts(__name__)

_BRAIN, _CHEST = (40, 80), (1900, 3400)  # center, width
_SIZE = 96
_BLACK_TO_WHITE = 255


def _as_levels(answer: object) -> npt.NDArray[np.float64]:
    levels = np.asarray(answer, dtype=float)
    if levels.shape != (_SIZE, _SIZE):
        raise ValueError(levels.shape)
    return levels


_LEVELS = Form("an array of grey levels, as large as the image", _as_levels)


def _shown() -> Iterator[tuple[FileDataset, tuple[int, int]]]:
    """Yield images and windows: a CT, a chest in MONOCHROME1, and a radiograph that is MONOCHROME2."""
    upright = radiograph(size=_SIZE)
    upright.PhotometricInterpretation = "MONOCHROME2"
    return iter(
        [
            (ct_series(9, size=_SIZE)[-1], _BRAIN),
            (radiograph(size=_SIZE), _CHEST),
            (upright, _CHEST),
            (radiograph(size=_SIZE), (1200, 800)),
            (radiograph(size=_SIZE), (2000, 8000)),  # wide: nothing in it becomes white
        ]
    )


def _check_to_screen(to_screen: object) -> Verdict:
    for image, window in _shown():
        given = copy.deepcopy(image)
        levels = returned(_LEVELS, to_screen, given, *window)  # type: ignore[arg-type]
        if given != image:
            return retry(_TEXTS.relabelled)
        # A difference of one level is rounding.
        if np.abs(levels - render(image, window=window)).max() > 1:
            return retry(_why_shown(levels, image, window))
    return PASS


def _why_shown(levels: npt.NDArray[np.float64], image: FileDataset, window: tuple[int, int]) -> str:
    values = modality_values(image).astype(float)
    plain = display_values(values, *window).astype(float)
    if np.abs(levels - plain).max() <= 1:
        return _TEXTS.still_negative
    if np.abs(levels - (_BLACK_TO_WHITE - plain)).max() <= 1:
        return _TEXTS.by_kind if image.Modality == "CR" else _TEXTS.always
    if np.abs(levels - (plain.max() - plain)).max() <= 1:
        return _TEXTS.of_the_brightest
    if np.array_equal(levels, -plain % (_BLACK_TO_WHITE + 1)) or np.array_equal(levels, -plain):
        return _TEXTS.minus
    upside_down = values.max() - values
    turned = [upside_down, upside_down + values.min(), 2**image.BitsStored - 1 - values, -values]
    if any(np.abs(levels - display_values(each, *window)).max() <= 1 for each in turned):
        return _TEXTS.stored
    return _TEXTS.other_levels


def _measured() -> Iterator[tuple[FileDataset, tuple[int, int, int]]]:
    """Yield images with squares (top, left, size); the last one has a Rescale Slope of 2."""
    image = ct_series(9, size=_SIZE)[-1]
    other = copy.deepcopy(image)
    other.RescaleSlope, other.RescaleIntercept = 2, -2024
    return iter([(image, (12, 40, 5)), (image, (30, 60, 9)), (other, (20, 30, 4))])


def _check_mean_hu(mean_hu: object) -> Verdict:
    for image, square in _measured():
        found = returned(NUMBER, mean_hu, copy.deepcopy(image), *square)  # type: ignore[arg-type]
        if not abs(found - _mean(modality_values(image), *square)) <= 0.5:  # noqa: PLR2004 - rounding is allowed
            return retry(_why_measured(found, image, square))
    return PASS


def _mean(values: npt.NDArray[np.generic], top: int, left: int, size: int) -> float:
    return float(np.mean(values[top : top + size, left : left + size].astype(float)))


def _why_measured(found: float, image: FileDataset, square: tuple[int, int, int]) -> str:
    top, left, size = square
    units, stored = modality_values(image), stored_values(image)
    if np.isnan(found):
        return _TEXTS.empty
    known = [
        (_mean(stored, *square), _TEXTS.stored_values),
        (_mean(stored, *square) + float(image.RescaleIntercept), _TEXTS.no_slope),
        (_mean(units, left, top, size), _TEXTS.swapped),
        (_mean(units, top, left, size + 1), _TEXTS.one_more),
        (_mean(units, top, left, size - 1), _TEXTS.one_less),
        (_mean(display_values(units, *_BRAIN), *square), _TEXTS.grey),
        (float(units.mean()), _TEXTS.whole),
        (_mean(units, *square) * size**2, _TEXTS.total),
    ]
    return next((reason for number, reason in known if abs(found - number) < 0.01), _TEXTS.other_mean)  # noqa: PLR2004


CODE_EXERCISES = (
    _TEXTS.exercise("05.6", form=FUNCTION, checker=_check_to_screen),
    _TEXTS.exercise("05.7", form=FUNCTION, checker=_check_mean_hu),
)
