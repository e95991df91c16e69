"""Exercises 09.6 to 09.8: a key, a shifted date, and what remains after the outputs are cleared."""

from __future__ import annotations

import datetime as dt
import re

from dicomkit.lessons.answers import TEXT, WORD, Form, WrongForm
from dicomkit.lessons.exercise import PASS, Verdict, judged_by, retry
from dicomkit.lessons.lesson_texts import LessonTexts

__all__ = ["IDENTITY"]

_TEXTS = LessonTexts(__name__)


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
    text = str(WORD.saying(_TEXTS.no_date).read(answer))
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


IDENTITY = (
    _TEXTS.exercise("09.6", form=WORD.saying(_TEXTS.in_quotes), checker=_check_same_for_both_days),
    _TEXTS.looked_up(
        "09.7",
        form=Form("a date", _date, _TEXTS.no_date),
        otherwise=_TEXTS.count_days,
    ),
    _TEXTS.exercise(
        "09.8", form=Form("a set of words", _places, _TEXTS.four_words), checker=_check_still_there
    ),
)
