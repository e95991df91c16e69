"""Draw notebook 00 and each viewer in Chromium, as the README shows them: ``python tests/tools/take_screenshots.py``.

Look at every picture before it is committed: a test cannot say whether it is readable from the last row.
"""

# ruff: noqa: T201 - a maintainer's program prints what it did

from __future__ import annotations

import contextlib
import io
import shutil
import signal
import sys
import tempfile
from collections.abc import Callable, Iterator, Sequence
from pathlib import Path

from PIL import Image
from playwright.sync_api import Page, expect

ROOT = Path(__file__).resolve().parents[2]
sys.path.insert(0, str(ROOT))

from dicomkit.files.writing import encode_file  # noqa: E402 - run as a script, from any folder
from dicomkit.lessons.catalogue import NOTEBOOKS  # noqa: E402 - as above
from dicomkit.network import AssociationLog, Room, StorageSCP, send  # noqa: E402 - as above
from dicomkit.samples import cine, colour, ct_series, localiser  # noqa: E402 - as above
from dicomkit.viewers import (  # noqa: E402 - as above
    AnatomyViewer,
    AssociationDiagram,
    ImageViewer,
    Inbox,
    MetadataViewer,
    PlanesViewer,
    Viewer,
)
from dicomkit.viewers.wall.page import wall_page  # noqa: E402 - as above
from tests.support.lab_notebook import OPEN  # noqa: E402 - as above
from tests.support.running_lab import Lab  # noqa: E402 - as above
from tests.support.viewer_pages import choose, chromium, open_live  # noqa: E402 - as above

FOLDER = ROOT / ".github" / "images"
WIDTH = 1080
MAX_BYTES = 200_000
LAB_SIZE = {"width": 1040, "height": 940}  # pixels of the screen
SHOW_CELL = """async (name) => {
    const { content: notebook } = jupyterapp.shell.currentWidget;
    const index = notebook.widgets.findIndex((cell) => cell.model.id === name);
    notebook.activeCellIndex = index;
    await notebook.scrollToItem(index, 'start');
}"""
PROJECTOR_SIZE = {"width": 1600, "height": 900}
LAB_TIMEOUT_MS = 120_000

Shot = tuple[str, int, Viewer, Callable[[Page], object]]


def shots() -> Iterator[Shot]:
    """Yield for each picture its name, its height, the viewer, and what a hand does before it is taken."""
    yield "metadata", 690, MetadataViewer([*ct_series(), localiser(), cine(), b"no DICOM"]), compare_two
    yield "image", 660, ImageViewer(ct_series(size=256)), scroll_to_the_middle
    yield "planes", 480, PlanesViewer(ct_series(14, size=256), window=(40, 80)), go_to_the_lesion
    yield "anatomy", 560, AnatomyViewer(encode_file(ct_series(1)[0])), change_a_byte
    log = AssociationLog()
    with tempfile.TemporaryDirectory() as folder, StorageSCP(folder, ae_title="ARCHIVE") as scp:
        inbox = Inbox(scp)
        strange, photograph = ct_series(1)[0], colour()
        strange.SOPClassUID = strange.file_meta.MediaStorageSOPClassUID = "1.2.276.0.7230010.3.1.0.1"
        names = {"called_ae_title": "ARCHIVE", "calling_ae_title": "CT1"}
        send([*ct_series(), strange], "127.0.0.1", scp.port, log=log, **names)
        yield "association", 540, AssociationDiagram(log), choose_the_answer
        photograph.PatientIdentityRemoved = "NO"
        send([photograph], "127.0.0.1", scp.port, called_ae_title="ARCHIVE", calling_ae_title="PHONE")
        yield "inbox", 480, inbox, choose_a_study


def compare_two(page: Page) -> None:
    tiles = page.get_by_role("treeitem", level=3)
    tiles.nth(0).click()
    tiles.nth(1).click(modifiers=["Shift"])


def scroll_to_the_middle(page: Page) -> None:
    choose(page, selection=8, window=[40.0, 80.0])


def go_to_the_lesion(page: Page) -> None:
    expect(page.locator(".dk-cuts[data-shows]")).to_be_visible()
    choose(page, cross=[164, 166, 8])


def change_a_byte(page: Page) -> None:
    expect(page.locator(".dk-row").first).to_be_visible()
    choose(page, selection="(0028,0010)")
    page.locator(".dk-byte.dk-lit").nth(8).click()
    page.keyboard.type("40")
    expect(page.locator(".dk-changed").first).to_be_visible()


