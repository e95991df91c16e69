"""The last exercise of notebook 04: three images, each with one attribute that contradicts the pixels."""

from __future__ import annotations

import re

import numpy as np
from pydicom.dataset import FileDataset

from dicomkit.lessons.answer_parts import mapping_of, or_stub
from dicomkit.lessons.answers import KEYWORD, Form
from dicomkit.lessons.exercise import PASS, TODO, Verdict, retry
from dicomkit.lessons.lesson_texts import LessonTexts
from dicomkit.pixels import render, secondary_capture
from dicomkit.samples import colour, radiograph

__all__ = ["CULPRITS", "make_damaged"]

_TEXTS = LessonTexts(__name__)

_CROPPED_ROWS = 191  # with 192 columns nearly a square, but not quite

_CULPRITS = {"A": "Columns", "B": "PlanarConfiguration", "C": "PixelRepresentation"}
_CHOICES = (
    "Columns",
    "PlanarConfiguration",
    "PixelRepresentation",
    "PhotometricInterpretation",
)


def make_damaged() -> dict[str, FileDataset]:
    """Return images A, B and C, each with one wrong attribute."""
    eye, chest = render(colour())[:_CROPPED_ROWS], render(radiograph())
    sheared, tripled, split = (secondary_capture(array) for array in (eye, eye, chest))
    # The number of bytes stays right, so no reader can notice.
    sheared.Rows, sheared.Columns = sheared.Columns, sheared.Rows
    planes = np.moveaxis(eye, -1, 0).tobytes()  # all red, all green, all blue, and a label that says RGBRGB
    tripled.PixelData = planes + b"\0" * (len(planes) % 2)
    split.PixelRepresentation = 1
    return {"A": sheared, "B": tripled, "C": split}


def _attribute(answer: object) -> str:
    """Return the keyword of one attribute; Rows and Columns, which are wrong together, count as one."""
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
        return retry(_TEXTS.inverted)
    for name, reason in (("A", _TEXTS.sheared), ("B", _TEXTS.tripled), ("C", _TEXTS.split)):
        if given[name] != _CULPRITS[name]:
            return retry(reason)
    return PASS


CULPRITS = (
    _TEXTS.exercise(
        "04.7",
        form=mapping_of(
            dict.fromkeys(_CULPRITS, or_stub(Form("an attribute", _attribute, _TEXTS.which)))
        ).saying(_TEXTS.which),
        checker=_check_culprits,
    ),
)
