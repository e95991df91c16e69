"""Exercises of notebook 05: a Hounsfield unit, two borders, a window, a forgotten step, wrong colours, and code."""

from __future__ import annotations

import dataclasses
import re
from types import SimpleNamespace

from dicomkit.lessons.answer_parts import choice_of, in_units, or_stub, tuple_of
from dicomkit.lessons.answers import KEYWORD, NUMBER, Form, unquoted
from dicomkit.lessons.exercise import PASS, TODO, Exercise, Misconception, Verdict, retry
from dicomkit.lessons.nb05_part_code import CODE_EXERCISES
from dicomkit.samples import cine, colour, ct_series, radiograph

__all__ = ["EXERCISES", "SPEAKER_NOTES", "checkpoint"]

_NUMBER_OF_SLICES = 9  # the ninth shows the ventricles and a lesion
_CT_SIZE = 256
_CHEST_SIZE = 256
_FRAMES = 8

_UNITS = 24
_IN_HU = in_units(NUMBER, {"HU": 1, "H": 1, "Hounsfield": 1, "Hounsfield units": 1})
_HU = "the answer is a number of Hounsfield units"
_INTERCEPT_FORGOTTEN = "2048 is slope times stored value; the intercept is added to that"
_MINUS_MINUS = "the intercept is added, and it is negative already: 2048 + (-2024)"
_SLOPE_FORGOTTEN = "the slope is 2 here, not 1: multiply first, then add the intercept"
_ORDER = "multiply first, then add: the intercept is not multiplied by the slope"

_BORDERS = (-450, 1050)
_AS_BORDERS = (
    "Window Center and Window Width are a middle and an extent, not the lowest and the highest value"
)
_FULL_TO_EACH_SIDE = "the width is the whole extent: half of it lies below the center, half above"
_FROM_CENTER = "the center is the middle of the window, not its lower end"
_TO_CENTER = "the center is the middle of the window, not its upper end"
_HALF = "half of the width is added to the center, not put in its place"
_PAIR = "the answer is a pair of two numbers: (lowest, highest)"
_SWAPPED = "give the lowest value first"

_TOO_WIDE = "C spreads 2500 Hounsfield units over 256 levels of grey: 8 units are less than one level"
_BRAIN = "A is the usual one for a brain and keeps them about 26 levels apart; one of the others does better"
_SOFT = "D holds both, but with 400 units from black to white they are only 5 levels apart"
_LETTER = 'answer with one letter: "A", "B", "C" or "D"'

_WINDOW_IS_THERE = "the window is there, and it is the right one for a body; but on which values was it used?"
_POLARITY = "a CT is MONOCHROME2; turned over it would be black where it is white now"
_PIXELS_ARE_RIGHT = (
    "pixel_array gives the stored values as they are in the file: that is where the steps begin"
)
_STEP = 'answer with the name of a step: "modality", "window" or "polarity"'

_PLANAR = "Planar Configuration mixed up gives several small grey copies, not one picture in teal and pink"
_SYNTAX = "the stream was decoded, or there would be no picture; what do its three samples mean?"
_SAMPLES = "there are three samples per pixel in RGB and in YBR: the number does not tell which"
_WINDOWING = "colour images have no window; their samples go to the screen as they are"
_COLOUR_SPACE = "that says which red is meant, for a colour that is RGB already; what says that it is RGB?"
_ITS_VALUE = "that is a value; which attribute has it? Answer with its keyword"
_KEYWORD = "answer with the keyword of an attribute of group 0028"


