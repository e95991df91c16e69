"""Exercises 08.5 to 08.8: a command without a shell, three UIDs of a result, and a loop that has to end."""

from __future__ import annotations

import re
from collections.abc import Callable
from pathlib import Path
from typing import Any

from dicomkit.lessons.answer_parts import one_or_more
from dicomkit.lessons.answers import FUNCTION, KEYWORD, TEXT, WORD, Form, WrongForm
from dicomkit.lessons.exercise import PASS, Verdict, judged_by, retry
from dicomkit.lessons.learners_code import decision
from dicomkit.lessons.lesson_texts import LessonTexts

__all__ = ["ARGV", "REACT"]

_TEXTS = LessonTexts(__name__)

ARGV = ("process.sh", "#p", "#s")
_SHELLS = {"sh", "bash", "dash", "zsh", "ksh"}


def _check_argv(words: tuple[str, ...]) -> Verdict:
    """Judge a list of arguments by those that the program would get."""
    if not words or (len(words) == 1 and " " in words[0].strip()):
        return retry(_TEXTS.one_text if words else _TEXTS.argv_form)
    program, *rest = _without_interpreter(words)
    if _name(program) in _SHELLS and rest[:1] == ["-c"]:
        return retry(_TEXTS.shell)
    if (_name(program), *rest) == ARGV:
        return PASS
    rules = (
        (any(re.search("['\"]", word) for word in words), _TEXTS.quotes),
        (_name(program) != ARGV[0], _TEXTS.no_program),
        (rest == ["#s", "#p"], _TEXTS.swapped),
        (any(len(re.findall(r"#[ps]", word)) > 1 for word in rest), _TEXTS.together),
        (len(rest) != len(ARGV) - 1, _TEXTS.two_arguments),
    )
    return retry(next((reason for is_so, reason in rules if is_so), _TEXTS.not_filled_in))


def _without_interpreter(words: tuple[str, ...]) -> list[str]:
    """Return the arguments from the program on, without ``env`` or a shell that runs a script."""
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
    """Read the name of a level, or the keyword of its UID in any spelling."""
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
    return judged_by(
        ("instance" in answer, _TEXTS.instance_too),
        ("study" not in answer, _TEXTS.study_missing),
        ("series" in answer, _TEXTS.series_too),
    )


def _check_worth_it(answer: Callable[..., Any]) -> Verdict:
    """Call the function with the revisions of a study to which results are added, as a watcher announces them."""
    from dicomkit.arrivals import ManualClock, StudyWatcher  # noqa: PLC0415 - the lessons are light to import

    clock, mine, found = ManualClock(), set[str](), []
    watcher = StudyWatcher(16, clock=clock)
    # Many results and one slice: the first element of a set is hardly the slice twice.
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
        (True, False, False, True, False): _TEXTS.mixed,
        (True, False, False, False, False): _TEXTS.first_only,
        (True, True, True, True, True): _TEXTS.endless,
        (False, True, False, False, True): _TEXTS.mine_only,
        (False, True, True, False, True): _TEXTS.mine_only,
    }
    return PASS if found == [True, False, True, True, False] else retry(known.get(tuple(found), _TEXTS.worth))


REACT = (
    _TEXTS.exercise("08.5", form=one_or_more(TEXT.saying(_TEXTS.argv_form)), checker=_check_argv),
    _TEXTS.exercise(
        "08.6", form=Form("a list of words", _levels, _TEXTS.uids_form), checker=_check_shared_uids
    ),
    _TEXTS.exercise(
        "08.7",
        form=FUNCTION.saying(
            "is_worth_it is a function: lambda study, mine: and behind the colon the condition"
        ),
        checker=_check_worth_it,
    ),
    _TEXTS.looked_up(
        "08.8",
        form=KEYWORD.saying(_TEXTS.keyword_form),
        otherwise=_TEXTS.of_the_table,
    ),
)
