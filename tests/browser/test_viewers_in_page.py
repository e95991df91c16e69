"""Viewers as guests in a page: the wheel scrolls the page until a viewer has the focus, and a viewer's lower edge is visible."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from playwright.sync_api import Browser, Locator, Page, expect

from dicomkit.files.writing import encode_file
from dicomkit.network import AssociationLog, StorageSCP, send
from dicomkit.samples import ct_series
from dicomkit.viewers import (
    AnatomyViewer,
    AssociationDiagram,
    ContentViewer,
    ImageViewer,
    Inbox,
    MetadataViewer,
    Viewer,
)
from tests.support.reports import every_value_type, report
from tests.support.viewer_pages import chromium, open_live, pages_of

# The windows of a small projector: 1024 x 768, and 1280 x 720 of which the browser shows 150 %.
WINDOWS = [(1024, 768), (853, 480)]
MOST = 0.71  # of the height of the window
# What scrolls in each viewer, and what a click into it hits.
BOXES = {
    "AnatomyViewer": ".dk-bytes",
    "AssociationDiagram": ".dk-ladder",
    "ContentViewer": ".dk-lines",
    "Inbox": ".dk-list",
    "MetadataViewer": ".dm-grid",
}


@pytest.fixture(scope="module")
def browser(peer: Callable[[str], str]) -> Iterator[Browser]:
    with chromium(peer("chromium")) as browser:
        yield browser


@pytest.fixture
def show(browser: Browser, tmp_path: Path) -> Iterator[Callable[..., Page]]:
    with pages_of(browser, tmp_path) as open_page:
        yield open_page


@pytest.fixture(scope="module")
def viewers(tmp_path_factory: pytest.TempPathFactory) -> Iterator[dict[str, Viewer]]:
    """Return one viewer of each kind, with more in each than its box has room for."""
    series = ct_series(12, size=32)
    for instance in series:
        instance.PatientIdentityRemoved = "NO"
    log = AssociationLog()
    with StorageSCP(tmp_path_factory.mktemp("received")) as scp:
        inbox = Inbox(scp)
        for number in range(1, 7):
            for instance in series:
                instance.StudyInstanceUID, instance.SOPInstanceUID = (
                    f"2.25.1{number}",
                    f"2.25.{number}{instance.InstanceNumber}",
                )
                instance.file_meta.MediaStorageSOPInstanceUID = instance.SOPInstanceUID
            send(series, "127.0.0.1", scp.port, log=log).raise_on_failure()
        made = [
            AnatomyViewer(encode_file(series[0])),
            AssociationDiagram(log),
            ContentViewer(report(*every_value_type(), *every_value_type(), PatientIdentityRemoved="YES")),
            ImageViewer(series),
            inbox,
            MetadataViewer([*series, series[0], b"no DICOM"]),
        ]
        yield {type(viewer).__name__: viewer for viewer in made}


def in_window(page: Page, size: tuple[int, int]) -> Locator:
    """Return the viewer of a page in a window of this size."""
    page.set_viewport_size({"width": size[0], "height": size[1]})
    return page.locator(".dicomkit")


def height(viewer: Locator) -> float:
    box = viewer.bounding_box()
    assert box is not None
    return box["height"]


@pytest.mark.parametrize("size", WINDOWS, ids=str)
@pytest.mark.parametrize("name", [*BOXES, "ImageViewer"])
def test_no_viewer_is_taller_than_most_of_the_window_and_nothing_of_it_is_cut_off(
    name: str, size: tuple[int, int], viewers: dict[str, Viewer], show: Callable[..., Page]
) -> None:
    viewer = in_window(show(viewers[name]), size)
    assert 200 < height(viewer) <= MOST * size[1]
    # What does not scroll by itself has all its room.
    assert viewer.evaluate(
        "(node) => node.scrollHeight <= node.clientHeight && node.scrollWidth <= node.clientWidth"
    )


@pytest.mark.parametrize("size", WINDOWS, ids=str)
def test_help_errors_and_what_is_read_are_seen(
    size: tuple[int, int], viewers: dict[str, Viewer], show: Callable[..., Page], browser: Browser
) -> None:
    metadata = in_window(page := show(viewers["MetadataViewer"]), size)
    page.get_by_role("button", name="keys and signs").click()
    expect(page.get_by_role("status")).to_contain_text("Keys:")
    expect(page.get_by_role("status")).to_be_in_viewport(ratio=1)
    page.get_by_role("button", name="Regular expression").click()
    page.get_by_label("Search the elements").fill("(")
    expect(page.get_by_role("status")).to_have_text("not a regular expression yet: unterminated group")
    for seen in (
        page.get_by_role("status"),
        page.get_by_label("Search the elements"),
        page.get_by_text("Reveal …"),
    ):
        expect(seen).to_be_in_viewport(ratio=1)
    assert height(metadata) <= MOST * size[1]
    rows = metadata.locator(".dm-body .dm-line").evaluate_all(
        "(lines) => { const { bottom } = lines[0].closest('.dm-grid').getBoundingClientRect();"
        " return lines.filter((line) => line.getBoundingClientRect().bottom <= bottom).length; }"
    )
    assert rows >= 3

    image = in_window(page := show(viewers["ImageViewer"]), size)
    page.locator('.dk-pixels[data-shows^="1 "]').wait_for()
    page.get_by_text("Mouse and keys").click()
    expect(page.get_by_text("window: right is wider, down is brighter")).to_be_in_viewport(ratio=1)
    page.locator(".dk-view").hover()
    expect(page.locator(".dk-probe")).to_contain_text("stored")
    expect(page.locator(".dk-probe")).to_be_in_viewport(ratio=1)
    view = page.locator(".dk-view").bounding_box()
    assert view is not None
    assert view["height"] > 120
    assert height(image) <= MOST * size[1]

    anatomy = in_window(
        page := open_live(browser, AnatomyViewer(encode_file(ct_series(1, size=16)[0]))), size
    )
    page.evaluate("() => dicomkitViewers[0].set('selection', '(0028,0010)')")
    page.locator(".dk-byte.dk-lit").nth(8).click()
    page.keyboard.type("40")
    expect(page.locator(".dk-readers")).to_contain_text("bits ask for")
    for seen in (".dk-readers", ".dk-status", ".dk-changed >> nth=0", ".dk-row.dk-lit"):
        expect(page.locator(seen)).to_be_in_viewport(ratio=0.95)
    assert height(anatomy) <= MOST * size[1]
    page.close()


_COUNT_TURNS = """() => {
  window.turns ??= (addEventListener("wheel", () => { window.turns += 1; }, { passive: true, capture: true }), 0);
  return window.turns;
}"""


def turn_until(page: Page, moved: str, deltas: int = 120) -> None:
    """Turn the wheel until a JavaScript expression holds, one notch after the other."""
    turns = page.evaluate(_COUNT_TURNS)
    for _ in range(200):
        if page.evaluate(moved):
            return
        page.mouse.wheel(0, deltas)
        turns += 1
        page.wait_for_function("(turns) => window.turns >= turns", arg=turns)
        page.evaluate("() => new Promise((done) => requestAnimationFrame(() => requestAnimationFrame(done)))")
    pytest.fail(f"it never happened: {moved}")


_TO = """async (top) => {
  for (let rested = 0; rested < 15; rested += 1) { // a scroll that is still under way goes on after scrollTo
    if (document.scrollingElement.scrollTop !== top) rested = 0;
    scrollTo(0, top);
    await new Promise(requestAnimationFrame);
  }
}"""
ROOM = "() => document.body.style.padding = '60px 0 3000px'"  # a page that can be scrolled
PAGE_TOP = "document.scrollingElement.scrollTop"


@pytest.mark.parametrize("name", list(BOXES))
def test_the_wheel_is_the_pages_until_a_viewer_was_clicked_or_focused(
    name: str, viewers: dict[str, Viewer], show: Callable[..., Page]
) -> None:
    viewer = in_window(page := show(viewers[name]), WINDOWS[1])
    page.evaluate(ROOM)
    box = viewer.locator(BOXES[name]).first
    inner = f"document.querySelector('{BOXES[name]}').scrollTop"
    before = page.evaluate(inner)
    assert (
        page.evaluate(
            f"(() => {{ const box = document.querySelector('{BOXES[name]}'); return box.scrollHeight - box.clientHeight; }})()"
        )
        > 50
    )
    box.hover()
    turn_until(page, f"{PAGE_TOP} > 60")
    assert page.evaluate(inner) == before
    page.evaluate(_TO, 0)
    if name == "MetadataViewer":
        viewer.locator(".dm-said").click()  # anywhere in it, also where nothing takes the focus by itself
    elif name == "AnatomyViewer":
        box.focus()
    else:
        viewer.locator(".dk-bar").first.click(position={"x": 4, "y": 4})
    box.hover()
    turn_until(page, f"{inner} > {before}")
    assert page.evaluate(PAGE_TOP) == 0
    # At the end of its list a viewer lets go, and again as soon as somebody has clicked elsewhere.
    turn_until(page, f"{PAGE_TOP} > 60", 1200)
    page.evaluate(_TO, 0)
    page.mouse.click(5, 5)
    page.evaluate(f"() => {{ document.querySelector('{BOXES[name]}').scrollTop = 0; }}")
    box.hover()
    turn_until(page, f"{PAGE_TOP} > 60")
    assert page.evaluate(inner) == 0


def test_the_wheel_over_an_image_is_the_pages_until_it_was_clicked_and_after_the_last_image(
    viewers: dict[str, Viewer], show: Callable[..., Page]
) -> None:
    viewer = in_window(page := show(viewers["ImageViewer"]), WINDOWS[0])
    page.evaluate(ROOM)
    pixels = viewer.locator(".dk-pixels")
    page.locator('.dk-pixels[data-shows^="1 "]').wait_for()
    view = viewer.locator(".dk-view")
    view.hover()
    turn_until(page, f"{PAGE_TOP} > 60")
    selection = "Number(document.querySelector('.dk-slider').value)"  # Python hears of it a little later
    assert page.evaluate(selection) == 1
    page.evaluate(_TO, 0)
    view.click(
        position={"x": 60, "y": 60}
    )  # elsewhere: to the browser the wheel's turn goes on as long as a hand rests
    turn_until(page, f"{selection} === 12")
    assert page.evaluate(PAGE_TOP) == 0
    turn_until(page, f"{PAGE_TOP} > 60")
    assert page.evaluate(selection) == 12, "the last image of the series"
    page.evaluate(_TO, 60)
    view.hover(position={"x": 200, "y": 100})
    turn_until(page, f"{selection} === 1", -120)
    assert page.evaluate(PAGE_TOP) == 60
    turn_until(page, f"{PAGE_TOP} < 60", -120)
    expect(pixels).to_have_attribute("data-shows", "1 40,80 LINEAR")
