"""Exercises of notebook 02: a date, a backslash, a path, and what a UID is new for.

The two tasks that run code of the learner's stand in ``nb02_part_code``.
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
from dicomkit.lessons.exercise import PASS, Exercise, Misconception, Verdict, retry
from dicomkit.lessons.nb02_part_code import CHANGE_NEW_STACK, WRITE_PATIENT_AGE
from dicomkit.uids import IMPLEMENTATION_CLASS_UID, IMPLEMENTATION_VERSION_NAME

__all__ = ["EXERCISES", "SPEAKER_NOTES", "checkpoint"]

_STUDY_INSTANCE_UID = "1.3.6.1.4.1.45037.5.2.1.987655444"
_SERIES_INSTANCE_UID = "1.3.6.1.4.1.45037.5.2.1.123456789"
_SOP_INSTANCE_UID = "2.25.220174861917203519403716028304573201982"

_BIRTH_DATE = "19700714"
_SEPARATORS = "a DA has no separators: eight digits, year, month, day (PS3.5 section 6.2)"
_DAY_FIRST = "the order of a DA is year, month, day: the largest unit first, as in all dates of DICOM"
_TWO_DIGIT_YEAR = "a year has four digits: 70 may be 1870 for the oldest patient of the archive"
_WORDS = "a DA is made of digits only, so that every machine reads it alike in every country"
_DATE_OBJECT = "a date object is Python's; the file holds text: which eight digits?"
_ONE_DIGIT_MONTH = "month and day have two digits each: July is 07"
_NO_TEXT = "the answer is text in quotes, eight digits long"
_DATE_NUMBER = "a DA is text, also if it looks like a number: put it in quotes"

_BACKSLASH = "in a text VR such as LO the backslash is the separator between two values (PS3.5 section 6.4)"
_CHARACTERS = "that counts characters; a value is what stands between two backslashes"
_ESCAPED = "there is one backslash in the text; Python only needs two to write it in a literal"

_PATH = "ProcedureCodeSequence[2].CodeMeaning"
_FROM_ONE = "items are counted from 0 in a path, as in Python: the third one is [2]"
_NO_ITEM = "a sequence has items: say which one, in square brackets behind the sequence"
_NO_STOP = "between the item and the element inside it stands a full stop"
_ITEM_LAST = "the item belongs to the sequence: its number stands right behind the sequence's name"

_NO_BRACKETS = "the number of the item stands in square brackets, right behind the sequence"
_NO_ELEMENT = "that leads to the item; which element of it? A full stop and its keyword are missing"
_NO_SEQUENCE = "the element lies in an item of a sequence: the path begins with the sequence"
_OTHER_SEQUENCE = "the form is right; the keyword of Procedure Code Sequence is its name without blanks"
_OTHER_ELEMENT = "the form is right; the element that is asked for is Code Meaning"
_OTHER_ITEM = "the form is right; the third item is asked for, and the first one is [0]"
_PATH_FORM = (
    "the answer is a path, as a text: sequence, number of the item in square brackets, full stop, element"
)

_NEW_STUDY = "the examination is the same one, so the study keeps its UID; the archive would show two studies"
_SAME_SERIES = "a second stack of images is a series of its own; in the same series the slices would mix"
_SAME_INSTANCE = (
    "each image is a new object: with the old SOP Instance UID an archive takes it for a duplicate"
)
_NOT_A_UID = "the answer is a set of keywords, out of StudyInstanceUID, SeriesInstanceUID and SOPInstanceUID"

_PARSED = (
    "a UID carries no meaning that a reader may rely on (PS3.5 section 9.1): after the next update the same "
    "machine may build it otherwise, and a copy made elsewhere has a UID of that place"
)


def checkpoint() -> SimpleNamespace:
    """Make what notebook 02 starts from.

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
    """Read a DA: a text, or the object that pydicom makes of one; of other kinds say what they are instead."""
    if isinstance(answer, dt.date):
        if isinstance(answer, DA):
            return str(answer)
        raise WrongForm(_DATE_OBJECT)
    if isinstance(answer, int) and not isinstance(answer, bool):
        raise WrongForm(_DATE_NUMBER)
    return str(TEXT.reader(answer)).strip().strip("\"'")


