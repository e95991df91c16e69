"""A saved notebook in JupyterLab with a new kernel: in place of each viewer, a sentence says what to do."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path

from playwright.sync_api import Page, expect

from tests.support.lab_notebook import OPEN, lab_notebook

VIEWERS = (
    (
        "from dicomkit.samples import ct_series\n"
        "from dicomkit.network import AssociationLog, StorageSCP\n"
        "from dicomkit.viewers import AnatomyViewer, AssociationDiagram, ImageViewer, Inbox, MetadataViewer\n"
        "import tempfile\n"
        "somebody = ct_series(2, size=32)\n"
        "for one in somebody:\n"
        "    one.PatientIdentityRemoved, one.PatientName = 'NO', 'MAR' + 'KER'"
    ),
    "ImageViewer(somebody)",
    "MetadataViewer(somebody)",
    "AnatomyViewer(somebody[0])",
    "AssociationDiagram(AssociationLog())",
    "Inbox(StorageSCP(tempfile.mkdtemp()))",
)
SAVE_AND_START_ANEW = """async () => {
  const panel = jupyterapp.shell.currentWidget;
  await panel.context.save();
  await panel.sessionContext.shutdown();
  await jupyterapp.commands.execute('application:close');
}"""
SENTENCE = "Run this cell again"


def run_again(page: Page) -> None:
    page.evaluate("() => jupyterapp.commands.execute('notebook:run-all-cells')")


def test_a_viewer_of_another_kernel_says_to_run_the_cell_again(
    tmp_path: Path, peer: Callable[[str], str]
) -> None:
    with lab_notebook(tmp_path, peer("chromium")) as notebook:
        page = notebook.page
        page.set_viewport_size({"width": 1300, "height": 3000})  # JupyterLab draws only cells in view
        cells = [notebook.run(source) for source in VIEWERS]
        for cell in cells[1:]:
            expect(cell.locator(".dicomkit")).to_be_visible()
            expect(cell.get_by_text(SENTENCE)).to_be_hidden()
            prompts = cell.locator(".jp-OutputArea-child:visible")
            expect(prompts).to_have_count(1)
        page.evaluate(SAVE_AND_START_ANEW)
        saved = notebook.path.read_text(encoding="utf-8")
        assert "MARKER" not in saved
        stored = [cell["outputs"] for cell in json.loads(saved)["cells"] if cell["outputs"]]
        view = "application/vnd.jupyter.widget-view+json"
        assert [[view in output["data"] for output in outputs] for outputs in stored] == [[True, False]] * 5

        page.reload()
        page.wait_for_function("() => window.jupyterapp !== undefined")
        page.evaluate(OPEN, notebook.path.name)
        for place in range(len(stored)):
            outputs = page.locator(".jp-Notebook .jp-Cell-outputArea:has(.jp-OutputArea-child)").nth(place)
            expect(outputs.get_by_text(SENTENCE)).to_be_visible()
            expect(outputs.get_by_text("Error displaying widget")).to_be_hidden()
            expect(outputs.locator(".jp-OutputArea-child:visible")).to_have_count(1)
        run_again(page)
        expect(page.locator(".jp-Notebook .dicomkit")).to_have_count(5)
        for sentence in page.locator(".jp-Notebook").get_by_text(SENTENCE).all():
            expect(sentence).to_be_hidden()
