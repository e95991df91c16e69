"""Exercises 08.1 to 08.4: the condition of a detector, its memory, its period, and what it announces."""

from __future__ import annotations

import inspect
from collections.abc import Callable
from typing import Any

from dicomkit.lessons.answer_parts import SECONDS, in_units, list_of, tuple_of
from dicomkit.lessons.answers import FUNCTION, NUMBER, WHOLE_NUMBER, WORD, WrongForm, plain
from dicomkit.lessons.exercise import PASS, Exercise, Misconception, Task, Verdict, retry
from dicomkit.lessons.learners_code import call, decision

__all__ = ["ANNOUNCEMENTS", "DETECT", "QUIET_PERIOD_S"]

QUIET_PERIOD_S = 16
ANNOUNCEMENTS: tuple[tuple[float, str, int], ...] = ((26, "A", 1), (36, "B", 1), (66, "A", 2))
_LONGEST_PAUSE_S = 40
_LONGEST_WAIT_S = 60  # 90 seconds are promised, and processing takes 30 of them

_NO_FUNCTION = "is_quiet is a function: write lambda last_s, now_s: and behind the colon the condition"
_SINCE_THE_BEGINNING = (
    "that looks at the clock alone: what counts is how long ago the last slice arrived, now_s - last_s"
)
_TURNED_ROUND = "last_s - now_s is negative as soon as time has passed: subtract the earlier from the later"
_OTHER_ORDER = "the condition is right, but the function is called with the last slice first: last_s, now_s"
_STILL_ARRIVING = "that is the opposite: it is true while slices are still coming"
_EXACTLY = (
    "somebody who looks every 2 seconds misses the one moment when it is exactly 16: at 17 it is quiet too"
)
_MORE_THAN = "after exactly 16 seconds it counts as quiet: 16 or more"
_ALWAYS = "that is always true: compare the time that has passed with 16"
_CONDITION = "true when now_s lies 16 seconds or more after last_s, otherwise false"

_ANNOUNCE = """\
def announce(counts, done):
    fresh = [study for study in counts if study not in done]
    done.update(fresh)
    return fresh"""
_STILL_LOST = "the two late slices are still lost: done knows the study, and has to know how many of its slices there were"
_EVERY_LOOK = (
    "a study without a new slice is announced again at the next look: what was announced has to be in done"
)
_COUNT_ALONE = (
    "a count without its study: another study with as many slices was not announced, "
    "because its number was in done already"
)
_OTHERS_TOO = "only one study got late slices, and others were announced with it: keep what is known of them"
_MEMORY_ELSEWHERE = "with an empty done nothing was announced: the memory has to be in done, which could then be kept on a disk"
_FIRST_TIME = "the function is asked about study A, quiet for the first time, and does not announce it"
_NAMES = (
    "announce is a function that returns a list of studies, such as ['A', 'B']: the count belongs into done"
)

_ANY_ARRIVAL = "a slice of B does not keep A awake: each study has a quiet period of its own"
_NO_REVISION = "(66, 'A', 1) would be the same announcement twice: a late slice makes revision 2"
_LATE_LOST = "the slice of A at 50 seconds is lost in your list: that is what the touch file with its set did"
_ONLY_AT_THE_END = (
    "at 26 seconds nobody can know that a slice will come at 50: A has been quiet for 16 seconds"
)
_FROM_THE_FIRST = "the quiet period begins anew with each slice of the study, not with its first one only"
_WITHOUT_PERIOD = "those are the moments of the last slices: 16 quiet seconds have to pass after each"
_ORDER = "the right announcements, but not in order of time"
_FROM_ZERO = "the first announcement of a study is its revision 1"
_ONE_COUNTER = "each study counts its own revisions: B is announced once, so it has revision 1"
_ROWS = 'announcements is a list of tuples of three: a second, "A" or "B", and a revision'
_ONE_STUDY_AT_A_TIME = (
    "go through the slices of one study at a time: where do 16 quiet seconds follow? Then do the other"
)

