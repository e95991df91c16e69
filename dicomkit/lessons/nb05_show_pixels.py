"""Exercises of notebook 05: a Hounsfield unit, two borders, a window, a forgotten step, wrong colours, and code."""

from __future__ import annotations

import copy
import functools
import re
from collections.abc import Callable, Iterator
from types import SimpleNamespace
from typing import Any

import numpy as np
from numpy.typing import NDArray
from pydicom.dataset import FileDataset

from dicomkit.lessons.answer_parts import choice_of, in_units, or_stub, tuple_of
from dicomkit.lessons.answers import FUNCTION, KEYWORD, NUMBER, Form, unquoted
from dicomkit.lessons.exercise import PASS, Verdict, reply_of, retry
from dicomkit.lessons.learners_code import behaviour_of, returned
from dicomkit.lessons.lesson_texts import LessonTexts
from dicomkit.pixels import display_values, modality_values, render
from dicomkit.samples import cine, colour, ct_series, radiograph

__all__ = ["EXERCISES", "checkpoint"]

_TEXTS = LessonTexts(__name__)

_NUMBER_OF_SLICES = 9  # the ninth shows the ventricles and a lesion
_CT_SIZE = 256
_CHEST_SIZE = 256
_FRAMES = 8

_IN_HU = in_units(NUMBER, {"HU": 1, "H": 1, "Hounsfield": 1, "Hounsfield units": 1})


def checkpoint() -> SimpleNamespace:
    """Return the values that notebook 05 starts from.

    Returns
    -------
    SimpleNamespace
        ``ct``: a slice of a head, with three windows; ``chest``: a radiograph in MONOCHROME1; ``eye``: a
        photograph in RGB; ``beat``: a heart beat of 8 frames in colour.
    """
    return SimpleNamespace(
        ct=ct_series(_NUMBER_OF_SLICES, size=_CT_SIZE)[-1],
        chest=radiograph(size=_CHEST_SIZE),
        eye=colour(),
        beat=cine(_FRAMES),
    )


def _within_one(pair: tuple[float, float], borders: tuple[float, float]) -> bool:
    """Return whether two pairs are equal but for 1: the Standard's LINEAR shifts the borders by half a value and by one."""
    return all(abs(number - border) <= 1 for number, border in zip(pair, borders, strict=True))


def _window(answer: object) -> str:
    """Return the letter of a window, which may also be given by center and width."""
    numbers = re.findall(r"\d+", answer) if isinstance(answer, str) else answer
    if isinstance(numbers, list | tuple) and len(numbers) == 2:  # noqa: PLR2004 - center and width
        letters = {window: letter for letter, window in _WINDOWS.items()}
        return _LETTERS.reader(letters.get((int(numbers[0]), int(numbers[1])), answer))  # type: ignore[no-any-return]
    return _LETTERS.reader(answer)  # type: ignore[no-any-return]


_WINDOWS = {"A": (40, 80), "B": (35, 30), "C": (500, 2500), "D": (40, 400)}
_LETTERS = choice_of({letter: [f"window {letter}"] for letter in _WINDOWS})

# Synonyms of the three steps, and the values that they begin with.
_STEPS = {
    "modality": "modality LUT, modality transformation, modality value, modality values, rescale, rescaling, "
    "Rescale Slope, Rescale Intercept, slope, intercept, slope and intercept, Rescale Slope and Intercept, "
    "Rescale Slope and Rescale Intercept, Hounsfield, Hounsfield units, HU, stored to modality, first, "
    "apply_modality_lut, apply_rescale",
    "window": "windowing, VOI, VOI LUT, Window Center, Window Width, display_values, second",
    "polarity": "display, inversion, invert, MONOCHROME1, Photometric Interpretation, third",
    "stored": "stored value, stored values, pixel_array, pixel data",
}
_STEP_WORDS = {
    "modality": {"modality", "rescale", "slope", "intercept", "hounsfield", "hu"},
    "window": {"window", "windowing", "voi", "center", "width"},
    "polarity": {"polarity", "inversion", "invert", "monochrome1", "monochrome2", "photometric"},
}
_STEP_NAMES = choice_of({step: others.split(", ") for step, others in _STEPS.items()})

_NUMBERED = {"1": "first", "2": "second", "3": "third"}


