"""Exercises of notebook 09: letters, private blocks, a key, a shifted date, and what a notebook keeps."""

from __future__ import annotations

from types import SimpleNamespace
from typing import Any

from pydicom.dataset import Dataset, FileDataset

from dicomkit.lessons.exercise import PASS, Exercise, Misconception, Verdict, retry
from dicomkit.samples import cine, ct_series

__all__ = ["EXERCISES", "SPEAKER_NOTES", "checkpoint"]

_CODEC = (
    "that is what Python calls it; a file names a character set by a defined term of PS3.3 section C.12.1.1.2"
)
_LATIN_1 = "ISO_IR 100 is Latin-1, for Western Europe: it has é and ß, but no Ł, no Greek and no kanji"
_LATIN_2 = "ISO_IR 101 is Latin-2: it has the Ł, but no Greek and no kanji"
_JAPANESE = "that brings kanji, and even Greek letters, but no Ł"
_NO_TERM = "without a term a file has the 95 letters of ASCII, and the Ł is none of them"

_CHARACTERS = "that counts letters; a length counts bytes, and UTF-8 needs two of them for Ł"
_ODD = "a length is even: a text is padded with one space (PS3.5 section 6.2)"
_TWO_EACH = "in UTF-8 only letters outside ASCII need more than one byte: here that is the Ł alone"

_FIRST_BLOCK = (
    "block 10 belongs to whoever reserved it; ACME's name stands at (0019,0012), so its block is 12"
)
_CREATOR = "(0019,00xx) is where the creators stand; their elements are numbered from (0019,1000)"
_TURNED = "the block comes first and the element second: (gggg,bbee)"
_NO_TAG = "the answer is a tag as text, such as (0008,0018)"

_OLD_UID = "the old Study Instance UID is what has to go: an archive would lead from it to the patient"
_LIST = "a list works too, but it names everybody in it, and it grows; what can be kept in one line instead?"
_PATIENT_ID = "the Patient ID is the same on both days already, and it is taken away"
_SEED = "a random number that is known to nobody makes other UIDs each time; what makes it the same ones?"

_NOT_MOVED = "that is the old date: it moves as the first scan's date did"
_ONLY_YEAR = "dates move by days, not by years: count the days between the two scans and add them"
_LEAP_DAY = "2024 has a 29 February, between the two scans: they are seven days apart"
_NO_DATE = "the answer is a DA: eight digits as text, year, month, day"

_OUTPUTS_GONE = "the outputs were cleared, and the search over them found nothing any more"
_NO_SOURCE = "look at the first line of the cell open: code is kept, whatever is cleared"
_NO_WIDGETS = "a viewer's state is stored with the notebook, not with the cell that made it"
_COUNT = "an execution count is a number; it says in which order cells ran"
_NOTHING = (
    "the last search said where: in something that a person types, and in something that a program stores"
)

_NAME = "Wiśniewska^Łucja"
_FOLDER = "data/wiśniewska_łucja"


def checkpoint() -> SimpleNamespace:
    """Make what the later cells of notebook 09 start from.

    Returns
    -------
    SimpleNamespace
        ``slices``: three CT slices of an invented patient, as a scanner would write them; ``words``: what
        must not be left of her, as bytes; ``clip``: an ultrasound clip that does not say whether names are
        painted into it; ``notebook``: a saved notebook, as read from its JSON.
    """
    slices = ct_series(3, size=32)
    for number, one in enumerate(slices):
        _make_somebodys(one, number)
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


def _make_somebodys(one: FileDataset, number: int) -> None:
    """Give a synthetic slice what a scanner in use would write into it."""
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


def _check_character_set(answer: object) -> Verdict:
    terms = [answer] if isinstance(answer, str) else answer
    if not isinstance(terms, list | tuple) or not all(isinstance(term, str) for term in terms):
        return retry(_NO_TERM)
    named = [term.strip().upper() for term in terms]
    if named == ["ISO_IR 192"]:
        return PASS
    if any("87" in term or "159" in term for term in named):
        return retry(_JAPANESE)
    known = {"ISO_IR 100": _LATIN_1, "ISO_IR 101": _LATIN_2, "": _NO_TERM, "ISO_IR 6": _NO_TERM}
    return retry(known.get(named[0] if named else "", _CODEC))


def _check_stored_length(answer: object) -> Verdict:
    if isinstance(answer, bool) or not isinstance(answer, int | float):
        return retry("the answer is a number of bytes")
    known = {6: _CHARACTERS, 7: _ODD, 12: _TWO_EACH}
    return PASS if answer == 8 else retry(known.get(int(answer), _CHARACTERS))  # noqa: PLR2004 - the answer itself


def _check_private_tag(answer: object) -> Verdict:
    text = str(answer).strip().casefold().replace(" ", "").strip("()")
    if not isinstance(answer, str) or len(text) != len("0019,120a"):
        return retry(_NO_TAG)
    known = {
        "0019,100a": _FIRST_BLOCK,
        "0019,000a": _CREATOR,
        "0019,0012": _CREATOR,
        "0019,0a12": _TURNED,
    }
    return PASS if text == "0019,120a" else retry(known.get(text, _TURNED))


