"""The ladder of an association: who said what, what it means, and nothing of the data."""

from __future__ import annotations

import json
import re
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from ipywidgets import Widget
from playwright.sync_api import Browser, Page, expect

from dicomkit.errors import AssociationRejectedError, UsageError
from dicomkit.network import AssociationLog, StorageSCP, echo, send
from dicomkit.network.upper_layer import PDUType
from dicomkit.samples import ct_series
from dicomkit.viewers import AssociationDiagram
from dicomkit.viewers.rungs import ladders
from tests.viewer_pages import choose, chromium, open_live, pages_of, trait

KINDS_OF_A_C_STORE = [
    "A-ASSOCIATE-RQ",
    "A-ASSOCIATE-AC",
    "C-STORE-RQ",
    "C-STORE-RSP",
    "A-RELEASE-RQ",
    "A-RELEASE-RP",
]


@pytest.fixture(scope="module")
def stored(tmp_path_factory: pytest.TempPathFactory) -> tuple[AssociationLog, AssociationLog]:
    """Return the logs of the sender and of the receiver of one instance."""
    log = AssociationLog()
    with StorageSCP(tmp_path_factory.mktemp("received")) as scp:
        send(ct_series(1, size=16), "127.0.0.1", scp.port, calling_ae_title="SENDER", log=log)
        scp.wait_for(1, timeout_s=60)
    return log, scp.log


def said(log: AssociationLog) -> list[tuple[bool, str]]:
    (ladder,) = ladders(log.entries)
    return [(rung.from_caller, rung.name) for rung in ladder.rungs if rung.kind != "carrier"]


def test_both_sides_keep_the_same_ladder(stored: tuple[AssociationLog, AssociationLog]) -> None:
    sender, receiver = stored
    assert [name for _, name in said(sender)] == KINDS_OF_A_C_STORE
    assert said(sender) == said(receiver)
    assert [from_caller for from_caller, _ in said(sender)] == [True, False] * 3


def test_the_text_is_the_ladder_without_times(stored: tuple[AssociationLog, AssociationLog]) -> None:
    lines = repr(AssociationDiagram(stored[0])).splitlines()
    assert lines[:2] == ["AssociationDiagram", "association 1: SENDER calls DICOMKIT"]
    assert lines[2].startswith("  -> A-ASSOCIATE-RQ  1: CT Image Storage as")
    assert lines[5:] == ["  <- C-STORE-RSP  status 0000H, success", "  -> A-RELEASE-RQ", "  <- A-RELEASE-RP"]


def test_contexts_are_put_together_with_their_answers(tmp_path: Path) -> None:
    log = AssociationLog()
    image, other = ct_series(2, size=16)
    other.SOPClassUID = other.file_meta.MediaStorageSOPClassUID = "1.2.276.0.7230010.3.1.0.1"
    with StorageSCP(tmp_path) as scp:
        send([image, other], "127.0.0.1", scp.port, log=log)
    (ladder,) = ladders(log.entries)
    accepted, refused = ladder.contexts
    assert accepted == (
        *(1, "CT Image Storage", ["Explicit VR Little Endian"]),
        *("accepted", "Explicit VR Little Endian"),
    )
    assert refused[:4] == (3, "1.2.276.0.7230010.3.1.0.1", ["Explicit VR Little Endian"], "refused")
    assert "abstract syntax not supported" in refused.says
    (unanswered,) = ladders(log.entries[:1])
    assert [context.outcome for context in unanswered.contexts] == ["not answered", "not answered"]


