"""A notebook in a running JupyterLab, with a real kernel behind it, for tests and benchmarks of viewers."""

from __future__ import annotations

import contextlib
import json
import signal
from collections.abc import Iterator
from pathlib import Path

from playwright.sync_api import Locator, Page, sync_playwright

from tests.support.running_lab import Lab

TIMEOUT_MS = 120_000
CHROMIUM_OPTIONS = [
    *("--no-sandbox", "--disable-gpu", "--disable-background-networking", "--disable-sync"),
    *("--no-first-run", "--disable-component-update"),
]
_EMPTY = {
    "cells": [],
    "metadata": {"kernelspec": {"name": "python3", "display_name": "Python 3", "language": "python"}},
    "nbformat": 4,
    "nbformat_minor": 5,
}
OPEN = """async (name) => {
    await jupyterapp.restored;
    const panel = await jupyterapp.commands.execute('docmanager:open', {path: name});
    await panel.context.ready;
    await panel.sessionContext.ready;
    jupyterapp.shell.activateById(panel.id);
}"""
# The cell ends when the kernel says so; one that is to keep the kernel busy is not waited for.
_RUN = """async ([source, number, isAwaited]) => {
    const { content: notebook } = jupyterapp.shell.currentWidget;
    notebook.activeCellIndex = notebook.widgets.length - 1;
    await jupyterapp.commands.execute('notebook:insert-cell-below');
    const cell = notebook.activeCell;
    cell.model.sharedModel.setSource(source);
    await cell.ready;
    cell.node.setAttribute('data-test-cell', number);
    const ended = jupyterapp.commands.execute('notebook:run-cell');
    if (isAwaited) await ended;
}"""


class LabNotebook:
    """Somebody who runs cells, one below the other."""

    def __init__(self, page: Page, path: Path) -> None:
        self.page = page
        self.path = path
        self._count = 0

    def run(self, source: str, *, waits: bool = True) -> Locator:
        """Run a new cell at the end, and return it."""
        self._count += 1
        self.page.evaluate(_RUN, [source, self._count, waits])
        return self.page.locator(f'[data-test-cell="{self._count}"]')

    def printed(self, source: str) -> str:
        """Run a new cell, and return what it prints."""
        output = self.run(source).locator(".jp-OutputArea-output")
        output.first.wait_for()  # what a cell prints may arrive after the news that it has ended
        return output.first.inner_text().strip()

    def saved(self) -> str:
        """Save the notebook, and return its file's text."""
        self.page.evaluate("() => jupyterapp.commands.execute('docmanager:save')")
        return self.path.read_text(encoding="utf-8")


@contextlib.contextmanager
def lab_notebook(folder: Path, chromium: str) -> Iterator[LabNotebook]:
    """Start JupyterLab and the browser, and open an empty notebook; the page may ask this server only."""
    (folder / ".jupyter").mkdir()
    # Gives the test a handle on the application; nobody else needs it.
    settings = "c.LabApp.expose_app_in_browser = True\n"
    (folder / ".jupyter" / "jupyter_lab_config.py").write_text(settings, encoding="ascii")
    lab = Lab(folder / "workshop", folder, "--port", "0", DICOMKIT_STATE_FOLDER=str(folder / "state"))
    asked: list[str] = []
    try:
        path = folder / "workshop" / "viewer.ipynb"
        path.write_text(json.dumps(_EMPTY), encoding="ascii")
        with sync_playwright() as playwright:
            browser = playwright.chromium.launch(executable_path=chromium, args=CHROMIUM_OPTIONS)
            page = browser.new_page(viewport={"width": 1400, "height": 1000})
            page.set_default_timeout(TIMEOUT_MS)
            page.on("request", lambda request: asked.append(request.url))
            page.goto(f"{lab.url}lab?token={lab.token}")
            page.wait_for_function("() => window.jupyterapp !== undefined")
            page.evaluate(OPEN, path.name)
            yield LabNotebook(page, path)
            browser.close()
    finally:
        lab.stop(signal.SIGTERM)
    elsewhere = [url for url in asked if not url.startswith((lab.url, "data:", "blob:"))]
    assert elsewhere == [], "the page asked somebody else than this machine"
