"""A learner in JupyterLab: the first notebook opens by itself; a wrong answer, a hint, then the right answer.

And a teacher: a viewer is dragged and Python knows, and an inbox fills while a cell is busy.
"""

from __future__ import annotations

import ast
import signal
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import nbformat
import pytest

from dicomkit.lessons.catalogue import NOTEBOOKS, exercises_of
from dicomkit.lessons.exercise import Exercise
from tests.support.lab_notebook import CHROMIUM_OPTIONS, OPEN
from tests.support.running_lab import Lab

playwright = pytest.importorskip("playwright.sync_api", reason="playwright is part of the test extra")

TIMEOUT_MS = 60_000

# Each of these runs in the page. A cell is found by its exercise, as a learner finds it by reading.
SELECT = """async ([exercise, below]) => {
    const notebook = jupyterapp.shell.currentWidget.content;
    const found = notebook.widgets.findIndex(w => w.model.getMetadata('dicomkit')?.exercise === exercise);
    notebook.activeCellIndex = found + below;
    await notebook.scrollToItem(found + below);
    const cell = notebook.widgets[found + below];
    await cell.ready;
    cell.model.outputs.clear();
    cell.model.executionCount = null;  // what is shown afterwards is new, even if the number is the same
    cell.node.setAttribute('data-test-cell', `${exercise}+${below}`);
    return cell.model.id;
}"""
RUN_ALL = "() => jupyterapp.commands.execute('notebook:run-all-cells')"
SAVE = "() => jupyterapp.shell.currentWidget.context.save()"
RUN_ABOVE = "() => jupyterapp.commands.execute('notebook:run-all-above')"


class Learner:
    """Somebody who reads, types and presses Shift+Enter.

    Parameters
    ----------
    page
        A page that shows JupyterLab.
    """

    def __init__(self, page: Any) -> None:  # noqa: ANN401 - playwright may be missing
        self.page = page

    def open(self, name: str) -> None:
        self.page.wait_for_function("() => window.jupyterapp !== undefined")
        self.page.evaluate(OPEN, name)

    def answer(self, exercise: Exercise, text: str) -> str:
        """Type an answer, run it and its check, and return what the check printed."""
        self.run(exercise, 0, text)
        return self.run(exercise, 1, f'check("{exercise.id}", {exercise.name})')

    def run(self, exercise: Exercise, below: int, text: str) -> str:
        self.page.evaluate(SELECT, [exercise.id, below])
        cell = self.page.locator(f'[data-test-cell="{exercise.id}+{below}"]')
        cell.locator(".cm-content").click()
        self.page.keyboard.press("Control+A")
        self.page.keyboard.insert_text(text)
        self.page.keyboard.press("Shift+Enter")
        self.page.wait_for_function(
            """name => {
                const prompt = document.querySelector(`[data-test-cell="${name}"] .jp-InputPrompt`).innerText;
                return /\\[\\d+\\]/.test(prompt);
            }""",
            arg=f"{exercise.id}+{below}",
        )
        if below == 0:
            return ""
        # What a cell prints may arrive after the news that it has ended.
        cell.locator(".jp-OutputArea-output").first.wait_for()
        return "\n".join(cell.locator(".jp-OutputArea-output").all_inner_texts()).strip()


@pytest.fixture(scope="module")
def lab(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Lab]:
    home = tmp_path_factory.mktemp("home")
    (home / ".jupyter").mkdir()
    # Gives the test a handle on the application; nobody else needs it.
    settings = "c.LabApp.expose_app_in_browser = True\n"
    (home / ".jupyter" / "jupyter_lab_config.py").write_text(settings, encoding="ascii")
    state = str(home / "state")
    running = Lab(home / "workshop", home, "--port", "0", DICOMKIT_STATE_FOLDER=state, NO_COLOR="")
    try:
        yield running
    finally:
        running.stop(signal.SIGTERM)


@pytest.fixture(scope="module")
def page(lab: Lab, peer: Callable[[str], str]) -> Iterator[Any]:
    with playwright.sync_playwright() as driver:
        browser = driver.chromium.launch(executable_path=peer("chromium"), args=CHROMIUM_OPTIONS)
        shown = browser.new_page(viewport={"width": 1400, "height": 900})
        shown.set_default_timeout(TIMEOUT_MS)
        asked: list[str] = []
        shown.on("request", lambda request: asked.append(request.url))
        shown.goto(f"{lab.url}lab/tree/{lab.opened}?token={lab.token}")
        shown.wait_for_selector(".jp-Notebook .jp-Cell")
        yield shown
        elsewhere = [url for url in asked if not url.startswith((lab.url, "data:", "blob:"))]
        browser.close()
    assert elsewhere == [], "the page asked somebody else than this machine"


def test_the_address_shows_the_first_notebook_and_asks_nothing(page: Any, tmp_path: Path) -> None:  # noqa: ANN401
    assert page.locator(".jp-Notebook h1").first.inner_text().startswith(NOTEBOOKS[0].title)
    page.wait_for_function("() => window.jupyterapp !== undefined")
    page.evaluate("() => jupyterapp.restored")
    assert page.locator(".jp-Dialog, .Toastify__toast").count() == 0
    assert page.screenshot(path=tmp_path / "lab.png")


