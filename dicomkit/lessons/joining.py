"""Jump into a notebook anywhere: what its later cells need, without the cells before."""

from __future__ import annotations

from types import SimpleNamespace

from dicomkit.lessons.catalogue import find_notebook, lesson_module

__all__ = ["checkpoint"]


def checkpoint(notebook: str) -> SimpleNamespace:
    """Return what the later cells of a notebook start from, made by the kit and not by the learner.

    So a wrong answer to an exercise, or a late arrival, spoils nothing that comes after it.

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