def choose_the_answer(page: Page) -> None:
    page.locator(".dk-rung").nth(1).click()


def choose_a_study(page: Page) -> None:
    expect(page.locator(".dk-inbox canvas")).to_have_count(12)
    page.locator(".dk-study").last.click()


def start_here(folder: Path) -> None:
    """Run notebook 00 in JupyterLab, and take the place where the study has arrived."""
    (folder / ".jupyter").mkdir()
    settings = "c.LabApp.expose_app_in_browser = True\n"
    (folder / ".jupyter" / "jupyter_lab_config.py").write_text(settings, encoding="ascii")
    lab = Lab(folder / "workshop", folder, "--port", "0", DICOMKIT_STATE_FOLDER=str(folder / "state"))
    try:
        with chromium(shutil.which("chromium") or "chromium") as browser:
            page = browser.new_page(viewport=LAB_SIZE)
            page.set_default_timeout(LAB_TIMEOUT_MS)
            page.goto(f"{lab.url}lab?token={lab.token}")
            page.wait_for_function("() => window.jupyterapp !== undefined")
            page.evaluate(OPEN, NOTEBOOKS[0].file_name)
            page.evaluate("() => jupyterapp.commands.execute('notebook:run-all-cells')")
            page.get_by_text("All lessons can run here.").first.wait_for(state="attached")
            page.evaluate(SHOW_CELL, "process-text")
            page.mouse.move(LAB_SIZE["width"] / 2, LAB_SIZE["height"] / 2)
            page.mouse.wheel(0, 215)
            expect(page.get_by_text("That was the whole workshop").last).to_be_in_viewport()
            expect(page.get_by_text("complete: 12 slices of one study")).to_be_in_viewport()
            store(page.screenshot(), FOLDER / "start_here.png")
    finally:
        lab.stop(signal.SIGTERM)


def wall_for_the_projector(folder: Path) -> None:
    """Open a room of thirty, of whom some have not come yet, and its wall as a page."""
    with Room(folder / "room", 30) as room, wall_page(room) as served:
        for number, path in enumerate(room.seats.values(), 1):
            if number % 7 == 0:
                continue
            seat = Room.join(path)
            slices = ct_series(12, size=64, attendee=seat.attendee) if number % 3 else [localiser(size=64)]
            if number == 5:
                slices[4].PatientIdentityRemoved = "NO"
            seat.send(slices, stop_on_failure=False)
        with contextlib.suppress(ConnectionError):
            seat.echo(calling_ae_title="STUDENT01")
        with chromium(shutil.which("chromium") or "chromium") as browser:
            page = browser.new_page(viewport=PROJECTOR_SIZE)
            page.set_default_timeout(LAB_TIMEOUT_MS)
            page.goto(served.url)
            expect(page.locator(".dk-seat canvas")).to_have_count(26)
            expect(page.locator('.dk-seat[data-state="here"]')).to_have_count(26)
            store(page.screenshot(), FOLDER / "viewer_wall.png")


def store(png: bytes, path: Path) -> None:
    """Write a picture with few colours: a palette holds them, and is a third as large."""
    with Image.open(io.BytesIO(png)) as picture:
        picture.convert("RGB").quantize(256, dither=Image.Dither.NONE).save(path, optimize=True)
    print(path.name, path.stat().st_size, "bytes")
    if path.stat().st_size > MAX_BYTES:
        raise SystemExit(f"{path.name} is too large for a README")


def main() -> None:
    """Take all pictures, or those that are named; say how large each is."""
    FOLDER.mkdir(exist_ok=True)
    if sys.argv[1:]:
        viewers(sys.argv[1:])
        return
    with tempfile.TemporaryDirectory() as folder:
        start_here(Path(folder))
        wall_for_the_projector(Path(folder))
    viewers(())


def viewers(names: Sequence[str]) -> None:
    """Take the pictures of the viewers that are named, or of all."""
    with chromium(shutil.which("chromium") or "chromium") as browser:
        for name, height, viewer, hand in shots():
            if names and name not in names:
                continue
            page = open_live(browser, viewer)
            # A viewer takes 70 % of the window at most.
            page.set_viewport_size({"width": WIDTH, "height": round(height / 0.7)})
            hand(page)
            page.mouse.move(2, round(height / 0.7) - 2)
            page.wait_for_load_state("networkidle")
            store(page.locator(".dicomkit").first.screenshot(), FOLDER / f"viewer_{name}.png")
            page.close()


if __name__ == "__main__":
    main()