_HANDOUT = "16 seconds is the handout's number: a pause of 40 seconds would split the study in two"
_SAME_AS_PAUSE = "with exactly 40 the last slice before the pause is due at the very moment when the next one comes: take more"
_TOO_SHORT = (
    "a pause of up to 40 seconds would split the study in two: the period has to be longer than the pause"
)
_SURGEON = (
    "the surgeon waits for the quiet period and then for the 30 seconds of processing: together more than 90"
)
_SECONDS = "the answer is one number, in seconds"


# --- 08.1 -----------------------------------------------------------------------------------------------


def _check_condition(answer: Callable[..., Any]) -> Verdict:
    # A slice at 100 s; the clock shows as many seconds more. The last two: a slice at 3 s, the clock at 5 and 19 s.
    asked = (*((100, 100 + passed_s) for passed_s in (2, 15.5, 16, 17, 3600)), (3, 5), (3, 19))
    found = tuple(decision(answer, *times, name="is_quiet") for times in asked)
    known: dict[tuple[bool, ...], str] = {
        (True, True, True, True, True, False, True): _SINCE_THE_BEGINNING,
        (True, True, True, True, True, True, True): _ALWAYS,
        (False, False, False, False, False, False, False): _TURNED_ROUND,
        (True, True, False, False, False, True, False): _STILL_ARRIVING,
        (True, True, True, False, False, True, True): _STILL_ARRIVING,
        (False, False, True, False, False, False, True): _EXACTLY,
        (False, False, False, True, True, False, False): _MORE_THAN,
    }
    if found == (False, False, True, True, True, False, True):
        return PASS
    if known.get(found) == _TURNED_ROUND and _takes_now_first(answer):
        return retry(_OTHER_ORDER)
    return retry(known.get(found, _CONDITION))


def _takes_now_first(function: Callable[..., Any]) -> bool:
    """Return whether its first parameter is called after the present."""
    try:
        names = list(inspect.signature(function).parameters)
    except ValueError:  # a built-in function does not tell
        return False
    return names[0].startswith("now")


# --- 08.2 -----------------------------------------------------------------------------------------------


def _check_announce(answer: Callable[..., Any]) -> Verdict:
    done: set[object] = set()
    found = [_announced(answer, counts, done) for counts in _LOOKS]
    wrong = next((reason for reason, is_wrong in _FAULTS if is_wrong(found)), None)
    if wrong is not None:
        return retry(wrong)
    return PASS if _announced(answer, {"A": 5}, set()) == ["A"] else retry(_MEMORY_ELSEWHERE)


# What is quiet at each look, with the number of its slices; and what is wrong with the announcements then.
_LOOKS = ({"A": 3}, {"A": 3}, {"A": 3, "B": 3}, {"A": 5, "B": 3}, {"A": 5, "B": 3}, {"A": 5, "B": 5})
_FAULTS: tuple[tuple[str, Callable[[list[list[str]]], bool]], ...] = (
    (_FIRST_TIME, lambda found: found[0] != ["A"]),
    (_EVERY_LOOK, lambda found: found[1] != [] or "A" in found[2]),
    (_COUNT_ALONE, lambda found: found[2] == []),
    (_STILL_LOST, lambda found: found[3] == []),
    (_OTHERS_TOO, lambda found: found[3] != ["A"]),
    (_EVERY_LOOK, lambda found: found[4] != [] or "A" in found[5]),
    (_COUNT_ALONE, lambda found: found[5] != ["B"]),
)


def _announced(function: Callable[..., Any], counts: dict[str, int], done: set[object]) -> list[str]:
    found = plain(call(function, dict(counts), done, name="announce"))
    if not isinstance(found, list | tuple | set) or not all(isinstance(study, str) for study in found):
        raise WrongForm(_NAMES)
    return sorted(found)


# --- 08.3 and 08.4 --------------------------------------------------------------------------------------