def test_many_c_stores_that_went_well_are_folded(tmp_path: Path) -> None:
    log = AssociationLog()
    with StorageSCP(tmp_path) as scp:
        send(ct_series(12, size=16), "127.0.0.1", scp.port, log=log)
    lines = repr(AssociationDiagram(log)).splitlines()
    assert lines[4:9] == [
        "  -> C-STORE-RQ  context 1: CT Image Storage, " + lines[4].rpartition(", ")[2],
        "  <- C-STORE-RSP  status 0000H, success",
        "  ... 10 times C-STORE-RQ and C-STORE-RSP, all of them stored",
        "  -> C-STORE-RQ  context 1: CT Image Storage, " + lines[7].rpartition(", ")[2],
        "  <- C-STORE-RSP  status 0000H, success",
    ]
    (half_way,) = ladders(log.entries[: log.entries.index(log.messages[20]) + 1])
    shown = [rung.name for rung in half_way.rungs if not rung.run and rung.kind != "carrier"]
    assert shown[2:] == ["C-STORE-RQ", "C-STORE-RSP", "C-STORE-RQ", "C-STORE-RSP", "C-STORE-RQ"]
    (ladder,) = ladders(log.entries)
    assert sum(rung.run == 1 and rung.kind != "carrier" for rung in ladder.rungs) == 20


def test_an_empty_log_says_so() -> None:
    assert repr(AssociationDiagram(AssociationLog())) == "AssociationDiagram, nothing was said yet"


def test_a_rejection_says_why(tmp_path: Path) -> None:
    log = AssociationLog()
    with StorageSCP(tmp_path, ae_title="OTHER") as scp, pytest.raises(AssociationRejectedError):
        echo("127.0.0.1", scp.port, called_ae_title="WRONG", log=log)
    (ladder,) = ladders(log.entries)
    assert (ladder.called, ladder.rungs[-1].name, ladder.rungs[-1].kind) == (
        "WRONG",
        "A-ASSOCIATE-RJ",
        "failure",
    )
    assert "the called AE title is not its own" in ladder.rungs[-1].meaning


def test_an_abort_is_a_failure() -> None:
    log = AssociationLog()
    log.open()("received", PDUType.A_ABORT, bytes([0, 0, 2, 6]))
    (ladder,) = ladders(log.entries)
    assert ladder.rungs[0].kind == "failure"
    assert "invalid value" in ladder.rungs[0].meaning


def test_associations_are_told_apart(tmp_path: Path) -> None:
    log = AssociationLog()
    with StorageSCP(tmp_path) as scp:
        for title in ("ONE", "TWO"):
            echo("127.0.0.1", scp.port, calling_ae_title=title, log=log)
    assert [(ladder.number, ladder.calling) for ladder in ladders(log.entries)] == [(1, "ONE"), (2, "TWO")]


def test_a_diagram_notices_that_more_was_said() -> None:
    log = AssociationLog()
    diagram = AssociationDiagram(log)
    tap = log.open()
    assert diagram.answer({"ask": "count"}).content == {"count": 0}
    tap("sent", PDUType.A_RELEASE_RQ, bytes(4))
    assert diagram.answer({"ask": "count"}).content == {"count": 1}
    assert diagram.answer({"ask": "ladders"}).content["ladders"][0]["rungs"][0]["name"] == "A-RELEASE-RQ"
    with pytest.raises(UsageError):
        diagram.answer({"ask": "weather"})


def test_neither_notebook_nor_answer_holds_anything_of_the_data(
    stored: tuple[AssociationLog, AssociationLog],
) -> None:
    diagram = AssociationDiagram(stored[1])
    bundle, _ = diagram._repr_mimebundle_()
    answer = diagram.answer({"ask": "ladders"}).content
    kept = json.dumps([bundle, answer, Widget.get_manager_state(widgets=[diagram])])
    image = ct_series(1, size=16)[0]
    for value in (image.PatientName, image.PatientID, image.SOPInstanceUID):
        assert str(value) not in kept


@pytest.fixture(scope="module")
def browser(peer: Callable[[str], str]) -> Iterator[Browser]:
    with chromium(peer("chromium")) as browser:
        yield browser


@pytest.fixture
def show(browser: Browser, tmp_path: Path) -> Iterator[Callable[[AssociationDiagram], Page]]:
    with pages_of(browser, tmp_path) as open_page:
        yield open_page


