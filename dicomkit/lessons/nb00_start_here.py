"""Exercises of notebook 00: the words for what was just seen, a window, a count."""

from __future__ import annotations

import copy
import functools
import re
from collections.abc import Callable
from types import SimpleNamespace
from typing import Any

import numpy as np
from numpy.typing import NDArray
from pydicom.dataset import Dataset

from dicomkit.lessons.answer_parts import SECONDS, in_units
from dicomkit.lessons.answers import FUNCTION, KEYWORD, NUMBER, WHOLE_NUMBER, WORD, WrongForm
from dicomkit.lessons.exercise import PASS, Verdict, judged_by, retry
from dicomkit.lessons.learners_code import behaviour_of, call
from dicomkit.lessons.lesson_texts import LessonTexts
from dicomkit.samples import ct_series

__all__ = ["EXERCISES", "checkpoint"]

_TEXTS = LessonTexts(__name__)

_ARRIVALS_S = (0, 3, 9, 30, 33)
_QUIET_PERIOD_S = 16


def checkpoint() -> SimpleNamespace:
    """Return the values that the later cells of notebook 00 start from.

    Returns
    -------
    SimpleNamespace
        ``arrivals_s``: times of arrival of instances, in seconds; ``quiet_period_s``: the quiet period after
        which a study counts as complete, in seconds.
    """
    return SimpleNamespace(arrivals_s=_ARRIVALS_S, quiet_period_s=_QUIET_PERIOD_S)


def _check_role(word: str) -> Verdict:
    words = re.sub(r"s\W?c\W?([up])\b", r"sc\1", word)  # S.C.U.
    words = re.sub(r"service\W*class\W*(user|provider)", lambda found: f"sc{found[1][0]}", words)
    roles = set(re.findall(r"\b(?:sc[up]|not|no)\b", words))
    if roles == {"scu"}:
        return PASS
    name = word.removeprefix("the ").removeprefix("a ").removeprefix("an ")
    sender = {"client", "sender", "user", "scanner", "storescu", "requestor", "requester", "caller"}
    return judged_by(
        (roles == {"scp"} or name == "provider", _TEXTS.provider),
        (name in {"server", "receiver", "archive", "storescp", "called"}, _TEXTS.wrong_side),
        (name in sender, _TEXTS.right_side),
        (True, _TEXTS.two_words),
    )


def _shown(function: Callable[..., Any]) -> object:
    return call(function, copy.deepcopy(_one_slice()))


@functools.cache
def _one_slice() -> Dataset:
    return ct_series(1)[0]


def _alike(found: object, expected: NDArray[np.generic]) -> bool:
    """Return whether two pictures are equal, apart from rounding by one grey level."""
    if not isinstance(found, np.ndarray) or found.shape != expected.shape or found.dtype.kind not in "uif":
        return False
    if 0 < np.max(found) <= 1:  # values from 0 to 1: nearly black, as the picture of a wrong window may be
        return False
    return bool(np.max(np.abs(found.astype(float) - expected)) <= 1)


def _check_count(function: Callable[..., Any]) -> Verdict:
    mixed = _mixed_slices()
    form = WHOLE_NUMBER.saying(_TEXTS.no_count)
    counts = [form.read(call(function, slices)) for slices in (list(mixed), mixed[:1])]
    if counts == [3, 1]:
        try:
            counts.append(form.read(call(function, [])))
        except WrongForm as error:
            return retry(_TEXTS.empty_list.format(error.reason))
    if counts == [3, 1, 0]:
        return PASS
    # Each idea of what a study is counts the seven slices differently.
    known = {7: _TEXTS.slices, 4: _TEXTS.series_counted, 2: _TEXTS.patients_counted, 1: _TEXTS.study_id}
    known |= dict.fromkeys((5, 6), _TEXTS.neighbours)
    return retry(known.get(counts[0], _TEXTS.other_count))


def _mixed_slices() -> list[Dataset]:
    """Return seven slices in order of arrival: two patients, three studies, four series."""
    came = ("EVA A 1", "EVA B 1", "EVA A 1", "EVA B 1", "EVA A 2", "EVA A 2", "ADA C 1")
    slices: list[Dataset] = []
    for number, (patient, study, series) in enumerate(each.split() for each in came):
        [one] = ct_series(1, size=16)
        one.PatientID, one.StudyID = patient, "1"
        one.StudyInstanceUID = f"2.25.{ord(study)}"
        one.SeriesInstanceUID = f"{one.StudyInstanceUID}.{series}"
        one.SOPInstanceUID = f"{one.SeriesInstanceUID}.{number}"
        slices.append(one)
    return slices


EXERCISES = (
    _TEXTS.exercise("00.1", WORD, _check_role),
    _TEXTS.looked_up("00.2", KEYWORD),
    _TEXTS.looked_up("00.3", behaviour_of(_shown), alike=_alike),
    _TEXTS.exercise("00.4", FUNCTION, _check_count),
    _TEXTS.looked_up("00.5", in_units(NUMBER, SECONDS)),
)
