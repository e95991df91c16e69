"""Exercises of notebook 09: letters (`nb09_part_text`), private blocks, a key, a shifted date, and what a notebook keeps."""

from __future__ import annotations

import datetime as dt
import re
from collections.abc import Callable
from types import SimpleNamespace
from typing import Any

from pydicom.dataset import Dataset, FileDataset

from dicomkit.lessons.answers import FUNCTION, TAG, TEXT, WORD, Form, WrongForm, plain, word_of
from dicomkit.lessons.exercise import PASS, Verdict, judged_by, retry
from dicomkit.lessons.learners_code import call
from dicomkit.lessons.lesson_texts import LessonTexts
from dicomkit.lessons.nb09_part_text import TEXTS, an_image
from dicomkit.lessons.written_files import read_again
from dicomkit.samples import cine, ct_series
from dicomkit.text import shorten

__all__ = ["EXERCISES", "checkpoint"]

_TEXTS = LessonTexts(__name__)

_NAME = "Wiśniewska^Łucja"
_FOLDER = "data/wiśniewska_łucja"


def checkpoint() -> SimpleNamespace:
    """Return the values that the later cells of notebook 09 start from.

    Returns
    -------
    SimpleNamespace
        ``slices``: three CT slices of an invented patient, as a scanner would write them; ``words``: the bytes
        that must not remain of her; ``clip``: an ultrasound clip that does not say whether names are
        painted into it; ``notebook``: a saved notebook, as read from its JSON.
    """
    slices = ct_series(3, size=32)
    for number, one in enumerate(slices):
        _add_identity(one, number)
    for one in slices[1:]:
        reference = Dataset()
        reference.ReferencedSOPClassUID = slices[0].SOPClassUID
        reference.ReferencedSOPInstanceUID = slices[0].SOPInstanceUID
        one.ReferencedImageSequence = [reference]
    clip = cine()
    del clip.BurnedInAnnotation, clip.PatientIdentityRemoved
    words = ["Wiśniewska", "Łucja", "W-70714", "19700714", slices[0].StudyInstanceUID]
    return SimpleNamespace(
        slices=slices, words=[word.encode() for word in words], clip=clip, notebook=_notebook()
    )


def _add_identity(one: FileDataset, number: int) -> None:
    """Add the identifying values that a scanner would write to a synthetic slice."""
    del one.PatientIdentityRemoved, one.DeidentificationMethod
    one.SpecificCharacterSet = "ISO_IR 192"
    one.PatientName, one.PatientID, one.PatientBirthDate = _NAME, "W-70714", "19700714"
    one.InstitutionName, one.StudyDescription = "Szpital Miejski", "head, p. Wiśniewska"
    one.AcquisitionDateTime = f"202209141015{number:02}.5+0200"
    request = Dataset()
    request.RequestedProcedureDescription = "Łucja W., headache since 14 July"
    one.RequestAttributesSequence = [request]
    block = one.private_block(0x0019, "ACME CT", create=True)
    block.add_new(0x01, "LO", "Wiśniewska, bed 3")
    block.add_new(0x02, "DS", "1.25")


def _notebook() -> dict[str, Any]:
    """Return a saved notebook, as a colleague would send it."""

    def cell(name: str, source: str, *outputs: dict[str, Any]) -> dict[str, Any]:
        return {"cell_type": "code", "id": name, "source": source, "outputs": list(outputs)}

    printed = {"output_type": "stream", "text": f"(0010,0010) Patient's Name   PN: '{_NAME}'\n"}
    error = {
        "output_type": "error",
        "ename": "ValueError",
        "evalue": "could not convert string to float",
        "traceback": ["ValueError", f"    float('{_NAME}')"],
    }
    state = {"model_1": {"state": {"rows": ["CT", _NAME]}}}
    return {
        "cells": [
            cell("open", f'study = read("{_FOLDER}")'),
            cell("show", "print(study[0])", printed),
            cell("count", "print(len(study))", {"output_type": "stream", "text": "3\n"}),
            cell("weigh", "float(study[0].PatientName)", error),
            cell("table", "Table(study)", {"output_type": "display_data", "data": {"text/plain": "Table"}}),
        ],
        "metadata": {"widgets": {"application/vnd.jupyter.widget-state+json": {"state": state}}},
    }


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


