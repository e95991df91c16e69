"""Run All in JupyterLab, in every notebook, while a viewer plays: what a learner sees is what is stored.

nbval runs the cells without a browser. In JupyterLab a second thread of the kernel answers what viewers ask,
while the cells run; whatever the two threads share may come out otherwise there. So each notebook is run with a
loop playing above its first cell, and each output picture is compared, pixel by pixel, with the one that
a kernel draws to which nobody speaks.
"""

from __future__ import annotations

import base64
import hashlib
import io
import json
import os
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Iterator, Sequence
from pathlib import Path
from typing import Any

import pytest
from PIL import Image

pytest.importorskip("playwright.sync_api", reason="playwright is part of the test extra")
from playwright.sync_api import Page, sync_playwright

from dicomkit.lessons.catalogue import NOTEBOOKS, Notebook
from tests.support.lab_notebook import CHROMIUM_OPTIONS, OPEN, TIMEOUT_MS
from tests.support.notebook_environment import apply, environment
from tests.support.notebook_outputs import Outputs, outputs_of, read, said
from tests.support.running_lab import Lab

REFRESH = Path(__file__).parents[1] / "tools" / "refresh_notebooks.py"
PICTURES = ("image/png", "image/jpeg")
WIDGET_VIEW = "application/vnd.jupyter.widget-view+json"
VIEWER_TIMEOUT_S = 60

# A loop of 24 pictures a second above everything else: each picture is a message to the kernel.
PLAYER = """
from dicomkit.samples import cine
from dicomkit.viewers import ImageViewer
ImageViewer(cine())
"""
# Each of these runs in the page. Cells are numbered from 0, the player is number 0.
PLAY = """async (source) => {
    const { content: notebook } = jupyterapp.shell.currentWidget;
    await jupyterapp.commands.execute('notebook:clear-all-cell-outputs');
    notebook.activeCellIndex = 0;
    await jupyterapp.commands.execute('notebook:insert-cell-above');
    const cell = notebook.widgets[0];
    cell.model.sharedModel.setSource(source);
    await cell.ready;
    cell.node.setAttribute('data-test-player', jupyterapp.shell.currentWidget.context.path);
    await jupyterapp.commands.execute('notebook:run-cell');
}"""
# What Run, Run All Cells does, but for the player, which goes on.
RUN_ALL_BELOW = """async () => {
    const { content: notebook } = jupyterapp.shell.currentWidget;
    notebook.activeCellIndex = 1;
    await jupyterapp.commands.execute('notebook:run-all-below');
    await notebook.scrollToItem(0);
}"""
OUTPUTS = """() => Object.fromEntries(jupyterapp.shell.currentWidget.content.widgets
    .filter((cell) => cell.model.type === 'code')
    .map((cell) => [cell.model.id, cell.model.outputs.toJSON()]))"""
# JupyterLab draws only what is in view, so it is brought there; `null` until all is drawn.
DRAWN = """async (id) => {
    const { content: notebook } = jupyterapp.shell.currentWidget;
    const cell = notebook.widgets.find(({ model }) => model.id === id);
    await notebook.scrollToItem(notebook.widgets.indexOf(cell));
    await cell.ready;
    const isMixed = (pixels) => pixels.some((value, index) => value !== pixels[index % 4]);
    const read = (source, width, height) => {
        const canvas = Object.assign(document.createElement('canvas'), { width, height });
        const pen = canvas.getContext('2d');
        pen.drawImage(source, 0, 0);
        return pen.getImageData(0, 0, width, height).data;
    };
    const hex = (bytes) => [...new Uint8Array(bytes)].map((byte) => byte.toString(16).padStart(2, '0')).join('');
    const pictures = [];
    for (const image of cell.node.querySelectorAll('.jp-OutputArea .jp-RenderedImage img')) {
        await image.decode();
        const pixels = read(image, image.naturalWidth, image.naturalHeight);
        pictures.push({ digest: hex(await crypto.subtle.digest('SHA-256', pixels)), isMixed: isMixed(pixels) });
    }
    const viewers = [...cell.node.querySelectorAll('.jp-OutputArea .dicomkit')];
    const isWhole = (viewer) => viewer.clientHeight > 50 && viewer.innerText.trim() !== ''
        && [...viewer.querySelectorAll('canvas')]
            .filter((one) => one.clientWidth && one.width && one.height)
            .every((one) => isMixed(read(one, one.width, one.height)));
    return { pictures, whole: viewers.filter(isWhole).length };
}"""
# Without the question whether to save, and with an end to its kernel.
CLOSE = """async () => {
    const panel = jupyterapp.shell.currentWidget;
    await panel.sessionContext.shutdown();
    panel.dispose();
}"""


@pytest.fixture(scope="module")
def home(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Path]:
    """Return a home folder; this process, and what it starts, has the environment in which outputs are stored."""
    home = tmp_path_factory.mktemp("home")
    variables = environment(home / "kernels")
    before = {name: os.environ.get(name) for name in variables}
    apply(variables)
    (home / ".jupyter").mkdir()
    settings = "c.LabApp.expose_app_in_browser = True\n"  # a handle for the test
    (home / ".jupyter" / "jupyter_lab_config.py").write_text(settings, encoding="ascii")
    yield home
    apply(before)


