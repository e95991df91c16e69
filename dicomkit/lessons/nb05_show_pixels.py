"""Exercises of notebook 05: a Hounsfield unit, two borders, a window, a forgotten step, wrong colours, and code."""

from __future__ import annotations

import dataclasses
import re
from types import SimpleNamespace

from dicomkit.lessons.answer_parts import choice_of, in_units, or_stub, tuple_of
from dicomkit.lessons.answers import KEYWORD, NUMBER, Form, unquoted
from dicomkit.lessons.exercise import PASS, TODO, Verdict, retry
from dicomkit.lessons.lesson_texts import LessonTexts
from dicomkit.lessons.nb05_part_code import CODE_EXERCISES
from dicomkit.samples import cine, colour, ct_series, radiograph

__all__ = ["EXERCISES", "SPEAKER_NOTES", "checkpoint"]

_TEXTS = LessonTexts(__name__)

_NUMBER_OF_SLICES = 9  # the ninth shows the ventricles and a lesion
_CT_SIZE = 256
_CHEST_SIZE = 256
_FRAMES = 8

_IN_HU = in_units(NUMBER, {"HU": 1, "H": 1, "Hounsfield": 1, "Hounsfield units": 1})

_BORDERS = (-450, 1050)


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


def _check_borders(pair: tuple[float | None, float | None]) -> Verdict:
    low, high = pair
    if low is None or high is None:
        return TODO
    known = {
        _BORDERS: "",
        (300, 1500): _TEXTS.as_borders,
        (-1200, 1800): _TEXTS.full_to_each_side,
        (300, 1800): _TEXTS.from_center,
        (-450, 300): _TEXTS.to_center,
        (1050, -450): _TEXTS.swapped,
        (-450, 750): _TEXTS.half,
    }
    # The Standard's LINEAR shifts the borders by half a value and one value; both readings are right here.
    for borders, reason in known.items():
        if abs(low - borders[0]) <= 1 and abs(high - borders[1]) <= 1:
            return retry(reason) if reason else PASS
    return retry("half of the width below the center, half of it above")


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


EXERCISES = (
    _TEXTS.looked_up(
        "05.1", form=_IN_HU.saying(_TEXTS.hu), otherwise="slope times stored value, plus intercept"
    ),
    _TEXTS.exercise(
        "05.2",
        form=tuple_of(*[or_stub(_IN_HU.saying(_TEXTS.pair))] * 2).saying(_TEXTS.pair),
        checker=_check_borders,
    ),
    _TEXTS.looked_up("05.3", form=Form("one letter", _window, _TEXTS.letter), otherwise=_TEXTS.letter),
    _TEXTS.looked_up("05.4", form=Form("the name of a step", _step, _TEXTS.step), otherwise=_TEXTS.step),
    _TEXTS.looked_up(
        "05.5",
        form=dataclasses.replace(KEYWORD, reader=_colour_attribute, reason=_TEXTS.keyword),
        otherwise=_TEXTS.keyword,
    ),
    *CODE_EXERCISES,
)

SPEAKER_NOTES = _TEXTS.speaker_notes
