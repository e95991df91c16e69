"""A lesson as one page, for people whose JupyterLab does not start: to read and to copy from, with answers folded.

The page is one file without scripts, which opens in any browser without a network. Outputs, hints and answers are in
``<details>``, which the reader opens after having thought.
"""

from __future__ import annotations

import base64
import mimetypes
import re
from collections.abc import Callable, Iterator, Mapping
from typing import Any

from dicomkit.errors import WorkshopError
from dicomkit.lessons.catalogue import find_exercise
from dicomkit.text import escape_html
from dicomkit.workshop.solving import exercise_of

__all__ = ["lesson_page", "prose_page"]

Cell = dict[str, Any]

_PAGE = """<!DOCTYPE html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta http-equiv="Content-Security-Policy" content="default-src 'none'; style-src 'unsafe-inline'; img-src data:">
<meta name="viewport" content="width=device-width, initial-scale=1">
<meta name="referrer" content="no-referrer">
<meta name="color-scheme" content="light dark">
<link rel="icon" href="data:image/png,">
<title>{title}</title>
<style>
body {{ margin: 0 auto; padding: 1rem; max-width: 60rem; font: 18px/1.5 system-ui, "DejaVu Sans", sans-serif; overflow-wrap: break-word; }}
pre {{ padding: 0.6rem; background: light-dark(#f2f4f7, #1d232a); white-space: pre-wrap; overflow-wrap: anywhere; }}
pre, code {{ font-family: ui-monospace, "DejaVu Sans Mono", monospace; font-size: 16px; }}
pre.code {{ border-left: 4px solid light-dark(#0072b2, #56b4e9); }}
img {{ max-width: 100%; height: auto; background: #fff; }}
table {{ border-collapse: collapse; }}
td, th {{ border: 1px solid light-dark(#d5dae1, #36404b); padding: 0.2rem 0.6rem; text-align: start; }}
details {{ margin: 0.5rem 0; }}
summary {{ cursor: pointer; font-weight: 600; }}
</style>
</head>
<body>
<main>
{body}
</main>
</body>
</html>
"""


def lesson_page(notebook: Mapping[str, Any], files: Mapping[str, bytes]) -> str:
    """Return the page of a notebook.

    Parameters
    ----------
    notebook
        The notebook with its outputs.
    files
        The files that it may show, by path.

    Raises
    ------
    WorkshopError
        If mistune, which converts Markdown, is not installed.
    """
    to_html = _markdown()
    body = "\n".join(part for cell in notebook["cells"] for part in _parts(cell, to_html))
    return _page(body, files)


def prose_page(text: str, files: Mapping[str, bytes]) -> str:
    """Return the page of a Markdown file beside the notebooks."""
    return _page(_markdown()(text), files)


def _page(body: str, files: Mapping[str, bytes]) -> str:
    titles = re.findall(r"<h1>(.*?)</h1>", body)
    title = re.sub(r"<[^>]*>", "", titles[0]) if titles else "DICOM workshop"
    # A link to another notebook leads to its page, and pictures are embedded.
    body = re.sub(r'(<a href="[\w.-]+)\.(?:ipynb|md)(?=["#])', r"\1.html", body)
    body = re.sub(r'(<img src=")([^":]+)(?=")', lambda found: found[1] + _data_url(found[2], files), body)
    return _PAGE.format(title=title, body=body)


def _data_url(name: str, files: Mapping[str, bytes]) -> str:
    kind = mimetypes.guess_type(name)[0]
    return f"data:{kind};base64,{base64.b64encode(files[name]).decode('ascii')}"


def _parts(cell: Cell, to_html: Callable[[str], str]) -> Iterator[str]:
    source = "".join(cell["source"])
    if cell["cell_type"] != "code":
        yield to_html(source)
        return
    yield f'<pre class="code"><code>{escape_html(source)}</code></pre>'
    exercise_id = exercise_of(cell)
    if exercise_id is not None:
        exercise = find_exercise(exercise_id)
        for number, hint in enumerate(exercise.hints, start=1):
            yield _folded(f"Hint {number} of {len(exercise.hints)}", f"<p>{escape_html(hint)}</p>")
        learned = f"<p>{escape_html(exercise.learned)}</p>" if exercise.learned else ""
        yield _folded("Answer", f"<pre><code>{escape_html(exercise.solution)}</code></pre>{learned}")
    elif "check" not in cell.get("metadata", {}).get("tags", []):
        shown = "".join(map(_shown, cell["outputs"]))
        if shown:
            yield _folded("What it shows", shown)


def _folded(summary: str, content: str) -> str:
    return f"<details><summary>{escape_html(summary)}</summary>{content}</details>"


def _shown(output: Mapping[str, Any]) -> str:
    """Return an output as HTML: a picture with its description, or text."""
    data = output.get("data", {})
    words = "".join(output.get("text", data.get("text/plain", "")))
    if output["output_type"] == "error":
        words = f"{output['ename']}: {output['evalue']}"
    if "image/png" in data:
        picture = "".join(data["image/png"]).replace("\n", "")
        # A thumbnail made of characters is useless in a screen reader.
        described = "\n".join(line for line in words.splitlines() if not line.startswith("  |"))
        return f'<p><img src="data:image/png;base64,{picture}" alt="{escape_html(described)}"></p>'
    return f"<pre>{escape_html(words)}</pre>"


def _markdown() -> Callable[[str], str]:
    """Return a converter from Markdown to HTML. The texts are the kit's own, so their HTML is kept."""
    try:
        import mistune  # noqa: PLC0415 - part of an extra
    except ImportError as error:
        raise WorkshopError(
            "pages of the lessons", "the package mistune is missing", "install it: pip install mistune"
        ) from error
    to_html = mistune.create_markdown(escape=False, plugins=["table", "strikethrough"])
    return lambda text: str(to_html(text))