def checkpoint() -> SimpleNamespace:
    """Make what notebook 05 starts from.

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


def _check_units(number: float) -> Verdict:
    known: dict[float, str] = {
        2048: _INTERCEPT_FORGOTTEN,
        2048 + 2024: _MINUS_MINUS,
        1024 - 2024: _SLOPE_FORGOTTEN,
        2 * (1024 - 2024): _ORDER,
    }
    return PASS if number == _UNITS else retry(known.get(number, "slope times stored value, plus intercept"))


def _check_borders(pair: tuple[float | None, float | None]) -> Verdict:
    low, high = pair
    if low is None or high is None:
        return TODO
    known = {
        _BORDERS: "",
        (300, 1500): _AS_BORDERS,
        (-1200, 1800): _FULL_TO_EACH_SIDE,
        (300, 1800): _FROM_CENTER,
        (-450, 300): _TO_CENTER,
        (1050, -450): _SWAPPED,
        (-450, 750): _HALF,
    }
    # The Standard's LINEAR shifts the borders by half a value and one value; both readings are right here.
    for borders, reason in known.items():
        if abs(low - borders[0]) <= 1 and abs(high - borders[1]) <= 1:
            return retry(reason) if reason else PASS
    return retry("half of the width below the center, half of it above")


def _window(answer: object) -> str:
    """Return the letter of a window, also where its center and width are given instead."""
    numbers = re.findall(r"\d+", answer) if isinstance(answer, str) else answer
    if isinstance(numbers, list | tuple) and len(numbers) == 2:  # noqa: PLR2004 - center and width
        letters = {window: letter for letter, window in _WINDOWS.items()}
        return _LETTERS.reader(letters.get((int(numbers[0]), int(numbers[1])), answer))  # type: ignore[no-any-return]
    return _LETTERS.reader(answer)  # type: ignore[no-any-return]


_WINDOWS = {"A": (40, 80), "B": (35, 30), "C": (500, 2500), "D": (40, 400)}
_LETTERS = choice_of({letter: [f"window {letter}"] for letter in _WINDOWS})


def _check_window(letter: str) -> Verdict:
    known = {"A": _BRAIN, "C": _TOO_WIDE, "D": _SOFT}
    return PASS if letter == "B" else retry(known[letter])


# What people call the three steps, and the value that they begin with.
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
    """Return the step that is named, or counted: ``step 1 (modality)``, ``the first``."""
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


def _check_step(step: str) -> Verdict:
    known = {"window": _WINDOW_IS_THERE, "polarity": _POLARITY, "stored": _PIXELS_ARE_RIGHT}
    return PASS if step == "modality" else retry(known[step])


def _colour_attribute(answer: object) -> str:
    """Read a keyword; YBR_FULL and its like are values, and are told so."""
    word = unquoted(answer).casefold() if isinstance(answer, str) else ""
    return word if re.fullmatch("ybr(_full(_422)?)?|rgb", word) else str(KEYWORD.reader(answer))


def _check_colours(keyword: str) -> Verdict:
    known = {
        "PlanarConfiguration": _PLANAR,
        "TransferSyntaxUID": _SYNTAX,
        "SamplesPerPixel": _SAMPLES,
        "WindowCenter": _WINDOWING,
        "WindowWidth": _WINDOWING,
        "ColorSpace": _COLOUR_SPACE,
        "ICCProfile": _COLOUR_SPACE,
        **dict.fromkeys(("ybr_full_422", "ybr_full", "ybr", "rgb"), _ITS_VALUE),
    }
    return PASS if keyword == "PhotometricInterpretation" else retry(known.get(keyword, _KEYWORD))


EXERCISES = (
    Exercise(
        id="05.1",
        title="Turn a stored value into Hounsfield units",
        name="hounsfield",
        checker=_check_units,
        hints=(
            "The line of code above: which number is multiplied, which is added?",
            "1024 * 2 = 2048. The intercept is negative, and it is added.",
            "hounsfield = 1024 * 2 + (-2024)",
        ),
        solution="hounsfield = 1024 * 2 + (-2024)",
        misconceptions=(
            Misconception("1024 * 2", _INTERCEPT_FORGOTTEN),
            Misconception("1024 * 2 + 2024", _MINUS_MINUS),
            Misconception("1024 - 2024", _SLOPE_FORGOTTEN),
            Misconception("(1024 - 2024) * 2", _ORDER),
        ),
        form=_IN_HU.saying(_HU),
        minutes=2,
        learned="24 HU is brain. With a slope of 1 the same stored value would be -1000 HU: air.",
    ),
    Exercise(
        id="05.2",
        title="Compute the borders of a window",
        name="borders",
        checker=_check_borders,
        hints=(
            "The center is the value in the middle: it becomes medium grey.",
            "Half of the width is 750. How far is it from the center to each border?",
            "borders = (300 - 750, 300 + 750)",
        ),
        solution="borders = (300 - 750, 300 + 750)",
        misconceptions=(
            Misconception("(300, 1500)", _AS_BORDERS),
            Misconception("(300 - 1500, 300 + 1500)", _FULL_TO_EACH_SIDE),
            Misconception("(300, 300 + 1500)", _FROM_CENTER),
            Misconception("(1050, -450)", _SWAPPED),
            Misconception("(300 - 750, 300)", _TO_CENTER),
            Misconception("(300 - 750, 750)", _HALF),
            Misconception("1500", _PAIR),
        ),
        form=tuple_of(*[or_stub(_IN_HU.saying(_PAIR))] * 2).saying(_PAIR),
        minutes=3,
        learned="Everything below is black, everything above is white.",
    ),
    Exercise(
        id="05.3",
        title="Choose the window that separates two tissues",
        name="best_window",
        checker=_check_window,
        hints=(
            "Both tissues have to lie inside the window, or they are both white or both black.",
            "The narrower the window, the more levels of grey for each Hounsfield unit.",
            "8 units of 30 take more than a quarter of all levels.",
        ),
        solution='best_window = "B"',
        misconceptions=(
            Misconception('"A"', _BRAIN),
            Misconception('"C"', _TOO_WIDE),
            Misconception('"D"', _SOFT),
            Misconception('"narrow"', _LETTER),
        ),
        form=Form("one letter", _window, _LETTER),
        minutes=3,
        learned="Such a narrow window is used to look for an early stroke, which changes the brain by a few units only.",
    ),
    Exercise(
        id="05.4",
        title="Find the forgotten step",
        name="missing_step",
        checker=_check_step,
        hints=(
            "You have seen that picture: it is the middle one of the three.",
            "The window says Hounsfield units. What does pixel_array say?",
            "It is the step with Rescale Slope and Rescale Intercept.",
        ),
        solution='missing_step = "modality"',
        misconceptions=(
            Misconception('"window"', _WINDOW_IS_THERE),
            Misconception('"polarity"', _POLARITY),
            Misconception('"pixel_array"', _PIXELS_ARE_RIGHT),
            Misconception('"brightness"', _STEP),
        ),
        form=Form("the name of a step", _step, _STEP),
        minutes=2,
        learned="A window is always meant for modality values, also where the two happen to be equal.",
    ),
    Exercise(
        id="05.5",
        title="Name the attribute that tells what colours mean",
        name="attribute",
        checker=_check_colours,
        hints=(
            "The three samples are right; they are taken for something that they are not.",
            "Which attribute had the value YBR_FULL_422?",
            "It is the one that tells MONOCHROME1 from MONOCHROME2, too.",
        ),
        solution='attribute = "PhotometricInterpretation"',
        misconceptions=(
            Misconception('"PlanarConfiguration"', _PLANAR),
            Misconception('"TransferSyntaxUID"', _SYNTAX),
            Misconception('"SamplesPerPixel"', _SAMPLES),
            Misconception('"WindowCenter"', _WINDOWING),
            Misconception('"colour"', _KEYWORD),
            Misconception('"ColorSpace"', _COLOUR_SPACE),
        ),
        form=dataclasses.replace(KEYWORD, reader=_colour_attribute, reason=_KEYWORD),
        minutes=2,
        learned="Read it before you show anything: grey or colour, low values black or white, RGB or YBR.",
    ),
    *CODE_EXERCISES,
)

SPEAKER_NOTES: dict[str, str] = {
    "predict": "Take votes for black, grey and white before anybody computes. The answer comes with the window.",
    "stored": "Ask what the room can diagnose in this picture. Nothing: the brain is one grey.",
    "four-windows": "Let the slide stand. Ask for the ring: three show it, and the bone window hardly. Then ask for the skull's layers.",
    "polarity": "Ask which of the two is a chest. Both are, and only one is how everybody has learned to read it.",
    "exercise-7-text": "Rows first: let somebody swap them, and look for the square in the viewer.",
    "misread": "Nearly everybody who has written a viewer has seen this eye.",
}
