"""Write the instructor's copies of the notebooks, a page of each lesson, and a checklist for the morning of a workshop."""

from __future__ import annotations

import argparse
from pathlib import Path

from dicomkit.cli.arguments import CommandParser
from dicomkit.lessons.catalogue import NOTEBOOKS
from dicomkit.workshop.copies import place_files, pristine_files
from dicomkit.workshop.instructing import add_notes
from dicomkit.workshop.lesson_pages import lesson_pages
from dicomkit.workshop.morning import checklist
from dicomkit.workshop.solving import parse_notebook
from dicomkit.workshop.unrun import notebook_bytes

__all__ = ["CHECKLIST_NAME", "NOTES_PREFIX", "PAGES_FOLDER", "make_parser", "run"]

CHECKLIST_NAME = "checklist.md"
PAGES_FOLDER = "pages"
NOTES_PREFIX = "notes_"  # beside a learner's notebook, which `dicomkit lab` may copy to the same folder


def make_parser() -> CommandParser:
    """Return the parser of ``dicomkit instructor``."""
    parser = CommandParser(
        "instructor",
        "Write the notebooks with speaker notes, timings and solutions, a page of each lesson for a browser alone, "
        "and a checklist for the morning.",
    )
    parser.add_argument("folder", metavar="FOLDER", help="a folder of its own, for instance dicom-instructor")
    return parser


def run(options: argparse.Namespace) -> int:
    """Write the copies; edited ones are kept, and the exit status is then 1."""
    folder = Path(options.folder)
    pristine = pristine_files()
    files = {name: content for name, content in pristine.items() if not name.endswith(".ipynb")}
    for notebook in NOTEBOOKS:
        name = notebook.file_name
        noted = parse_notebook(pristine[name].decode("utf-8"), name)
        noted["cells"] = add_notes(noted["cells"], notebook)
        files[f"{NOTES_PREFIX}{name}"] = notebook_bytes(noted)
    files[CHECKLIST_NAME] = checklist().encode()
    files |= {f"{PAGES_FOLDER}/{name}": text.encode() for name, text in lesson_pages(pristine, print)}
    placed = place_files(files, folder)
    for name in placed.kept:
        print(f"kept {folder / name}: it was edited; delete it to get a new one")
    print(f"{len(NOTEBOOKS)} notebooks with speaker notes are in {folder}")
    print(f"one page a lesson, for whose server does not start, is in {folder / PAGES_FOLDER}")
    print(f"read {folder / CHECKLIST_NAME}, then: dicomkit lab {folder}")
    return 1 if placed.kept else 0
