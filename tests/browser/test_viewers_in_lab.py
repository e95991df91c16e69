"""All viewers in JupyterLab, used and saved: nothing that they show is stored, and they contact no other server."""

from __future__ import annotations

import json
import signal
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
from playwright.sync_api import Page, expect
from pydicom.dataset import FileDataset

from dicomkit.files.writing import encode_file
from tests.support.lab_notebook import OPEN
from tests.support.marked_instance import MARKERS, marked_instance
from tests.support.running_lab import Lab
from tests.support.viewer_pages import DEADLINE_MS, chromium_of_somebody, destinations, net_log_option

NAME = "viewers.ipynb"
CELLS = (
    "import tempfile\n"  # noqa: ISC004 - one cell
    "from dicomkit.files import index\n"
    "from dicomkit.network import StorageSCP, send\n"
    "from dicomkit.viewers import AnatomyViewer, AssociationDiagram, ImageViewer, Inbox, MetadataViewer\n"
    "paths = [row.entry.path for row in index('marked').rows]",
    "metadata = MetadataViewer('marked')\nmetadata",
    "ImageViewer(paths)",
    "AnatomyViewer(paths[0])",
    "scp = StorageSCP(tempfile.mkdtemp()).start()\ninbox = Inbox(scp, mask=False)\nsend(paths, '127.0.0.1', scp.port)\ninbox",
    "AssociationDiagram(scp.log)",
    "MetadataViewer(paths, mask=False)",
    "scp.stop()\nprint('all done')",
)
RUN_ALL = "() => jupyterapp.commands.execute('notebook:run-all-cells')"
SAVE = """async () => {
    const { context } = jupyterapp.shell.currentWidget;
    await context.save();
    await context.createCheckpoint();
}"""
SELECTION = """async () => {
    const kernel = jupyterapp.shell.currentWidget.sessionContext.session.kernel;
    const future = kernel.requestExecute({ code: "print(metadata.selection)", store_history: false });
    let printed = "";
    future.onIOPub = (message) => { if (message.header.msg_type === "stream") printed += message.content.text; };
    await future.done;
    return printed;
}"""


def marked_series() -> list[FileDataset]:
    """Return two images with the markers in their values, and one more in the pixels."""
    study = []
    for number in (1, 2):
        image = marked_instance()
        image.InstanceNumber = number
        image.SOPInstanceUID = image.file_meta.MediaStorageSOPInstanceUID = f"2.25.99{number}"
        image.PixelData = b"MARKERPIXELS" + image.PixelData[12:]
        study.append(image)
    return study


