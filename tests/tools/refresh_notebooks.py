"""Run the notebooks in the tests' environment and store what they print: ``python tests/tools/refresh_notebooks.py [NN...]``.

The times that are told (in the title cells, the tables, the catalogue) are counted anew at the end; with ``--times``
nothing else is done.

What is stored depends on nothing but the notebook's own source, so a difference in a commit is a difference
in what a learner sees. Stripped: widget state, time stamps, versions, the output of exercise cells. A picture
is kept as it was as long as its description (``text/plain``) did not change.
"""

# ruff: noqa: T201 - a maintainer's program prints what it did

from __future__ import annotations

import argparse
import copy
import json
import os
import sys
import tempfile
from collections.abc import Sequence
from pathlib import Path
from typing import Any

ROOT = Path(__file__).resolve().parents[2]
sys.path.insert(0, str(ROOT))

from tests.support.notebook_environment import FIXED, apply, environment  # noqa: E402 - run as a script, from any folder
from tests.support.written_times import rewrite  # noqa: E402

CELL_TIMEOUT_S = 60
KERNEL_STARTUP_TIMEOUT_S = 120
KEPT_CELL_METADATA = ("dicomkit", "editable", "slideshow", "tags")
NOTEBOOK_METADATA = {
    "kernelspec": {"display_name": "Python 3 (ipykernel)", "language": "python", "name": "python3"},
    "language_info": {"name": "python"},
}
WIDGET_VIEW = "application/vnd.jupyter.widget-view+json"  # names a model that exists only while a kernel runs
PICTURES = ("image/png", "image/jpeg")

Notebook = dict[str, Any]
Cell = dict[str, Any]


def is_exercise(cell: Cell) -> bool:
    """Return whether the learner fills this cell."""
    return cell["cell_type"] == "code" and "exercise" in cell.get("metadata", {}).get("tags", [])


def execute(notebook: Notebook, folder: Path) -> Notebook:
    """Return `notebook` with the outputs of a fresh kernel that works in `folder`."""
    import nbformat  # noqa: PLC0415 - only who executes needs it
    from jupyter_client.kernelspec import KernelSpecManager  # noqa: PLC0415
    from jupyter_client.manager import AsyncKernelManager  # noqa: PLC0415
    from nbclient import NotebookClient  # noqa: PLC0415

    node = nbformat.reads(json.dumps(notebook), as_version=4)
    # No kernel folders: what remains is this interpreter's own kernel, as with --nbval-current-env.
    manager = AsyncKernelManager(kernel_name="python3", kernel_spec_manager=KernelSpecManager(kernel_dirs=[]))
    client = NotebookClient(
        node,
        km=manager,
        timeout=CELL_TIMEOUT_S,
        startup_timeout=KERNEL_STARTUP_TIMEOUT_S,
        store_widget_state=False,
        record_timing=False,
        coalesce_streams=True,
        resources={"metadata": {"path": str(folder)}},
    )
    with open(os.devnull, "w") as nowhere:  # noqa: PTH123 - a device, not a path; as nbval treats a kernel's stderr
        executed: Notebook = json.loads(nbformat.writes(client.execute(cleanup_kc=True, stderr=nowhere)))
    return executed


def clean(notebook: Notebook, stored: Notebook | None = None) -> Notebook:
    """Return `notebook` without what changes from run to run.

    Parameters
    ----------
    notebook
        With outputs.
    stored
        What the repository holds; its pictures stay where their description did not change.
    """
    before = {cell.get("id"): cell for cell in (stored or {"cells": []})["cells"]}
    cells = []
    count = 0
    for cell in notebook["cells"]:
        kept = {"cell_type": cell["cell_type"], "id": cell["id"], "source": _lines(cell["source"])}
        metadata = cell.get("metadata", {})
        kept["metadata"] = {name: metadata[name] for name in KEPT_CELL_METADATA if name in metadata}
        if "attachments" in cell:
            kept["attachments"] = cell["attachments"]
        if cell["cell_type"] == "code":
            count += 1
            kept["execution_count"] = None if is_exercise(cell) else count
            kept["outputs"] = [] if is_exercise(cell) else _clean_outputs(cell, before.get(cell["id"]), count)
        cells.append(kept)
    return {"cells": cells, "metadata": copy.deepcopy(NOTEBOOK_METADATA), "nbformat": 4, "nbformat_minor": 5}


