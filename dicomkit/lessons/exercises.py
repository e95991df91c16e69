"""The calls under each exercise: check, hint and solution print text and never raise.

A notebook that stops at an exercise stops the whole class, so even a wrong call prints a sentence.
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
    """Print the verdict on an answer: TODO, PASS, or RETRY with the reason.

    Parameters
    ----------
    exercise
        Its id, for example ``"01.2"``.
    answer
        The answer. None and ``...`` mean that there is none yet.
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
        # Nothing can be saved on this computer, so there is no "next" hint: show all.
        for index, text in enumerate(found.hints[:-1]):
            print(f"hint {index + 1} of {total}: {text}")
        number = total
    print(f"hint {number} of {total}: {found.hints[number - 1]}")


def solution(exercise: str) -> None:
    """Print a solution, as source to read and to type.

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