class Alone:
    """The notebooks with pictures, run without a browser, one after the other, while JupyterLab is busy too."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder
        folder.mkdir()
        for notebook in NOTEBOOKS:
            content = read(notebook)
            if any(map(pictures_of, outputs_of(content).values())):
                for outputs in outputs_of(content).values():
                    outputs.clear()
                (folder / notebook.file_name).write_text(json.dumps(content), encoding="utf-8")
        self._with_pictures = {path.name for path in folder.iterdir()}
        self.process = subprocess.Popen(
            [sys.executable, "-u", str(REFRESH), "--folder", str(folder)],
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
        )

    def outputs(self, notebook: Notebook) -> dict[str, Outputs]:
        """Return the outputs of a notebook as soon as it was run; none if it has no pictures."""
        if notebook.file_name not in self._with_pictures:
            return {}
        assert self.process.stdout is not None
        printed = ""
        for line in self.process.stdout:
            if line.startswith(notebook.file_name):
                return outputs_of(json.loads((self._folder / notebook.file_name).read_text(encoding="utf-8")))
            printed += line
        pytest.fail(f"{notebook.file_name} was not run: {printed}")


@pytest.fixture(scope="module")
def alone(home: Path) -> Iterator[Alone]:
    started = Alone(home / "alone")
    with started.process:
        yield started
        started.process.kill()


@pytest.fixture(scope="module")
def page(home: Path, alone: Alone, peer: Callable[[str], str]) -> Iterator[Page]:
    assert alone.process.poll() is None
    lab = Lab(home / "workshop", home, "--port", "0")
    try:
        with sync_playwright() as playwright:
            browser = playwright.chromium.launch(executable_path=peer("chromium"), args=CHROMIUM_OPTIONS)
            page = browser.new_page(viewport={"width": 1280, "height": 900})
            page.set_default_timeout(TIMEOUT_MS)
            page.goto(f"{lab.url}lab?token={lab.token}")
            page.wait_for_function("() => window.jupyterapp !== undefined")
            yield page
            browser.close()
    finally:
        lab.stop(signal.SIGTERM)


def description(output: dict[str, Any]) -> str:
    return "".join(output.get("data", {}).get("text/plain", ""))


def pictures_of(outputs: Outputs, viewers: Sequence[dict[str, Any]] = ()) -> list[str]:
    """Return the pictures among outputs, as they stand there (base64), but for those that stand in for viewers."""
    described = {description(viewer) for viewer in viewers}
    data = [output.get("data", {}) for output in outputs if description(output) not in described]
    return [each[kind] for each in data for kind in PICTURES if kind in each]


def digest_of(picture: str) -> str:
    """Return the SHA-256 of a picture's pixels, four bytes each, as a browser's canvas has them."""
    with Image.open(io.BytesIO(base64.b64decode(picture))) as image:
        return hashlib.sha256(image.convert("RGBA").tobytes()).hexdigest()


def play(page: Page, name: str) -> None:
    """Open a notebook and let a loop play above its first cell."""
    page.evaluate(OPEN, name)
    page.evaluate(PLAY, PLAYER)
    player = page.locator(f'[data-test-player="{name}"]')
    shown = player.locator(".dk-pixels")
    shown.and_(page.locator('[data-shows^="1 "]')).wait_for()
    player.get_by_role("button", name="Play").click()
    shown.and_(page.locator(':not([data-shows^="1 "])')).wait_for()


@pytest.mark.parametrize("notebook", NOTEBOOKS, ids=lambda notebook: notebook.name)
def test_run_all_shows_what_is_stored(page: Page, alone: Alone, notebook: Notebook) -> None:
    play(page, notebook.file_name)
    page.evaluate(RUN_ALL_BELOW)
    outputs: dict[str, Outputs] = page.evaluate(OUTPUTS)
    stored = outputs_of(read(notebook))
    assert {cell: said(outputs[cell]) for cell in stored} == {cell: said(stored[cell]) for cell in stored}

    # A kernel that nobody speaks to drew the pictures of the same descriptions.
    reference = alone.outputs(notebook)
    for cell in stored:
        views = [output for output in outputs[cell] if WIDGET_VIEW in output.get("data", {})]
        pictures = [digest_of(picture) for picture in pictures_of(reference.get(cell, []), views)]
        assert len(pictures) == len(pictures_of(stored[cell], views))
        if not pictures and not views:
            continue
        drawn = page.evaluate(DRAWN, cell)
        deadline = time.monotonic() + VIEWER_TIMEOUT_S
        while drawn["whole"] < len(views):  # what it shows is asked for, once it is in view
            assert time.monotonic() < deadline, f"{cell}: a viewer is not there, is empty, or of one colour"
            drawn = page.evaluate(DRAWN, cell)
        assert all(picture["isMixed"] for picture in drawn["pictures"]), f"{cell}: a picture is of one colour"
        assert [picture["digest"] for picture in drawn["pictures"]] == pictures, cell
    page.evaluate(CLOSE)