def _check_birth_date(text: str) -> Verdict:
    if text == _BIRTH_DATE:
        return PASS
    digits = "".join(letter for letter in text if letter.isdigit())
    if any(letter.isalpha() for letter in text):
        return retry(_WORDS)
    if digits in {"14071970", "07141970", "19701407"}:
        return retry(_DAY_FIRST)
    if digits in {"700714", "140770", "071470"}:
        return retry(_TWO_DIGIT_YEAR)
    if digits in {"1970714", "7141970", "1471970"}:
        return retry(_ONE_DIGIT_MONTH)
    return retry(_SEPARATORS if digits == _BIRTH_DATE else "the day is 14 July 1970: which eight digits?")


def _check_number_of_values(count: int) -> Verdict:
    known = {3: _ESCAPED, 11: _CHARACTERS, 12: _CHARACTERS, 10: _CHARACTERS}
    return PASS if count == 2 else retry(known.get(count, _BACKSLASH))  # noqa: PLR2004 - the answer itself


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
        "procedurecodesequence[3].codemeaning": _FROM_ONE,
        "procedurecodesequence.codemeaning": _NO_ITEM,
        "procedurecodesequence[2]codemeaning": _NO_STOP,
        "procedurecodesequence[2]/codemeaning": _NO_STOP,
        "procedurecodesequence[2][codemeaning]": _NO_STOP,
        "procedurecodesequence.2.codemeaning": _NO_BRACKETS,
        "procedurecodesequence(2).codemeaning": _NO_BRACKETS,
        "procedurecodesequence.codemeaning[2]": _ITEM_LAST,
        "procedurecodesequence.codemeaning[3]": _ITEM_LAST,
        "procedurecodesequence[2]": _NO_ELEMENT,
        "codemeaning": _NO_SEQUENCE,
    }
    if path == _PATH.casefold():
        return PASS
    return retry(known.get(path) or _wrong_part(path))


def _wrong_part(path: str) -> str:
    """Say which part of a path is wrong, if it has three."""
    parts = re.fullmatch(r"([a-z]+)\[(-?\d+)\]\.([a-z]+)", path)
    if parts is None:
        return _PATH_FORM
    sequence, _, element = _PATH.casefold().replace("]", "").partition("[2.")
    if parts[1] != sequence:
        return _OTHER_SEQUENCE
    return _OTHER_ELEMENT if parts[3] != element else _OTHER_ITEM


def _check_new_uids(keywords: frozenset[str]) -> Verdict:
    keywords = frozenset(each.removeprefix("MediaStorage") for each in keywords)  # group 0002 repeats it
    if not keywords <= {"StudyInstanceUID", "SeriesInstanceUID", "SOPInstanceUID"}:
        return retry(_NOT_A_UID)
    if "StudyInstanceUID" in keywords:
        return retry(_NEW_STUDY)
    if "SOPInstanceUID" not in keywords:
        return retry(_SAME_INSTANCE)
    return PASS if "SeriesInstanceUID" in keywords else retry(_SAME_SERIES)


def _read_yes_or_no(answer: object) -> str:
    word = ("no", "yes")[answer] if isinstance(answer, bool) else str(WORD.reader(answer))
    found = re.match(r"(yes|no|true|false|y|n|never)\b", word)
    if found is None:
        raise ValueError(answer)
    return "yes" if found[0] in {"yes", "true", "y"} else "no"


def _check_sort_by_uid(word: str) -> Verdict:
    return PASS if word == "no" else retry(_PARSED)


