"""Two exercises of notebook 05 in code: turn the grey levels of MONOCHROME1 over, and measure in Hounsfield units."""

from __future__ import annotations

import copy
from collections.abc import Iterator

import numpy as np
import numpy.typing as npt
from pydicom.dataset import FileDataset

from dicomkit.lessons.answers import FUNCTION, NUMBER, Form
from dicomkit.lessons.exercise import PASS, Exercise, Misconception, Task, Verdict, retry
from dicomkit.lessons.learners_code import returned
from dicomkit.pixels import display_values, modality_values, render, stored_values
from dicomkit.samples import ct_series, radiograph

__all__ = ["CODE_EXERCISES"]

_BRAIN, _CHEST = (40, 80), (1900, 3400)  # center, width
_SIZE = 96
_BLACK_TO_WHITE = 255

_STILL_NEGATIVE = "the chest, MONOCHROME1, is still shown as if its lowest value were black"
_ALWAYS = "now the CT is a negative: only MONOCHROME1 is inverted, and a CT is MONOCHROME2"
_BY_KIND = "not every radiograph is MONOCHROME1: ask Photometric Interpretation, not what kind of image it is"
_STORED = "the values were inverted before the window; the window was chosen for the values as they are"
_MINUS = "0 has to become 255 and 255 has to become 0: in uint8, a minus sign makes 0 of 0; subtract from 255"
_RELABELLED = "the function has changed the data set; showing an image leaves the file as it is"
_OF_THE_BRIGHTEST = (
    "the grey levels were subtracted from the brightest one of the image, which need not be 255"
)
_OTHER_LEVELS = (
    "the grey levels are different: modality, window, and for MONOCHROME1 255 minus the grey level"
)

_STORED_VALUES = "those are stored values; the modality step comes first, and its slope need not be 1"
_NO_SLOPE = "the intercept was added; the stored values are multiplied by Rescale Slope before that"
_SWAPPED = "rows come first in an array, and then columns; top is the index of a row"
_ONE_MORE = "the end of a slice is not part of it: top : top + size are already `size` rows"
_ONE_LESS = "the end of a slice is not part of it, so one row and one column are missing"
_EMPTY = "nothing was cut out: a slice names its first index and its end, and rows and columns stand in one pair of brackets"
_GREY = (
    "that is the mean of grey levels; what is black or white in a window has lost its value: measure before"
)
_WHOLE = "that is the mean of the whole image, not of the square"
_TOTAL = "that is the sum; the mean is the sum divided by the number of pixels"
_OTHER_MEAN = "another number comes out; cut the square out of the Hounsfield units, then take its mean"


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
            return retry(_RELABELLED)
        # One level of rounding is nobody's mistake.
        if np.abs(levels - render(image, window=window)).max() > 1:
            return retry(_why_shown(levels, image, window))
    return PASS


def _why_shown(levels: npt.NDArray[np.float64], image: FileDataset, window: tuple[int, int]) -> str:
    values = modality_values(image).astype(float)
    plain = display_values(values, *window).astype(float)
    if np.abs(levels - plain).max() <= 1:
        return _STILL_NEGATIVE
    if np.abs(levels - (_BLACK_TO_WHITE - plain)).max() <= 1:
        return _BY_KIND if image.Modality == "CR" else _ALWAYS
    if np.abs(levels - (plain.max() - plain)).max() <= 1:
        return _OF_THE_BRIGHTEST
    if np.array_equal(levels, -plain % (_BLACK_TO_WHITE + 1)) or np.array_equal(levels, -plain):
        return _MINUS
    upside_down = values.max() - values
    turned = [upside_down, upside_down + values.min(), 2**image.BitsStored - 1 - values, -values]
    if any(np.abs(levels - display_values(each, *window)).max() <= 1 for each in turned):
        return _STORED
    return _OTHER_LEVELS


def _measured() -> Iterator[tuple[FileDataset, tuple[int, int, int]]]:
    """Yield images with squares in them (top, left, size), and a slope of 2 in the last."""
    image = ct_series(9, size=_SIZE)[-1]
    other = copy.deepcopy(image)
    other.RescaleSlope, other.RescaleIntercept = 2, -2024
    return iter([(image, (12, 40, 5)), (image, (30, 60, 9)), (other, (20, 30, 4))])


def _check_mean_hu(mean_hu: object) -> Verdict:
    for image, square in _measured():
        found = returned(NUMBER, mean_hu, copy.deepcopy(image), *square)  # type: ignore[arg-type]
        if not abs(found - _mean(modality_values(image), *square)) <= 0.5:  # noqa: PLR2004 - whoever rounds is right
            return retry(_why_measured(found, image, square))
    return PASS


def _mean(values: npt.NDArray[np.generic], top: int, left: int, size: int) -> float:
    return float(np.mean(values[top : top + size, left : left + size].astype(float)))


