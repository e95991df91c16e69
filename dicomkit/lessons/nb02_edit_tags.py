"""Exercises of notebook 02: a date, a backslash, a path, and when a UID has to be new.

The two exercises that run the learner's code are in ``nb02_part_code``.
"""

from __future__ import annotations

import dataclasses
import datetime as dt
import re
from types import SimpleNamespace

from pydicom.dataset import Dataset, FileMetaDataset
from pydicom.uid import UID, ExplicitVRLittleEndian, SecondaryCaptureImageStorage
from pydicom.valuerep import DA

from dicomkit.lessons.answer_parts import in_units, set_of
from dicomkit.lessons.answers import KEYWORD, TEXT, WHOLE_NUMBER, WORD, WrongForm
from dicomkit.lessons.exercise import PASS, Verdict, retry
from dicomkit.lessons.lesson_texts import LessonTexts
from dicomkit.lessons.nb02_part_code import CHANGE_NEW_STACK, WRITE_PATIENT_AGE
from dicomkit.uids import IMPLEMENTATION_CLASS_UID, IMPLEMENTATION_VERSION_NAME

__all__ = ["EXERCISES", "SPEAKER_NOTES", "checkpoint"]

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
    if any(letter.isalpha() for letter in text):
        return retry(_TEXTS.words)
    if digits in {"14071970", "07141970", "19701407"}:
        return retry(_TEXTS.day_first)
    if digits in {"700714", "140770", "071470"}:
        return retry(_TEXTS.two_digit_year)
    if digits in {"1970714", "7141970", "1471970"}:
        return retry(_TEXTS.one_digit_month)
    return retry(
        _TEXTS.separators if digits == _BIRTH_DATE else "the day is 14 July 1970: which eight digits?"
    )


def _check_path(word: str) -> Verdict:
    path = re.sub(r"[\s_']|(?<=sequence)\.(?=\[)", "", word)
    path = re.sub(
        r"^\w+\.(?=(requested)?procedurecodesequence\b)|\[\+?0*(?=\d)",
        lambda found: "[" if "[" in found[0] else "",
        path,
    )
    for keyword, tag in (("procedurecodesequence", "0008,?1032"), ("codemeaning", "0008,?0104")):
        path = re.sub(rf"\(?{tag}\)?", keyword, path)
    known = {
        "procedurecodesequence[3].codemeaning": _TEXTS.from_one,
        "procedurecodesequence.codemeaning": _TEXTS.no_item,
        "procedurecodesequence[2]codemeaning": _TEXTS.no_stop,
        "procedurecodesequence[2]/codemeaning": _TEXTS.no_stop,
        "procedurecodesequence[2][codemeaning]": _TEXTS.no_stop,
        "procedurecodesequence.2.codemeaning": _TEXTS.no_brackets,
        "procedurecodesequence(2).codemeaning": _TEXTS.no_brackets,
        "procedurecodesequence.codemeaning[2]": _TEXTS.item_last,
        "procedurecodesequence.codemeaning[3]": _TEXTS.item_last,
        "procedurecodesequence[2]": _TEXTS.no_element,
        "codemeaning": _TEXTS.no_sequence,
    }
    if path == _PATH.casefold():
        return PASS
    return retry(known.get(path) or _wrong_part(path))


def _wrong_part(path: str) -> str:
    """Return which part of a path is wrong, if it has three."""
    parts = re.fullmatch(r"([a-z]+)\[(-?\d+)\]\.([a-z]+)", path)
    if parts is None:
        return _TEXTS.path_form
    sequence, _, element = _PATH.casefold().replace("]", "").partition("[2.")
    if parts[1] != sequence:
        return _TEXTS.other_sequence
    return _TEXTS.other_element if parts[3] != element else _TEXTS.other_item


def _check_new_uids(keywords: frozenset[str]) -> Verdict:
    keywords = frozenset(each.removeprefix("MediaStorage") for each in keywords)  # group 0002 repeats it
    if not keywords <= {"StudyInstanceUID", "SeriesInstanceUID", "SOPInstanceUID"}:
        return retry(_TEXTS.not_a_uid)
    if "StudyInstanceUID" in keywords:
        return retry(_TEXTS.new_study)
    if "SOPInstanceUID" not in keywords:
        return retry(_TEXTS.same_instance)
    return PASS if "SeriesInstanceUID" in keywords else retry(_TEXTS.same_series)


def _read_yes_or_no(answer: object) -> str:
    word = ("no", "yes")[answer] if isinstance(answer, bool) else str(WORD.reader(answer))
    found = re.match(r"(yes|no|true|false|y|n|never)\b", word)
    if found is None:
        raise ValueError(answer)
    return "yes" if found[0] in {"yes", "true", "y"} else "no"


def _check_sort_by_uid(word: str) -> Verdict:
    return PASS if word == "no" else retry(_TEXTS.parsed)


EXERCISES = (
    _TEXTS.exercise(
        "02.1",
        form=dataclasses.replace(TEXT, reader=_read_date, reason=_TEXTS.no_text),
        checker=_check_birth_date,
    ),
    _TEXTS.looked_up(
        "02.2",
        form=in_units(WHOLE_NUMBER, {"values": 1}).saying("the answer is a whole number: how many values?"),
        otherwise=_TEXTS.backslash,
    ),
    WRITE_PATIENT_AGE,
    _TEXTS.exercise("02.4", form=WORD.saying(_TEXTS.path_form), checker=_check_path),
    _TEXTS.exercise(
        "02.5",
        form=set_of(KEYWORD.saying(_TEXTS.not_a_uid)).saying(_TEXTS.not_a_uid),
        checker=_check_new_uids,
    ),
    CHANGE_NEW_STACK,
    _TEXTS.exercise(
        "02.7",
        form=dataclasses.replace(WORD, reader=_read_yes_or_no, reason='the answer is "yes" or "no"'),
        checker=_check_sort_by_uid,
    ),
)

SPEAKER_NOTES = _TEXTS.speaker_notes
