"""A notebook as before its first run: no outputs, and no execution counts.

The repository keeps outputs, because the tests compare them and GitHub shows them. A learner's copy has none: otherwise
the answer would be below each question, and an execution count would not mean that the learner ran the cell.

Only the standard library is imported here: the wheel is built with it too (``.ci/wheel_notebooks.py``).
"""

from __future__ import annotations

import json
from typing import Any

__all__ = ["notebook_bytes", "unrun", "unrun_bytes"]

Notebook = dict[str, Any]


def unrun(notebook: Notebook) -> Notebook:
    """Return a copy of a notebook without outputs and execution counts, otherwise unchanged."""
    cells = [
        {**cell, "outputs": [], "execution_count": None} if cell["cell_type"] == "code" else cell
        for cell in notebook["cells"]
    ]
    return {**notebook, "cells": cells}


def unrun_bytes(content: bytes) -> bytes:
    """Return the file of a notebook without outputs and execution counts.

    Parameters
    ----------
    content
        The published file.
    """
    return notebook_bytes(unrun(json.loads(content)))


def notebook_bytes(notebook: Notebook) -> bytes:
    """Return a notebook as the bytes of its file, always in the same format."""
    return (json.dumps(notebook, ensure_ascii=False, indent=1, sort_keys=True) + "\n").encode()
