"""Two tasks of notebook 02 that run what the learner wrote: an age as an AS, and the UIDs of a new stack."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from pydicom.dataset import Dataset
from pydicom.uid import UID

from dicomkit.lessons.answers import FUNCTION
from dicomkit.lessons.exercise import PASS, Exercise, Misconception, Task, Verdict, retry
from dicomkit.lessons.learners_code import call
from dicomkit.samples import ct_series

__all__ = ["CHANGE_NEW_STACK", "WRITE_PATIENT_AGE"]

# Born, scanned, age: a child, on the birthday, a day before it, later that year, a centenarian, a first birthday.
_PATIENTS = (
    ("20160229", "20240715", "008Y"),
    ("19700714", "20240714", "054Y"),
    ("19700714", "20240713", "053Y"),
    ("19700714", "20241231", "054Y"),
    ("19200105", "20240106", "104Y"),
    ("20220310", "20230310", "001Y"),  # 365 days, less than 365.25
)
_NUMBER = "an AS is a text of four characters: three digits and the letter Y"
_NO_ZEROS = "an AS has always four characters: fill the number up with zeros, as in 008Y"
_UNIT = "an AS of years is three digits and a capital Y, four characters with no blank: {} is none"
_NO_UNIT = "the letter that says the unit is missing: an AS may also count days, weeks or months"
_TOO_OLD = "on the day before a birthday the last year has not passed yet: an age counts whole years, and is never rounded"
_NO_AGE = "patient_age returns a text, with return; Patient's Birth Date and Study Date are in the data set"
_AGE = "born {}, scanned {}: patient_age says {}, and the age was {}"

_SAME_SERIES = "the copies still have the old Series Instance UID: they would mix with the first stack"
_SERIES_EACH = (
    "each copy has a Series Instance UID of its own, so each slice is a series: make one UID, before the loop"
)
_NEW_STUDY = "the copies have another Study Instance UID; the patient was examined once, so the study stays"
_OLD_INSTANCES = (
    "the copies have the SOP Instance UIDs of the first stack: an archive takes them for duplicates"
)
_ONE_INSTANCE = "all copies have the same SOP Instance UID: an archive keeps one of them"
_NO_UID = "a UID is made with generate_uid(): a made-up text may be somebody else's name"
_ONCE_ONLY = "a second call would put its copies into the same series as the first: make the new UID inside the function"
_ORIGINALS = "the first stack was changed too: work on copies, as the given line with deepcopy does"
_NO_STACK = "new_stack returns the list of copies, in the same order"


_SHORTEST_GENERATED = 20


def _check_age(function: Callable[..., Any]) -> Verdict:
    for born, scanned, right in _PATIENTS:
        dataset = Dataset()
        dataset.PatientBirthDate, dataset.StudyDate = born, scanned
        found = call(function, dataset, name="patient_age")
        if found != right:
            return retry(_what_is_wrong(found, right) or _AGE.format(born, scanned, repr(found)[:20], right))
    return PASS


def _what_is_wrong(found: object, right: str) -> str:
    years = int(right[:-1])
    if found is None:
        return _NO_AGE
    if not isinstance(found, str):
        return _NUMBER
    digits = "".join(letter for letter in found if letter.isdigit())
    if digits == right[:-1] and found != digits:
        return _UNIT.format(repr(found)[:20])
    if found == right[:-1]:
        return _NO_UNIT
    if digits and int(digits) == years + 1 and "-" not in found:
        return _TOO_OLD if found.endswith("Y") else _NO_UNIT
    return _NO_ZEROS if found in {f"{years}Y", f"0{years}Y", f"{years:>3}Y", f"{years}"} else ""


def _check_stack(function: Callable[..., Any]) -> Verdict:
    first, kept = ct_series(3, size=16), ct_series(3, size=16)
    found = call(function, first, name="new_stack")
    if not isinstance(found, list | tuple) or not all(isinstance(one, Dataset) for one in found):
        return retry(_NO_STACK)
    if first != kept:
        return retry(_ORIGINALS)
    if [one.get("InstanceNumber") for one in found] != [one.InstanceNumber for one in kept]:
        return retry(_NO_STACK)
    verdict = _verdict_on_uids(found, kept)
    if verdict is not PASS:
        return verdict
    again = call(function, first, name="new_stack")
    return retry(_ONCE_ONLY) if again[0].SeriesInstanceUID == found[0].SeriesInstanceUID else PASS


def _verdict_on_uids(found: list[Dataset] | tuple[Dataset, ...], kept: list[Any]) -> Verdict:
    studies, series, instances = (
        [str(one.get(keyword, "")) for one in found]
        for keyword in ("StudyInstanceUID", "SeriesInstanceUID", "SOPInstanceUID")
    )
    if set(studies) != {kept[0].StudyInstanceUID}:
        return retry(_NEW_STUDY)
    if set(instances) & {one.SOPInstanceUID for one in kept}:
        return retry(_OLD_INSTANCES)
    if len(set(instances)) < len(instances):
        return retry(_ONE_INSTANCE)
    if kept[0].SeriesInstanceUID in series:
        return retry(_SAME_SERIES)
    if len(set(series)) > 1:
        return retry(_SERIES_EACH)
    made_up = [_is_made_up(uid, one.SOPInstanceUID) for uid, one in zip(instances, kept, strict=True)]
    if _is_made_up(series[0], kept[0].SeriesInstanceUID) or any(made_up):
        return retry(_NO_UID)
    return PASS


def _is_made_up(uid: str, old: str) -> bool:
    """Return whether a UID is no valid one, too short to be anybody's own, or the old one with an end of its own."""
    return not UID(uid).is_valid or len(uid) < _SHORTEST_GENERATED or uid.startswith(old)


