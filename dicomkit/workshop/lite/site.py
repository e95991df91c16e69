"""One folder of static files: a front page with three doors, the workshop, the viewer, the lessons to read.

It is served as it is, by any web server or by ``python -m http.server``; no header has to be set.
"""

from __future__ import annotations

import base64
import hashlib
import json
import re
import shutil
import tempfile
from collections.abc import Callable, Sequence
from pathlib import Path

from dicomkit.errors import FileAccessError, reason_of
from dicomkit.workshop.copies import pristine_files
from dicomkit.workshop.lesson_pages import published_notebook
from dicomkit.workshop.lite.bytecode import compiling_python
from dicomkit.workshop.lite.distribution import Distribution
from dicomkit.workshop.lite.laboratory import build_laboratory, write_files
from dicomkit.workshop.lite.packages import python_files
from dicomkit.workshop.lite.pages import front_page_files, readable_lessons, viewer_page_files
from dicomkit.workshop.lite.recorded import for_browser
from dicomkit.workshop.lite.wheels import PureWheel
from dicomkit.workshop.unrun import notebook_bytes

__all__ = ["SITE_NAME", "build_site", "check_place", "with_policy"]

SITE_NAME = "dicomkit-site.json"  # says that a folder is such a site, and of what it is made


def build_site(
    out: Path, distribution: Distribution, wheels: Sequence[PureWheel], say: Callable[[str], object]
) -> None:
    """Build the site; an older one in the same place is replaced once the new one is whole.

    Parameters
    ----------
    out
        Where it goes.
    distribution
        Of Pyodide.
    wheels
        What runs beside it (`collect_wheels`).
    say
        Is told what takes long.

    Raises
    ------
    FileAccessError
        If something else stands there, or it cannot be written.
    WorkshopError
        If something that it is made of is missing, or not what its lock says.
    """
    check_place(out)
    try:
        out.parent.mkdir(parents=True, exist_ok=True)
        with tempfile.TemporaryDirectory(prefix=".dicomkit-lite-", dir=out.parent) as scratch:
            made = Path(scratch) / "site"
            _fill(made, distribution, wheels, say)
            if out.exists():
                shutil.rmtree(out)
            made.rename(out)
    except OSError as error:
        raise FileAccessError(
            out,
            f"the site cannot be written there ({reason_of(error)})",
            "choose another folder, or make room",
        ) from error


def check_place(out: Path) -> None:
    """Refuse to replace what is no such site.

    Raises
    ------
    FileAccessError
        If something else stands there.
    """
    is_empty = out.is_dir() and not any(out.iterdir())
    if out.exists() and not is_empty and not (out / SITE_NAME).is_file():
        raise FileAccessError(
            out, "something stands there that is no site of dicomkit", "choose a new folder"
        )


def _fill(
    made: Path, distribution: Distribution, wheels: Sequence[PureWheel], say: Callable[[str], object]
) -> None:
    files = {
        name: notebook_bytes(for_browser(published_notebook(name, say)))
        if name.endswith(".ipynb")
        else content
        for name, content in pristine_files().items()
    }
    compiler = compiling_python(distribution.python)
    if compiler is None:
        say(f"no python{distribution.python} is here to compile modules: each start takes some seconds more")
    python = python_files(distribution, wheels, compiler)
    say("building JupyterLite")
    build_laboratory(python, files, made / "workshop")
    # JupyterLab puts a picture into its page before it knows the address: for a moment it is asked for beside the page.
    pictures = {name: content for name, content in files.items() if name.startswith("images/")}
    write_files(made / "workshop" / "lab", pictures)
    for page in (made / "workshop").rglob("*.html"):
        page.write_text(with_policy(page.read_text(encoding="utf-8")), encoding="utf-8")
    write_files(made / "lessons", readable_lessons(say))
    write_files(made / "viewer", viewer_page_files(python))
    write_files(made, front_page_files())
    (made / SITE_NAME).write_text(
        json.dumps(_made_of(distribution, wheels), indent=1) + "\n", encoding="utf-8"
    )


def _made_of(distribution: Distribution, wheels: Sequence[PureWheel]) -> dict[str, object]:
    return {
        "pyodide": distribution.version,
        "wheels": {wheel.name: wheel.version for wheel in wheels},
    }


_SCRIPT = re.compile(r"<script(?P<attributes>[^>]*)>(?P<text>.*?)</script>", re.DOTALL)
_DATA = "application/json"
# JupyterLab makes functions of texts (its schemas), WebAssembly has to be compiled, a viewer is a module from a blob.
_RULES = (
    "default-src 'self'; script-src 'self' blob: 'unsafe-eval' {digests}; style-src 'self' 'unsafe-inline'; "
    "img-src 'self' data: blob:; font-src 'self' data:; worker-src 'self' blob:; connect-src 'self' data: blob:; "
    "frame-src 'none'; object-src 'none'; base-uri 'self'; form-action 'none'"
)


def with_policy(page: str) -> str:
    """Return a page with its policy: it asks no address but its own, and of scripts in it only these run.

    Parameters
    ----------
    page
        HTML with a head.

    References
    ----------
    W3C, Content Security Policy Level 3.
    """
    digests = " ".join(
        f"'sha256-{base64.b64encode(hashlib.sha256(found['text'].encode()).digest()).decode('ascii')}'"
        for found in _SCRIPT.finditer(page)
        if found["text"].strip() and _DATA not in found["attributes"]
    )
    meta = f'<meta http-equiv="Content-Security-Policy" content="{_RULES.format(digests=digests)}">'
    no_referrer = '<meta name="referrer" content="no-referrer">'
    # Without an icon of its own, a page has its browser ask the server's root for one.
    icon = '<link rel="icon" href="data:,">'
    return re.sub(r"(<head[^>]*>)", rf"\1\n    {meta}\n    {no_referrer}\n    {icon}", page, count=1)
