"""Exercises 09.1 to 09.3: a character set for a department, the length of a name, and a file in another set."""

from __future__ import annotations

import re
from collections.abc import Callable
from typing import Any

from pydicom.charset import python_encoding
from pydicom.dataset import Dataset, FileDataset
from pydicom.uid import SecondaryCaptureImageStorage

from dicomkit.files import new_instance
from dicomkit.lessons.answer_parts import BYTES_OF, in_units, one_or_more
from dicomkit.lessons.answers import FUNCTION, TEXT, WHOLE_NUMBER, plain
from dicomkit.lessons.exercise import PASS, Verdict, judged_by, retry
from dicomkit.lessons.learners_code import call
from dicomkit.lessons.lesson_texts import LessonTexts
from dicomkit.lessons.written_files import read_again

__all__ = ["TEXTS", "an_image"]

_TEXTS = LessonTexts(__name__)

_PATIENTS = ("Łukasz", "Ωνάσης", "山田")
# The defined terms of PS3.3 Tables C.12-2 to C.12-5; pydicom has two more spellings, and lacks Latin-9.
_TERMS = {*python_encoding, "ISO_IR 203"} - {"", "ISO 2022 GBK", "ISO 2022 58"}
_ALONE = {"ISO_IR 192", "GB18030", "GBK"}  # PS3.3 Table C.12-5: without code extensions


# --- 09.1 -----------------------------------------------------------------------------------------------


def _check_character_set(answer: tuple[str, ...]) -> Verdict:
    """Write the names in a character set and read them again."""
    terms = [term.strip() for text in answer for term in text.split("\\")]
    folded = [_folded(term) for term in terms]
    known = {
        "": _TEXTS.no_term,
        "ISO_IR 6": _TEXTS.no_term,
        "ISO_IR 100": _TEXTS.latin_1,
        "ISO_IR 101": _TEXTS.latin_2,
        "ISO_IR 203": _TEXTS.latin_9,
    }
    unknown = [term for term in terms if term and term not in _TERMS]
    verdict = judged_by(
        (any(re.search("utf|unicode|10646", term) for term in folded), _TEXTS.codec),
        (any(_folded(term) in _SPELT for term in unknown), _TEXTS.spelling),
        (bool(unknown), _TEXTS.no_such_term),
        (len(terms) > 1 and bool(_ALONE & set(terms)), _TEXTS.stands_alone),
        (len(terms) == 1 and terms[0] in known, known.get("".join(terms), "")),
        (
            any(re.search("IR (87|159|58|149)$", term) for term in terms) and not _keeps(terms, _PATIENTS[0]),
            _TEXTS.japanese,
        ),
    )
    if verdict is not PASS:
        return verdict
    lost = [name for name in _PATIENTS if not _keeps(terms, name)]
    return retry(_TEXTS.lost.format(", ".join(lost))) if lost else PASS


def _folded(term: str) -> str:
    return re.sub(r"[\W_]+", "", term).casefold()


# "iso-ir 192" and "192" mean the term, but are spelt wrong.
_SPELT = {_folded(term) for term in _TERMS} | {"192", "ir192", "iso192", "iso2022ir192"}


def _keeps(terms: list[str], name: str) -> bool:
    """Return whether a name is read as it was written."""
    image = an_image()
    image.SpecificCharacterSet, image.PatientName = terms, name
    return str(read_again(image).PatientName) == name


def an_image() -> FileDataset:
    """Return a small data set that can be written."""
    return new_instance(SecondaryCaptureImageStorage, modality="OT")


# --- 09.3 -----------------------------------------------------------------------------------------------


def _check_to_utf8(answer: Callable[..., Any]) -> Verdict:
    """Call the function with a Latin-2 file, as pydicom reads it, and read what pydicom writes afterwards."""
    before = _latin_2()
    changed = call(answer, read_again(before), name="to_utf8")
    if not isinstance(changed, Dataset):
        found = "None" if changed is None else f"a value of type {type(changed).__name__}"
        return retry(_TEXTS.nothing_back.format(found))
    label = plain(changed.get("SpecificCharacterSet", ""))
    if label not in ("ISO_IR 192", ["ISO_IR 192"], "GB18030"):
        return retry(_TEXTS.no_label.format(label))
    old, new = (_texts(each) for each in (before, call(read_again, changed, name="save_as")))
    return judged_by(
        (re.search("[?\N{REPLACEMENT CHARACTER}]", new[0]) is not None, _TEXTS.after_the_label),
        (old[:2] != new[:2], _TEXTS.text_changed),
        (len(old) != len(new) or "None" in new, _TEXTS.text_changed),
        (old != new, _TEXTS.inside),
    )


def _latin_2() -> FileDataset:
    image, request = an_image(), Dataset()
    image.SpecificCharacterSet = "ISO_IR 101"
    image.PatientName = "Łukasz^Ewa"
    image.StudyDescription = "głowa, kość"
    request.RequestedProcedureDescription = "TK głowy"
    code = Dataset()
    code.CodeMeaning = "TK głowy z kontrastem"
    request.RequestedProcedureCodeSequence = [code]  # a sequence in a sequence
    image.RequestAttributesSequence = [request]
    return image


def _texts(dataset: Dataset) -> list[str]:
    items = dataset.get("RequestAttributesSequence") or [Dataset()]
    codes = items[0].get("RequestedProcedureCodeSequence") or [Dataset()]
    found = (
        dataset.get("PatientName"),
        dataset.get("StudyDescription"),
        items[0].get("RequestedProcedureDescription"),
        codes[0].get("CodeMeaning"),
    )
    return [str(text) for text in found]


TEXTS = (
    _TEXTS.exercise("09.1", one_or_more(TEXT), _check_character_set),
    _TEXTS.looked_up("09.2", in_units(WHOLE_NUMBER, BYTES_OF)),
    _TEXTS.exercise("09.3", FUNCTION, _check_to_utf8),
)
