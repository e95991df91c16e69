"""Exercises 09.4 and 09.5: the tag of a private element, and a script that reads the wrong one."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from pydicom.dataset import FileDataset

from dicomkit.lessons.answers import FUNCTION, TAG, WrongForm, plain
from dicomkit.lessons.exercise import PASS, Misconception, Verdict, retry
from dicomkit.lessons.learners_code import call
from dicomkit.lessons.lesson_texts import LessonTexts
from dicomkit.lessons.nb09_part_text import an_image
from dicomkit.lessons.written_files import read_again
from dicomkit.text import shorten

__all__ = ["PRIVATE"]

_TEXTS = LessonTexts(__name__)


def _check_read_dose(answer: Callable[..., Any]) -> Verdict:
    """Call the function with files whose private blocks are in different orders, as pydicom reads them."""
    creators = ("ACME DOSE", "CITY HOSPITAL", "ACME CT")
    orders = (creators, creators[1:] + creators[:1], creators[::-1], creators[1:], ())
    for number, order in enumerate(orders, start=1):
        dose = f"{number}.25" if "ACME DOSE" in order else None
        try:
            found = plain(call(answer, _file_with(order, dose), name="read_dose"))
        except WrongForm as error:
            if number > 1 and "raised KeyError" in error.reason:
                return retry(_TEXTS.no_dose if dose is None else _TEXTS.not_found)
            raise
        if hasattr(found, "tag"):
            return retry(_TEXTS.element)
        if (found if found is None else str(found).strip()) != dose:
            shown = shorten(repr(found), 40) if isinstance(found, str | float) else type(found).__name__
            fault = _TEXTS.foreign if dose is None else _TEXTS.number_again if number > 1 else _TEXTS.dose
            return retry(fault.format(shown))
    return PASS


def _file_with(creators: tuple[str, ...], dose: str | None) -> FileDataset:
    values = {"ACME DOSE": ("DS", dose), "CITY HOSPITAL": ("LO", "bed 3"), "ACME CT": ("DS", "120")}
    image = an_image()
    for creator in creators:
        image.private_block(0x0019, creator, create=True).add_new(0x01, *values[creator])
    return read_again(image)


PRIVATE = (
    _TEXTS.looked_up(
        "09.4",
        form=TAG.saying(_TEXTS.no_tag),
        otherwise=_TEXTS.three_parts,
    ),
    _TEXTS.exercise(
        "09.5",
        form=FUNCTION.saying(_TEXTS.no_read_dose),
        checker=_check_read_dose,
        also=(
            Misconception("lambda dataset: dataset[0x00191001].value", _TEXTS.number_again.format("'bed 3'")),
            Misconception(
                "lambda dataset: next((each.value for each in dataset if each.VR == 'DS'), None)",
                _TEXTS.number_again.format("120.0"),
            ),
            Misconception(
                'lambda dataset: dataset.private_block(0x0019, "ACME DOSE").private_creator',
                _TEXTS.dose.format("'ACME DOSE'"),
            ),
            Misconception(
                'lambda dataset: dataset.private_block(0x0019, "ACME DOSE")[0x01].value '
                'if "ACME DOSE" in dataset.private_creators(0x0019) else dataset.get((0x0019, 0x1001), "no").value',
                _TEXTS.foreign.format("'bed 3'"),
            ),
        ),
    ),
)
