"""The pages of a site that need no Python: the front page, and each lesson to read or to print."""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping
from pathlib import Path

from dicomkit.lessons.catalogue import NOTEBOOKS
from dicomkit.text import escape_html
from dicomkit.viewers import viewer_page
from dicomkit.viewers.frame.front_end import front_end
from dicomkit.workshop.copies import pristine_files
from dicomkit.workshop.lesson_pages import lesson_pages, prose_page
from dicomkit.workshop.lite.laboratory import STORAGE_NAME
from dicomkit.workshop.lite.packages import viewer_files

__all__ = ["FRONT_FOLDER", "front_page_files", "readable_lessons", "viewer_page_files"]

VIEWER_PAGE_FOLDER = Path(viewer_page.__file__).parent
FRONT_FOLDER = Path(__file__).parent / "front"
_WORKSHOP = "workshop/lab/index.html?path="


def front_page_files() -> dict[str, bytes]:
    """Return the page that says what this is and leads to the three doors, and what it loads, by name."""
    files = {path.name: path.read_text(encoding="utf-8") for path in sorted(FRONT_FOLDER.iterdir())}
    notebooks = "\n".join(
        f'<li><a href="{_WORKSHOP}{each.file_name}">{each.number}: {escape_html(each.title)}</a>, {each.minutes} minutes</li>'
        for each in NOTEBOOKS
    )
    words = {
        "notebooks": notebooks,
        "first": NOTEBOOKS[0].file_name,
        "count": str(len(NOTEBOOKS)),
        "storage": STORAGE_NAME,
    }
    for name, word in words.items():
        files["index.html"] = files["index.html"].replace(f"{{{{{name}}}}}", word)
    return {name: text.encode() for name, text in files.items()}


def viewer_page_files(python: Mapping[str, bytes]) -> dict[str, bytes]:
    """Return the page of the viewer, its worker, and the list of what that loads, by name.

    Parameters
    ----------
    python
        The files of the site's Python.
    """
    names = ("index.html", "page.css", "worker.js", "service_worker.js", "icon.svg", "manifest.webmanifest")
    files = {name: (VIEWER_PAGE_FOLDER / name).read_bytes() for name in names}
    files["page.js"] = front_end("viewer_page/page").encode()
    files["files.json"] = json.dumps({"files": viewer_files(python)}).encode()
    return files


def readable_lessons(say: Callable[[str], object]) -> dict[str, bytes]:
    """Return each lesson as a page, and the texts that they lead to, by name.

    Parameters
    ----------
    say
        Is told what takes long.

    Raises
    ------
    WorkshopError
        If what turns Markdown into HTML is not installed.
    """
    files = pristine_files()
    pages = {name: text.encode() for name, text in lesson_pages(files, say)}
    rows = "".join(f"- [{each.number}: {each.title}]({each.name}.html)\n" for each in NOTEBOOKS)
    text = f"# The lessons, to read or to print\n\nEach answer is folded under its prediction.\n\n{rows}\n[Glossary](glossary.html)\n"
    return pages | {"index.html": prose_page(text, files).encode()}
