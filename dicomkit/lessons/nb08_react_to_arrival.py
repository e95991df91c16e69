"""Exercises of notebook 08: when a study has arrived, and how a program is started for it."""

from __future__ import annotations

import inspect
import re
from collections.abc import Callable
from pathlib import Path
from types import SimpleNamespace
from typing import Any

from dicomkit.arrivals import ManualClock, StudyWatcher
from dicomkit.lessons.answer_parts import SECONDS, in_units, list_of, one_or_more, tuple_of
from dicomkit.lessons.answers import (
    FUNCTION,
    KEYWORD,
    NUMBER,
    TEXT,
    WHOLE_NUMBER,
    WORD,
    Form,
    WrongForm,
    plain,
    word_of,
)
from dicomkit.lessons.exercise import PASS, Verdict, judged_by, reply_of, retry
from dicomkit.lessons.learners_code import behaviour_of, call, decision
from dicomkit.lessons.lesson_texts import LessonTexts
from dicomkit.samples import ct_series

__all__ = ["EXERCISES", "checkpoint"]

_TEXTS = LessonTexts(__name__)

QUIET_PERIOD_S = 16
ANNOUNCEMENTS: tuple[tuple[float, str, int], ...] = ((26, "A", 1), (36, "B", 1), (66, "A", 2))
ARGV = ("process.sh", "#p", "#s")
_SHELLS = {"sh", "bash", "dash", "zsh", "ksh"}
_MAX_PAUSE_S = 40
_MAX_WAIT_S = 60  # 90 seconds are promised, and processing takes 30 of them


def checkpoint() -> SimpleNamespace:
    """Return the values that the later cells of notebook 08 start from.

    Returns
    -------
    SimpleNamespace
        ``study``: the twelve CT slices of notebook 00; ``is_quiet``: the condition of 08.1;
        ``announcements``: second, study and revision of 08.4; ``argv``: the command of 08.5.
    """
    return SimpleNamespace(
        study=ct_series(),
        is_quiet=lambda last_s, now_s: now_s - last_s >= QUIET_PERIOD_S,
        announcements=ANNOUNCEMENTS,
        argv=ARGV,
    )


# --- the detector -----------------------------------------------------------------------------------------


def _decisions(is_quiet: Callable[..., Any]) -> tuple[bool, ...]:
    """Return what a condition says at several times; if it is never true, also whether it takes the current time first."""
    # A slice at 100 s; the clock shows as many seconds more. The last two: a slice at 3 s, the clock at 5 and 19 s.
    asked = (*((100, 100 + passed_s) for passed_s in (2, 15.5, 16, 17, 3600)), (3, 5), (3, 19))
    found = [decision(is_quiet, *times, name="is_quiet") for times in asked]
    return (*found, not any(found) and _takes_now_first(is_quiet))


def _takes_now_first(function: Callable[..., Any]) -> bool:
    """Return whether the name of its first parameter means the current time."""
    try:
        names = list(inspect.signature(function).parameters)
    except ValueError:  # a built-in function without a signature
        return False
    return names[0].startswith("now")


def _check_announce(answer: Callable[..., Any]) -> Verdict:
    done: set[object] = set()
    found = [_announced(answer, counts, done) for counts in _LOOKS]
    wrong = next((reason for reason, is_wrong in _FAULTS if is_wrong(found)), None)
    if wrong is not None:
        return retry(wrong)
    return PASS if _announced(answer, {"A": 5}, set()) == ["A"] else retry(_TEXTS.memory_elsewhere)


# The quiet studies at each check, with their numbers of slices; and the reply to a wrong announcement.
_LOOKS = ({"A": 3}, {"A": 3}, {"A": 3, "B": 3}, {"A": 5, "B": 3}, {"A": 5, "B": 3}, {"A": 5, "B": 5})
_FAULTS: tuple[tuple[str, Callable[[list[list[str]]], bool]], ...] = (
    (_TEXTS.first_time, lambda found: found[0] != ["A"]),
    (_TEXTS.every_look, lambda found: found[1] != [] or "A" in found[2]),
    (_TEXTS.count_alone, lambda found: found[2] == []),
    (_TEXTS.still_lost, lambda found: found[3] == []),
    (_TEXTS.others_too, lambda found: found[3] != ["A"]),
    (_TEXTS.every_look, lambda found: found[4] != [] or "A" in found[5]),
    (_TEXTS.count_alone, lambda found: found[5] != ["B"]),
)


