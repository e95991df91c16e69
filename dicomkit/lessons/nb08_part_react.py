"""Exercises 08.5 to 08.8: a command without a shell, three UIDs of a result, and a loop that has to end."""

from __future__ import annotations

import re
from collections.abc import Callable
from pathlib import Path
from typing import Any

from dicomkit.lessons.answer_parts import one_or_more
from dicomkit.lessons.answers import FUNCTION, KEYWORD, TEXT, WORD, Form, WrongForm
from dicomkit.lessons.exercise import PASS, Exercise, Misconception, Task, Verdict, retry
from dicomkit.lessons.known_answers import look_up
from dicomkit.lessons.learners_code import decision

__all__ = ["ARGV", "REACT"]

ARGV = ("process.sh", "#p", "#s")
_SHELLS = {"sh", "bash", "dash", "zsh", "ksh"}

_ARGV_FORM = "argv is a list of texts: the program, then its arguments"
_ONE_TEXT = (
    "that is one text: somebody would have to cut it into arguments, and the one who does that is a shell; "
    "one entry for each argument"
)
_SHELL = "sh -c is a shell again: whatever stands in the folder's name becomes part of its text"
_QUOTES = "quotes are for a shell; in a list they would become a part of the argument"
_NO_PROGRAM = "the first entry is the program itself: process.sh"
_SWAPPED = "first the folder (#p), then the Study Instance UID (#s)"
_NOT_FILLED_IN = "the placeholders #p and #s stand there as they are: each study fills them in"
_TOGETHER = "two placeholders in one entry make one argument of two values: one entry for each"
_TWO_ARGUMENTS = (
    "behind the program stand two arguments, and no others: the folder and the Study Instance UID"
)

_UIDS_FORM = 'the answer is a list of one or more of the words "study", "series", "instance"'
_SERIES_TOO = (
    "a series holds what one device made in one go, and has one Modality: the results begin a new one"
)
_INSTANCE_TOO = (
    "two objects with one SOP Instance UID are the same object: an archive would keep the slice or the result, "
    "not both"
)
_STUDY_MISSING = "without the study's UID nobody finds the results beside the images that they were made of"

_MIXED = (
    "a revision that brings a late slice together with a result of yours is passed over: the slice is lost. "
    "One instance that is not yours is enough"
)
_ENDLESS = "a revision that brings nothing but your own result is processed again: the loop goes on"
_FIRST_ONLY = (
    "a late slice makes a later revision, and is passed over: look at what is new, not at the number"
)
_MINE_ONLY = "that is the opposite: it is true for what you made yourself"
_WORTH = "true if at least one of study.instance_uids, the new instances, is not in mine"

_STUDY_IS_SHARED = (
    "it has to be the same: otherwise the result would lie in a study of its own, away from the images"
)
_SERIES_IS_NEW = "a new series is right: it was made by another device, and a series has one Modality"
_OTHER_IS_RIGHT = (
    "OT, other, is what a Secondary Capture of a page says: it was not made by the CT scanner. "
    "It could not hide the picture"
)
_NUMBER = "a Series Number only sorts for people: nothing is found or lost by it"
_KEYWORD_FORM = "the answer is the keyword of an attribute of the table: the words of its name, written as one; not its value"
_OF_THE_TABLE = "the answer is one of the five attributes of the table"


def _check_argv(words: tuple[str, ...]) -> Verdict:
    """Judge a list of arguments by what the program in it would be given."""
    if not words or (len(words) == 1 and " " in words[0].strip()):
        return retry(_ONE_TEXT if words else _ARGV_FORM)
    program, *rest = _without_interpreter(words)
    if _name(program) in _SHELLS and rest[:1] == ["-c"]:
        return retry(_SHELL)
    if (_name(program), *rest) == ARGV:
        return PASS
    rules = (
        (any(re.search("['\"]", word) for word in words), _QUOTES),
        (_name(program) != ARGV[0], _NO_PROGRAM),
        (rest == ["#s", "#p"], _SWAPPED),
        (any(len(re.findall(r"#[ps]", word)) > 1 for word in rest), _TOGETHER),
        (len(rest) != len(ARGV) - 1, _TWO_ARGUMENTS),
    )
    return retry(next((reason for is_so, reason in rules if is_so), _NOT_FILLED_IN))