def _step(answer: object) -> str:
    """Return a step from its name or number: ``step 1 (modality)``, ``the first``."""
    if callable(answer):
        answer = getattr(answer, "__name__", answer)
    if isinstance(answer, str):
        steps = [
            step
            for step, words in _STEP_WORDS.items()
            if words & set(re.findall("[a-z0-9]+", answer.casefold()))
        ]
        if len(steps) == 1:
            return steps[0]
    if isinstance(answer, str | int):
        words = re.split(r"[\s(),:]+", str(answer).strip("\"'` .").casefold())
        words = [_NUMBERED.get(word, word) for word in words if word not in {"the", "step", ""}]
        names = [word for word in words if word not in _NUMBERED.values()]
        answer = " ".join(names or words)
    return _STEP_NAMES.reader(answer)  # type: ignore[no-any-return]


def _colour_attribute(answer: object) -> str:
    """Read a keyword; a value such as YBR_FULL gets a reply of its own."""
    word = unquoted(answer).casefold() if isinstance(answer, str) else ""
    return word if re.fullmatch("ybr(_full(_422)?)?|rgb", word) else str(KEYWORD.reader(answer))


_BRAIN, _CHEST = (40, 80), (1900, 3400)  # center, width
_SIZE = 96
_BLACK_TO_WHITE = 255


def _as_levels(answer: object) -> NDArray[np.float64]:
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


def _check_to_screen(to_screen: Callable[..., Any]) -> Verdict:
    for image, window in _shown():
        given = copy.deepcopy(image)
        levels = returned(_LEVELS, to_screen, given, *window)
        if given != image:
            return retry(_TEXTS.relabelled)
        # A difference of one level is rounding.
        if np.abs(levels - render(image, window=window)).max() > 1:
            return retry(_why_shown(levels, image, window))
    return PASS


def _why_shown(levels: NDArray[np.float64], image: FileDataset, window: tuple[int, int]) -> str:
    values = modality_values(image).astype(float)
    plain = display_values(values, *window).astype(float)
    upside_down = values.max() - values
    turned = [upside_down, upside_down + values.min(), 2**image.BitsStored - 1 - values, -values]

    def shows(picture: NDArray[np.float64]) -> bool:
        return bool(np.abs(levels - picture).max() <= 1)

    return reply_of(
        (shows(plain), _TEXTS.still_negative),
        (shows(_BLACK_TO_WHITE - plain), _TEXTS.by_kind if image.Modality == "CR" else _TEXTS.always),
        (shows(plain.max() - plain), _TEXTS.of_the_brightest),
        (
            np.array_equal(levels, -plain % (_BLACK_TO_WHITE + 1)) or np.array_equal(levels, -plain),
            _TEXTS.minus,
        ),
        (any(shows(display_values(each, *window).astype(float)) for each in turned), _TEXTS.stored),
        (True, _TEXTS.other_levels),
    )


@functools.cache
def _measured() -> list[tuple[FileDataset, tuple[int, int, int]]]:
    """Return images with squares (top, left, size); the last one has a Rescale Slope of 2."""
    image = ct_series(9, size=_SIZE)[-1]
    other = copy.deepcopy(image)
    other.RescaleSlope, other.RescaleIntercept = 2, -2024
    return [(image, (12, 40, 5)), (image, (30, 60, 9)), (other, (20, 30, 4))]


def _means(mean_hu: Callable[..., Any]) -> tuple[float, ...]:
    return tuple(returned(NUMBER, mean_hu, copy.deepcopy(image), *square) for image, square in _measured())


def _same_means(found: tuple[float, ...], expected: tuple[float, ...]) -> bool:
    return np.allclose(found, expected, rtol=0, atol=0.5, equal_nan=True)  # rounding is allowed


EXERCISES = (
    _TEXTS.looked_up("05.1", _IN_HU),
    _TEXTS.looked_up("05.2", tuple_of(or_stub(_IN_HU), or_stub(_IN_HU)), alike=_within_one),
    _TEXTS.looked_up("05.3", Form("one letter", _window)),
    _TEXTS.looked_up("05.4", Form("the name of a step", _step)),
    _TEXTS.looked_up("05.5", Form("a keyword", _colour_attribute)),
    _TEXTS.exercise("05.6", FUNCTION, _check_to_screen),
    _TEXTS.looked_up("05.7", behaviour_of(_means), alike=_same_means),
)