def _announced(function: Callable[..., Any], counts: dict[str, int], done: set[object]) -> list[str]:
    found = plain(call(function, dict(counts), done, name="announce"))
    if not isinstance(found, list | tuple | set) or not all(isinstance(study, str) for study in found):
        raise WrongForm(_TEXTS.names)
    return sorted(found)


def _check_period(answer: float) -> Verdict:
    return judged_by(
        (answer > _MAX_WAIT_S, _TEXTS.surgeon),
        (answer == QUIET_PERIOD_S, _TEXTS.handout),
        (answer == _MAX_PAUSE_S, _TEXTS.same_as_pause),
        (not answer > _MAX_PAUSE_S, _TEXTS.too_short),  # also what is no number
    )


def _other_announcements(found: tuple[tuple[float, str, int], ...]) -> str:
    waits_for_b = any(second == 36 for second, study, _ in found if study == "A")  # noqa: PLR2004 - 20 s and 16 s
    return reply_of(
        (sorted(found) == sorted(ANNOUNCEMENTS), _TEXTS.order),
        (waits_for_b, _TEXTS.any_arrival),
        (True, _TEXTS.one_study_at_a_time),
    )


_STUDY = Form("a study", lambda answer: word_of(answer).removeprefix("study ").upper())
_ROW = tuple_of(in_units(NUMBER, SECONDS), _STUDY, WHOLE_NUMBER)


# --- the reaction -----------------------------------------------------------------------------------------


def _check_argv(words: tuple[str, ...]) -> Verdict:
    """Judge a list of arguments by those that the program would get."""
    if not words or (len(words) == 1 and " " in words[0].strip()):
        return retry(_TEXTS.one_text if words else _TEXTS.argv_form)
    program, *rest = _without_interpreter(words)
    if _name(program) in _SHELLS and rest[:1] == ["-c"]:
        return retry(_TEXTS.shell)
    if (_name(program), *rest) == ARGV:
        return PASS
    return judged_by(
        (any(re.search("['\"]", word) for word in words), _TEXTS.quotes),
        (_name(program) != ARGV[0], _TEXTS.no_program),
        (rest == ["#s", "#p"], _TEXTS.swapped),
        (any(len(re.findall(r"#[ps]", word)) > 1 for word in rest), _TEXTS.together),
        (len(rest) != len(ARGV) - 1, _TEXTS.two_arguments),
        (True, _TEXTS.not_filled_in),
    )


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


def _revisions_worth_it(is_worth_it: Callable[..., Any]) -> tuple[bool, ...]:
    """Call the function with the revisions of a study to which results are added, as a watcher announces them."""
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
        found += [decision(is_worth_it, study, set(mine), name="is_worth_it") for study in watcher.due()]
    both_mixed = found.pop()
    found[2] = found[2] and both_mixed
    return tuple(found)


EXERCISES = (
    _TEXTS.looked_up("08.1", behaviour_of(_decisions)),
    _TEXTS.exercise("08.2", FUNCTION, _check_announce),
    _TEXTS.exercise("08.3", in_units(NUMBER, SECONDS), _check_period),
    _TEXTS.looked_up("08.4", list_of(_ROW), otherwise=_other_announcements),
    _TEXTS.exercise("08.5", one_or_more(TEXT), _check_argv),
    _TEXTS.exercise("08.6", Form("a list of words", _levels), _check_shared_uids),
    _TEXTS.looked_up("08.7", behaviour_of(_revisions_worth_it)),
    _TEXTS.looked_up("08.8", KEYWORD),
)
