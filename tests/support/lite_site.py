"""The site for a browser, built for tests, and somebody who serves it and counts who is asked for what.

It needs a distribution of Pyodide, which no package index has as a whole: its folder is named by the environment
(`DICOMKIT_PYODIDE`); `.ci/pyodide` makes one where it can.
"""

from __future__ import annotations

import functools
import http.server
import json
import os
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

from dicomkit.cli import main

VARIABLE = "DICOMKIT_PYODIDE"


def build(out: Path) -> Path:
    """Build the site, or skip the test where there is no Pyodide."""
    distribution = os.environ.get(VARIABLE)
    if not distribution:
        pytest.skip(f"{VARIABLE} names no distribution of Pyodide (.ci/pyodide FOLDER makes one)")
    assert main(["lite", str(out), "--pyodide", distribution]) == 0
    return out


def expose_the_application(site: Path) -> None:
    """Give a test a handle on JupyterLab in the page."""
    path = site / "workshop" / "jupyter-lite.json"
    settings = json.loads(path.read_text(encoding="utf-8"))
    settings["jupyter-config-data"]["exposeAppInBrowser"] = True
    path.write_text(json.dumps(settings), encoding="utf-8")


class _Silent(http.server.SimpleHTTPRequestHandler):
    """Python's own server of static files, as `python -m http.server` has it."""

    def log_message(self, *_: object) -> None:
        pass


@contextmanager
def served(site: Path) -> Iterator[str]:
    """Serve a folder until the block ends, and yield its address."""
    handler = functools.partial(_Silent, directory=str(site))
    with http.server.ThreadingHTTPServer(("127.0.0.1", 0), handler) as server:
        thread = threading.Thread(target=server.serve_forever)
        thread.start()
        try:
            yield f"http://127.0.0.1:{server.server_address[1]}/"
        finally:
            server.shutdown()
            thread.join()