def to_text(notebook: Notebook) -> str:
    """Return the one way in which `notebook` is written to a file."""
    return json.dumps(notebook, ensure_ascii=False, indent=1, sort_keys=True) + "\n"


def refresh(path: Path, folder: Path) -> bool:
    """Run and rewrite one notebook; return whether it changed.

    Parameters
    ----------
    path
        The notebook.
    folder
        A new, empty folder for the kernel's own files.
    """
    before = path.read_text(encoding="utf-8")
    stored = json.loads(before)
    apply(environment(folder))
    after = to_text(clean(execute(stored, path.parent), stored))
    if after == before:
        return False
    temporary = path.with_suffix(".new")
    temporary.write_text(after, encoding="utf-8", newline="\n")
    temporary.replace(path)
    return True


def main(words: Sequence[str] | None = None) -> int:
    """Refresh the notebooks whose number was given, or all of them."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("numbers", nargs="*", metavar="NN", help="numbers of notebooks; by default all")
    parser.add_argument("--times", action="store_true", help="run nothing, only count the times anew")
    parser.add_argument("--folder", type=Path, default=ROOT / "notebooks", help="where they lie")
    options = parser.parse_args(words)
    paths = sorted(options.folder.glob("*.ipynb"))
    chosen = [p for p in paths if not options.numbers or p.name.partition("_")[0] in options.numbers]
    if not chosen:
        print(f"no such notebook in {options.folder}", file=sys.stderr)
        return 1
    with tempfile.TemporaryDirectory(prefix="dicomkit-refresh-") as scratch:
        for path in chosen if not options.times else ():
            changed = refresh(path, Path(scratch) / path.stem)
            print(f"{path.name}: {'changed' if changed else 'the same'}")
    if options.folder.resolve() == ROOT / "notebooks":
        for path in rewrite():
            print(f"{path.relative_to(ROOT)}: other times")
    return 0


def _clean_outputs(cell: Cell, stored: Cell | None, count: int) -> list[dict[str, Any]]:
    before = (stored or {}).get("outputs", [])
    outputs = []
    for index, output in enumerate(cell["outputs"]):
        kept = {name: value for name, value in output.items() if name != "transient"}
        if "execution_count" in kept:
            kept["execution_count"] = count
        if "text" in kept:
            kept["text"] = _lines(kept["text"])
        if "data" in kept:
            old = before[index].get("data", {}) if index < len(before) else {}
            kept["data"] = _clean_data(kept["data"], old)
            kept["metadata"] = {name: v for name, v in kept["metadata"].items() if name in kept["data"]}
        outputs.append(kept)
    return outputs


def _clean_data(data: dict[str, Any], old: dict[str, Any]) -> dict[str, Any]:
    kept = {}
    same = "text/plain" in data and _lines(data["text/plain"]) == _lines(old.get("text/plain", ""))
    for name, value in data.items():
        if name == WIDGET_VIEW:
            continue
        if name in PICTURES:
            kept[name] = old.get(name, value) if same else value
        else:
            kept[name] = _lines(value) if isinstance(value, str | list) else value
    return kept


def _lines(text: str | list[str]) -> list[str]:
    """Return text as a notebook's file holds it: a list of lines, so that a difference is one line long."""
    return ("".join(text) if isinstance(text, list) else text).splitlines(keepends=True)


if __name__ == "__main__":
    # Python reads these when it starts, so this process takes them over by starting again.
    if any(os.environ.get(name) != value for name, value in FIXED.items()):
        os.environ.update(FIXED)
        os.execv(sys.executable, [sys.executable, *sys.argv])  # noqa: S606 - the same program, no shell
    sys.exit(main())
