"""A page for each lesson and for each text beside the lessons, for a browser without a server."""

from __future__ import annotations

import tempfile
from collections.abc import Callable, Iterator, Mapping
from pathlib import Path
from typing import Any

from dicomkit.lessons.catalogue import pristine_folder
from dicomkit.workshop.kernel import execute_notebook
from dicomkit.workshop.lesson_page import lesson_page, prose_page
from dicomkit.workshop.solving import parse_notebook

__all__ = ["lesson_pages", "published_notebook"]


def lesson_pages(files: Mapping[str, bytes], say: Callable[[str], object]) -> Iterator[tuple[str, str]]:
    """Yield the name and the text of a page for each notebook, and for each text beside the notebooks.

    Parameters
    ----------
    files
        The files for a learner, by path.
    say
        Gets a message before each long step.
    """
    for name, content in files.items():
        if name.endswith(".ipynb"):
            yield f"{Path(name).stem}.html", lesson_page(published_notebook(name, say), files)
        elif name.endswith(".md"):
            yield f"{Path(name).stem}.html", prose_page(content.decode("utf-8"), files)


def published_notebook(name: str, say: Callable[[str], object]) -> dict[str, Any]:
    """Return a published notebook with its outputs: a checkout stores them, elsewhere it is run now."""
    notebook = parse_notebook((pristine_folder() / name).read_text(encoding="utf-8"), name)
    if any(cell.get("outputs") for cell in notebook["cells"]):
        return notebook
    say(f"running {name} for its outputs")
    with tempfile.TemporaryDirectory(prefix="dicomkit-page-", ignore_cleanup_errors=True) as folder:
        return execute_notebook(notebook, Path(folder))
