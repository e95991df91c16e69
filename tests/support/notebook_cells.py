"""The cells of the published notebooks, by their ids."""

from __future__ import annotations

import json

from dicomkit.lessons.catalogue import find_notebook, pristine_folder
from tests.support.notebook_lint import source


def cell(number: str, name: str) -> str:
    """Return the text of one cell of a notebook."""
    path = pristine_folder() / find_notebook(number).file_name
    cells = json.loads(path.read_text(encoding="utf-8"))["cells"]
    return next(source(each) for each in cells if each["id"] == name)
