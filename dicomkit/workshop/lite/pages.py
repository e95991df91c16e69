"""The pages of a site that need no Python: the front page, and each lesson to read or to print."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

from dicomkit.lessons.catalogue import NOTEBOOKS
from dicomkit.text import escape_html
from dicomkit.workshop.copies import pristine_files
from dicomkit.workshop.lesson_page import prose_page
from dicomkit.workshop.lesson_pages import lesson_pages
from dicomkit.workshop.lite.laboratory import STORAGE_NAME

__all__ = ["FRONT_FOLDER", "front_page_files", "readable_lessons"]

FRONT_FOLDER = Path(__file__).parent / "front"
_WORKSHOP = "workshop/lab/index.html?path="


def front_page_files() -> dict[str, bytes]:
    """Return the page that says what this is and leads to the three doors, and what it loads, by name."""
    files = {path.name: path.read_text(encoding="utf-8") for path in sorted(FRONT_FOLDER.iterdir())}
    notebooks = "\n".join(
        f'<li><a href="{_WORKSHOP}{each.file_name}">{each.number}: {escape_html(each.title)}</a>, {each.minutes} minutes</li>'
        for each in NOTEBOOKS
    )
    page = (
        files["index.html"].replace("{{notebooks}}", notebooks).replace("{{first}}", NOTEBOOKS[0].file_name)
    )
    files["index.html"] = page.replace("{{storage}}", STORAGE_NAME)
    return {name: text.encode() for name, text in files.items()}


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
