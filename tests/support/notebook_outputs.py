"""What the cells of a notebook have printed, in a form that two runs can be compared by."""

from __future__ import annotations

import json
import re
from typing import Any

from dicomkit.lessons.catalogue import Notebook, pristine_folder

COMPARED = ("text/plain", "text/html")
_ADDRESS = re.compile(r"\bat 0x[0-9a-fA-F]{6,}")  # as in notebook_sanitize.cfg

Outputs = list[dict[str, Any]]


def read(notebook: Notebook) -> dict[str, Any]:
    """Return what the repository holds."""
    path = pristine_folder() / notebook.file_name
    content: dict[str, Any] = json.loads(path.read_text(encoding="utf-8"))
    return content


def outputs_of(notebook: dict[str, Any]) -> dict[str, Outputs]:
    return {cell["id"]: cell["outputs"] for cell in notebook["cells"] if cell["cell_type"] == "code"}


def said(outputs: Outputs) -> list[tuple[str, str]]:
    """Return what outputs say in words, in order, each with its kind; what one stream said is one text."""
    words: list[tuple[str, str]] = []
    for output in outputs:
        found = {name: output.get("data", {}).get(name) for name in COMPARED}
        if output["output_type"] == "stream":
            found[output["name"]] = output["text"]
        elif output["output_type"] == "error":
            found["error"] = f"{output['ename']}: {output['evalue']}"
        for kind, text in found.items():
            if text is None:
                continue
            line = _ADDRESS.sub("at 0x0", text if isinstance(text, str) else "".join(text))
            if words and words[-1][0] == kind == "stdout":
                line = words.pop()[1] + line
            words.append((kind, line))
    return words
