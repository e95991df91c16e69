"""What a learner calls in a notebook: check, hint, solution, progress, checkpoint.

Those under an exercise print text and never raise: a notebook that stops at an exercise stops the whole class, so even a
wrong call prints a sentence.
"""

from __future__ import annotations

import os
import sys
from types import SimpleNamespace

from dicomkit.errors import LessonError
from dicomkit.lessons.catalogue import NOTEBOOKS, exercises_of, find_exercise, find_notebook, lesson_module
from dicomkit.lessons.exercise import Exercise, Outcome, Verdict, retry
from dicomkit.lessons.record import HINTED, MET, PASSED, TRIED, Record, read_record, remember
from dicomkit.lessons.sharing import share, sharing_state

__all__ = ["check", "checkpoint", "hint", "progress", "solution"]


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
        print(_coloured(retry(str(error))))
        return
    verdict = found.judge(answer)
    if verdict.outcome is Outcome.PASS:
        remember(found.id, PASSED)
    elif verdict.outcome is Outcome.RETRY:
        remember(found.id, TRIED)
        if name := found.misconception(verdict):
            remember(found.id, f"{MET} {name}")
    print(_coloured(verdict))
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


def progress() -> None:
    """Print a table of all exercises with their states, and whether the progress is shared."""
    record = read_record()
    rows: list[str] = []
    done = total = 0
    for notebook in NOTEBOOKS:
        rows.append(f"{notebook.number}    {notebook.title}")
        for exercise in exercises_of(notebook):
            total += 1
            done += exercise.id in record.passed
            rows.append(f"{exercise.id}  {_state(exercise, record):<8}  {exercise.title}")
    print("\n".join([sharing_state(), *rows, f"{done} of {total} exercises passed"]))


def _state(exercise: Exercise, record: Record) -> str:
    if exercise.id in record.passed:
        return "passed"
    return "tried" if exercise.id in record.tried else "to do"


def checkpoint(notebook: str) -> SimpleNamespace:
    """Return the values that the later cells of a notebook start from.

    So a wrong answer, or a learner who joins late, does not break later cells.

    Parameters
    ----------
    notebook
        Its number, for example ``"01"``.

    Returns
    -------
    SimpleNamespace
        Its attributes are described in the docstring of ``checkpoint`` in the notebook's own module.

    Raises
    ------
    LessonError
        If there is no notebook of that number.
    """
    made: SimpleNamespace = lesson_module(find_notebook(notebook)).checkpoint()
    return made


# Bold, in colours of the theme (ECMA-48 section 8.3.117, SGR): readable on light and dark backgrounds.
_COLOURS = {Outcome.TODO: "34", Outcome.PASS: "32", Outcome.RETRY: "31"}


def _coloured(verdict: Verdict) -> str:
    """Return the text of a verdict; if the output shows colours, they repeat what its first word says.

    A pipe, a file and an environment with NO_COLOR (https://no-color.org) get plain text.
    """
    text = str(verdict)
    if not _shows_colours():
        return text
    return f"\x1b[1;{_COLOURS[verdict.outcome]}m{verdict.outcome}\x1b[0m{text.removeprefix(verdict.outcome)}"


def _shows_colours() -> bool:
    """Return whether the output is a terminal or a notebook."""
    if os.environ.get("NO_COLOR"):
        return False
    stream = sys.stdout
    return stream.isatty() or type(stream).__module__ == "ipykernel.iostream"
