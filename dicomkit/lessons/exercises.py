"""The four calls under each exercise: check, hint and solution print text, and none of them raises.

A notebook that stops at an exercise stops the whole class, so a wrong call is answered in words too.
"""

from __future__ import annotations

from dicomkit.errors import LessonError
from dicomkit.lessons.catalogue import find_exercise
from dicomkit.lessons.coloured import coloured
from dicomkit.lessons.exercise import Outcome, retry
from dicomkit.lessons.record import HINTED, MET, PASSED, TRIED, read_record, remember
from dicomkit.lessons.sharing import share

__all__ = ["check", "hint", "solution"]


def check(exercise: str, answer: object = None) -> None:
    """Print what is to be said about an answer: TODO, PASS, or RETRY with the reason.

    Parameters
    ----------
    exercise
        Its id, for example ``"01.2"``.
    answer
        The value to look at. None and ``...`` mean that there is no answer yet.
    """
    try:
        found = find_exercise(exercise)
    except LessonError as error:
        print(coloured(retry(str(error))))
        return
    verdict = found.judge(answer)
    if verdict.outcome is Outcome.PASS:
        remember(found.id, PASSED)
    elif verdict.outcome is Outcome.RETRY:
        remember(found.id, TRIED)
        if name := found.misconception(verdict):
            remember(found.id, f"{MET} {name}")
    print(coloured(verdict))
    if verdict.outcome is not Outcome.TODO and (said := share()):
        print(said)


def hint(exercise: str) -> None:
    """Print the next hint: the first call gives a nudge, the last one nearly the answer.

    Parameters
    ----------
    exercise
        Its id, for example ``"01.2"``.
    """
    try:
        found = find_exercise(exercise)
    except LessonError as error:
        print(error)
        return
    total = len(found.hints)
    seen = read_record().hints.get(found.id, 0)
    number = min(seen + 1, total)
    if seen >= total:
        print(f'That was the last hint. solution("{found.id}") shows an answer.')
    elif not remember(found.id, HINTED):
        # Nothing can be kept on this machine, so "next" has no meaning: show them all.
        for index, text in enumerate(found.hints[:-1]):
            print(f"hint {index + 1} of {total}: {text}")
        number = total
    print(f"hint {number} of {total}: {found.hints[number - 1]}")


def solution(exercise: str) -> None:
    """Print one answer, as source to read and to type.

    Parameters
    ----------
    exercise
        Its id, for example ``"01.2"``.
    """
    try:
        found = find_exercise(exercise)
    except LessonError as error:
        print(error)
        return
    print(found.solution)
