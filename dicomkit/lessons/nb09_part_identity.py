"""Exercises 09.6 to 09.8: a key, a shifted date, and what clearing the outputs leaves behind."""

from __future__ import annotations

import datetime as dt
import re

from dicomkit.lessons.answers import TEXT, WORD, Form, WrongForm
from dicomkit.lessons.exercise import PASS, Exercise, Misconception, Verdict, retry
from dicomkit.lessons.known_answers import look_up

__all__ = ["IDENTITY"]

_OLD_UID = "the old Study Instance UID is what has to go: an archive would lead from it to the patient"
_LIST = "a list works too, but it names everybody in it, and it grows; what can be kept in one line instead?"
_PATIENT_ID = "the Patient ID is the same on both days already, and it is taken away"
_SEED = "a random number that is known to nobody makes other UIDs each time; what makes it the same ones?"
_PROGRAM = "with the same program and the same table, everybody could work out the new UIDs; something secret has to come in"
_ONE_THING = "one of them is enough, and it is secret: name that alone"
_ITS_NAME = "the right thing, under another name: what is it called in this notebook?"
_DENIED = "say what has to be the same, and only that"
_SECRET = (
    "a new UID follows from the old one, which is in the file, and from one more thing: what is that called?"  # noqa: S105 - a sentence
)
_IN_QUOTES = "answer with a word or two, as a text in quotes"

_NOT_MOVED = "that is the old date: it moves as the first scan's date did"
_ONLY_YEAR = "dates move by days, not by years: count the days between the two scans and add them"
_LEAP_DAY = "2024 has a 29 February, between the two scans: they are seven days apart"
_COUNT_DAYS = "count the days between the two scans, and add as many to 1 March 2020"
_NO_DATE = "the answer is a DA: eight digits as text, year, month, day"

_OUTPUTS_GONE = "the outputs were cleared, and the search over them found nothing any more"
_NO_SOURCE = "look at the first line of the cell open: code is kept, whatever is cleared"
_NO_WIDGETS = "a viewer's state is stored with the notebook, not with the cell that made it"
_COUNT = "an execution count is a number; it says in which order cells ran"
_NOTHING = (
    "name two of the four words: the last search found the name in something that a person types, "
    "and in something that a program stores"
)
_FOUR_WORDS = "the answer is a set or a list of words out of the four of the question"


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
    (_words("patient patients id patientid"), _PATIENT_ID),
    (_words("uid uids studyinstanceuid instance"), _OLD_UID),
    (_words("list table map mapping dict dictionary database lookup"), _LIST),
    (_words("program algorithm profile method tool software function version script"), _PROGRAM),
    (_words("random nothing chance"), _SEED),
)


def _check_same_for_both_days(answer: str) -> Verdict:
    words = _words(answer.replace("keyfile", "key file"))
    named = [reason for those, reason in _WORDS_FOR if those & words]
    if words & _KEY_WORDS:
        if words & _DENIALS:
            return retry(_DENIED)
        if words <= _KEY_WORDS | _FILLERS:
            return PASS
        if named:
            return retry(_ONE_THING)
        if not words & _OTHER_KEYS:
            return PASS
    if words & _OTHER_NAMES and not named:
        return retry(_ITS_NAME)
    if "study" in words and words <= _FILLERS:
        return retry(_OLD_UID)
    return retry(named[0] if named else _SECRET)


# --- 09.7 and 09.8 --------------------------------------------------------------------------------------


def _date(answer: object) -> str:
    """Read a DA: its eight digits, with or without quotes, or pydicom's and Python's own dates."""
    if isinstance(answer, dt.date):
        return answer.strftime("%Y%m%d")
    text = str(WORD.saying(_NO_DATE).read(answer))
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
    rules = (
        ("outputs" in found, _OUTPUTS_GONE),
        ("execution count" in found, _COUNT),
        (not found, _NOTHING),
        ("source" not in found, _NO_SOURCE),
        ("widget state" not in found, _NO_WIDGETS),
    )
    wrong = next((reason for is_wrong, reason in rules if is_wrong), None)
    return PASS if wrong is None else retry(wrong)


IDENTITY = (
    Exercise(
        id="09.6",
        title="Keep a study together over two days",
        name="same_for_both_days",
        checker=_check_same_for_both_days,
        form=WORD.saying(_IN_QUOTES),
        minutes=2,
        hints=(
            "A new UID follows from the old one and from one more thing.",
            "That thing is not in the files, and it is not random on the second day.",
            "It is the second argument of deidentify.",
        ),
        solution='same_for_both_days = "the key"',
        misconceptions=(
            Misconception('"the Study Instance UID"', _OLD_UID),
            Misconception('"a list of old and new names"', _LIST),
            Misconception('"the Patient ID"', _PATIENT_ID),
            Misconception('"nothing, the new ones are random"', _SEED),
            Misconception('"the program"', _PROGRAM),
            Misconception('"the password"', _ITS_NAME),
            Misconception('"not the key"', _DENIED),
            Misconception('"the key and the patient ID"', _ONE_THING),
            Misconception('"monkey"', _SECRET),
        ),
        learned="So the key is kept as long as files may come, away from the data, and destroyed afterwards.",
    ),
    Exercise(
        id="09.7",
        title="Move the date of a second scan",
        name="follow_up",
        checker=look_up(
            "20200308",
            {"20240306": _NOT_MOVED, "20200306": _ONLY_YEAR, "20200307": _LEAP_DAY},
            _COUNT_DAYS,
        ),
        form=Form("a date", _date, _NO_DATE),
        minutes=3,
        hints=(
            "What has to stay is the time between the two scans.",
            "From 28 February to 6 March 2024 there are seven days, because 2024 is a leap year.",
            "Add seven days to 1 March 2020.",
        ),
        solution='follow_up = "20200308"',
        misconceptions=(
            Misconception('"20240306"', _NOT_MOVED),
            Misconception('"20200306"', _ONLY_YEAR),
            Misconception('"20200307"', _LEAP_DAY),
            Misconception('"20200309"', _COUNT_DAYS),
            Misconception('"2020-03-08"', _NO_DATE),
        ),
        learned="Who treats tumours needs the seven days and not the date.",
    ),
    Exercise(
        id="09.8",
        title="Say what clearing the outputs leaves behind",
        name="still_there",
        checker=_check_still_there,
        form=Form("a set of words", _places, _FOUR_WORDS),
        minutes=3,
        hints=(
            "The last cell printed two places. What are they called?",
            "Code is kept as it was typed. What did somebody type that a patient's name stands in?",
            "The other place is what a widget remembers, in the metadata of the whole notebook.",
        ),
        solution='still_there = {"source", "widget state"}',
        misconceptions=(
            Misconception('{"outputs"}', _OUTPUTS_GONE),
            Misconception("set()", _NOTHING),
            Misconception('{"source"}', _NO_WIDGETS),
            Misconception('["widget state"]', _NO_SOURCE),
            Misconception('{"source", "widget state", "execution count"}', _COUNT),
            Misconception('"the hard disk"', _FOUR_WORDS),
        ),
        learned="Before you share a notebook, search its file for the words, as you searched the study.",
    ),
)