def _check_period(answer: float) -> Verdict:
    if _LONGEST_PAUSE_S < answer <= _LONGEST_WAIT_S:
        return PASS
    if answer > _LONGEST_WAIT_S:
        return retry(_SURGEON)
    known: dict[float, str] = {QUIET_PERIOD_S: _HANDOUT, _LONGEST_PAUSE_S: _SAME_AS_PAUSE}
    return retry(known.get(answer, _TOO_SHORT))


def _check_announcements(answer: tuple[tuple[float, str, int], ...]) -> Verdict:
    found = tuple((second, study.removeprefix("study ").upper(), number) for second, study, number in answer)
    if found == ANNOUNCEMENTS:
        return PASS
    if sorted(found) == sorted(ANNOUNCEMENTS):
        return retry(_ORDER)
    known: dict[tuple[tuple[float, str, int], ...], str] = {
        ((26, "A", 1), (36, "B", 1)): _LATE_LOST,
        ((36, "B", 1), (66, "A", 1)): _ONLY_AT_THE_END,
        ((10, "A", 1), (20, "B", 1), (50, "A", 2)): _WITHOUT_PERIOD,
        ((16, "A", 1), (21, "B", 1), (66, "A", 2)): _FROM_THE_FIRST,
        ((26, "A", 1), (36, "B", 2), (66, "A", 3)): _ONE_COUNTER,
        ((26, "A", 1), (36, "B", 1), (66, "A", 1)): _NO_REVISION,
        ((26, "A", 0), (36, "B", 0), (66, "A", 1)): _FROM_ZERO,
    }
    if found not in known and 36 in [row[0] for row in found if row[1] == "A"]:  # noqa: PLR2004 - 20 s and 16 s
        return retry(_ANY_ARRIVAL)
    return retry(known.get(found, _ONE_STUDY_AT_A_TIME))


_ROW = tuple_of(
    in_units(NUMBER, SECONDS).saying(_ROWS), WORD.saying(_ROWS), WHOLE_NUMBER.saying(_ROWS)
).saying(_ROWS)

