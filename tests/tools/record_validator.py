"""Record what dciodvfy says in the notebooks: ``python tests/tools/record_validator.py``.

The notebooks are run cell by cell, each data set that they show to the validator goes to the real program,
and what it says is stored in ``dicomkit/lessons/validator_says.json``.
"""

# ruff: noqa: T201 - a maintainer's program prints what it did

from __future__ import annotations

import json
import os
import shutil
import sys
import tempfile
import warnings
from collections.abc import Callable
from pathlib import Path
from typing import Any

ROOT = Path(__file__).resolve().parents[2]
sys.path.insert(0, str(ROOT))

from dicomkit.lessons.validator import RECORD, ask_validator, fingerprint  # noqa: E402 - run as a script, too

NOTEBOOKS = ("04_add_pixels",)


def ask_in(name: str, ask: Callable[[Any], list[str]]) -> dict[str, list[str]]:
    """Run the cells of a notebook with `ask` in place of the record.

    Parameters
    ----------
    name
        Of the notebook, without ``.ipynb``.
    ask
        Takes a data set and returns what the notebook goes on with.

    Returns
    -------
    dict
        What `ask` returned, by the fingerprint of the data set.
    """
    answers: dict[str, list[str]] = {}

    def spy(dataset: Any) -> list[str]:  # noqa: ANN401 - whatever the notebook gives it
        answers[fingerprint(dataset)] = ask(dataset)
        return answers[fingerprint(dataset)]

    path = ROOT / "notebooks" / f"{name}.ipynb"
    cells = json.loads(path.read_text(encoding="utf-8"))["cells"]
    names: dict[str, Any] = {}
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        for cell in cells:
            if cell["cell_type"] == "code":
                exec(compile("".join(cell["source"]), f"{name}:{cell['id']}", "exec"), names)  # noqa: S102 - our own
                names["validator_says"] = spy
    return answers


def to_text(record: dict[str, list[str]]) -> str:
    """Return the one way in which the record is written to its file."""
    return json.dumps(record, indent=1, sort_keys=True) + "\n"


def main() -> int:
    """Write the record."""
    program = shutil.which("dciodvfy")
    if program is None:
        print("dciodvfy is not installed (Debian: apt-get install dicom3tools)", file=sys.stderr)
        return 1
    os.environ["MPLBACKEND"] = "Agg"
    record: dict[str, list[str]] = {}
    with tempfile.TemporaryDirectory() as state:
        os.environ["DICOMKIT_STATE_FOLDER"] = state
        for name in NOTEBOOKS:
            record |= ask_in(name, lambda dataset: ask_validator(program, dataset))
    RECORD.write_text(to_text(record), encoding="utf-8", newline="\n")
    print(f"{len(record)} data sets are recorded in {RECORD.name}")
    return 0


if __name__ == "__main__":
    sys.exit(main())
