"""Exercises of notebook 02: a date, a backslash, an age, a path, and when a UID has to be new."""

from __future__ import annotations

import datetime as dt
import re
from collections.abc import Callable
from types import SimpleNamespace
from typing import Any

from pydicom.dataset import Dataset, FileMetaDataset
from pydicom.uid import UID, ExplicitVRLittleEndian, SecondaryCaptureImageStorage
from pydicom.valuerep import DA

from dicomkit.lessons.answer_parts import in_units, set_of
from dicomkit.lessons.answers import FUNCTION, KEYWORD, TEXT, WHOLE_NUMBER, Form, WrongForm, word_of
from dicomkit.lessons.exercise import PASS, Verdict, judged_by, reply_of, retry
from dicomkit.lessons.learners_code import call
from dicomkit.lessons.lesson_texts import LessonTexts
from dicomkit.samples import ct_series
from dicomkit.uids import IMPLEMENTATION_CLASS_UID, IMPLEMENTATION_VERSION_NAME

__all__ = ["EXERCISES", "checkpoint"]

_TEXTS = LessonTexts(__name__)

_STUDY_INSTANCE_UID = "1.3.6.1.4.1.45037.5.2.1.987655444"
_SERIES_INSTANCE_UID = "1.3.6.1.4.1.45037.5.2.1.123456789"
_SOP_INSTANCE_UID = "2.25.220174861917203519403716028304573201982"

_BIRTH_DATE = "19700714"

_PATH = "ProcedureCodeSequence[2].CodeMeaning"


def checkpoint() -> SimpleNamespace:
    """Return the values that notebook 02 starts from.

    Returns
    -------
    SimpleNamespace
        ``image``: the data set that notebook 01 ends with, a Secondary Capture without pixels.
    """
    image = Dataset()
    image.file_meta = FileMetaDataset()
    image.file_meta.TransferSyntaxUID = ExplicitVRLittleEndian
    # Without these pydicom writes its own version, and offsets would change with it.
    image.file_meta.ImplementationClassUID = UID(IMPLEMENTATION_CLASS_UID)
    image.file_meta.ImplementationVersionName = IMPLEMENTATION_VERSION_NAME
    image.SOPClassUID = SecondaryCaptureImageStorage
    image.SOPInstanceUID = UID(_SOP_INSTANCE_UID)
    image.PatientName = "WORKSHOP01"
    image.PatientID = "WORKSHOP01"
    image.StudyInstanceUID = UID(_STUDY_INSTANCE_UID)
    image.SeriesInstanceUID = UID(_SERIES_INSTANCE_UID)
    return SimpleNamespace(image=image)


def _read_date(answer: object) -> str:
    """Read a DA: a string, or pydicom's date object; other kinds get a reply of their own."""
    if isinstance(answer, dt.date):
        if isinstance(answer, DA):
            return str(answer)
        raise WrongForm(_TEXTS.date_object)
    if isinstance(answer, int) and not isinstance(answer, bool):
        raise WrongForm(_TEXTS.date_number)
    return str(TEXT.reader(answer)).strip().strip("\"'")


def _check_birth_date(text: str) -> Verdict:
    if text == _BIRTH_DATE:
        return PASS
    digits = "".join(letter for letter in text if letter.isdigit())
    return judged_by(
        (any(letter.isalpha() for letter in text), _TEXTS.words),
        (digits in {"14071970", "07141970", "19701407"}, _TEXTS.day_first),
        (digits in {"700714", "140770", "071470"}, _TEXTS.two_digit_year),
        (digits in {"1970714", "7141970", "1471970"}, _TEXTS.one_digit_month),
        (digits == _BIRTH_DATE, _TEXTS.separators),
        (True, _TEXTS.other_digits),
    )


def _read_path(answer: object) -> str:
    """Read a path without blanks and in lower case, its tags as keywords and without the name of a data set."""
    path = re.sub(r"[\s_']|(?<=sequence)\.(?=\[)", "", word_of(answer))
    path = re.sub(
        r"^\w+\.(?=(requested)?procedurecodesequence\b)|\[\+?0*(?=\d)",
        lambda found: "[" if "[" in found[0] else "",
        path,
    )
    for keyword, tag in (("procedurecodesequence", "0008,?1032"), ("codemeaning", "0008,?0104")):
        path = re.sub(rf"\(?{tag}\)?", keyword, path)
    return path