def test_the_page_draws_a_rung_for_each_thing_said(
    stored: tuple[AssociationLog, AssociationLog], show: Callable[[AssociationDiagram], Page]
) -> None:
    page = show(AssociationDiagram(stored[0]))
    expect(page.locator(".dk-rung .dk-name")).to_have_text(KINDS_OF_A_C_STORE)
    expect(page.locator(".dk-who")).to_have_text(["SENDER", "DICOMKIT"])
    ends = page.locator(".dk-rung .dk-arrow").evaluate_all(
        "(lines) => lines.map((line) => Number(line.getAttribute('x2')) > Number(line.getAttribute('x1')))"
    )
    assert ends == [True, False] * 3
    page.get_by_label("P-DATA-TF PDUs").check()
    expect(page.locator(".dk-rung.dk-carrier")).to_have_count(
        sum(entry.kind == "P-DATA-TF" for entry in stored[0].entries)
    )


def test_a_click_tells_the_fields(
    stored: tuple[AssociationLog, AssociationLog], show: Callable[[AssociationDiagram], Page]
) -> None:
    page = show(AssociationDiagram(stored[0]))
    page.get_by_role("option", name="C-STORE-RSP").click()
    told = page.locator(".dk-fields")
    expect(told).to_contain_text("status")
    expect(told).to_contain_text("0000H")
    page.locator(".dk-ladder").focus()
    page.keyboard.press("Home")
    expect(told).to_contain_text("A-ASSOCIATE-RQ")
    expect(told).to_contain_text("largest PDU")
    assert trait(page, "selection") == 1
    chosen = page.locator(".dk-chosen")
    expect(page.get_by_role("listbox")).to_have_attribute(
        "aria-activedescendant", chosen.get_attribute("id") or ""
    )
    choose(page, selection=0)
    expect(told).to_contain_text("Click a rung")


def test_a_run_is_unfolded_and_contexts_say_why(
    show: Callable[[AssociationDiagram], Page], tmp_path: Path
) -> None:
    log = AssociationLog()
    images = ct_series(12, size=16)
    images[11].SOPClassUID = images[11].file_meta.MediaStorageSOPClassUID = "1.2.276.0.7230010.3.1.0.1"
    with StorageSCP(tmp_path) as scp:
        send(images, "127.0.0.1", scp.port, log=log)
    page = show(AssociationDiagram(log))
    expect(page.locator(".dk-context.dk-refused")).to_contain_text("abstract syntax not supported")
    expect(page.locator(".dk-context.dk-accepted")).to_contain_text("✓ 1 CT Image Storage")
    expect(page.locator(".dk-fold")).to_have_text(re.compile("9 times C-STORE"))
    expect(page.locator(".dk-rung")).to_have_count(8)
    page.locator(".dk-ladder").focus()
    page.keyboard.press("End")
    assert trait(page, "selection") == len(ladders(log.entries)[0].rungs)
    page.locator(".dk-fold").click()
    expect(page.locator(".dk-rung")).to_have_count(26)
    expect(page.locator(".dk-chosen")).to_contain_text("A-RELEASE-RP")
    expect(page.get_by_label("every C-STORE")).to_be_checked()


def test_the_diagram_grows_while_things_are_being_said(browser: Browser, tmp_path: Path) -> None:
    with StorageSCP(tmp_path) as scp:
        page = open_live(browser, AssociationDiagram(scp.log))
        expect(page.locator(".dk-ladder")).to_have_text("Nothing was said yet.")
        expect(page.locator(".dk-light")).to_have_text("● listening")
        echo("127.0.0.1", scp.port, calling_ae_title="FIRST")
        expect(page.locator(".dk-who").first).to_have_text("FIRST")
        send(ct_series(1, size=16), "127.0.0.1", scp.port, calling_ae_title="SECOND")
        expect(page.locator(".dk-who").first).to_have_text("SECOND")
        expect(page.locator(".dk-rung .dk-name")).to_have_text(KINDS_OF_A_C_STORE)
        page.get_by_role("combobox").select_option("1")
        expect(page.locator(".dk-who").first).to_have_text("FIRST")
        page.close()


def test_markup_in_a_title_stays_text(show: Callable[[AssociationDiagram], Page], tmp_path: Path) -> None:
    log = AssociationLog()
    with StorageSCP(tmp_path) as scp:
        echo("127.0.0.1", scp.port, calling_ae_title="<img src=x>", log=log)
    page = show(AssociationDiagram(log))
    expect(page.locator(".dk-who").first).to_have_text("<img src=x>")
    assert page.locator("img").count() == 0
