"""Make a solved copy of a notebook without running it.

The solution replaces the stub, and the stored output of the check becomes its PASS. Nothing else changes: if such a
copy passes the comparison of outputs, solving the exercises changes nothing but verdicts.
"""

from __future__ import annotations

import copy
import json
from typing import Any

from dicomkit.errors import LessonError
from dicomkit.lessons.catalogue import find_exercise

__all__ = ["exercise_of", "parse_notebook", "solve_notebook"]

Notebook = dict[str, Any]
Cell = dict[str, Any]


def parse_notebook(text: str, name: str) -> Notebook:
    """Return the notebook that `text` holds.

    Parameters
    ----------
    text
        The content of an ``.ipynb`` file.
    name
        How an error names it.

    Raises
    ------
    LessonError
        If it is not a notebook.
    """
    try:
        notebook = json.loads(text)
    except (ValueError, RecursionError):
        notebook = None
    cells = notebook.get("cells") if isinstance(notebook, dict) else None
    if not isinstance(cells, list) or not all(
        isinstance(cell, dict) and "cell_type" in cell for cell in cells
    ):
        raise LessonError(name, "this is no notebook of format 4", "restore it: dicomkit reset NN")
    whole: Notebook = notebook
    return whole


def exercise_of(cell: Cell) -> str | None:
    """Return the id of the exercise that a learner answers in `cell`, or None."""
    metadata = cell.get("metadata", {})
    tagged = cell.get("cell_type") == "code" and "exercise" in metadata.get("tags", [])
    found = metadata.get("dicomkit", {}).get("exercise") if tagged else None
    return str(found) if found else None


def solve_notebook(notebook: Notebook) -> Notebook:
    """Return a copy of `notebook` with every exercise solved and every verdict PASS.

    Parameters
    ----------
    notebook
        The result of `parse_notebook`.

    Raises
    ------
    LessonError
        If it contains an unknown exercise.
    """
    solved = copy.deepcopy(notebook)
    waiting = None
    for cell in solved["cells"]:
        exercise_id = exercise_of(cell)
        if exercise_id is not None:
            waiting = find_exercise(exercise_id)
            cell["source"] = waiting.solution.splitlines(keepends=True)
        elif waiting is not None and "check" in cell.get("metadata", {}).get("tags", []):
            cell["outputs"] = [
                {"name": "stdout", "output_type": "stream", "text": [f"{waiting.passed}\n"]},
            ]
            waiting = None
    return solved
