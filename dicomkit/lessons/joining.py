"""Start anywhere in a notebook: what its later cells need, without running the earlier ones."""

from __future__ import annotations

from types import SimpleNamespace

from dicomkit.lessons.catalogue import find_notebook, lesson_module

__all__ = ["checkpoint"]


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