def _stack_of(**uids: str) -> str:
    """Return a version of the solution on one line, with these UIDs in each copy; ``uid`` is made once."""
    changes = " or ".join(f'setattr(one, "{keyword}", {uid})' for keyword, uid in uids.items())
    return f"lambda slices, uid=generate_uid(): [{changes} or one for one in deepcopy(slices)]"


WRITE_PATIENT_AGE = Exercise(
    id="02.3",
    title="Write a function that computes an age as an AS",
    name="patient_age",
    form=FUNCTION.saying("patient_age is a function: def patient_age(dataset): ..."),
    minutes=8,
    task=Task.WRITE,
    checker=_check_age,
    hints=(
        "A DA is year, month, day, largest first: as whole numbers, 20240714 - 19700714 is 540000.",
        "The last four digits of that difference are no days: whole years are what // 10000 leaves of it.",
        'f"{years:03}Y" makes three digits of a number, with zeros in front, and adds the unit.',
    ),
    solution=(
        "def patient_age(dataset):\n"
        "    years = (int(dataset.StudyDate) - int(dataset.PatientBirthDate)) // 10000\n"
        '    return f"{years:03}Y"'
    ),
    misconceptions=(
        Misconception(
            'lambda ds: f"{int(ds.StudyDate[:4]) - int(ds.PatientBirthDate[:4]):03}Y"',
            _TOO_OLD,
        ),
        Misconception('lambda ds: f"{(int(ds.StudyDate) - int(ds.PatientBirthDate)) // 10000}Y"', _NO_ZEROS),
        Misconception('lambda ds: f"{(int(ds.StudyDate) - int(ds.PatientBirthDate)) // 10000:03}"', _NO_UNIT),
        Misconception("lambda ds: (int(ds.StudyDate) - int(ds.PatientBirthDate)) // 10000", _NUMBER),
        Misconception("lambda ds: None", _NO_AGE),
    ),
    learned="Patient's Age, (0010,1010), is such a text. It is Type 3 in most objects: many files leave it out.",
)

CHANGE_NEW_STACK = Exercise(
    id="02.6",
    title="Change a function, so that its copies are a series of their own",
    name="new_stack",
    form=FUNCTION.saying("new_stack is a function: keep its first line, def new_stack(slices)"),
    minutes=6,
    task=Task.CHANGE,
    given=(
        "def new_stack(slices):\n"
        "    copies = deepcopy(slices)\n"
        "    for one in copies:\n"
        "        one.SOPInstanceUID = generate_uid()\n"
        "    return copies"
    ),
    checker=_check_stack,
    hints=(
        "The copies are in the same series as the slices. Which UID has to change as well?",
        "One series has one Series Instance UID: make it once, before the loop begins.",
        "series_uid = generate_uid() before the loop, one.SeriesInstanceUID = series_uid in it.",
    ),
    solution=(
        "def new_stack(slices):\n"
        "    copies, series_uid = deepcopy(slices), generate_uid()\n"
        "    for one in copies:\n"
        "        one.SOPInstanceUID, one.SeriesInstanceUID = generate_uid(), series_uid\n"
        "    return copies"
    ),
    misconceptions=(
        Misconception(
            _stack_of(SOPInstanceUID="generate_uid()", SeriesInstanceUID="generate_uid()"), _SERIES_EACH
        ),
        Misconception(_stack_of(SOPInstanceUID="generate_uid()", StudyInstanceUID="uid"), _NEW_STUDY),
        Misconception(_stack_of(SeriesInstanceUID="uid"), _OLD_INSTANCES),
        Misconception(_stack_of(SOPInstanceUID="uid", SeriesInstanceUID="uid"), _ONE_INSTANCE),
        Misconception(
            _stack_of(SOPInstanceUID="generate_uid()", SeriesInstanceUID='one.SeriesInstanceUID + ".1"'),
            _NO_UID,
        ),
        Misconception("lambda slices: deepcopy(slices)", _OLD_INSTANCES),
        Misconception("lambda slices: None", _NO_STACK),
    ),
    learned="One UID before the loop for what the copies share, one in it for what each has alone.",
    setup="from copy import deepcopy\nfrom pydicom.uid import generate_uid",
)
