"""Run the exercise checks of a saved notebook."""

from __future__ import annotations

import argparse
import re
from collections.abc import Iterator
from typing import Any

from dicomkit.cli.arguments import CommandParser, add_notebook
from dicomkit.errors import FileAccessError
from dicomkit.lessons.catalogue import Notebook, exercises_of, find_notebook
from dicomkit.lessons.exercise import Outcome
from dicomkit.text import escape_terminal
from dicomkit.workshop.copies import read_text, workshop_folder
from dicomkit.workshop.kernel import execute_notebook
from dicomkit.workshop.solving import parse_notebook

__all__ = ["make_parser", "run"]

_CALL = re.compile(r"""^\s*check\(\s*["'](\d\d\.\d+)["']""", re.MULTILINE)


def make_parser() -> CommandParser:
    """Return the parser of ``dicomkit check``."""
    parser = CommandParser(
        "check", "Run a saved notebook from its first cell and print what each check says."
    )
    add_notebook(parser)
    return parser


def run(options: argparse.Namespace) -> int:
    """Print one line for each exercise; the exit status is 0 only if all of them are PASS."""
    notebook = find_notebook(options.number)
    path = workshop_folder(options.folder) / notebook.file_name
    if not path.is_file():
        raise FileAccessError(
            path, "there is no such notebook", "name your folder, or run 'dicomkit lab' first"
        )
    saved = parse_notebook(read_text(path), str(path))
    executed = execute_notebook(saved, path.resolve().parent)
    verdicts = dict(_verdicts(executed))
    lines = list(_report(notebook, verdicts))
    print("\n".join([*_failures(executed), *lines]))
    passed = sum(
        verdicts.get(exercise.id, "").startswith(Outcome.PASS) for exercise in exercises_of(notebook)
    )
    print(f"{passed} of {len(lines)} exercises passed")
    return 0 if passed == len(lines) else 1


def _verdicts(notebook: dict[str, Any]) -> Iterator[tuple[str, str]]:
    """Yield the id of each checked exercise, and the last line of its check."""
    for cell in notebook["cells"]:
        called = _CALL.search(cell["source"]) if cell["cell_type"] == "code" else None
        if called is None:
            continue
        printed = "".join(out["text"] for out in cell["outputs"] if out.get("name") == "stdout").splitlines()
        said = [line for line in printed if line.startswith(tuple(Outcome))]
        yield (
            called[1],
            said[-1] if said else f"{Outcome.TODO} the check printed nothing; run the cells above it",
        )


def _report(notebook: Notebook, verdicts: dict[str, str]) -> Iterator[str]:
    for exercise in exercises_of(notebook):
        gone = f"{Outcome.TODO} its check is gone; 'dicomkit reset {notebook.number}' brings it back"
        yield f"{exercise.id}  {escape_terminal(verdicts.get(exercise.id, gone))}"


def _failures(notebook: dict[str, Any]) -> Iterator[str]:
    """Yield a line for each cell with an unexpected error."""
    for number, cell in enumerate(notebook["cells"], start=1):
        if "raises-exception" in cell.get("metadata", {}).get("tags", []):
            continue
        for output in cell.get("outputs", []):
            if output["output_type"] == "error":
                yield f"note: cell {number} ended with {escape_terminal(str(output['ename']))}"