DETECT = (
    Exercise(
        id="08.1",
        title="Write the condition of the detector",
        name="is_quiet",
        checker=_check_condition,
        form=FUNCTION.saying(_NO_FUNCTION),
        minutes=4,
        task=Task.WRITE,
        hints=(
            "How long ago was the last slice? Subtract the earlier time from the later one.",
            "The difference is compared with 16; exactly 16 counts as quiet.",
            "is_quiet = lambda last_s, now_s: now_s - last_s >= ...",
        ),
        solution="is_quiet = lambda last_s, now_s: now_s - last_s >= 16",
        misconceptions=(
            Misconception("lambda last_s, now_s: now_s >= 16", _SINCE_THE_BEGINNING),
            Misconception("lambda last_s, now_s: last_s - now_s >= 16", _TURNED_ROUND),
            Misconception("lambda now_s, last_s: now_s - last_s >= 16", _OTHER_ORDER),
            Misconception("lambda last_s, now_s: now_s - last_s < 16", _STILL_ARRIVING),
            Misconception("lambda last_s, now_s: now_s - last_s == 16", _EXACTLY),
            Misconception("lambda last_s, now_s: now_s - last_s > 16", _MORE_THAN),
            Misconception("lambda last_s, now_s: now_s - last_s", _ALWAYS),
            Misconception("100 - 84 >= 16", _NO_FUNCTION),
        ),
        learned="The whole detector is this line; what goes wrong is what it does not know.",
    ),
    Exercise(
        id="08.2",
        title="Let the detector remember how many slices it announced",
        name="announce",
        checker=_check_announce,
        form=FUNCTION.saying("announce is a function: change the one in the cell, and keep its name"),
        minutes=6,
        task=Task.CHANGE,
        given=_ANNOUNCE,
        hints=(
            "done may hold more than a name: a tuple of study and count, such as ('A', 3).",
            "Ask in the first line whether the study *with its present count* is in done.",
            "Line 2: if (study, counts[study]) not in done. Line 3: update done with the same tuples.",
        ),
        solution=(
            "def announce(counts, done):\n"
            "    fresh = [study for study in counts if (study, counts[study]) not in done]\n"
            "    done.update((study, counts[study]) for study in fresh)\n"
            "    return fresh"
        ),
        misconceptions=(
            Misconception(
                "lambda counts, done: [s for s in counts if s not in done and not done.add(s)]", _STILL_LOST
            ),
            Misconception("lambda counts, done: list(counts)", _EVERY_LOOK),
            Misconception(
                "lambda counts, done: [s for s in counts if (s, counts[s]) not in done and not done.add(s)]",
                _EVERY_LOOK,
            ),
            Misconception(
                "lambda counts, done: [s for s, n in counts.items() if n not in done and not done.add(n)]",
                _COUNT_ALONE,
            ),
            Misconception(
                "lambda counts, done: [pair for pair in counts.items() if pair not in done and not done.add(pair)]",
                _NAMES,
            ),
            Misconception(
                "lambda counts, done: list(counts) if (t := tuple(counts.items())) not in done and not done.add(t) else []",
                _EVERY_LOOK,
            ),
            Misconception(
                "lambda counts, done, seen={}: [s for s in counts if seen.get(s) != counts[s] and not seen.update({s: counts[s]})]",
                _MEMORY_ELSEWHERE,
            ),
        ),
        learned="Study and count name a piece of work. The robust detector below counts instances by their UIDs, and calls it a revision.",
    ),
    Exercise(
        id="08.3",
        title="Choose a quiet period that keeps two promises",
        name="quiet_period_s",
        checker=_check_period,
        form=in_units(NUMBER, SECONDS).saying(_SECONDS),
        minutes=3,
        hints=(
            "A pause splits a study if it is as long as the quiet period. So the period has a lower limit.",
            "After the last slice: quiet period, then 30 seconds of processing, and 90 are promised.",
            "Anything above 40 and up to 60 seconds will do.",
        ),
        solution="quiet_period_s = 50",
        misconceptions=(
            Misconception("16", _HANDOUT),
            Misconception("40", _SAME_AS_PAUSE),
            Misconception("90", _SURGEON),
            Misconception("600", _SURGEON),
            Misconception("30", _TOO_SHORT),
            Misconception('"a minute"', _SECONDS),
        ),
        learned="There is not always such a number. Then a late slice has to be cheap, not impossible.",
    ),
    Exercise(
        id="08.4",
        title="Foresee the announcements of two interleaved studies",
        name="announcements",
        checker=_check_announcements,
        form=list_of(_ROW).saying(_ROWS),
        minutes=5,
        hints=(
            "Take study A alone: after which of its slices do 16 seconds pass without another slice of A?",
            "A is quiet after 10 and after 50, B after 20. Add 16 to each.",
            "A is announced twice. The second time it is revision 2.",
        ),
        solution='announcements = [(26, "A", 1), (36, "B", 1), (66, "A", 2)]',
        misconceptions=(
            Misconception('[(36, "A", 1), (36, "B", 1), (66, "A", 2)]', _ANY_ARRIVAL),
            Misconception('[(26, "A", 1), (36, "B", 1), (66, "A", 1)]', _NO_REVISION),
            Misconception('[(26, "A", 1), (36, "B", 1)]', _LATE_LOST),
            Misconception('[(36, "B", 1), (66, "A", 1)]', _ONLY_AT_THE_END),
            Misconception('[(16, "A", 1), (21, "B", 1), (66, "A", 2)]', _FROM_THE_FIRST),
            Misconception('[(10, "A", 1), (20, "B", 1), (50, "A", 2)]', _WITHOUT_PERIOD),
            Misconception('[(26, "A", 1), (66, "A", 2), (36, "B", 1)]', _ORDER),
            Misconception('[(26, "A", 0), (36, "B", 0), (66, "A", 1)]', _FROM_ZERO),
            Misconception('[(26, "A", 1), (36, "B", 2), (66, "A", 3)]', _ONE_COUNTER),
            Misconception("[26, 36, 66]", _ROWS),
        ),
        learned="Study and revision together name a piece of work; the second says what changed.",
    ),
)
