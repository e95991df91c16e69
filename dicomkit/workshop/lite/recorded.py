"""Cells that a browser cannot run, shown with what they printed elsewhere.

Only what is about sockets, processes or pynetdicom's own threads is shown so; a cell says it in its metadata
(``dicomkit.recorded``). The source stays to be read, and the output is folded as an answer is: it comes after a prediction.
What stands before the first ``with`` of such a cell needs none of these, and later cells may need it: it runs. Of a
cell that needs what another one has received, nothing does.
"""

from __future__ import annotations

import ast
import itertools
from collections.abc import Iterator, Mapping
from typing import Any

from dicomkit.text import escape_html

__all__ = ["WHY", "for_browser", "recorded_because"]

Cell = dict[str, Any]
Notebook = dict[str, Any]

WHY = {
    "threads": "pynetdicom listens at a socket and answers in threads of its own. A page in a browser has neither.",
    "pool": "it hands work to a pool of threads, and a page in a browser has none.",
    "result": "it looks at what a cell above has received, and that cell does not run here.",
    "processes": "it starts another program, and a page in a browser starts none.",
    "waiting": "who is asked thinks in a thread of its own while you wait, and a page in a browser has one thread.",
    "web": "an archive answers HTTP at a socket, and a page in a browser has none to listen at.",
}
_NOTHING_RUNS = ("result", "waiting", "web")  # each line of such a cell needs what is not there


def recorded_because(cell: Mapping[str, Any]) -> str:
    """Return the sentence why a cell is shown as recorded; empty for one that runs."""
    reason = cell.get("metadata", {}).get("dicomkit", {}).get("recorded", "")
    return WHY[reason] if reason else ""


def for_browser(notebook: Notebook) -> Notebook:
    """Return the notebook without outputs, its recorded cells made into text.

    Parameters
    ----------
    notebook
        As published, with outputs.
    """
    cells = []
    for cell in notebook["cells"]:
        if recorded_because(cell):
            cells += [_as_text(cell), *_preparation(cell)]
        elif cell["cell_type"] == "code":
            cells.append({**cell, "outputs": [], "execution_count": None})
        else:
            cells.append(cell)
    return {**notebook, "cells": cells}


def _as_text(cell: Cell) -> Cell:
    source = "".join(cell["source"])
    shown = "\n".join(_words(cell)).rstrip()
    text = (
        f"**Not run here:** {recorded_because(cell)}\n\n```python\n{source}\n```\n\n"
        f"<details><summary>What it prints (recorded)</summary>\n<pre>{escape_html(shown)}</pre>\n</details>"
    )
    metadata = {key: value for key, value in cell["metadata"].items() if key != "tags"}
    return {
        "cell_type": "markdown",
        "id": cell["id"],
        "metadata": metadata,
        "source": text.splitlines(keepends=True),
    }


def _preparation(cell: Cell) -> Iterator[Cell]:
    """Yield a cell with what stands before the first ``with``, if there is anything."""
    if cell["metadata"]["dicomkit"]["recorded"] in _NOTHING_RUNS:
        return
    source = "".join(cell["source"])
    statements = ast.parse(source).body
    before = list(itertools.takewhile(lambda each: not isinstance(each, ast.With), statements))
    if before and len(before) < len(statements):
        lines = "".join(source.splitlines(keepends=True)[: before[-1].end_lineno]).rstrip()
        yield {
            **cell,
            "id": f"{cell['id']}-here",
            "metadata": {"slideshow": cell["metadata"]["slideshow"]},
            "source": [f"# Of the cell above, this runs here: later cells need it.\n{lines}"],
            "outputs": [],
            "execution_count": None,
        }


def _words(cell: Cell) -> Iterator[str]:
    for output in cell["outputs"]:
        if output["output_type"] == "error":
            yield f"{output['ename']}: {output['evalue']}"
        else:
            yield "".join(output.get("text", output.get("data", {}).get("text/plain", "")))
