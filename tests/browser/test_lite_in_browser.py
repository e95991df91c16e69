"""The built site in a browser: notebooks run to their end and print the stored outputs, and no other server is contacted.

Outputs are not in the site's notebooks, so what is compared was printed there. In each run of the tests three notebooks
are run; with ``DICOMKIT_LITE=all`` every one.
"""

from __future__ import annotations

import json
import os
import zipfile
from collections.abc import Callable, Iterator
from pathlib import Path
from urllib.parse import urlsplit

import pytest

pytest.importorskip("playwright.sync_api", reason="playwright is part of the test extra")
from playwright.sync_api import Browser, BrowserContext, Page, Request, sync_playwright

from dicomkit.files.writing import encode_file
from dicomkit.lessons.catalogue import NOTEBOOKS, Notebook
from dicomkit.samples import ct_series
from dicomkit.workshop.examination import BROWSER_SENTENCE
from dicomkit.workshop.lite.recorded import recorded_because
from tests.support.lab_notebook import CHROMIUM_OPTIONS, OPEN, LabNotebook
from tests.support.notebook_outputs import Outputs, outputs_of, read, said
from tests.support.viewer_pages import destinations, net_log_option

TIMEOUT_MS = 240_000
THREE = ("05", "06", "12")  # viewers and figures; the wire; an archive with its third party
RUN = [each for each in NOTEBOOKS if os.environ.get("DICOMKIT_LITE") == "all" or each.number in THREE]

RUN_ALL = "() => jupyterapp.commands.execute('notebook:run-all-cells')"
OUTPUTS = """() => Object.fromEntries(jupyterapp.shell.currentWidget.content.widgets
    .filter((cell) => cell.model.type === 'code')
    .map((cell) => [cell.model.id, cell.model.outputs.toJSON()]))"""
CLOSE = """async () => {
    const panel = jupyterapp.shell.currentWidget;
    await panel.context.save();
    await panel.sessionContext.shutdown();
    panel.dispose();
}"""
RUN_ABOVE = """async (id) => {
    const { content: notebook } = jupyterapp.shell.currentWidget;
    notebook.activeCellIndex = notebook.widgets.findIndex(({ model }) => model.id === id);
    await jupyterapp.commands.execute('notebook:run-all-above');
}"""
ANSWER = """async ([id, text]) => {
    const { content: notebook } = jupyterapp.shell.currentWidget;
    const index = notebook.widgets.findIndex(({ model }) => model.id === id);
    notebook.activeCellIndex = index;
    if (text !== null) notebook.activeCell.model.sharedModel.setSource(text);
    await jupyterapp.commands.execute('notebook:run-cell');
}"""