@pytest.fixture(scope="module")
def home(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Return a home in which JupyterLab saves the state of widgets: the worst case."""
    home = tmp_path_factory.mktemp("home")
    settings = home / ".jupyter" / "lab" / "user-settings" / "@jupyter-widgets" / "jupyterlab-manager"
    settings.mkdir(parents=True)
    (settings / "plugin.jupyterlab-settings").write_text('{"saveState": true}', encoding="ascii")
    line = "c.LabApp.expose_app_in_browser = True\n"  # a handle for the test
    (home / ".jupyter" / "jupyter_lab_config.py").write_text(line, encoding="ascii")
    return home


@pytest.fixture(scope="module")
def lab(home: Path) -> Iterator[Lab]:
    running = Lab(
        home / "workshop", home, "--port", "0", DICOMKIT_STATE_FOLDER=str(home / "state"), TMPDIR=str(home)
    )
    marked = home / "workshop" / "marked"
    marked.mkdir()
    for image in marked_series():
        (marked / f"{MARKERS[39]}.{image.InstanceNumber}.dcm").write_bytes(encode_file(image))
    cells = [
        {
            "cell_type": "code",
            "id": f"c{number}",
            "metadata": {},
            "source": source,
            "outputs": [],
            "execution_count": None,
        }
        for number, source in enumerate(CELLS)
    ]
    notebook = {"cells": cells, "metadata": {"kernelspec": {"name": "python3", "display_name": "Python 3"}}}
    (home / "workshop" / NAME).write_text(
        json.dumps({**notebook, "nbformat": 4, "nbformat_minor": 5}), encoding="utf-8"
    )
    try:
        yield running
    finally:
        if running.process.poll() is None:
            running.stop(signal.SIGTERM)


@pytest.fixture(scope="module")
def asked() -> list[str]:
    """Return the addresses that the browser asked for, of any protocol; the page fills it."""
    return []


@pytest.fixture(scope="module")
def page(lab: Lab, home: Path, peer: Callable[[str], str], asked: list[str]) -> Iterator[Page]:
    options = (net_log_option(home / "net.log"),)
    with chromium_of_somebody(peer("chromium"), home / "profile", *options) as context:
        context.grant_permissions(["clipboard-read", "clipboard-write"])
        context.on("request", lambda request: asked.append(request.url))
        page = context.pages[0]
        page.on("websocket", lambda connection: asked.append(connection.url))
        page.goto(f"{lab.url}lab/tree/{NAME}?token={lab.token}")
        page.wait_for_function("() => window.jupyterapp !== undefined")
        page.evaluate("() => navigator.clipboard.writeText('what was there before')")
        page.evaluate(OPEN, NAME)
        page.evaluate(RUN_ALL)
        yield page


def viewer(page: Page, cell: int) -> Any:  # noqa: ANN401 - playwright's Locator
    """Return the viewer below a cell; JupyterLab draws only cells in view."""
    page.evaluate(
        "async (cell) => { await jupyterapp.shell.currentWidget.content.scrollToItem(cell); }", cell
    )
    return page.locator(".jp-Notebook-cell").nth(cell).locator(".dicomkit").first


def test_every_viewer_draws(page: Page) -> None:
    expect(viewer(page, 1).get_by_role("treegrid")).to_contain_text("masked")
    expect(viewer(page, 2).locator("canvas").first).to_be_visible()
    expect(viewer(page, 3).locator(".dk-byte").first).to_have_text("00")
    expect(viewer(page, 4)).to_contain_text(MARKERS[0])
    expect(viewer(page, 5)).to_contain_text("C-STORE-RQ")
    expect(viewer(page, 6).get_by_role("treegrid")).to_contain_text("MediaStorageSOPClassUID")


def test_the_metadata_viewer_is_used_by_keys_and_python_knows(page: Page, tmp_path: Path) -> None:
    shown = viewer(page, 1)
    for cell in (1, 2, 3):  # in no attribute, no tooltip and no name for a screen reader
        masked = viewer(page, cell)
        assert markers_in(masked.evaluate("(node) => node.outerHTML") + masked.aria_snapshot()) == []
    shown = viewer(page, 1)
    shown.get_by_role("button", name="Reveal …").click()
    shown.get_by_role("button", name="Reveal them").click()
    expect(shown.get_by_role("tree")).to_contain_text(MARKERS[0])
    active = "() => jupyterapp.shell.currentWidget.content.activeCellIndex"
    before = page.evaluate(active)
    grid = shown.get_by_role("treegrid")
    grid.focus()
    for key in ("Home", "ArrowDown", "ArrowDown", "j", "b", "d", "d"):
        page.keyboard.press(key)
    assert page.evaluate(active) == before, "a key went to the notebook"
    expect(shown.locator('.dm-line[aria-selected="true"]')).to_contain_text("MediaStorageSOPClassUID")
    deadline = time.monotonic() + DEADLINE_MS / 1000
    while "'path': '(0002,0002)'" not in page.evaluate(SELECTION):  # the last key may still be on its way
        assert time.monotonic() < deadline, "Python did not hear of the selection"
    choice = shown.get_by_label("Colour the tiles by")
    choice.fill("InstanceNumber")
    choice.press("Enter")  # which a notebook takes for itself
    expect(shown.get_by_role("list", name="Colours: InstanceNumber")).to_have_text("A1B2")
    grid.focus()
    page.keyboard.press("/")
    page.keyboard.type(MARKERS[5].lower())
    expect(grid).to_contain_text(MARKERS[5])
    expect(shown.locator("mark").first).to_have_text(MARKERS[5])
    shown.get_by_role("button", name="Regular expression").click()
    shown.get_by_label("Search the elements").fill("^modality$")
    expect(shown.get_by_role("status").last).to_contain_text("1 of ")
    shown.get_by_role("button", name="What is constant in this series").click()
    expect(shown.get_by_role("table", name="Constant")).to_contain_text("Modality")
    shown.get_by_label("Search the elements").press("Escape")
    expect(shown.get_by_role("table", name="Constant")).to_contain_text(MARKERS[0])
    large = tmp_path / "large.dcm"  # three messages
    large.write_bytes(
        encode_file(marked_series()[0])
        + b"\xfc\xff\xfc\xffOB\0\0"
        + (2**21).to_bytes(4, "little")
        + bytes(2**21)
    )
    shown.get_by_label("Files to upload").set_input_files(large)
    expect(shown.locator(".dm-odd")).to_contain_text("3 entries: 3 read")
    expect(shown.locator(".dk-cover")).to_contain_text("are masked")


def test_nothing_that_was_shown_is_stored(page: Page, home: Path) -> None:
    viewer(page, 7)
    expect(page.locator(".jp-Notebook-cell").nth(7)).to_contain_text("all done")
    page.evaluate(SAVE)
    page.evaluate(SAVE)
    saved = (home / "workshop" / NAME).read_text(encoding="utf-8")
    (states,) = json.loads(saved)["metadata"]["widgets"].values()
    models = [state for state in states["state"].values() if state["model_name"] == "AnyModel"]
    assert len(models) >= 6, "the state of the widgets was not saved, so this shows nothing"
    assert not [state for state in states["state"].values() if state.get("buffers")]
    assert "(0002,0002)" in saved, "the selection is stored, and it is no value"
    checkpoints = list((home / "workshop" / ".ipynb_checkpoints").iterdir())
    assert NAME.removesuffix(".ipynb") in "".join(path.name for path in checkpoints)
    assert files_with_markers(home) == []


KEPT_BY_THE_BROWSER = """async () => {
  const rows = (request) => new Promise((done) => { request.onsuccess = () => done(request.result); });
  const found = [document.title, document.cookie, location.href, JSON.stringify(history.state)];
  for (const storage of [localStorage, sessionStorage]) found.push(JSON.stringify(storage));
  for (const { name } of await indexedDB.databases()) {
    const database = await rows(indexedDB.open(name));
    for (const store of database.objectStoreNames) {
      const all = database.transaction(store).objectStore(store);
      found.push(name, JSON.stringify(await rows(all.getAllKeys())), JSON.stringify(await rows(all.getAll())));
    }
    database.close();
  }
  for (const name of await caches.keys()) {
    const cache = await caches.open(name);
    for (const request of await cache.keys()) found.push(request.url, await (await cache.match(request)).text());
  }
  return found;
}"""


def test_nothing_that_was_shown_is_kept_by_the_browser(page: Page) -> None:
    kept = page.evaluate(KEPT_BY_THE_BROWSER)
    assert NAME in kept[0]
    assert len(kept) >= 6
    assert markers_in(json.dumps(kept)) == []
    clipboard = page.evaluate("() => navigator.clipboard.readText()")
    assert clipboard == "what was there before", "nobody asked for a copy"


def markers_in(text: str) -> list[str]:
    return [marker for marker in (*MARKERS, "MARKERPIXELS") if marker in text]


def files_with_markers(folder: Path) -> list[tuple[Path, list[str]]]:
    """Return each file below a folder that holds a marker, but for the DICOM files themselves."""
    kept = [path for path in folder.rglob("*") if path.is_file() and not is_dicom(path)]
    assert len(kept) > 20
    # The browser writes some of its files in UTF-16: without its zeros, that is Latin-1.
    found = [(path, markers_in(path.read_bytes().replace(b"\0", b"").decode("latin-1"))) for path in kept]
    return [(path, markers) for path, markers in found if markers]


def is_dicom(path: Path) -> bool:
    """Say whether a file is one of those that were given, or one that the receiver stored."""
    with path.open("rb") as stream:
        return stream.read(132)[128:] == b"DICM"


def test_only_the_notebook_server_was_asked(page: Page, lab: Lab, asked: list[str]) -> None:
    assert page.url.startswith(lab.url)
    assert any(url.startswith("ws:") for url in asked)
    own = (lab.url, lab.url.replace("http:", "ws:"), "data:", "blob:")
    assert [url for url in asked if not url.startswith(own)] == []


def test_nothing_is_left_when_all_is_closed(page: Page, lab: Lab, home: Path) -> None:
    page.context.close()
    lab.stop(signal.SIGTERM)
    assert "Serving notebooks" in lab.printed or lab.url in lab.printed
    assert markers_in(lab.printed) == []
    assert (home / "profile" / "Default").is_dir()
    assert list(home.rglob("history.sqlite")), "the kernel's history was not looked at"
    assert files_with_markers(home) == []
    spoken_to = destinations(home / "net.log")
    assert lab.url.split("/")[2] in spoken_to
    assert {place.partition(":")[0] for place in spoken_to} == {"127.0.0.1"}
