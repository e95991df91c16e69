"""What `dicomkit lab` adds to JupyterLab's look: lines break between words, and `--present` fills a projector."""

from __future__ import annotations

import contextlib
import signal
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

pytest.importorskip("playwright.sync_api", reason="playwright is part of the test extra")
from playwright.sync_api import Page, sync_playwright

from dicomkit.lessons.catalogue import NOTEBOOKS
from tests.support.lab_notebook import CHROMIUM_OPTIONS, OPEN, TIMEOUT_MS
from tests.support.running_lab import Lab

PROJECTOR = {"width": 1280, "height": 720}
LEAST_PX = 18
LEAST_IN_VIEWERS_PX = 15
RUN_FIRST = """async (source) => {
    const { content: notebook } = jupyterapp.shell.currentWidget;
    notebook.activeCellIndex = 0;
    await jupyterapp.commands.execute('notebook:insert-cell-above');
    const cell = notebook.activeCell;
    cell.model.sharedModel.setSource(source);
    await cell.ready;
    cell.node.setAttribute('data-test-cell', 'first');
    await jupyterapp.commands.execute('notebook:run-cell');
}"""
# The size of each letter that is shown in an element, without JupyterLab's prompts.
SIZES = """(root) => {
    const sizes = new Set();
    const walker = document.createTreeWalker(root, NodeFilter.SHOW_TEXT);
    while (walker.nextNode()) {
        const parent = walker.currentNode.parentElement;
        const isShown = parent.checkVisibility() && parent.getClientRects().length > 0 && !parent.closest('.dk-unseen');
        if (isShown && walker.currentNode.data.trim()) sizes.add(parseFloat(getComputedStyle(parent).fontSize));
    }
    return [...sizes];
}"""
# Where each line of a text begins, found by the place of each character.
LINES = """(node) => {
    const text = node.firstChild;
    const lines = [''];
    let top;
    for (let index = 0; index < text.length; index++) {
        const range = document.createRange();
        range.setStart(text, index);
        range.setEnd(text, index + 1);
        const box = range.getBoundingClientRect();
        if (top !== undefined && box.top > top + 2) lines.push('');
        if (box.height) top = box.top;
        lines[lines.length - 1] += text.data[index];
    }
    return lines;
}"""
WORDS = "RETRY " + " ".join(f"word{number}-(0008,{number:04})" for number in range(40))


@contextlib.contextmanager
def opened(folder: Path, chromium: str, *options: str) -> Iterator[Page]:
    (folder / ".jupyter").mkdir()
    settings = "c.LabApp.expose_app_in_browser = True\n"  # a handle for the test
    (folder / ".jupyter" / "jupyter_lab_config.py").write_text(settings, encoding="ascii")
    lab = Lab(folder / "workshop", folder, "--port", "0", *options)
    try:
        with sync_playwright() as playwright:
            browser = playwright.chromium.launch(executable_path=chromium, args=CHROMIUM_OPTIONS)
            page = browser.new_page(viewport=PROJECTOR)  # type: ignore[arg-type]
            page.set_default_timeout(TIMEOUT_MS)
            page.goto(f"{lab.url}lab/tree/{lab.opened}?token={lab.token}")
            page.wait_for_function("() => window.jupyterapp !== undefined")
            page.evaluate(OPEN, NOTEBOOKS[0].file_name)
            yield page
            browser.close()
    finally:
        lab.stop(signal.SIGTERM)


def test_long_lines_break_between_words(tmp_path: Path, peer: Callable[[str], str]) -> None:
    with opened(tmp_path, peer("chromium")) as page:
        page.evaluate(RUN_FIRST, f"print({WORDS!r})")
        printed = page.locator('[data-test-cell="first"] .jp-OutputArea-output pre')
        lines = printed.evaluate(LINES)
        assert len(lines) > 3
        # A hyphen is a place to break as well.
        assert all(line.endswith((" ", "-", "\n")) for line in lines[:-1]), lines


def test_a_presentation_is_large_and_shows_the_notebook_only(
    tmp_path: Path, peer: Callable[[str], str]
) -> None:
    source = "from dicomkit.samples import ct_series\nfrom dicomkit.viewers import *\n"
    source += "print('printed')\ndisplay(ImageViewer(ct_series(3)), MetadataViewer(ct_series(3)), AnatomyViewer(ct_series(1)[0]))"
    with opened(tmp_path, peer("chromium"), "--present") as page:
        prose = page.locator(".jp-MarkdownOutput").first
        assert min(prose.evaluate(SIZES)) >= LEAST_PX
        code = page.locator(".jp-CodeCell .cm-content").first
        assert min(code.evaluate(SIZES)) >= LEAST_PX
        page.evaluate(RUN_FIRST, source)
        cell = page.locator('[data-test-cell="first"]')
        assert min(cell.locator(".jp-RenderedText pre").first.evaluate(SIZES)) >= LEAST_PX
        for number, drawn in enumerate((".dk-pixels[data-shows]", ".dm-line", ".dk-byte")):
            viewer = cell.locator(".dicomkit").nth(number)
            viewer.scroll_into_view_if_needed()
            viewer.locator(drawn).first.wait_for()
            assert min(viewer.evaluate(SIZES)) >= LEAST_IN_VIEWERS_PX
        cut = "(cells) => cells.filter((cell) => cell.scrollWidth > cell.clientWidth).map((cell) => cell.innerText)"
        narrow = cell.locator(":is(.dm-tag, .dm-vr, .dm-vm, .dm-length, .dm-type)")
        assert narrow.evaluate_all(cut) == []
        panel = page.locator(".jp-NotebookPanel").bounding_box()
        assert panel is not None
        assert panel["width"] >= PROJECTOR["width"] - 10, "something stands beside the notebook"
        assert panel["height"] >= PROJECTOR["height"] - 70