def _without_interpreter(words: tuple[str, ...]) -> list[str]:
    """Return the arguments from the program on: ``env``, and a shell that reads a file, hand them on untouched."""
    left = list(words)
    if len(left) > 1 and _name(left[0]) == "env":
        left.pop(0)
    if _name(left[0]) in _SHELLS:
        options = next(
            (index for index, word in enumerate(left[1:], 1) if not word.startswith("-")), len(left)
        )
        if "-c" not in left[1:options] and options < len(left):
            return left[options:]
    return left


def _name(program: str) -> str:
    return re.split(r"[/\\]", program)[-1]


_LEVELS = {
    "study": "study",
    "series": "series",
    "instance": "instance",
    "sop instance": "instance",
    "StudyInstanceUID": "study",
    "SeriesInstanceUID": "series",
    "SOPInstanceUID": "instance",
}


def _level(answer: object) -> str:
    """Read the name of a level, or of its UID in any spelling."""
    word = WORD.read(answer) if isinstance(answer, str) else ""
    word = re.sub(r"^(only )?(the )?|('s)? uid$", "", word)
    level = _LEVELS.get(word) or _LEVELS.get(KEYWORD.read(answer))
    if level is None:
        raise ValueError(answer)
    return level


def _levels(answer: object) -> frozenset[str]:
    parts = re.split(r"[,;+]|\band\b", answer) if isinstance(answer, str) else answer
    if not isinstance(parts, list | tuple | set):
        raise TypeError(answer)
    try:
        return frozenset(_level(part) for part in parts)
    except WrongForm as error:
        raise ValueError(answer) from error


def _check_shared_uids(answer: frozenset[str]) -> Verdict:
    rules = (
        ("instance" in answer, _INSTANCE_TOO),
        ("study" not in answer, _STUDY_MISSING),
        ("series" in answer, _SERIES_TOO),
    )
    wrong = next((reason for is_wrong, reason in rules if is_wrong), None)
    return PASS if wrong is None else retry(wrong)


def _check_worth_it(answer: Callable[..., Any]) -> Verdict:
    """Ask about the revisions of a study that results come back to, as a watcher announces them."""
    from dicomkit.arrivals import ManualClock, StudyWatcher  # noqa: PLC0415 - the lessons are light to import

    clock, mine, found = ManualClock(), set[str](), []
    watcher = StudyWatcher(16, clock=clock)
    # Many results beside one slice: whichever comes first out of a set, it is hardly the slice, twice.
    many, more = ([f"result {number}" for number in range(start, start + 40)] for start in (100, 200))
    revisions = (
        *(["slice 1"], ["result 1"], ["slice 2", *many]),
        *(["slice 3"], ["result 3", "result 4"], ["slice 4", *more]),
    )
    for new in revisions:
        for uid in new:
            watcher.arrived("D", uid, folder=Path("inbox"))
        mine.update(uid for uid in new if uid.startswith("result"))
        clock.advance(16)
        found += [decision(answer, study, set(mine), name="is_worth_it") for study in watcher.due()]
    both_mixed = found.pop()
    found[2] = found[2] and both_mixed
    known: dict[tuple[bool, ...], str] = {
        (True, False, False, True, False): _MIXED,
        (True, False, False, False, False): _FIRST_ONLY,
        (True, True, True, True, True): _ENDLESS,
        (False, True, False, False, True): _MINE_ONLY,
        (False, True, True, False, True): _MINE_ONLY,
    }
    return PASS if found == [True, False, True, True, False] else retry(known.get(tuple(found), _WORTH))