def _why_measured(found: float, image: FileDataset, square: tuple[int, int, int]) -> str:
    top, left, size = square
    units, stored = modality_values(image), stored_values(image)
    if np.isnan(found):
        return _EMPTY
    known = [
        (_mean(stored, *square), _STORED_VALUES),
        (_mean(stored, *square) + float(image.RescaleIntercept), _NO_SLOPE),
        (_mean(units, left, top, size), _SWAPPED),
        (_mean(units, top, left, size + 1), _ONE_MORE),
        (_mean(units, top, left, size - 1), _ONE_LESS),
        (_mean(display_values(units, *_BRAIN), *square), _GREY),
        (float(units.mean()), _WHOLE),
        (_mean(units, *square) * size**2, _TOTAL),
    ]
    return next((reason for number, reason in known if abs(found - number) < 0.01), _OTHER_MEAN)  # noqa: PLR2004


_CUT = "[t : t + s, l : l + s].mean()"

CODE_EXERCISES = (
    Exercise(
        id="05.6",
        title="Turn the grey levels of MONOCHROME1 over",
        name="to_screen",
        checker=_check_to_screen,
        hints=(
            "Keep the two steps that are there, and look at dataset.PhotometricInterpretation behind them.",
            'if dataset.PhotometricInterpretation == "MONOCHROME1": the grey levels are turned over.',
            "255 - grey makes white of black and black of white.",
        ),
        solution=(
            "def to_screen(dataset, center, width):\n"
            "    grey = display_values(modality_values(dataset), center, width)\n"
            '    if dataset.PhotometricInterpretation == "MONOCHROME1":\n'
            "        grey = 255 - grey\n"
            "    return grey"
        ),
        setup=(
            "from dicomkit.pixels import display_values, modality_values\n"
            "def levels(d, c, w):\n    return display_values(modality_values(d), c, w)\n"
            "def values(d):\n    return modality_values(d).astype(float)\n"
            "def one(d):\n    return d.PhotometricInterpretation == 'MONOCHROME1'"
        ),
        misconceptions=(
            Misconception("lambda d, c, w: levels(d, c, w)", _STILL_NEGATIVE),
            Misconception("lambda d, c, w: 255 - levels(d, c, w)", _ALWAYS),
            Misconception(
                "lambda d, c, w: 255 - levels(d, c, w) if d.Modality == 'CR' else levels(d, c, w)", _BY_KIND
            ),
            Misconception("lambda d, c, w: -levels(d, c, w) if one(d) else levels(d, c, w)", _MINUS),
            Misconception(
                "lambda d, c, w: display_values(values(d).max() - values(d), c, w) if one(d) else levels(d, c, w)",
                _STORED,
            ),
            Misconception(
                "lambda d, c, w: d.update({'PhotometricInterpretation': 'MONOCHROME2'}) or 255 - levels(d, c, w)"
                " if one(d) else levels(d, c, w)",
                _RELABELLED,
            ),
            Misconception("lambda d, c, w: levels(d, c, w) * one(d)", _OTHER_LEVELS),
        ),
        learned="All three steps in one function: that is the core of every viewer.",
        form=FUNCTION,
        minutes=6,
        task=Task.CHANGE,
        given=(
            "def to_screen(dataset, center, width):\n"
            "    values = modality_values(dataset)\n"
            "    return display_values(values, center, width)"
        ),
    ),
    Exercise(
        id="05.7",
        title="Measure a square in Hounsfield units",
        name="mean_hu",
        checker=_check_mean_hu,
        hints=(
            "First the modality step, on the whole image; then cut the square out.",
            "units[top : top + size, left : left + size] is the square: rows first, then columns.",
            ".mean() of an array is the mean of all its values; return it.",
        ),
        solution=(
            "def mean_hu(dataset, top, left, size):\n"
            "    units = dataset.pixel_array * dataset.RescaleSlope + dataset.RescaleIntercept\n"
            "    return units[top : top + size, left : left + size].mean()"
        ),
        setup=(
            "from dicomkit.pixels import display_values, modality_values\n"
            "def units(d):\n    return modality_values(d).astype(float)"
        ),
        misconceptions=(
            Misconception(f"lambda d, t, l, s: d.pixel_array{_CUT}", _STORED_VALUES),
            Misconception(f"lambda d, t, l, s: (d.pixel_array + float(d.RescaleIntercept)){_CUT}", _NO_SLOPE),
            Misconception("lambda d, t, l, s: units(d)[l : l + s, t : t + s].mean()", _SWAPPED),
            Misconception("lambda d, t, l, s: units(d)[t : t + s + 1, l : l + s + 1].mean()", _ONE_MORE),
            Misconception("lambda d, t, l, s: units(d)[t : t + s - 1, l : l + s - 1].mean()", _ONE_LESS),
            Misconception(f"lambda d, t, l, s: display_values(units(d), 40, 80){_CUT}", _GREY),
            Misconception("lambda d, t, l, s: units(d).mean()", _WHOLE),
            Misconception("lambda d, t, l, s: units(d)[t : t + s, l : l + s].sum()", _TOTAL),
            Misconception('lambda d, t, l, s: float("nan")', _EMPTY),
            Misconception("lambda d, t, l, s: 24", _OTHER_MEAN),
        ),
        learned="A measurement takes modality values, never what a window made of them.",
        form=FUNCTION,
        minutes=6,
        task=Task.WRITE,
    ),
)