@pytest.fixture(scope="module")
def browser(
    peer: Callable[[str], str], lite_address: str, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[Browser]:
    """Return a browser that writes down whom it calls, its workers included: no policy of a page binds these."""
    log = tmp_path_factory.mktemp("called") / "log"
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(
            executable_path=peer("chromium"), args=[*CHROMIUM_OPTIONS, net_log_option(log)]
        )
        yield browser
        browser.close()
    assert destinations(log) <= {"127.0.0.1", urlsplit(lite_address).netloc}


@pytest.fixture(scope="module")
def context(browser: Browser, lite_address: str) -> Iterator[BrowserContext]:
    """Return a browser that is let through to the site only; at the end nobody else may have been asked."""
    context = browser.new_context(viewport={"width": 1280, "height": 900}, accept_downloads=True)
    context.set_default_timeout(TIMEOUT_MS)
    elsewhere: list[str] = []

    def judge(request: Request) -> None:
        if not request.url.startswith((lite_address, "data:", "blob:")):
            elsewhere.append(request.url)

    context.on("request", judge)
    yield context
    context.close()
    assert elsewhere == [], "somebody else than the site was asked"


@pytest.fixture(scope="module")
def lab(context: BrowserContext, lite_address: str) -> Page:
    page = context.new_page()
    page.goto(f"{lite_address}workshop/lab/index.html")
    page.wait_for_function("() => window.jupyterapp !== undefined")
    return page


def expected(notebook: Notebook) -> dict[str, list[tuple[str, str]]]:
    """Return what each cell that runs in a browser has to print."""
    stored = read(notebook)
    recorded = {cell["id"] for cell in stored["cells"] if recorded_because(cell)}
    found = {cell: said(outputs) for cell, outputs in outputs_of(stored).items() if cell not in recorded}
    if notebook.number == "00":  # the doctor says in addition where it is
        found["doctor"] = [("stdout", f"{found['doctor'][0][1]}{BROWSER_SENTENCE}\n")]
    return found


@pytest.mark.parametrize("notebook", RUN, ids=lambda notebook: notebook.name)
def test_a_notebook_prints_there_what_is_stored(lab: Page, notebook: Notebook) -> None:
    lab.evaluate(OPEN, notebook.file_name)
    before: dict[str, Outputs] = lab.evaluate(OUTPUTS)
    assert not any(before.values()), "no output may be there before its cell has run"
    lab.evaluate(RUN_ALL)
    outputs: dict[str, Outputs] = lab.evaluate(OUTPUTS)
    wanted = expected(notebook)
    lab.evaluate(CLOSE)
    assert {cell: said(outputs[cell]) for cell in wanted} == wanted
    beside = {cell: said(outputs[cell]) for cell in outputs.keys() - wanted.keys()}
    assert not any(beside.values()), "what a recorded cell leaves to be run prints nothing, and fails nowhere"


def test_an_exercise_says_retry_and_then_pass(lab: Page) -> None:
    from dicomkit.lessons.catalogue import find_exercise  # noqa: PLC0415 - only here

    lab.evaluate(OPEN, "01_file_from_thin_air.ipynb")
    cells = {cell["id"]: cell for cell in read(NOTEBOOKS[1])["cells"]}
    order = list(cells)
    exercise = next(each for each in order if "exercise" in cells[each]["metadata"].get("tags", []))
    check = next(
        each for each in order[order.index(exercise) :] if "check" in cells[each]["metadata"].get("tags", [])
    )
    lab.evaluate(RUN_ABOVE, exercise)
    verdicts = []
    asked = find_exercise(cells[exercise]["metadata"]["dicomkit"]["exercise"])
    name = asked.solution.split(" = ")[0]
    for text in (f"{name} = {asked.misconceptions[0].answer}", asked.solution):
        lab.evaluate(ANSWER, [exercise, text])
        lab.evaluate(ANSWER, [check, None])
        verdicts.append(dict(said(lab.evaluate(OUTPUTS)[check]))["stdout"].split()[0])
    assert verdicts == ["RETRY", "PASS"]
    lab.evaluate(CLOSE)


def test_a_chosen_folder_becomes_a_volume_and_a_class_has_its_room(lab: Page, tmp_path: Path) -> None:
    deep = tmp_path / "study" / "deep"
    deep.mkdir(parents=True)
    for number, each in enumerate(ct_series(4, size=64)):
        (deep / f"{number}.dcm").write_bytes(encode_file(each))
    lab.evaluate(OPEN, "11_your_own_folder.ipynb")
    notebook = LabNotebook(lab, tmp_path)
    cell = notebook.run("from dicomkit.viewers import MetadataViewer\nviewer = MetadataViewer()\nviewer")
    cell.locator("input[webkitdirectory]").set_input_files(tmp_path / "study")
    cell.get_by_text("4 entries: 4 read").first.wait_for()
    made = notebook.printed("from dicomkit.pixels import volume\nprint(volume(viewer.index))")
    assert made.startswith("Volume: 4 slices of 64 x 64")
    room = "import tempfile\nfrom dicomkit.network import Room\nwith Room(tempfile.mkdtemp(), 2) as room:\n    print(room)"
    assert notebook.printed(room) == "<Room ROOM, open, 2 attendees>"
    own = "from pathlib import Path\n_ = Path('my_module.py').write_text('answer = 42')\nimport importlib, sys\nimportlib.invalidate_caches()\nimport my_module\n"
    # The folder is asked last: each look into it is a request to the page.
    assert (
        notebook.printed(f"{own}print(my_module.answer, sys.path.index('') == len(sys.path) - 1)")
        == "42 True"
    )
    lab.evaluate(CLOSE)


def test_what_was_changed_can_be_downloaded_and_forgotten(
    lab: Page, context: BrowserContext, lite_address: str, tmp_path: Path
) -> None:
    lab.evaluate(OPEN, "02_edit_tags.ipynb")
    lab.evaluate(
        "() => { jupyterapp.shell.currentWidget.content.widgets[1].model.sharedModel.setSource('mine = 1'); }"
    )
    lab.evaluate(CLOSE)
    front = context.new_page()
    front.goto(lite_address)
    with front.expect_download() as download:
        front.get_by_role("button", name="Download my notebooks").click()
    download.value.save_as(tmp_path / "mine.zip")
    with zipfile.ZipFile(tmp_path / "mine.zip") as archive:
        assert archive.testzip() is None
        edited = json.loads(archive.read("02_edit_tags.ipynb"))
    assert "".join(edited["cells"][1]["source"]) == "mine = 1"

    lab.goto("about:blank")  # what is open keeps the database
    front.get_by_role("button", name="Start again").click()
    front.get_by_role("button", name="Delete them").click()
    front.get_by_text("All notebooks are as published.").wait_for()
    front.get_by_role("button", name="Download my notebooks").click()
    front.get_by_text("You have changed nothing yet").wait_for()
