"""axe-core finds nothing on any exported page: masked and not, one image and many, empty, damaged, light and dark."""

from __future__ import annotations

import contextlib
import os
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
from playwright.sync_api import Browser, BrowserContext, Page

from dicomkit.cli import main
from dicomkit.files.writing import encode_file, write_file
from dicomkit.network import AssociationLog, Room, StorageSCP, send
from dicomkit.network.room import Step
from dicomkit.samples import cine, colour, ct_series
from dicomkit.viewers import (
    AnatomyViewer,
    AssociationDiagram,
    ContentViewer,
    ImageViewer,
    Inbox,
    MetadataViewer,
    PlanesViewer,
    RoomWall,
    Viewer,
)
from dicomkit.viewers.frame.export import export_html
from dicomkit.viewers.wall.page import wall_page
from tests.support.reports import document, ecg, every_value_type, report
from tests.support.viewer_pages import DEADLINE_MS, chromium

AXE = Path(__file__).parents[2] / ".ci" / "node_modules" / "axe-core" / "axe.min.js"
RUN = """async () => {
  const { violations } = await axe.run(document, { resultTypes: ["violations"] });
  return violations.flatMap(({ id, help, nodes }) => nodes.map(({ html, failureSummary }) => `${id}: ${help}\n${html.slice(0, 200)}\n${failureSummary}`));
}"""


@pytest.fixture(scope="module")
def axe() -> str:
    """Return axe-core, which comes from npm: a skip where it is missing, a failure where it must not be."""
    if not AXE.is_file():
        reason = "axe-core is not installed (npm ci in the folder .ci)"
        if os.environ.get("DICOMKIT_REQUIRE_PEERS") == "1":
            pytest.fail(reason)
        pytest.skip(reason)
    return AXE.read_text(encoding="utf-8")


@pytest.fixture(scope="module")
def browser(peer: Callable[[str], str]) -> Iterator[Browser]:
    with chromium(peer("chromium")) as browser:
        yield browser


@contextlib.contextmanager
def room_of_three(folder: Path) -> Iterator[Room]:
    """Open a room in which one has sent, one was refused, one is missing, and a fourth was not let in."""
    with Room(folder, 3) as room:
        first, second = (Room.join(room.seats[title]) for title in room.roster[:2])
        first.send(ct_series(2, size=32, attendee="01"))
        first.share([Step("06.1", "passed"), Step("06.2", "tried"), Step("06.2", "met", "one_name")])
        somebody = ct_series(1, size=32)[0]
        somebody.PatientIdentityRemoved = "NO"
        second.send(somebody)
        with contextlib.suppress(ConnectionError):
            second.echo(calling_ae_title="STUDENT03")
        yield room


