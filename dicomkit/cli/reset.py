"""Bring a notebook back to its first state."""

from __future__ import annotations

import argparse

from dicomkit.cli.arguments import CommandParser, add_notebook
from dicomkit.errors import LessonError
from dicomkit.lessons.catalogue import find_notebook
from dicomkit.workshop.copies import reset_notebook, workshop_folder

__all__ = ["make_parser", "run"]


def make_parser() -> CommandParser:
    """Return the parser of ``dicomkit reset``."""
    parser = CommandParser(
        "reset", "Bring a notebook back to its first state; yours is kept under another name."
    )
    add_notebook(parser)
    return parser


def run(options: argparse.Namespace) -> int:
    """Back up, restore, and print the path of the backup."""
    notebook = find_notebook(options.number)
    folder = workshop_folder(options.folder)
    if not folder.is_dir():
        raise LessonError(
            folder, "there is no such folder", f"run 'dicomkit lab {folder}' first, or name your folder"
        )
    backup = reset_notebook(notebook, folder)
    print(f"{folder / notebook.file_name} is as published" + (f"; yours is {backup}" if backup else ""))
    print("If it is open in the browser: File, Reload Notebook from Disk.")
    return 0
