"""Exercises of notebook 05: a Hounsfield unit, two borders, a window, a forgotten step, wrong colours."""

from __future__ import annotations

from types import SimpleNamespace

import numpy as np

from dicomkit.lessons.exercise import PASS, TODO, Exercise, Misconception, Verdict, is_stub, retry
from dicomkit.samples import cine, colour, ct_series, radiograph

__all__ = ["EXERCISES", "SPEAKER_NOTES", "checkpoint"]

_NUMBER_OF_SLICES = 9  # the ninth shows the ventricles and a lesion
_CT_SIZE = 256
_CHEST_SIZE = 256
_FRAMES = 8

_UNITS = 24
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


def _check_units(answer: object) -> Verdict:
    if isinstance(answer, bool) or not isinstance(answer, (int, float, np.integer, np.floating)):
        return retry("the answer is a number of Hounsfield units")
    known: dict[float, str] = {
        2048: _INTERCEPT_FORGOTTEN,
        2048 + 2024: _MINUS_MINUS,
        1024 - 2024: _SLOPE_FORGOTTEN,
        2 * (1024 - 2024): _ORDER,
    }
    number = float(answer)
    return PASS if number == _UNITS else retry(known.get(number, "slope times stored value, plus intercept"))


def _check_borders(answer: object) -> Verdict:
    pair = answer.tolist() if isinstance(answer, np.ndarray) else answer
    if not isinstance(pair, list | tuple) or len(pair) != len(_BORDERS):
        return retry("the answer is a pair: (lowest, highest)")
    if any(is_stub(value) for value in pair):
        return TODO
    if not all(isinstance(value, (int, float, np.integer, np.floating)) for value in pair):
        return retry("the answer is a pair of two numbers: (lowest, highest)")
    low, high = pair
    # The Standard's LINEAR shifts the borders by half a value and one value; both readings are right here.
    if abs(low - _BORDERS[0]) <= 1 and abs(high - _BORDERS[1]) <= 1:
        return PASS
    known = {
        (300, 1500): _AS_BORDERS,
        (-1200, 1800): _FULL_TO_EACH_SIDE,
        (300, 1800): _FROM_CENTER,
        (1050, -450): _SWAPPED,
    }
    return retry(known.get((low, high), "half of the width below the center, half of it above"))


def _check_window(answer: object) -> Verdict:
    known = {"A": _BRAIN, "C": _TOO_WIDE, "D": _SOFT}
    letter = str(answer).strip().upper()
    return PASS if letter == "B" else retry(known.get(letter, _LETTER))


def _check_step(answer: object) -> Verdict:
    word = str(answer).casefold().removeprefix("the ").removesuffix("step").replace(" ", "").replace("_", "")
    if word in {"modality", "modalitylut", "modalityvalues", "rescale", "rescaleslope", "rescaleintercept"}:
        return PASS
    known = {
        "window": _WINDOW_IS_THERE,
        "voi": _WINDOW_IS_THERE,
        "polarity": _POLARITY,
        "display": _POLARITY,
        "stored": _PIXELS_ARE_RIGHT,
        "pixelarray": _PIXELS_ARE_RIGHT,
        "monochrome1": _POLARITY,
    }
    return retry(known.get(word, _STEP))


def _check_colours(answer: object) -> Verdict:
    word = str(answer).replace(" ", "").casefold()
    if word in {"photometricinterpretation", "(0028,0004)", "0028,0004"}:
        return PASS
    known = {
        "planarconfiguration": _PLANAR,
        "transfersyntaxuid": _SYNTAX,
        "samplesperpixel": _SAMPLES,
        "windowcenter": _WINDOWING,
        "windowwidth": _WINDOWING,
    }
    return retry(known.get(word, _KEYWORD))


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
        learned="24 HU is brain. With another slope the same stored value would be air.",
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
        ),
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
        learned="It is the window for a stroke, which shows itself by a difference as small as that.",
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
        ),
        learned="Read it before you show anything: grey or colour, upright or turned over, RGB or YBR.",
    ),
)

SPEAKER_NOTES: dict[str, str] = {
    "predict": "Take votes for black, grey and white before anybody computes. Then point at the pipeline.",
    "stored": "Ask what the room can diagnose in this picture. Nothing: the brain is one grey.",
    "four-windows": "Let the slide stand. Ask for the ring: three show it, and the bone window hardly. Then ask for the skull's layers.",
    "polarity": "Ask which of the two is a chest. Both are, and only one is how everybody has learned to read it.",
    "misread": "Nearly everybody who has written a viewer has seen this eye.",
}