REACT = (
    Exercise(
        id="08.5",
        title="Write a command that needs no shell",
        name="argv",
        checker=_check_argv,
        form=one_or_more(TEXT.saying(_ARGV_FORM)),
        minutes=3,
        hints=(
            "One entry for the program, one for each argument.",
            "The placeholders stand alone in their entries, without quotes: '#p' in Python is the text #p.",
            'argv = ["process.sh", ...] with two more entries.',
        ),
        solution='argv = ["process.sh", "#p", "#s"]',
        misconceptions=(
            Misconception("\"process.sh '#p' '#s'\"", _ONE_TEXT),
            Misconception('["process.sh #p #s"]', _ONE_TEXT),
            Misconception('["sh", "-c", "process.sh #p #s"]', _SHELL),
            Misconception('["process.sh", "\'#p\'", "\'#s\'"]', _QUOTES),
            Misconception('["#p", "#s"]', _NO_PROGRAM),
            Misconception('["process.sh", "#s", "#p"]', _SWAPPED),
            Misconception('["process.sh", "#p #s"]', _TOGETHER),
            Misconception('["process.sh", "inbox", "1.2.3"]', _NOT_FILLED_IN),
            Misconception('["process.sh", "#p"]', _TWO_ARGUMENTS),
            Misconception("16", _ARGV_FORM),
        ),
        learned="A value that stays one argument cannot become a command, whoever chose it.",
    ),
    Exercise(
        id="08.6",
        title="Say which UIDs a result shares with its images",
        name="shared_uids",
        checker=_check_shared_uids,
        form=Form("a list of words", _levels, _UIDS_FORM),
        minutes=2,
        hints=(
            "The result has to be found where the images are, and it is not one of them.",
            "A series holds what one device made in one go. Which device made the result?",
            "One of the three is shared, and two are new.",
        ),
        solution='shared_uids = ["study"]',
        misconceptions=(
            Misconception('["study", "series"]', _SERIES_TOO),
            Misconception('["study", "series", "instance"]', _INSTANCE_TOO),
            Misconception('["study", "instance"]', _INSTANCE_TOO),
            Misconception('["series"]', _STUDY_MISSING),
            Misconception("set()", _STUDY_MISSING),
            Misconception('"the patient"', _UIDS_FORM),
        ),
        learned="Run the next cells: secondary_capture takes the study from the slice, and makes the other two UIDs anew.",
    ),
    Exercise(
        id="08.7",
        title="Write the rule that ends the loop",
        name="is_worth_it",
        checker=_check_worth_it,
        form=FUNCTION.saying(
            "is_worth_it is a function: lambda study, mine: and behind the colon the condition"
        ),
        minutes=6,
        task=Task.WRITE,
        hints=(
            "What is new in this revision is in study.instance_uids. Compare it with mine.",
            "Passed over is what brings only your own. So: is there one new UID that is not in mine?",
            "is_worth_it = lambda study, mine: any(uid ... for uid in study.instance_uids)",
        ),
        solution="is_worth_it = lambda study, mine: any(uid not in mine for uid in study.instance_uids)",
        misconceptions=(
            Misconception("lambda study, mine: all(uid not in mine for uid in study.instance_uids)", _MIXED),
            Misconception("lambda study, mine: study.revision == 1", _FIRST_ONLY),
            Misconception("lambda study, mine: study.instance_count > len(mine)", _ENDLESS),
            Misconception("lambda study, mine: study.study_instance_uid not in mine", _ENDLESS),
            Misconception("lambda study, mine: set(study.instance_uids) <= mine", _MINE_ONLY),
            Misconception("lambda study, mine: any(uid in mine for uid in study.instance_uids)", _MINE_ONLY),
        ),
        learned="A program that answers into the study it listens to needs such a rule, or another receiver.",
    ),
    Exercise(
        id="08.8",
        title="Find out why a result cannot be found",
        name="wrong_attribute",
        checker=look_up(
            "SOPInstanceUID",
            {
                "StudyInstanceUID": _STUDY_IS_SHARED,
                "SeriesInstanceUID": _SERIES_IS_NEW,
                "Modality": _OTHER_IS_RIGHT,
                "SeriesNumber": _NUMBER,
            },
            _OF_THE_TABLE,
        ),
        form=KEYWORD.saying(_KEYWORD_FORM),
        minutes=3,
        hints=(
            "Which of the three UIDs names one object, and no other in the world?",
            "The archive looks the object up by it, finds that it has it already, and answers with success.",
            "The result was made from a copy of the slice, and one of its UIDs was forgotten.",
        ),
        solution='wrong_attribute = "SOPInstanceUID"',
        misconceptions=(
            Misconception('"SeriesInstanceUID"', _SERIES_IS_NEW),
            Misconception('"StudyInstanceUID"', _STUDY_IS_SHARED),
            Misconception('"Modality"', _OTHER_IS_RIGHT),
            Misconception('"SeriesNumber"', _NUMBER),
            Misconception('"PatientID"', _OF_THE_TABLE),
            Misconception('"2.25.12"', _KEYWORD_FORM),
        ),
        learned="Some archives keep the old object and some overwrite it: the slice would be gone.",
    ),
)