def _wrong_part(path: str) -> str:
    """Return which part of a path is wrong, if it has three."""
    parts = re.fullmatch(r"([a-z]+)\[(-?\d+)\]\.([a-z]+)", path)
    if parts is None:
        return _TEXTS.path_form
    sequence, _, element = _PATH.casefold().replace("]", "").partition("[2.")
    return reply_of(
        (parts[1] != sequence, _TEXTS.other_sequence),
        (parts[3] != element, _TEXTS.other_element),
        (True, _TEXTS.other_item),
    )


def _check_new_uids(keywords: frozenset[str]) -> Verdict:
    keywords = frozenset(each.removeprefix("MediaStorage") for each in keywords)  # group 0002 repeats it
    return judged_by(
        (not keywords <= {"StudyInstanceUID", "SeriesInstanceUID", "SOPInstanceUID"}, _TEXTS.not_a_uid),
        ("StudyInstanceUID" in keywords, _TEXTS.new_study),
        ("SOPInstanceUID" not in keywords, _TEXTS.same_instance),
        ("SeriesInstanceUID" not in keywords, _TEXTS.same_series),
    )


def _read_yes_or_no(answer: object) -> str:
    word = ("no", "yes")[answer] if isinstance(answer, bool) else word_of(answer)
    found = re.match(r"(yes|no|true|false|y|n|never)\b", word)
    if found is None:
        raise ValueError(answer)
    return "yes" if found[0] in {"yes", "true", "y"} else "no"


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
    is_next_year = bool(digits) and int(digits) == years + 1 and "-" not in found
    return reply_of(
        (digits == right[:-1] and found != digits, _TEXTS.unit.format(repr(found)[:20])),
        (found == right[:-1] or (is_next_year and not found.endswith("Y")), _TEXTS.no_unit),
        (is_next_year, _TEXTS.too_old),
        (found in {f"{years}Y", f"0{years}Y", f"{years:>3}Y", f"{years}"}, _TEXTS.no_zeros),
    )


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
    return judged_by((again[0].SeriesInstanceUID == found[0].SeriesInstanceUID, _TEXTS.once_only))


def _verdict_on_uids(found: list[Dataset] | tuple[Dataset, ...], kept: list[Any]) -> Verdict:
    studies, series, instances = (
        [str(one.get(keyword, "")) for one in found]
        for keyword in ("StudyInstanceUID", "SeriesInstanceUID", "SOPInstanceUID")
    )
    made_up = [_is_made_up(uid, one.SOPInstanceUID) for uid, one in zip(instances, kept, strict=True)]
    return judged_by(
        (set(studies) != {kept[0].StudyInstanceUID}, _TEXTS.other_study),
        (not {one.SOPInstanceUID for one in kept}.isdisjoint(instances), _TEXTS.old_instances),
        (len(set(instances)) < len(instances), _TEXTS.one_instance),
        (kept[0].SeriesInstanceUID in series, _TEXTS.old_series),
        (len(set(series)) > 1, _TEXTS.series_each),
        (_is_made_up(series[0], kept[0].SeriesInstanceUID) or any(made_up), _TEXTS.no_uid),
    )


def _is_made_up(uid: str, old: str) -> bool:
    """Return whether a UID is invalid, too short to be unique, or the old one with a suffix."""
    return not UID(uid).is_valid or len(uid) < _SHORTEST_GENERATED or uid.startswith(old)


EXERCISES = (
    _TEXTS.exercise("02.1", Form("a date", _read_date), _check_birth_date),
    _TEXTS.looked_up("02.2", in_units(WHOLE_NUMBER, {"values": 1})),
    _TEXTS.exercise("02.3", FUNCTION, _check_age),
    _TEXTS.looked_up("02.4", Form("a path", _read_path), otherwise=_wrong_part),
    _TEXTS.exercise("02.5", set_of(KEYWORD), _check_new_uids),
    _TEXTS.exercise("02.6", FUNCTION, _check_stack),
    _TEXTS.looked_up("02.7", Form("yes or no", _read_yes_or_no)),
)