def _check_same_for_both_days(answer: object) -> Verdict:
    words = str(answer).casefold().replace("_", " ")
    if "key" in words or "secret" in words:
        return PASS
    if "patient" in words:
        return retry(_PATIENT_ID)
    if "study" in words or "uid" in words:
        return retry(_OLD_UID)
    return retry(_LIST if any(word in words for word in ("list", "table", "map", "dict")) else _SEED)


def _check_follow_up(answer: object) -> Verdict:
    text = str(answer).strip()
    if not isinstance(answer, str) or not text.isdecimal() or len(text) != len("20200308"):
        return retry(_NO_DATE)
    known = {"20240306": _NOT_MOVED, "20200306": _ONLY_YEAR, "20200307": _LEAP_DAY}
    return PASS if text == "20200308" else retry(known.get(text, _ONLY_YEAR))


def _check_still_there(answer: object) -> Verdict:
    places = [answer] if isinstance(answer, str) else answer
    if not isinstance(places, list | tuple | set | frozenset):
        return retry(_NOTHING)
    found = {str(place).strip().casefold() for place in places}
    rules = (
        ("outputs" in found, _OUTPUTS_GONE),
        ("execution count" in found, _COUNT),
        (not found, _NOTHING),
        ("source" not in found, _NO_SOURCE),
        ("widget state" not in found, _NO_WIDGETS),
        (len(found) > len(("source", "widget state")), _NOTHING),
    )
    wrong = next((reason for is_wrong, reason in rules if is_wrong), "")
    return retry(wrong) if wrong else PASS


EXERCISES = (
    Exercise(
        id="09.1",
        title="Name a character set that holds all names of a department",
        name="character_set",
        checker=_check_character_set,
        hints=(
            "Which set of letters has Polish, Greek and Japanese ones at the same time?",
            "It is Unicode. The file says so by a defined term, not by the word UTF-8.",
            "The term begins with ISO_IR, and the table above has it in its last line.",
        ),
        solution='character_set = "ISO_IR 192"',
        misconceptions=(
            Misconception('"UTF-8"', _CODEC),
            Misconception('"utf8"', _CODEC),
            Misconception('"ISO_IR 100"', _LATIN_1),
            Misconception('"ISO_IR 101"', _LATIN_2),
            Misconception('["", "ISO 2022 IR 87"]', _JAPANESE),
            Misconception('""', _NO_TERM),
        ),
        learned="ISO_IR 192 is the safe choice for what you write yourself; what you receive keeps its own.",
    ),
    Exercise(
        id="09.2",
        title="Count the bytes of a name",
        name="stored_length",
        checker=_check_stored_length,
        hints=(
            "UTF-8 writes letters of ASCII with one byte each, others with two to four.",
            "Ł needs two bytes, u k a s z one each.",
            "Seven is odd, and no value of DICOM has an odd length.",
        ),
        solution="stored_length = 8",
        misconceptions=(
            Misconception("6", _CHARACTERS),
            Misconception("7", _ODD),
            Misconception("12", _TWO_EACH),
        ),
        learned="The 64 letters that an LO may have are letters; the length in the file counts bytes.",
    ),
    Exercise(
        id="09.3",
        title="Find a private element by its creator",
        name="private_tag",
        checker=_check_private_tag,
        hints=(
            "The creator stands at (0019,00bb), and bb is the number of its block.",
            "bb is 12 here. The elements of the block are (0019,12ee).",
            "ee is the element that the maker documents: 0A.",
        ),
        solution='private_tag = "(0019,120A)"',
        misconceptions=(
            Misconception('"(0019,100A)"', _FIRST_BLOCK),
            Misconception('"(0019,000A)"', _CREATOR),
            Misconception('"(0019,0012)"', _CREATOR),
            Misconception('"(0019,0A12)"', _TURNED),
            Misconception("0x0019120A", _NO_TAG),
        ),
        learned="Ask for the creator, never for a number: the next file may have the block elsewhere.",
    ),
    Exercise(
        id="09.4",
        title="Keep a study together over two days",
        name="same_for_both_days",
        checker=_check_same_for_both_days,
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
        ),
        learned="So the key is kept as long as files may come, away from the data, and destroyed afterwards.",
    ),
    Exercise(
        id="09.5",
        title="Move the date of a second scan",
        name="follow_up",
        checker=_check_follow_up,
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
            Misconception('"2020-03-08"', _NO_DATE),
        ),
        learned="Who treats tumours needs the seven days and not the date.",
    ),
    Exercise(
        id="09.6",
        title="Say what clearing the outputs leaves behind",
        name="still_there",
        checker=_check_still_there,
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
        ),
        learned="Before you share a notebook, search its file for the words, as you searched the study.",
    ),
)

SPEAKER_NOTES: dict[str, str] = {
    "predict": "Most vote for an error. Ask who has a name that some system spells wrong: hands will go up.",
    "lost": "Say that the letter is gone for good: no reader can tell which of all letters the ? was.",
    "private-find": "Ask what happens to scripts that use (0019,1001). They read ACME's ward as somebody's dose.",
    "by-hand": "Let people call out places before running it. Nobody names the private block.",
    "refused": "The point of the lesson for a privacy officer: a tool that says what it cannot do.",
    "cleared": "Show File, Save Notebook with Widget State on your own menu; it is off by default.",
}
