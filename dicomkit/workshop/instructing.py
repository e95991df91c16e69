"""An instructor's copy of a notebook: what to say and when, the solutions, and the frequent mistakes.

The learner's cells are not changed. Cells are added as speaker notes, which JupyterLab shows folded to a bar, so that
nothing is given away on a projector.
"""

from __future__ import annotations

import copy
from collections.abc import Iterator
from typing import Any

from dicomkit.lessons.catalogue import Notebook, find_exercise, speaker_notes_of
from dicomkit.lessons.confusions import CONFUSIONS
from dicomkit.workshop.solving import exercise_of
from dicomkit.workshop.timing import Section, clock_starts, sections_of

__all__ = ["add_notes", "clock_text", "starts_of_sections"]

Cell = dict[str, Any]


def add_notes(cells: list[Cell], notebook: Notebook) -> list[Cell]:
    """Return the cells of a notebook with the speaker's notes between them.

    Parameters
    ----------
    cells
        The cells of the learner's notebook.
    notebook
        The notebook.
    """
    said = speaker_notes_of(notebook)
    starts = starts_of_sections(cells, notebook.minutes)
    lengths = {section.cell: section for section in sections_of(cells)}
    noted: list[Cell] = []
    asked = None
    for cell in cells:
        noted.append(copy.deepcopy(cell))
        name = str(cell.get("id", ""))
        lines = list(_lines_at(name, notebook, starts, lengths, said))
        if lines:
            noted.append(_note(f"note-{name}", "\n\n".join(["For the speaker", *lines])))
        if exercise_of(cell) is not None:
            asked = exercise_of(cell)
        elif asked is not None and "check" in cell.get("metadata", {}).get("tags", []):
            noted.append(_note(f"solution-{name}", _solution_text(asked)))
            asked = None
    return noted


def starts_of_sections(cells: list[Cell], minutes: int) -> dict[str, int]:
    """Return the minute at which each section begins, by the id of its first cell.

    Parameters
    ----------
    cells
        The cells of the notebook.
    minutes
        The minutes of the whole notebook.
    """
    return clock_starts(sections_of(cells), minutes)


def clock_text(minutes: float) -> str:
    """Return minutes as hours and minutes.

    Examples
    --------
    >>> clock_text(95)
    '1:35'
    """
    return f"{int(minutes) // 60}:{int(minutes) % 60:02}"


def _lines_at(
    name: str,
    notebook: Notebook,
    starts: dict[str, int],
    lengths: dict[str, Section],
    said: dict[str, str],
) -> Iterator[str]:
    if name in starts:
        section = lengths[name]
        takes = f"{max(1, round(section.read_and_run_minutes))} min to read and run"
        takes += f", {section.exercise_minutes:g} for the exercise" if section.exercises else ""
        yield f"**At {clock_text(starts[name])}** of {clock_text(notebook.minutes)}: {takes}."
    if name in said:
        yield f"**Say:** {said[name]}"
    for confusion in CONFUSIONS:
        if (confusion.notebook, confusion.cell) == (notebook.number, name):
            yield f"**They will ask:** {confusion.question}\n\n{confusion.answer}"


def _solution_text(exercise_id: str) -> str:
    exercise = find_exercise(exercise_id)
    parts = [
        "For the speaker",
        f"**Solution of {exercise.id}:** {exercise.title}.",
        f"```python\n{exercise.solution}\n```",
    ]
    parts += [exercise.learned] if exercise.learned else []
    # A code fence rather than a table: an answer may contain a pipe.
    wrong = "\n".join(f"{each.answer}\n    {each.reason}" for each in exercise.misconceptions)
    parts += [f"What people answer, and what the check tells them:\n\n```text\n{wrong}\n```"] if wrong else []
    return "\n\n".join(parts)


def _note(name: str, text: str) -> Cell:
    return {
        "cell_type": "markdown",
        "id": name[:64],  # the limit of the notebook format
        "metadata": {"jupyter": {"source_hidden": True}, "slideshow": {"slide_type": "notes"}},
        "source": text.splitlines(keepends=True),
    }