@pytest.mark.parametrize("notebook", NOTEBOOKS, ids=lambda notebook: notebook.name)
def test_a_learner_errs_takes_a_hint_and_passes(page: Any, notebook: Any) -> None:  # noqa: ANN401
    exercise = exercises_of(notebook)[0]
    wrong = exercise.misconceptions[0]
    learner = Learner(page)
    learner.open(notebook.file_name)
    page.evaluate(SELECT, [exercise.id, 0])
    page.evaluate(RUN_ABOVE)
    assert learner.answer(exercise, f"{exercise.name} = None").startswith("TODO")
    assert learner.answer(exercise, f"{exercise.name} = {wrong.answer}") == f"RETRY {wrong.reason}"
    assert (
        page.locator(f'[data-test-cell="{exercise.id}+1"] .ansi-red-intense-fg.ansi-bold').inner_text()
        == "RETRY"
    )
    hinted = learner.run(exercise, 1, f'hint("{exercise.id}")')
    assert hinted == f"hint 1 of {len(exercise.hints)}: {exercise.hints[0]}"
    assert learner.answer(exercise, exercise.solution) == str(exercise.passed)


def write_notebook(path: Path, *cells: str) -> None:
    notebook = nbformat.v4.new_notebook(cells=[nbformat.v4.new_code_cell(cell) for cell in cells])
    notebook.metadata.kernelspec = {"name": "python3", "display_name": "Python 3", "language": "python"}
    nbformat.write(notebook, path)


def run_cell(page: Any, index: int) -> str:  # noqa: ANN401 - as above
    """Run one cell and return what it printed, once it has ended."""
    page.evaluate(
        """async (index) => {
            const notebook = jupyterapp.shell.currentWidget.content;
            notebook.deselectAll();
            notebook.activeCellIndex = index;
            await jupyterapp.commands.execute('notebook:run-cell');
        }""",
        index,
    )
    outputs = page.evaluate(
        "(index) => jupyterapp.shell.currentWidget.content.widgets[index].model.outputs.toJSON()", index
    )
    return "".join("".join(one.get("text", "")) for one in outputs)


def test_a_drag_over_an_image_is_a_trait_in_python(page: Any, lab: Lab) -> None:  # noqa: ANN401
    write_notebook(
        lab.folder / "dragged.ipynb",
        "from dicomkit.samples import ct_series\n"
        "from dicomkit.viewers import ImageViewer\n"
        "viewer = ImageViewer(ct_series(3, size=64))\n"
        "viewer",
        "print(viewer.window)",
    )
    Learner(page).open("dragged.ipynb")
    page.evaluate(RUN_ALL)
    shown = page.locator(".jp-NotebookPanel:not(.lm-mod-hidden) .dk-pixels")
    shown.wait_for()
    assert run_cell(page, 1) == "None\n"
    box = shown.bounding_box()
    middle = (box["x"] + box["width"] / 2, box["y"] + box["height"] / 2)
    page.mouse.move(*middle)
    page.mouse.down()
    page.mouse.move(middle[0] + 60, middle[1] + 30, steps=5)
    page.mouse.up()
    printed = run_cell(page, 1)
    while printed == "None\n":  # what was dragged is on its way
        printed = run_cell(page, 1)
    center, width = ast.literal_eval(printed)
    assert (center, width) != (40.0, 80.0)
    assert width > 0


def test_an_inbox_fills_while_a_cell_is_busy_and_nothing_of_it_is_saved(page: Any, lab: Lab) -> None:  # noqa: ANN401
    write_notebook(
        lab.folder / "inbox.ipynb",
        "import tempfile, time\n"
        "from pathlib import Path\n"
        "from dicomkit.network import StorageSCP, send\n"
        "from dicomkit.samples import ct_series\n"
        "from dicomkit.viewers import Inbox\n"
        "scp = StorageSCP(tempfile.mkdtemp())\n"
        "inbox = Inbox(scp)\n"
        "inbox",
        "with scp:\n"
        "    send(ct_series(3, size=32), '127.0.0.1', scp.port, calling_ae_title='CT1').raise_on_failure()\n"
        "    while not Path('go').exists():\n"
        "        time.sleep(0.05)\n"
        "inbox.close()",
    )
    Learner(page).open("inbox.ipynb")
    page.evaluate("() => { jupyterapp.commands.execute('notebook:run-all-cells'); }")
    inbox = page.locator(".jp-NotebookPanel:not(.lm-mod-hidden) .dk-inbox")
    inbox.locator(".dk-study canvas").nth(2).wait_for()
    assert inbox.locator(".dk-light").inner_text().startswith("● running")
    assert page.locator(".jp-NotebookPanel:not(.lm-mod-hidden) .jp-InputPrompt").nth(1).inner_text() == "[*]:"
    assert "WORKSHOP^ANNA" in inbox.inner_text()
    (lab.folder / "go").touch()
    inbox.wait_for(state="detached")
    page.evaluate(SAVE)
    saved = (lab.folder / "inbox.ipynb").read_text(encoding="utf-8")
    assert "Inbox of DICOMKIT, stopped" in saved
    assert not [value for value in ("WORKSHOP", "2.25.", "CT1") if value in saved.replace("'CT1'", "")]
