"""Write an offline page: a viewer's front end, its answers, and a script that replaces the kernel.

The page loads nothing: its Content Security Policy allows only the embedded script.
"""

from __future__ import annotations

import base64
import hashlib
import json
import os
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any, NamedTuple

from dicomkit.errors import FileAccessError, reason_of
from dicomkit.files.replacing import file_to_replace, is_special_file, new_file
from dicomkit.text import escape_html
from dicomkit.viewers.frame.front_end import front_end

__all__ = ["Front", "PageViewer", "check_place", "export_html", "page_text"]

_MARK, _HEAD_BYTES = b'<meta name="generator" content="dicomkit">', 512
_PAGE = """<!DOCTYPE html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta name="generator" content="dicomkit">
<meta http-equiv="Content-Security-Policy" content="{policy}">
<meta name="viewport" content="width=device-width, initial-scale=1">
<meta name="referrer" content="no-referrer">
<meta name="color-scheme" content="light dark">
<title>{title}</title>
<style>
body {{ margin: 12px; background: Canvas; color: CanvasText; }}
h1 {{ margin: 0 0 8px; font: 600 15px system-ui, sans-serif; }}
section {{ margin: 0 0 12px; }}
{css}
</style>
</head>
<body class="dk-page">
<main id="dicomkit-viewers"><h1>{title}</h1>
<noscript><pre>{description}</pre></noscript></main>
<script type="application/json" id="dicomkit-page">{data}</script>
<script type="module">{script}</script>
</body>
</html>
"""


class Front(NamedTuple):
    """The front end of a viewer: its code and style sheet, and in ``state`` its traits."""

    name: str
    code: str
    css: str
    state: Mapping[str, Any]
    description: str


class PageViewer(NamedTuple):
    """A viewer in a page without a kernel: each question with the content and the buffers of its answer."""

    front: Front
    answers: Sequence[tuple[Mapping[str, Any], Mapping[str, Any], Sequence[bytes]]]


def export_html(path: str | os.PathLike[str], *viewers: PageViewer) -> None:
    """Write a page with viewers, one below the other.

    Parameters
    ----------
    path
        The page to write.
    viewers
        What to show (`Viewer.page_viewer`).

    Raises
    ------
    FileAccessError
        If it cannot be written, or the file exists and is not such a page.
    """
    is_there = check_place(path)
    content = page_text(*viewers).encode("utf-8")
    with file_to_replace(path) if is_there else new_file(path) as stream:
        stream.write(content)


def check_place(path: str | os.PathLike[str]) -> bool:
    """Refuse to replace a file that is not such a page: with a wrong name, an image would be lost.

    Returns
    -------
    bool
        Whether there is a page of this kind, or a device or a pipe, which is written to.

    Raises
    ------
    FileAccessError
        If another file, or a folder, has this name.
    """
    place = Path(path)
    try:
        if not place.exists():
            return False
        if is_special_file(place):
            return True  # to look into a pipe would be to wait for what this page is to bring
        with place.open("rb") as stream:
            is_page = _MARK in stream.read(_HEAD_BYTES)
    except OSError as error:
        raise FileAccessError(
            place, f"no page can be written there ({reason_of(error)})", "choose another name"
        ) from error
    if not is_page:
        raise FileAccessError(
            place,
            "a file of this name exists and is not a page of dicomkit",
            "choose another name, or remove it",
        )
    return True


def page_text(*viewers: PageViewer) -> str:
    """Return the HTML of a page that shows `viewers`, one below the other."""
    fronts = [viewer.front for viewer in viewers]
    script = front_end("frame/page")
    digest = base64.b64encode(hashlib.sha256(script.encode("utf-8")).digest()).decode("ascii")
    # Only the script with this hash runs, and scripts that it makes (blob:); nothing is fetched.
    policy = (
        f"default-src 'none'; script-src 'sha256-{digest}' blob:; style-src 'unsafe-inline'; "
        "img-src blob: data:; base-uri 'none'; form-action 'none'"
    )
    data = json.dumps({"viewers": [_viewer_data(viewer) for viewer in viewers]}, separators=(",", ":"))
    return _PAGE.format(
        policy=policy,
        title=escape_html(" and ".join(front.name for front in fronts)),
        css="\n".join(dict.fromkeys(front.css for front in fronts)),
        description=escape_html("\n\n".join(front.description for front in fronts)),
        # HTML ends a script at "</script" and parses it differently after "<!--", so each "<" in the data is escaped.
        data=data.replace("<", "\\u003c"),
        script=script,
    )


def _viewer_data(viewer: PageViewer) -> dict[str, Any]:
    return {
        "code": viewer.front.code,
        "state": dict(viewer.front.state),
        "answers": [
            {
                "question": question,
                "content": content,
                "buffers": [base64.b64encode(buffer).decode("ascii") for buffer in buffers],
            }
            for question, content, buffers in viewer.answers
        ],
    }