@pytest.fixture(scope="module")
def viewers(tmp_path_factory: pytest.TempPathFactory) -> Iterator[dict[str, Viewer]]:
    """Return viewers of each kind, by what is special about them."""
    nobody, somebody, damaged = ct_series(3, size=32), ct_series(2, size=32), ct_series(1, size=32)[0]
    for image in somebody:
        image.PatientIdentityRemoved = "NO"
        del image.StudyID
    damaged.Rows = 4000
    strange = ct_series(1, size=32)[0]
    strange.SOPClassUID = strange.file_meta.MediaStorageSOPClassUID = "1.2.276.0.7230010.3.1.0.1"
    log = AssociationLog()
    with (
        room_of_three(tmp_path_factory.mktemp("room")) as room,
        Room(tmp_path_factory.mktemp("empty"), 2) as nobody_here,
        StorageSCP(tmp_path_factory.mktemp("received")) as scp,
        StorageSCP(tmp_path_factory.mktemp("none")) as idle,
    ):
        inbox, unmasked = Inbox(scp), Inbox(scp, mask=False)
        send([*nobody, *somebody, strange], "127.0.0.1", scp.port, log=log)
        yield {
            "image": ImageViewer(nobody[0]),
            "image series": ImageViewer([*nobody, cine()]),
            "image colour": ImageViewer(colour()),
            "image masked": ImageViewer(somebody),
            "image unmasked": ImageViewer(somebody, mask=False),
            "image damaged": ImageViewer([nobody[0], damaged]),
            "planes": PlanesViewer([nobody[0], nobody[2]], window=(40, 80)),
            "metadata": MetadataViewer(nobody[0]),
            "metadata series": MetadataViewer([*nobody, nobody[0], b"no DICOM"]),
            "metadata masked": MetadataViewer([*somebody, encode_file(nobody[0])[132:]]),
            "metadata unmasked": MetadataViewer(somebody, mask=False),
            "metadata empty": MetadataViewer(),
            "metadata rejected": MetadataViewer(b"no DICOM"),
            "bytes": AnatomyViewer(nobody[0]),
            "bytes masked": AnatomyViewer(somebody[0]),
            "bytes unmasked": AnatomyViewer(somebody[0], mask=False),
            "bytes beside": AnatomyViewer(nobody[0], nobody[1]),
            "bytes damaged": AnatomyViewer(encode_file(nobody[0])[:900]),
            "contents": ContentViewer(
                [report(*every_value_type(), PatientIdentityRemoved="YES"), document()]
            ),
            "contents masked": ContentViewer(document()),
            "curves": ContentViewer(ecg()),
            "association": AssociationDiagram(log),
            "association empty": AssociationDiagram(AssociationLog()),
            "inbox": inbox,
            "inbox unmasked": unmasked,
            "inbox empty": Inbox(idle),
            "wall": RoomWall(room),
            "wall empty": RoomWall(nobody_here),
        }


NAMES = [
    *("image", "image series", "image colour", "image masked", "image unmasked", "image damaged"),
    "planes",
    *(
        "metadata",
        "metadata series",
        "metadata masked",
        "metadata unmasked",
        "metadata empty",
        "metadata rejected",
    ),
    *("bytes", "bytes masked", "bytes unmasked", "bytes beside", "bytes damaged"),
    *("contents", "contents masked", "curves"),
    *("association", "association empty", "inbox", "inbox unmasked", "inbox empty"),
    *("wall", "wall empty"),
]


def click_if_there(page: Page, *selectors: str) -> None:
    for selector in selectors:
        found = page.locator(selector)
        if found.count() and found.first.is_visible() and found.first.is_enabled():
            found.first.click()


def two_side_by_side(page: Page) -> None:
    tiles = page.get_by_role("treeitem", level=3)
    for tile in tiles.all()[1:]:
        tile.click(modifiers=["Shift"])


def wrong_expression(page: Page) -> None:
    page.get_by_role("button", name="Regular expression").click()
    page.get_by_label("Search the elements").fill("(")


def last_image(page: Page) -> None:
    page.locator(".dk-view").press("End")


# What a hand does before axe looks again, by the first word of the name.
HANDS: dict[str, list[Callable[[Page], None]]] = {
    "image": [lambda page: click_if_there(page, "summary"), last_image],
    "planes": [
        lambda page: page.get_by_label("Window preset").select_option("lung"),
        lambda page: page.get_by_role("application", name="coronal").press("PageDown"),
    ],
    "metadata": [
        lambda page: page.get_by_role("button", name="keys and signs").click(),
        lambda page: click_if_there(page, "text=Reveal …"),
        two_side_by_side,
        lambda page: click_if_there(page, "button:text('Series')"),
        wrong_expression,
    ],
    "bytes": [
        lambda page: click_if_there(page, ".dk-row >> nth=3"),
        lambda page: click_if_there(page, "text=Reveal …"),
        lambda page: click_if_there(page, ".dk-key >> nth=2"),
    ],
    "contents": [
        lambda page: page.get_by_role("tree").press("ArrowDown"),
        lambda page: click_if_there(page, "text=Reveal …"),
        lambda page: page.get_by_role("tree").press("ArrowLeft"),
    ],
    "curves": [lambda page: page.locator(".dk-curves").press("ArrowRight")],
    "association": [
        lambda page: click_if_there(page, ".dk-rung >> nth=1"),
        lambda page: click_if_there(page, "summary"),
    ],
    "inbox": [lambda page: click_if_there(page, ".dk-study")],
    "wall": [
        lambda page: click_if_there(page, ".dk-seat"),
        lambda page: page.get_by_role("button", name="progress").click(),
    ],
}


