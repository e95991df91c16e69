"""Exercises of notebook 00: the words for what was just seen, a window, a count."""

from __future__ import annotations

import re
from collections.abc import Callable
from types import SimpleNamespace
from typing import Any

import numpy as np
from pydicom.dataset import Dataset

from dicomkit.lessons.answer_parts import SECONDS, in_units
from dicomkit.lessons.answers import FUNCTION, KEYWORD, NUMBER, WHOLE_NUMBER, WORD, WrongForm
from dicomkit.lessons.exercise import PASS, Verdict, retry
from dicomkit.lessons.learners_code import call
from dicomkit.lessons.lesson_texts import LessonTexts
from dicomkit.pixels import display_values, modality_values
from dicomkit.samples import ct_series

__all__ = ["EXERCISES", "SPEAKER_NOTES", "checkpoint"]

_TEXTS = LessonTexts(__name__)

_ARRIVALS_S = (0, 3, 9, 30, 33)
_QUIET_PERIOD_S = 16

_BONE_CENTER, _BONE_WIDTH = 500, 2000


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
    if roles == {"scp"}:
        return retry(_TEXTS.provider)
    name = word.removeprefix("the ").removeprefix("a ").removeprefix("an ")
    if name == "provider":
        return retry(_TEXTS.provider)
    if name in {"server", "receiver", "archive", "storescp", "called"}:
        return retry(_TEXTS.wrong_side)
    if name in {"client", "sender", "user", "scanner", "storescu", "requestor", "requester", "caller"}:
        return retry(_TEXTS.right_side)
    return retry(_TEXTS.two_words)


def _check_identifier(keyword: str) -> Verdict:
    known = {
        "StudyInstanceUID": _TEXTS.study,
        "SeriesInstanceUID": _TEXTS.series,
        "SOPClassUID": _TEXTS.sop_class,
        "MediaStorageSOPClassUID": _TEXTS.sop_class,
        "PatientID": _TEXTS.patient,
        "InstanceNumber": _TEXTS.for_people,
        "SliceLocation": _TEXTS.for_people,
        "ImagePositionPatient": _TEXTS.for_people,
    }
    # Group 0002 repeats the same UID under a name of its own.
    if keyword in {"SOPInstanceUID", "MediaStorageSOPInstanceUID"}:
        return PASS
    return retry(known.get(keyword, f"{keyword} is not the name of one slice; which of the UIDs is?"))


def _check_window(function: Callable[..., Any]) -> Verdict:
    one = ct_series(1)[0]
    units = modality_values(one)
    stored = (units - float(one.RescaleIntercept)) / float(one.RescaleSlope)
    found = call(function, one)
    known = (
        (units, 2000, 500, _TEXTS.swapped),
        (units, _BONE_CENTER, 80, _TEXTS.only_center),
        (units, 40, _BONE_WIDTH, _TEXTS.only_width),
        (units, -500, 1500, _TEXTS.borders),
        (stored, _BONE_CENTER, _BONE_WIDTH, _TEXTS.stored),
    )
    if _alike(found, display_values(units, _BONE_CENTER, _BONE_WIDTH)):
        return PASS
    if isinstance(found, np.ndarray) and 0 < np.max(found) <= 1:  # nearly black, as a wrong window may be too
        return retry(_TEXTS.picture)
    for values, center, width, reason in known:
        if _alike(found, display_values(values, center, width)):
            return retry(reason)
    return retry(_TEXTS.picture)


def _alike(found: object, expected: np.ndarray) -> bool:
    """Return whether two pictures are equal, apart from rounding by one grey level."""
    if not isinstance(found, np.ndarray) or found.shape != expected.shape or found.dtype.kind not in "uif":
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
    _TEXTS.exercise("00.1", form=WORD.saying(_TEXTS.two_words), checker=_check_role),
    _TEXTS.exercise("00.2", form=KEYWORD.saying(_TEXTS.keyword), checker=_check_identifier),
    _TEXTS.exercise(
        "00.3",
        form=FUNCTION.saying("bone_picture is a function: keep the line with def, change the numbers"),
        checker=_check_window,
    ),
    _TEXTS.exercise(
        "00.4",
        form=FUNCTION.saying("count_studies is a function: def count_studies(slices): ..."),
        checker=_check_count,
    ),
    _TEXTS.looked_up(
        "00.5",
        form=in_units(NUMBER, SECONDS).saying("the answer is a number of seconds"),
        otherwise=_TEXTS.gap,
    ),
)

SPEAKER_NOTES = _TEXTS.speaker_notes