# --- 09.6 -----------------------------------------------------------------------------------------------


def _words(text: str) -> frozenset[str]:
    return frozenset(re.findall(r"[a-z0-9]+", text))


_KEY_WORDS = _words("key keys secret secrets deidentificationkey")
_OTHER_NAMES = _words("password passphrase salt seed pepper argument bytes token hash")
_OTHER_KEYS = _words("image images object note value values tag pair word board public primary patient")
_DENIALS = _words("not no never without except different other isn isnt new change changes changed another")
_FILLERS = _words(
    "the a an one same my our its of for with and or in as both days runs used by it is to be has must stays should "
    "kept deidentification de identification identify deidentify hmac sha256 256 sha file private study word value "
    "encryption 32 bytes second random"
)
_WORDS_FOR = (
    (_words("patient patients id patientid"), _TEXTS.patient_id),
    (_words("uid uids studyinstanceuid instance"), _TEXTS.old_uid),
    (_words("list table map mapping dict dictionary database lookup"), _TEXTS.list),
    (_words("program algorithm profile method tool software function version script"), _TEXTS.program),
    (_words("random nothing chance"), _TEXTS.seed),
)


def _check_same_for_both_days(answer: str) -> Verdict:
    words = _words(answer.replace("keyfile", "key file"))
    named = [reason for those, reason in _WORDS_FOR if those & words]
    if words & _KEY_WORDS:
        if words & _DENIALS:
            return retry(_TEXTS.denied)
        if words <= _KEY_WORDS | _FILLERS:
            return PASS
        if named:
            return retry(_TEXTS.one_thing)
        if not words & _OTHER_KEYS:
            return PASS
    if words & _OTHER_NAMES and not named:
        return retry(_TEXTS.its_name)
    if "study" in words and words <= _FILLERS:
        return retry(_TEXTS.old_uid)
    return retry(named[0] if named else _TEXTS.secret)


# --- 09.7 and 09.8 --------------------------------------------------------------------------------------


def _date(answer: object) -> str:
    """Read a DA: its eight digits, with or without quotes, or pydicom's and Python's own dates."""
    if isinstance(answer, dt.date):
        return answer.strftime("%Y%m%d")
    text = word_of(answer)
    if not re.fullmatch(r"\d{8}", text):
        raise ValueError(answer)
    return text


_PLACES = {
    "source": "source",
    "sources": "source",
    "code": "source",
    "source code": "source",
    "widgetstate": "widget state",
    "widgets state": "widget state",
    "widget state": "widget state",
    "widgets": "widget state",
    "widget": "widget state",
    "outputs": "outputs",
    "output": "outputs",
    "execution count": "execution count",
    "": "",
}


def _places(answer: object) -> frozenset[str]:
    parts = re.split(r"[,;+&]|\band\b", answer) if isinstance(answer, str) else answer
    if not isinstance(parts, list | tuple | set):
        raise TypeError(answer)
    try:
        words = [TEXT.read(part).replace("_", " ").replace("-", " ") for part in parts]
        return frozenset(_PLACES[WORD.read(word).removeprefix("the ")] for word in words) - {""}
    except (KeyError, WrongForm) as error:
        raise ValueError(answer) from error


def _check_still_there(found: frozenset[str]) -> Verdict:
    return judged_by(
        ("outputs" in found, _TEXTS.outputs_gone),
        ("execution count" in found, _TEXTS.count),
        (not found, _TEXTS.nothing),
        ("source" not in found, _TEXTS.no_source),
        ("widget state" not in found, _TEXTS.no_widgets),
    )


EXERCISES = (
    *TEXTS,
    _TEXTS.looked_up("09.4", TAG),
    _TEXTS.exercise("09.5", FUNCTION, _check_read_dose),
    _TEXTS.exercise("09.6", WORD, _check_same_for_both_days),
    _TEXTS.looked_up("09.7", Form("a date", _date)),
    _TEXTS.exercise("09.8", Form("a set of words", _places), _check_still_there),
)
