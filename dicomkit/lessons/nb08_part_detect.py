"""Exercises 08.1 to 08.4: the condition of a detector, its memory, its period, and what it announces."""

from __future__ import annotations

import inspect
from collections.abc import Callable
from typing import Any

from dicomkit.lessons.answer_parts import SECONDS, in_units, list_of, tuple_of
from dicomkit.lessons.answers import FUNCTION, NUMBER, WHOLE_NUMBER, WORD, WrongForm, plain
from dicomkit.lessons.exercise import PASS, Verdict, retry
from dicomkit.lessons.learners_code import call, decision
from dicomkit.lessons.lesson_texts import LessonTexts

__all__ = ["ANNOUNCEMENTS", "DETECT", "QUIET_PERIOD_S"]

_TEXTS = LessonTexts(__name__)

QUIET_PERIOD_S = 16
ANNOUNCEMENTS: tuple[tuple[float, str, int], ...] = ((26, "A", 1), (36, "B", 1), (66, "A", 2))
_MAX_PAUSE_S = 40
_MAX_WAIT_S = 60  # 90 seconds are promised, and processing takes 30 of them


# --- 08.1 -----------------------------------------------------------------------------------------------


def _check_condition(answer: Callable[..., Any]) -> Verdict:
    # A slice at 100 s; the clock shows as many seconds more. The last two: a slice at 3 s, the clock at 5 and 19 s.
    asked = (*((100, 100 + passed_s) for passed_s in (2, 15.5, 16, 17, 3600)), (3, 5), (3, 19))
    found = tuple(decision(answer, *times, name="is_quiet") for times in asked)
    known: dict[tuple[bool, ...], str] = {
        (True, True, True, True, True, False, True): _TEXTS.since_the_beginning,
        (True, True, True, True, True, True, True): _TEXTS.always,
        (False, False, False, False, False, False, False): _TEXTS.turned_round,
        (True, True, False, False, False, True, False): _TEXTS.still_arriving,
        (True, True, True, False, False, True, True): _TEXTS.still_arriving,
        (False, False, True, False, False, False, True): _TEXTS.exactly,
        (False, False, False, True, True, False, False): _TEXTS.more_than,
    }
    if found == (False, False, True, True, True, False, True):
        return PASS
    if known.get(found) == _TEXTS.turned_round and _takes_now_first(answer):
        return retry(_TEXTS.other_order)
    return retry(known.get(found, _TEXTS.condition))


def _takes_now_first(function: Callable[..., Any]) -> bool:
    """Return whether the name of its first parameter means the current time."""
    try:
        names = list(inspect.signature(function).parameters)
    except ValueError:  # a built-in function without a signature
        return False
    return names[0].startswith("now")


# --- 08.2 -----------------------------------------------------------------------------------------------


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


# --- 08.3 and 08.4 --------------------------------------------------------------------------------------


def _check_period(answer: float) -> Verdict:
    if _MAX_PAUSE_S < answer <= _MAX_WAIT_S:
        return PASS
    if answer > _MAX_WAIT_S:
        return retry(_TEXTS.surgeon)
    known: dict[float, str] = {QUIET_PERIOD_S: _TEXTS.handout, _MAX_PAUSE_S: _TEXTS.same_as_pause}
    return retry(known.get(answer, _TEXTS.too_short))


def _check_announcements(answer: tuple[tuple[float, str, int], ...]) -> Verdict:
    found = tuple((second, study.removeprefix("study ").upper(), number) for second, study, number in answer)
    if found == ANNOUNCEMENTS:
        return PASS
    if sorted(found) == sorted(ANNOUNCEMENTS):
        return retry(_TEXTS.order)
    known: dict[tuple[tuple[float, str, int], ...], str] = {
        ((26, "A", 1), (36, "B", 1)): _TEXTS.late_lost,
        ((36, "B", 1), (66, "A", 1)): _TEXTS.only_at_the_end,
        ((10, "A", 1), (20, "B", 1), (50, "A", 2)): _TEXTS.without_period,
        ((16, "A", 1), (21, "B", 1), (66, "A", 2)): _TEXTS.from_the_first,
        ((26, "A", 1), (36, "B", 2), (66, "A", 3)): _TEXTS.one_counter,
        ((26, "A", 1), (36, "B", 1), (66, "A", 1)): _TEXTS.no_revision,
        ((26, "A", 0), (36, "B", 0), (66, "A", 1)): _TEXTS.from_zero,
    }
    if found not in known and 36 in [row[0] for row in found if row[1] == "A"]:  # noqa: PLR2004 - 20 s and 16 s
        return retry(_TEXTS.any_arrival)
    return retry(known.get(found, _TEXTS.one_study_at_a_time))


_ROW = tuple_of(
    in_units(NUMBER, SECONDS).saying(_TEXTS.rows), WORD.saying(_TEXTS.rows), WHOLE_NUMBER.saying(_TEXTS.rows)
).saying(_TEXTS.rows)

DETECT = (
    _TEXTS.exercise("08.1", form=FUNCTION.saying(_TEXTS.no_function), checker=_check_condition),
    _TEXTS.exercise(
        "08.2",
        form=FUNCTION.saying("announce is a function: change the one in the cell, and keep its name"),
        checker=_check_announce,
    ),
    _TEXTS.exercise("08.3", form=in_units(NUMBER, SECONDS).saying(_TEXTS.seconds), checker=_check_period),
    _TEXTS.exercise("08.4", form=list_of(_ROW).saying(_TEXTS.rows), checker=_check_announcements),
)