@pytest.fixture(scope="module", params=["light", "dark"])
def context(request: pytest.FixtureRequest, browser: Browser) -> Iterator[BrowserContext]:
    # The page forbids every script but its own; the test may run axe in it all the same.
    context = browser.new_context(
        viewport={"width": 1024, "height": 768}, color_scheme=request.param, bypass_csp=True
    )
    context.set_default_timeout(DEADLINE_MS)
    yield context
    context.close()


def open_page(context: BrowserContext, path: Path, axe: str) -> Page:
    page = context.new_page()
    page.goto(path.as_uri())
    page.locator("body[data-ready]").wait_for()
    page.wait_for_function("() => !document.querySelector('.dk-anatomy:not([data-ready])')")
    page.add_script_tag(content=axe)
    return page


@pytest.mark.parametrize("name", NAMES)
def test_axe_finds_nothing_on_a_page(
    name: str, viewers: dict[str, Viewer], context: BrowserContext, axe: str, tmp_path: Path
) -> None:
    export_html(tmp_path / "page.html", viewers[name].page_viewer())
    page = open_page(context, tmp_path / "page.html", axe)
    found: list[Any] = page.evaluate(RUN)
    for hand in HANDS[name.split(maxsplit=1)[0]]:
        hand(page)
        found += page.evaluate(RUN)
    assert found == []
    page.close()


def test_no_viewer_is_left_out(viewers: dict[str, Viewer]) -> None:
    assert [*viewers] == NAMES
    kinds = {
        AnatomyViewer,
        AssociationDiagram,
        ContentViewer,
        ImageViewer,
        Inbox,
        MetadataViewer,
        PlanesViewer,
        RoomWall,
    }
    assert {type(viewer).__name__ for viewer in viewers.values()} == {kind.__name__ for kind in kinds}


@pytest.mark.parametrize("words", [[], ["--unmasked"]], ids=str)
def test_axe_finds_nothing_on_a_page_of_several_viewers(
    words: list[str], context: BrowserContext, axe: str, tmp_path: Path
) -> None:
    image = ct_series(1, size=32)[0]
    write_file(image, tmp_path / "image.dcm")
    assert main(["view", str(tmp_path / "image.dcm"), "-o", str(tmp_path / "page.html"), *words]) == 0
    page = open_page(context, tmp_path / "page.html", axe)
    assert page.evaluate(RUN) == []
    page.close()


def test_axe_finds_nothing_on_the_page_of_the_wall(context: BrowserContext, axe: str, tmp_path: Path) -> None:
    with room_of_three(tmp_path / "room") as room, wall_page(room) as served:
        page = context.new_page()
        page.goto(served.url)
        page.locator(".dk-seat canvas").wait_for()
        page.add_script_tag(content=axe)
        found: list[Any] = page.evaluate(RUN)
        page.locator(".dk-cards").focus()
        page.keyboard.press("ArrowRight")
        for key, kind in (("i", "images"), ("m", "metadata"), ("l", "ladder")):
            page.keyboard.press(key)
            page.locator(f"body[data-shows={kind}] #shown .dicomkit").wait_for()
            if (
                kind == "images"
            ):  # what is greyed out until the image is drawn has less contrast than axe asks for
                page.locator("#shown canvas[data-draw-ms]").wait_for()
                page.locator("#shown .dk-waiting").wait_for(state="detached")
            found += page.evaluate(RUN)
            page.keyboard.press("Escape")
            page.locator(".dk-cards:focus").wait_for()
        page.keyboard.press("p")
        page.locator(".dk-class table").wait_for()
        found += page.evaluate(RUN)
        assert found == []
        page.close()
        served.check()
