"""The viewer's page in Chromium and in Firefox: files are dropped while Python loads, and no other server is contacted."""

from __future__ import annotations

import base64
import io
import json
import zipfile
from collections.abc import Callable, Iterator
from pathlib import Path
from urllib.parse import urlsplit

import pytest

pytest.importorskip("playwright.sync_api", reason="playwright is part of the test extra")
from playwright.sync_api import BrowserContext, Page, sync_playwright

from dicomkit.files.writing import encode_file
from dicomkit.samples import ct_series, radiograph
from tests.support.firefox import firefox_page
from tests.support.lab_notebook import CHROMIUM_OPTIONS
from tests.support.lite_site import served
from tests.support.viewer_pages import destinations, net_log_option

TIMEOUT_MS = 240_000
LISTED = "6 entries: 5 read, 0 repaired, 1 rejected"


def secret_image() -> bytes:
    """Return an image that does not say that it names nobody."""
    dataset = radiograph()
    dataset.PatientName = "Nobody^Secret"
    dataset.PatientIdentityRemoved = "NO"
    return encode_file(dataset)


@pytest.fixture(scope="module")
def dropped(tmp_path_factory: pytest.TempPathFactory) -> list[Path]:
    """Return a zip with a series in folders, an image and a note."""
    folder = tmp_path_factory.mktemp("dropped")
    with zipfile.ZipFile(folder / "study.zip", "w") as archive:
        for number, each in enumerate(ct_series(4, size=64)):
            archive.writestr(f"study/deep/{number}.dcm", encode_file(each))
    (folder / "secret.dcm").write_bytes(secret_image())
    (folder / "note.txt").write_text("call back")
    return [folder / "study.zip", folder / "secret.dcm", folder / "note.txt"]


@pytest.fixture
def context(
    peer: Callable[[str], str], lite_site: Path, tmp_path: Path
) -> Iterator[tuple[BrowserContext, str]]:
    """Return a browser and the address of the site; at the end nobody else was called, by no worker either."""
    log = tmp_path / "log"
    with sync_playwright() as playwright, served(lite_site) as address:
        browser = playwright.chromium.launch(
            executable_path=peer("chromium"), args=[*CHROMIUM_OPTIONS, net_log_option(log)]
        )
        context = browser.new_context(viewport={"width": 1280, "height": 900})
        context.set_default_timeout(TIMEOUT_MS)
        asked: list[str] = []
        context.on("request", lambda request: asked.append(request.url))
        yield context, address
        browser.close()
    assert [url for url in asked if not url.startswith((address, "data:", "blob:"))] == []
    assert destinations(log) <= {"127.0.0.1", urlsplit(address).netloc}


def open_page(context: BrowserContext, address: str) -> Page:
    page = context.new_page()
    page.goto(f"{address}viewer/index.html")
    return page


def test_files_that_come_while_python_loads_are_shown_in_three_ways(
    context: tuple[BrowserContext, str], dropped: list[Path]
) -> None:
    page = open_page(*context)
    page.set_input_files("#files", dropped)
    assert page.inner_text("#doing").endswith("3 files waiting for it")
    bar = page.locator("#bar")
    page.wait_for_function("() => document.getElementById('bar').value > 0")
    assert 0 < float(bar.evaluate("bar => bar.value / bar.max")) <= 1
    page.wait_for_selector("body[data-shows=metadata]")
    assert page.inner_text("#doing") == LISTED
    page.get_by_text("PatientName").first.wait_for()
    assert "Nobody" not in page.inner_text("body"), "covered until somebody asks for it"
    page.get_by_label("Search the elements").fill("bitsst")
    page.locator('.dm-line:has-text("BitsStored")').wait_for()
    page.locator('.dm-line:has-text("PatientName")').wait_for(state="detached")
    assert (
        page.get_by_role("treegrid", name="Elements").get_attribute("aria-rowcount") == "2"
    )  # with the head

    page.keyboard.press("Shift+Tab")  # somewhere, then to the tabs by their own key
    page.locator("#tab-metadata").focus()
    page.keyboard.press("ArrowRight")
    page.wait_for_selector("body[data-shows=images]")
    pixels = page.locator('.dk-pixels[data-shows^="1 "]')
    pixels.wait_for()
    shown = pixels.get_attribute("data-shows")
    pixels.hover()
    page.mouse.down()
    page.mouse.move(400, 400, steps=3)
    page.mouse.up()
    page.locator(f'.dk-pixels[data-shows^="1 "]:not([data-shows="{shown}"])').wait_for()  # another window
    page.locator("#tab-images").focus()
    page.keyboard.press("ArrowRight")
    page.wait_for_selector("body[data-shows=bytes]")

    page.get_by_role("button", name="Clear").click()
    page.wait_for_selector("body[data-python=ready]")
    assert page.locator("#views").is_hidden()


