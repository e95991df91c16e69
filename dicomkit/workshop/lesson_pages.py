"""A page for each lesson and each text beside it, for people whose JupyterLab does not start: to read and to copy from.

A page is one file without scripts, which opens in any browser without a network or a server. Outputs, hints and answers are
in ``<details>``, which the reader opens after having thought.
"""

from __future__ import annotations

import base64
import mimetypes
import re
import tempfile
from collections.abc import Callable, Iterator, Mapping
from pathlib import Path
from typing import Any

from dicomkit.errors import WorkshopError
from dicomkit.lessons.catalogue import find_exercise, pristine_folder
from dicomkit.text import escape_html
from dicomkit.workshop.kernel import execute_notebook
from dicomkit.workshop.solving import exercise_of, parse_notebook

__all__ = ["lesson_pages", "prose_page", "published_notebook"]

Cell = dict[str, Any]


def lesson_pages(files: Mapping[str, bytes], say: Callable[[str], object]) -> Iterator[tuple[str, str]]:
    """Yield the name and the text of a page for each notebook, and for each text beside the notebooks.

    Parameters
    ----------
    files
        The files for a learner, by path.
    say
        Gets a message before each long step.

    Raises
    ------
    WorkshopError
        If mistune, which converts Markdown, is not installed.
    """
    for name, content in files.items():
        if name.endswith(".ipynb"):
            yield f"{Path(name).stem}.html", _lesson_page(published_notebook(name, say), files)
        elif name.endswith(".md"):
            yield f"{Path(name).stem}.html", prose_page(content.decode("utf-8"), files)


def published_notebook(name: str, say: Callable[[str], object]) -> dict[str, Any]:
    """Return a published notebook with its outputs: a checkout stores them, elsewhere it is run now."""
    notebook = parse_notebook((pristine_folder() / name).read_text(encoding="utf-8"), name)
    if any(cell.get("outputs") for cell in notebook["cells"]):
        return notebook
    say(f"running {name} for its outputs")
    with tempfile.TemporaryDirectory(prefix="dicomkit-page-", ignore_cleanup_errors=True) as folder:
        return execute_notebook(notebook, Path(folder))


def _lesson_page(notebook: Mapping[str, Any], files: Mapping[str, bytes]) -> str:
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
    page = Path(__file__).with_name("lesson_page.html").read_text(encoding="utf-8")
    return page.replace("{{title}}", title).replace("{{body}}", body)


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
