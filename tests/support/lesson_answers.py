"""What an exercise's source stands for: the answer that a learner's cell would hold."""

from __future__ import annotations

from dicomkit.lessons.exercise import Exercise


def answer_of(exercise: Exercise, source: str) -> object:
    names: dict[str, object] = {}
    # In turn, as two cells: Python compiles a call of a module differently beside the module's import.
    for part in (exercise.setup, source):
        exec(part, names)  # noqa: S102 - the kit's own source
    return names[exercise.name]