def drop(page: Page, *paths: Path) -> None:
    """Drop files and folders of this computer on a page, as a hand does."""
    session = page.context.new_cdp_session(page)
    dragged = {"items": [], "files": [str(path) for path in paths], "dragOperationsMask": 1}
    for kind in ("dragEnter", "dragOver", "drop"):
        session.send("Input.dispatchDragEvent", {"type": kind, "x": 300, "y": 180, "data": dragged})


def test_folders_are_dropped_one_after_the_other_and_the_chosen_image_is_shown(
    context: tuple[BrowserContext, str], tmp_path: Path
) -> None:
    slices = [encode_file(each) for each in ct_series(6, size=128)]
    for name, some in (("first", slices[:3]), ("second", slices[3:])):
        deep = tmp_path / name / "study" / "series"
        deep.mkdir(parents=True)
        for number, content in enumerate(some):
            (deep / f"{number}").write_bytes(content)
    page = open_page(*context)
    drop(page, tmp_path / "first")
    page.wait_for_selector("body[data-shows=metadata]")
    assert page.inner_text("#doing") == "3 entries: 3 read, 0 repaired, 0 rejected"
    drop(page, tmp_path / "second")
    page.get_by_text("6 entries: 6 read, 0 repaired, 0 rejected").first.wait_for()
    page.wait_for_selector("body[data-shows=metadata]")

    page.locator('.dm-tile[data-n="4"]').click()
    page.locator("#tab-images").click()
    page.locator('.dk-pixels[data-shows^="5 "]').wait_for()
    page.locator("#tab-planes").click()
    page.wait_for_selector("body[data-shows=planes]")
    page.locator(".dk-three canvas").first.wait_for()
    assert page.inner_text("#problem") == ""


def test_the_second_start_needs_no_network(
    lite_site: Path, peer: Callable[[str], str], dropped: list[Path]
) -> None:
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=peer("chromium"), args=CHROMIUM_OPTIONS)
        context = browser.new_context()
        context.set_default_timeout(TIMEOUT_MS)
        with served(lite_site) as address:
            open_page(context, address).wait_for_selector("body[data-kept=yes]")
        page = open_page(context, address)  # nobody listens there any more
        page.set_input_files("#files", dropped)
        page.wait_for_selector("body[data-shows=metadata]")
        assert page.inner_text("#doing") == LISTED
        browser.close()


# Mozilla's driver leaves the sockets open by which it looks whether Firefox listens yet.
@pytest.mark.filterwarnings("ignore:Exception ignored in:pytest.PytestUnraisableExceptionWarning")
@pytest.mark.filterwarnings("ignore:unclosed:ResourceWarning")
def test_it_works_in_firefox(lite_address: str, peer: Callable[[str], str]) -> None:
    stream = io.BytesIO()
    with zipfile.ZipFile(stream, "w") as archive:
        for number, each in enumerate(ct_series(3, size=32)):
            archive.writestr(f"{number}.dcm", encode_file(each))
    with firefox_page(peer("firefox-esr"), f"{lite_address}viewer/index.html") as firefox:
        firefox.give_files("files", {"study.zip": base64.b64encode(stream.getvalue()).decode("ascii")})
        firefox.wait_for("body[data-shows=metadata]")
        assert firefox.text("#doing") == "3 entries: 3 read, 0 repaired, 0 rejected"
        firefox.click("#tab-images")
        firefox.wait_for('.dk-pixels[data-shows^="1 "]')
        firefox.drop_file("another.dcm", base64.b64encode(secret_image()).decode("ascii"))
        firefox.wait_for("body[data-opened='1'][data-shows=metadata]")
        assert firefox.text("#doing") == "4 entries: 4 read, 0 repaired, 0 rejected"
        firefox.click("#tab-planes")
        firefox.wait_for("body[data-shows=planes]")
        addresses = json.loads(
            firefox.run(
                "return JSON.stringify(performance.getEntriesByType('resource').map((each) => each.name))"
            )
        )
        assert [url for url in addresses if not url.startswith((lite_address, "blob:", "data:"))] == []


@pytest.mark.filterwarnings("ignore:Exception ignored in:pytest.PytestUnraisableExceptionWarning")
@pytest.mark.filterwarnings("ignore:unclosed:ResourceWarning")
def test_the_second_start_in_firefox_needs_no_network(lite_site: Path, peer: Callable[[str], str]) -> None:
    with firefox_page(peer("firefox-esr"), "about:blank") as firefox:
        with served(lite_site) as address:
            firefox.open(f"{address}viewer/index.html")
            firefox.wait_for("body[data-kept=yes]")
        firefox.open(f"{address}viewer/index.html")  # nobody listens there any more
        firefox.wait_for("body[data-python=ready]")
