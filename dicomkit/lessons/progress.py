"""The learner's progress in the workshop."""

from __future__ import annotations

from dicomkit.lessons.catalogue import NOTEBOOKS, exercises_of
from dicomkit.lessons.exercise import Exercise
from dicomkit.lessons.record import Record, read_record
from dicomkit.lessons.sharing import sharing_state

__all__ = ["progress"]


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
