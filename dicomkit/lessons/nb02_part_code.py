"""Two exercises of notebook 02 that run the learner's code: an age as an AS, and the UIDs of a new stack."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from pydicom.dataset import Dataset
from pydicom.uid import UID

from dicomkit.lessons.answers import FUNCTION
from dicomkit.lessons.exercise import PASS, Verdict, retry
from dicomkit.lessons.learners_code import call
from dicomkit.lessons.lesson_texts import LessonTexts
from dicomkit.samples import ct_series

__all__ = ["CHANGE_NEW_STACK", "WRITE_PATIENT_AGE"]

_TEXTS = LessonTexts(__name__)

# Born, scanned, age: a child, on the birthday, a day before it, later that year, a centenarian, a first birthday.
_PATIENTS = (
    ("20160229", "20240715", "008Y"),
    ("19700714", "20240714", "054Y"),
    ("19700714", "20240713", "053Y"),
    ("19700714", "20241231", "054Y"),
    ("19200105", "20240106", "104Y"),
    ("20220310", "20230310", "001Y"),  # 365 days, less than 365.25
)

_SHORTEST_GENERATED = 20


def _check_age(function: Callable[..., Any]) -> Verdict:
    for born, scanned, right in _PATIENTS:
        dataset = Dataset()
        dataset.PatientBirthDate, dataset.StudyDate = born, scanned
        found = call(function, dataset, name="patient_age")
        if found != right:
            return retry(
                _what_is_wrong(found, right) or _TEXTS.age.format(born, scanned, repr(found)[:20], right)
            )
    return PASS


def _what_is_wrong(found: object, right: str) -> str:
    years = int(right[:-1])
    if found is None:
        return _TEXTS.no_age
    if not isinstance(found, str):
        return _TEXTS.number
    digits = "".join(letter for letter in found if letter.isdigit())
    if digits == right[:-1] and found != digits:
        return _TEXTS.unit.format(repr(found)[:20])
    if found == right[:-1]:
        return _TEXTS.no_unit
    if digits and int(digits) == years + 1 and "-" not in found:
        return _TEXTS.too_old if found.endswith("Y") else _TEXTS.no_unit
    return _TEXTS.no_zeros if found in {f"{years}Y", f"0{years}Y", f"{years:>3}Y", f"{years}"} else ""


def _check_stack(function: Callable[..., Any]) -> Verdict:
    first, kept = ct_series(3, size=16), ct_series(3, size=16)
    found = call(function, first, name="new_stack")
    if not isinstance(found, list | tuple) or not all(isinstance(one, Dataset) for one in found):
        return retry(_TEXTS.no_stack)
    if first != kept:
        return retry(_TEXTS.originals)
    if [one.get("InstanceNumber") for one in found] != [one.InstanceNumber for one in kept]:
        return retry(_TEXTS.no_stack)
    verdict = _verdict_on_uids(found, kept)
    if verdict is not PASS:
        return verdict
    again = call(function, first, name="new_stack")
    return retry(_TEXTS.once_only) if again[0].SeriesInstanceUID == found[0].SeriesInstanceUID else PASS


def _verdict_on_uids(found: list[Dataset] | tuple[Dataset, ...], kept: list[Any]) -> Verdict:
    studies, series, instances = (
        [str(one.get(keyword, "")) for one in found]
        for keyword in ("StudyInstanceUID", "SeriesInstanceUID", "SOPInstanceUID")
    )
    if set(studies) != {kept[0].StudyInstanceUID}:
        return retry(_TEXTS.new_study)
    if set(instances) & {one.SOPInstanceUID for one in kept}:
        return retry(_TEXTS.old_instances)
    if len(set(instances)) < len(instances):
        return retry(_TEXTS.one_instance)
    if kept[0].SeriesInstanceUID in series:
        return retry(_TEXTS.same_series)
    if len(set(series)) > 1:
        return retry(_TEXTS.series_each)
    made_up = [_is_made_up(uid, one.SOPInstanceUID) for uid, one in zip(instances, kept, strict=True)]
    if _is_made_up(series[0], kept[0].SeriesInstanceUID) or any(made_up):
        return retry(_TEXTS.no_uid)
    return PASS


def _is_made_up(uid: str, old: str) -> bool:
    """Return whether a UID is invalid, too short to be unique, or the old one with a suffix."""
    return not UID(uid).is_valid or len(uid) < _SHORTEST_GENERATED or uid.startswith(old)


WRITE_PATIENT_AGE = _TEXTS.exercise(
    "02.3",
    form=FUNCTION.saying("patient_age is a function: def patient_age(dataset): ..."),
    checker=_check_age,
)

CHANGE_NEW_STACK = _TEXTS.exercise(
    "02.6",
    form=FUNCTION.saying("new_stack is a function: keep its first line, def new_stack(slices)"),
    checker=_check_stack,
)
