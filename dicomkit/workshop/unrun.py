"""A notebook as it is before anybody has run it: no outputs, and no numbers in the prompts.

The repository keeps outputs, because the tests compare them and a page on the web shows them. A learner's
copy has none: else the answer stands below each question, and a number in a prompt no longer says that its cell ran.

Only the standard library is imported here: the wheel is built with it too (``.ci/wheel_notebooks.py``).
"""

from __future__ import annotations

import json
from typing import Any

__all__ = ["notebook_bytes", "unrun", "unrun_bytes"]

Notebook = dict[str, Any]


def unrun(notebook: Notebook) -> Notebook:
    """Return a copy of a notebook without outputs and execution counts; all else is as it was."""
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
        The file as published.
    """
    return notebook_bytes(unrun(json.loads(content)))


def notebook_bytes(notebook: Notebook) -> bytes:
    """Return the one way in which a notebook is written to a file."""
    return (json.dumps(notebook, ensure_ascii=False, indent=1, sort_keys=True) + "\n").encode()
