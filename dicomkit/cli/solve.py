"""Write solved copies of the notebooks in a folder."""

from __future__ import annotations

import argparse
from pathlib import Path

from dicomkit.cli.arguments import CommandParser
from dicomkit.errors import FileAccessError, LessonError
from dicomkit.text import counted
from dicomkit.workshop.copies import place_files, pristine_files, read_text, workshop_folder
from dicomkit.workshop.solving import parse_notebook, solve_notebook
from dicomkit.workshop.unrun import notebook_bytes, unrun

__all__ = ["make_parser", "run"]


def make_parser() -> CommandParser:
    """Return the parser of ``dicomkit solve``."""
    parser = CommandParser(
        "solve", "Write solved copies of notebooks. Nothing is run; the originals stay as they are."
    )
    parser.add_argument(
        "folder", metavar="FOLDER", nargs="?", help="where the notebooks lie (default: dicom-workshop)"
    )
    parser.add_argument("--into", metavar="OUT", help="where the solved copies go (default: FOLDER/solved)")
    return parser


def run(options: argparse.Namespace) -> int:
    """Write the copies; edited ones are kept, and the exit status is then 1."""
    folder = workshop_folder(options.folder)
    into = Path(options.into) if options.into is not None else folder / "solved"
    paths = sorted(folder.glob("[0-9][0-9]_*.ipynb"))
    paths = [path for path in paths if ".backup-" not in path.name]
    if not paths:
        raise LessonError(
            folder, "there is no notebook of the workshop in it", f"run 'dicomkit lab {folder}' first"
        )
    if into.resolve() == folder.resolve():
        raise FileAccessError(
            into, "the solved copies would replace the notebooks", "choose another folder with --into"
        )
    files = {name: content for name, content in pristine_files().items() if not name.endswith(".ipynb")}
    for path in paths:
        solved = solve_notebook(parse_notebook(read_text(path), str(path)))
        files[path.name] = notebook_bytes(unrun(solved))
    placed = place_files(files, into)
    for name in placed.kept:
        print(f"kept {into / name}: it was edited; delete it to get a new one")
    print(f"in {into}: {counted(len(paths) - len(placed.kept), 'solved notebook')}")
    return 1 if placed.kept else 0
