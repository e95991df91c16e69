"""The last exercise of notebook 04: three images, in each of which one attribute tells a lie about the pixels."""

from __future__ import annotations

import re

import numpy as np
from pydicom.dataset import FileDataset

from dicomkit.lessons.answer_parts import mapping_of, or_stub
from dicomkit.lessons.answers import KEYWORD, Form
from dicomkit.lessons.exercise import PASS, TODO, Exercise, Misconception, Verdict, retry
from dicomkit.pixels import render, secondary_capture
from dicomkit.samples import colour, radiograph

__all__ = ["CULPRITS", "make_damaged"]

_CROPPED_ROWS = 191  # with 192 columns nearly a square, but not quite

_CULPRITS = {"A": "Columns", "B": "PlanarConfiguration", "C": "PixelRepresentation"}
_CHOICES = (
    "Columns",
    "PlanarConfiguration",
    "PixelRepresentation",
    "PhotometricInterpretation",
)
_SHEARED = "A is sheared: each row begins a little too late. Which attribute says how long a row is?"
_TRIPLED = "B shows small grey copies: red, green and blue were cut apart wrongly. Which attribute says how they lie?"
_SPLIT = "in C the brightest parts turned black, with a hard edge: large numbers became negative ones"
_INVERTED = "a wrong Photometric Interpretation turns all grey values over, or changes all colours; nothing of the kind here"
_WHICH = "give each of A, B and C the keyword of one attribute: " + ", ".join(_CHOICES)


def make_damaged() -> dict[str, FileDataset]:
    """Return images A, B and C, which each carry one lie about their pixels."""
    eye, chest = render(colour())[:_CROPPED_ROWS], render(radiograph())
    sheared, tripled, split = (secondary_capture(array) for array in (eye, eye, chest))
    # The number of bytes stays right, so no reader can notice.
    sheared.Rows, sheared.Columns = sheared.Columns, sheared.Rows
    planes = np.moveaxis(eye, -1, 0).tobytes()  # all red, all green, all blue, and a label that says RGBRGB
    tripled.PixelData = planes + b"\0" * (len(planes) % 2)
    split.PixelRepresentation = 1
    return {"A": sheared, "B": tripled, "C": split}


def _attribute(answer: object) -> str:
    """Return the keyword of one attribute; Rows and Columns, which lie together, count as one."""
    parts = answer if isinstance(answer, list | tuple | set) else [answer]
    if isinstance(answer, str) and not re.search(r"\d", answer):
        parts = re.split(r"[,;/&+()]|\band\b|\btogether with\b", answer.strip(" ()"))
    found = {
        "Columns" if keyword == "Rows" else keyword for keyword in map(KEYWORD.reader, filter(None, parts))
    }
    if len(found) != 1 or not found <= set(_CHOICES):
        raise ValueError(answer)
    return str(found.pop())


def _check_culprits(given: dict[str, str | None]) -> Verdict:
    if None in given.values():
        return TODO
    if "PhotometricInterpretation" in given.values():
        return retry(_INVERTED)
    for name, reason in (("A", _SHEARED), ("B", _TRIPLED), ("C", _SPLIT)):
        if given[name] != _CULPRITS[name]:
            return retry(reason)
    return PASS


CULPRITS = (
    Exercise(
        id="04.7",
        title="Tell from the picture which attribute is wrong",
        name="culprits",
        checker=_check_culprits,
        hints=(
            "The bytes are the same as in a good image; only the way of cutting them is wrong.",
            "A: each row begins a few pixels too late. B: the colours are gone. C: what was brightest turned black.",
            "Columns shears. Planar Configuration mixes colours up. A sign makes large numbers negative.",
        ),
        solution=('culprits = {"A": "Columns", "B": "PlanarConfiguration", "C": "PixelRepresentation"}'),
        misconceptions=(
            Misconception(
                '{"A": "PlanarConfiguration", "B": "Columns", "C": "PixelRepresentation"}', _SHEARED
            ),
            Misconception(
                '{"A": "Columns", "B": "PixelRepresentation", "C": "PlanarConfiguration"}', _TRIPLED
            ),
            Misconception('{"A": "Columns", "B": "PlanarConfiguration", "C": "Columns"}', _SPLIT),
            Misconception(
                '{"A": "Columns", "B": "PlanarConfiguration", "C": "PhotometricInterpretation"}', _INVERTED
            ),
            Misconception('{"A": "a virus", "B": "b", "C": "c"}', _WHICH),
            Misconception('["Columns", "PlanarConfiguration", "PixelRepresentation"]', _WHICH),
        ),
        form=mapping_of(dict.fromkeys(_CULPRITS, or_stub(Form("an attribute", _attribute, _WHICH)))).saying(
            _WHICH
        ),
        minutes=5,
        learned="A validator is silent about all three: it counts bytes and never looks at a picture.",
    ),
)