EXERCISES = (
    Exercise(
        id="02.1",
        title="Write a date as a DA",
        name="birth_date",
        form=dataclasses.replace(TEXT, reader=_read_date, reason=_NO_TEXT),
        minutes=2,
        checker=_check_birth_date,
        hints=(
            "PS3.5 section 6.2 describes each VR. A DA has eight characters.",
            "The year comes first, then the month, then the day, with nothing between them.",
            "July is month 07, so the last four digits are 0714.",
        ),
        solution='birth_date = "19700714"',
        misconceptions=(
            Misconception('"1970-07-14"', _SEPARATORS),
            Misconception('"14071970"', _DAY_FIRST),
            Misconception('"14.07.1970"', _DAY_FIRST),
            Misconception('"700714"', _TWO_DIGIT_YEAR),
            Misconception('"1970714"', _ONE_DIGIT_MONTH),
            Misconception('"14 July 1970"', _WORDS),
            Misconception("19700714", _DATE_NUMBER),
            Misconception('["1970", "07", "14"]', _NO_TEXT),
            Misconception('__import__("datetime").date(1970, 7, 14)', _DATE_OBJECT),
        ),
        learned="The same order makes dates sort as text, which is how archives compare them.",
    ),
    Exercise(
        id="02.2",
        title="Count the values in a text with a backslash",
        name="number_of_values",
        form=in_units(WHOLE_NUMBER, {"values": 1}).saying("the answer is a whole number: how many values?"),
        minutes=2,
        checker=_check_number_of_values,
        hints=(
            "How does a file separate ORIGINAL from PRIMARY in Image Type?",
            "The backslash is that separator, in every text VR except ST, LT, UT and UR.",
            "LO is not one of the four. What stands left and right of the backslash?",
        ),
        solution="number_of_values = 2",
        misconceptions=(
            Misconception("1", _BACKSLASH),
            Misconception("11", _CHARACTERS),
            Misconception("3", _ESCAPED),
        ),
        learned="Two values where the dictionary allows one: strict readers complain, others show half the name.",
    ),
    WRITE_PATIENT_AGE,
    Exercise(
        id="02.4",
        title="Write a path to an element inside an item",
        name="path",
        form=WORD.saying(_PATH_FORM),
        minutes=4,
        checker=_check_path,
        hints=(
            "A path has the form Sequence[item].Element, all in keywords or tags.",
            "A keyword is the name without blanks: ProcedureCodeSequence, CodeMeaning.",
            "The first item is [0], the second [1].",
        ),
        solution='path = "ProcedureCodeSequence[2].CodeMeaning"',
        misconceptions=(
            Misconception('"ProcedureCodeSequence[3].CodeMeaning"', _FROM_ONE),
            Misconception('"ProcedureCodeSequence.CodeMeaning"', _NO_ITEM),
            Misconception('"ProcedureCodeSequence[2]CodeMeaning"', _NO_STOP),
            Misconception('"ProcedureCodeSequence.CodeMeaning[2]"', _ITEM_LAST),
            Misconception('"ProcedureCodeSequence(2).CodeMeaning"', _NO_BRACKETS),
            Misconception('"ProcedureCodeSequence[2]"', _NO_ELEMENT),
            Misconception('"CodeMeaning"', _NO_SEQUENCE),
        ),
        learned="dcmodify of DCMTK takes the same form of path.",
    ),
    Exercise(
        id="02.5",
        title="Choose the UIDs that a new reconstruction needs",
        name="new_uids",
        form=set_of(KEYWORD.saying(_NOT_A_UID)).saying(_NOT_A_UID),
        minutes=3,
        checker=_check_new_uids,
        hints=(
            "Ask at each level: is this the same thing as before?",
            "The patient is the same, the examination is the same. The stack of images is another one.",
            "A new series needs a Series Instance UID; and each image in it is a new instance.",
        ),
        solution='new_uids = {"SeriesInstanceUID", "SOPInstanceUID"}',
        misconceptions=(
            Misconception('{"StudyInstanceUID", "SeriesInstanceUID", "SOPInstanceUID"}', _NEW_STUDY),
            Misconception('{"SOPInstanceUID"}', _SAME_SERIES),
            Misconception('{"SeriesInstanceUID"}', _SAME_INSTANCE),
            Misconception('{"SeriesNumber"}', _NOT_A_UID),
        ),
        learned="Numbers such as Series Number are for people; only UIDs identify.",
    ),
    CHANGE_NEW_STACK,
    Exercise(
        id="02.7",
        title="Decide whether a UID may be taken apart",
        name="sort_by_uid",
        form=dataclasses.replace(WORD, reader=_read_yes_or_no, reason='the answer is "yes" or "no"'),
        minutes=2,
        checker=_check_sort_by_uid,
        hints=(
            "Who promised that the date stays at that place?",
            "PS3.5 section 9.1 says what a UID's parts mean to those who read it.",
            "There is an element for the date of a study; it is called Study Date.",
        ),
        solution='sort_by_uid = "no"',
        misconceptions=(Misconception('"yes"', _PARSED),),
        learned="Sort by Study Date and Study Time; compare UIDs only for being equal.",
    ),
)

SPEAKER_NOTES: dict[str, str] = {
    "predict": "Let people vote: error, warning, or silence? Most vote for an error. Do not resolve it yet.",
    "misspelt": "Point at the second line: the note on the outside of the envelope. It is the commonest bug report.",
    "exercise-3-text": "The trick with the two numbers is worth two minutes at the board; it is why a DA begins with the year.",
    "levels": "Ask what a viewer shows if both slices carry the same SOP Instance UID: one slice.",
    "traps": "Each line came from a real support case. DCMTK's answer is silence and exit status 0.",
}
