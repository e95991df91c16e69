"""The ladder of an association: its messages and their meaning, without data sets."""

from __future__ import annotations

import dataclasses
import json
import re
import socket
import subprocess
import threading
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from ipywidgets import Widget
from playwright.sync_api import Browser, Page, expect

from dicomkit.errors import AssociationRejectedError, UsageError
from dicomkit.files.writing import encode_file
from dicomkit.network import Archive, AssociationLog, LogEntry, StorageSCP, echo, move, send
from dicomkit.network.wire import AssociationRequest
from dicomkit.network.wire.command_set import CommandElement, CommandField, CommandValue, encode_command
from dicomkit.network.wire.negotiation import encode_request
from dicomkit.network.wire.pdus import PDUType, encode_data_pdus
from dicomkit.network.wire.presentation_contexts import ProposedContext
from dicomkit.samples import ct_series
from dicomkit.viewers import AssociationDiagram
from dicomkit.viewers.association.rungs import ladders
from tests.support.viewer_pages import choose, chromium, open_live, pages_of, trait

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
        *("accepted", "Explicit VR Little Endian", "", 2),
    )
    assert refused[:4] == (3, "1.2.276.0.7230010.3.1.0.1", ["Explicit VR Little Endian"], "refused")
    assert "abstract syntax not supported" in refused.says
    assert refused.rule == "PS3.8 Table 9-18"
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


VERIFICATION = ProposedContext(1, "1.2.840.10008.1.1", ("1.2.840.10008.1.2",))
A_REQUEST = encode_request(AssociationRequest("SENDER", "DICOMKIT", (VERIFICATION,)))
DCMTK_SYNTAXES = {
    "LittleEndianExplicit": "Explicit VR Little Endian",
    "LittleEndianImplicit": "Implicit VR Little Endian",
    "BigEndianExplicit": "Explicit VR Big Endian",
}


def test_a_ladder_is_what_storescu_says_of_its_association(
    peer: Callable[[str], str], tmp_path: Path
) -> None:
    instances, received = tmp_path / "instances", tmp_path / "received"
    instances.mkdir()
    received.mkdir()
    for number, image in enumerate(ct_series(3, size=16)):
        (instances / f"{number}.dcm").write_bytes(encode_file(image))
    answers = iter([0x0000, 0xB000, 0xA700])
    with StorageSCP(received, on_stored=lambda _: next(answers)) as scp:
        words = ["-d", "-nh", "-aet", "CT1", "-aec", "DICOMKIT", "127.0.0.1", str(scp.port)]
        said = subprocess.run(
            [peer("storescu"), *words, *sorted(map(str, instances.iterdir()))],
            check=True,
            capture_output=True,
            text=True,
        )
    (ladder,) = ladders(scp.log.entries)
    answered = said.stderr[said.stderr.index("BEGIN A-ASSOCIATE-AC") :]
    theirs = re.findall(
        r"Context ID: +(\d+) \(Accepted\)(?:\n.*){3}\n.*Accepted Transfer Syntax: =(\w+)", answered
    )
    ours = [(str(one.number), one.says) for one in ladder.contexts if one.outcome == "accepted"]
    assert len(ours) == 128
    assert ours == [(number, DCMTK_SYNTAXES[name]) for number, name in theirs]
    messages = re.findall(r"(OUTGOING|INCOMING) DIMSE MESSAGE =+\n.*: (C-STORE RS?[QP])", said.stderr)
    assert [(direction == "OUTGOING", name.replace(" ", "-")) for direction, name in messages] == [
        (rung.from_caller, rung.name) for rung in ladder.rungs if rung.name.startswith("C-")
    ]
    statuses = re.findall(r"DIMSE Status +: 0x([0-9a-f]{4})", said.stderr)
    details = [rung.detail for rung in ladder.rungs if rung.name == "C-STORE-RSP"]
    assert [detail[7:11].lower() for detail in details] == statuses == ["0000", "b000", "a700"]
    (used,) = [one for one in ladder.contexts if one.used]
    assert (used.abstract_syntax, used.used) == ("CT Image Storage", 6)
    assert ladder.outcome == "released"


@pytest.mark.parametrize(
    ("status", "kind", "words", "rule"),
    [
        (0xB000, "warning", "stored, but the receiver changed elements", "PS3.4 Table B.2-1"),
        (0xB006, "warning", "stored, but the receiver left elements out", "PS3.4 Table B.2-1"),
        (0xB007, "warning", "stored, but the data set does not match its SOP class", "PS3.4 Table B.2-1"),
        (0xA700, "failure", "the receiver is out of resources", "PS3.4 Table B.2-1"),
        (0xA900, "failure", "the data set does not match its SOP class", "PS3.4 Table B.2-1"),
        (0xC000, "failure", "the receiver cannot understand the data set", "PS3.4 Table B.2-1"),
        (0x0122, "failure", "the receiver does not take this SOP class", "PS3.7 annex C"),
        (0xFFFF, "failure", "a status that the Standard does not define", "PS3.7 annex C"),
    ],
)
def test_a_status_is_said_in_words(status: int, kind: str, words: str, rule: str, tmp_path: Path) -> None:
    with StorageSCP(tmp_path, on_stored=lambda _: status) as scp:
        send(ct_series(1, size=16), "127.0.0.1", scp.port)
    (answer,) = [rung for rung in ladders(scp.log.entries)[0].rungs if rung.name == "C-STORE-RSP"]
    assert (answer.kind, answer.rule) == (kind, rule)
    assert answer.detail == f"status {status:04X}H, {kind}: {words}"


def test_an_echo_stores_nothing(tmp_path: Path) -> None:
    with StorageSCP(tmp_path) as scp:
        echo("127.0.0.1", scp.port)
    answer = next(rung for rung in ladders(scp.log.entries)[0].rungs if rung.name == "C-ECHO-RSP")
    assert "stored" not in answer.meaning
    assert answer.rule == "PS3.7 section 9.1.5"


def test_a_connection_that_is_lost_is_a_break(tmp_path: Path) -> None:
    with StorageSCP(tmp_path) as scp:
        closed = threading.Event()
        scp.subscribe(lambda event: closed.set() if event.kind == "association closed" else None)
        with socket.create_connection(("127.0.0.1", scp.port)) as stranger:
            stranger.sendall(A_REQUEST)
            assert stranger.recv(1), "the association is open"
        assert closed.wait(60)
        socket.create_connection(("127.0.0.1", scp.port)).close()  # who says nothing begins nothing
    (ladder,) = ladders(scp.log.entries)
    assert (ladder.rungs[-1].name, ladder.rungs[-1].kind, ladder.outcome) == (
        "connection closed",
        "break",
        "lost",
    )
    assert (
        repr(AssociationDiagram(scp.log))
        .splitlines()[-1]
        .startswith("  -- connection closed  the connection")
    )
    assert str(scp.log).splitlines()[-1] == "1 -- connection closed"


def test_a_silent_sender_times_out_and_is_aborted(tmp_path: Path) -> None:
    with StorageSCP(tmp_path, idle_time_out_s=0.2) as scp:
        closed = threading.Event()
        scp.subscribe(lambda event: closed.set() if event.kind == "association closed" else None)
        with socket.create_connection(("127.0.0.1", scp.port)) as silent:
            silent.sendall(A_REQUEST)
            assert closed.wait(60)
    (ladder,) = ladders(scp.log.entries)
    assert [rung.name for rung in ladder.rungs[-2:]] == ["time-out", "A-ABORT"]
    assert ladder.outcome == "timed out"
    assert not ladder.rungs[-1].from_caller
    assert ladder.rungs[-1].detail.startswith("the SCP aborted")


def test_who_speaks_first_need_not_have_called() -> None:
    log = AssociationLog()
    log.open(is_requestor=False)("sent", PDUType.A_ABORT, bytes([0, 0, 2, 1]))
    (ladder,) = ladders(log.entries)
    (abort,) = ladder.rungs
    assert (abort.name, abort.from_caller, abort.rule) == ("A-ABORT", False, "PS3.8 Table 9-26")
    assert abort.meaning == "the SCP aborted: it received a PDU that it does not know"


def test_a_long_log_knows_how_it_began_and_what_it_forgot() -> None:
    log = AssociationLog(keep=20)
    tap = log.open(is_requestor=False)
    tap("received", PDUType.A_ASSOCIATE_RQ, A_REQUEST[6:])
    (data,) = encode_data_pdus(1, [b"data"], 0, is_command=False)
    for _ in range(50):
        tap("received", PDUType.P_DATA_TF, data[6:])
    (ladder,) = ladders(log.entries)
    assert ladder.calling == "SENDER"
    assert [rung.kind for rung in ladder.rungs[:3]] == ["association", "gap", "carrier"]
    assert ladder.rungs[1].detail == "forgotten: 30 earlier PDUs"
    assert all(rung.from_caller for rung in ladder.rungs if rung.kind != "gap")
    changes = log.changes
    tap("received", PDUType.A_RELEASE_RQ, bytes(4))
    assert log.changes > changes, "a full log is as long as before, and yet there is news"
    log.clear()
    assert ladders(log.entries) == []


def test_no_stranger_can_make_the_log_large() -> None:
    log = AssociationLog(keep=10)
    for _ in range(300):
        log.open()("received", PDUType.A_ASSOCIATE_RQ, bytes(60_000))
    assert len(log) == 10
    kept = [record for records in log._openings.values() for record in records]
    assert sum(len(record[5]) for record in kept) <= 64 * 64 * 1024


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
    assert ladder.rungs[-1].detail == "rejected for good: the called AE title is not its own"
    assert ladder.rungs[-1].fields == [
        ("result", "1, rejected-permanent"),
        ("source", "1, DICOM UL service-user"),
        ("reason", "7, the called AE title is not its own"),
    ]
    assert (ladder.rungs[-1].rule, ladder.outcome) == ("PS3.8 Table 9-21", "rejected")


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
    assert diagram.answer({"ask": "ladders"}).content["ladders"] == [[1, "?", "?", "open"]]
    ladder = diagram.answer({"ask": "ladder", "number": 1}).content["ladder"]
    assert [rung["name"] for rung in ladder["rungs"]] == ["A-RELEASE-RQ"]
    assert diagram.answer({"ask": "ladder", "number": 7}).content == {"ladder": None}
    with pytest.raises(UsageError):
        diagram.answer({"ask": "weather"})


def test_neither_notebook_nor_answer_holds_anything_of_the_data(
    stored: tuple[AssociationLog, AssociationLog],
) -> None:
    diagram = AssociationDiagram(stored[1])
    bundle, _ = diagram._repr_mimebundle_()
    answer = [diagram.answer(question).content for question in diagram.questions()]
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


def many_c_stores(number: int) -> AssociationLog:
    """Return what a log would hold of so many C-STOREs, without sending them."""
    log = AssociationLog()
    tap = log.open(is_requestor=True)
    tap("sent", PDUType.A_ASSOCIATE_RQ, A_REQUEST[6:])
    for message in range(1, number + 1):
        elements: dict[int, CommandValue] = {
            CommandElement.AFFECTED_SOP_CLASS_UID: "1.2.840.10008.5.1.4.1.1.2",
            CommandElement.COMMAND_FIELD: CommandField.C_STORE_RQ | 0x8000,
            CommandElement.MESSAGE_ID_BEING_RESPONDED_TO: message,
            CommandElement.COMMAND_DATA_SET_TYPE: 0x0101,
            CommandElement.STATUS: 0,
        }
        (pdu,) = encode_data_pdus(1, [encode_command(elements)], 0, is_command=True)
        tap("received", PDUType.P_DATA_TF, pdu[6:])
    tap("sent", PDUType.A_RELEASE_RQ, bytes(4))
    return log


def test_a_thousand_c_stores_are_drawn_as_far_as_they_are_seen(
    show: Callable[[AssociationDiagram], Page],
) -> None:
    page = show(AssociationDiagram(many_c_stores(1000)))
    expect(page.locator(".dk-fold")).to_contain_text("996 times C-STORE")
    page.get_by_label("every C-STORE").check()
    rungs = page.locator(".dk-rung")
    expect(rungs.first).to_contain_text("A-ASSOCIATE-RQ")
    assert rungs.count() < 60
    page.locator(".dk-ladder").focus()
    page.keyboard.press("End")
    expect(page.locator(".dk-chosen")).to_contain_text("A-RELEASE-RQ")
    expect(page.locator(".dk-chosen")).to_be_in_viewport()
    expect(page.locator(".dk-heads")).to_be_in_viewport()
    assert rungs.count() < 60
    page.locator(".dk-ladder").evaluate("(box) => { box.scrollTop = box.scrollHeight / 2; }")
    expect(page.locator('.dk-rung[data-row="500"]')).to_be_in_viewport()


def test_who_reads_an_association_is_not_taken_to_the_next(browser: Browser, tmp_path: Path) -> None:
    with StorageSCP(tmp_path) as scp:
        echo("127.0.0.1", scp.port, calling_ae_title="FIRST")
        page = open_live(browser, AssociationDiagram(scp.log))
        page.get_by_role("option", name="C-ECHO-RQ").click()
        echo("127.0.0.1", scp.port, calling_ae_title="SECOND")
        expect(page.get_by_role("combobox").locator("option")).to_have_text(
            ["1: FIRST calls DICOMKIT  ✓ released", "2: SECOND calls DICOMKIT  ✓ released"]
        )
        expect(page.locator(".dk-who").first).to_have_text("FIRST")
        expect(page.locator(".dk-fields h2")).to_have_text("C-ECHO-RQ")
        page.close()


def test_a_break_and_a_refusal_are_seen(show: Callable[[AssociationDiagram], Page], tmp_path: Path) -> None:
    with StorageSCP(tmp_path, on_stored=lambda _: 0xA700) as scp:
        send(ct_series(1, size=16), "127.0.0.1", scp.port)
    page = show(AssociationDiagram(scp.log))
    expect(page.locator(".dk-outcome")).to_have_text("✓ released · ✗ 1 failure")
    answer = page.get_by_role("option", name="C-STORE-RSP")
    expect(answer).to_contain_text("✗ C-STORE-RSP")
    expect(answer).to_contain_text("A700H, failure: the receiver is out of resources")
    answer.click()
    expect(page.locator(".dk-meaning")).to_contain_text("make room on its disk")
    expect(page.locator(".dk-fields")).to_contain_text("PS3.4 Table B.2-1")
    expect(page.locator(".dk-fields")).to_contain_text("DICOMKIT (SCP)")


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


# --- the three parties of a C-MOVE


@pytest.fixture(scope="module")
def moved(tmp_path_factory: pytest.TempPathFactory) -> AssociationLog:
    """Return the log of an archive that was asked to send twelve slices to a third party."""
    with (
        StorageSCP(tmp_path_factory.mktemp("viewer"), ae_title="VIEWER") as viewer,
        Archive(
            tmp_path_factory.mktemp("archive"),
            ae_title="ARCHIVE",
            destinations={"VIEWER": ("127.0.0.1", viewer.port)},
        ) as archive,
    ):
        slices = ct_series(12, size=16)
        send(slices, "127.0.0.1", archive.port, called_ae_title="ARCHIVE")
        archive.log.clear()
        keys = {"StudyInstanceUID": slices[0].StudyInstanceUID}
        titles = {"called_ae_title": "ARCHIVE", "calling_ae_title": "ME"}
        move(keys, "127.0.0.1", archive.port, destination="VIEWER", **titles).raise_on_failure()
    return archive.log


def test_a_c_move_is_two_ladders_side_by_side(moved: AssociationLog) -> None:
    (both,) = ladders(moved.entries)
    assert (both.calling, both.called, both.third) == ("ME", "ARCHIVE", "VIEWER")
    shown = [(rung.hop, rung.name) for rung in both.rungs if rung.kind != "carrier"]
    assert shown[:7] == [
        (0, "A-ASSOCIATE-RQ"),
        (0, "A-ASSOCIATE-AC"),
        (0, "C-MOVE-RQ"),
        (1, "A-ASSOCIATE-RQ"),
        (1, "A-ASSOCIATE-AC"),
        (1, "C-STORE-RQ"),
        (1, "C-STORE-RSP"),
    ]
    assert shown.count((1, "C-STORE-RSP")) == 12
    words = [rung.detail for rung in both.rungs if rung.name == "C-MOVE-RSP"]
    assert len(words) == 12
    assert words[0] == "status FF00H, pending, 11 remaining, 1 completed"


def test_a_clock_that_stands_still_changes_no_order(moved: AssociationLog) -> None:
    entries = moved.entries
    coarse = [dataclasses.replace(entry, time_s=round(entry.time_s)) for entry in entries]
    at_once = [dataclasses.replace(entry, time_s=0.0) for entry in entries]

    def order(log: list[LogEntry]) -> list[tuple[int, str, str]]:
        return [(rung.hop, rung.name, rung.detail) for rung in ladders(log)[0].rungs]

    assert order(coarse) == order(at_once) == order(entries)


def test_the_text_of_a_c_move_names_the_parties_and_counts(moved: AssociationLog) -> None:
    text = repr(AssociationDiagram(moved))
    for line in (
        "association 2: ME calls ARCHIVE, ARCHIVE calls VIEWER",
        "  -> C-MOVE-RQ  to VIEWER, context 1: Study Root Query/Retrieve Information Model - MOVE",
        "          -> C-STORE-RQ  context 1: CT Image Storage",
        "          <- C-STORE-RSP  status 0000H, success",
        "times C-STORE-RQ and C-STORE-RSP, all of them stored",
        "  <- C-MOVE-RSP  status 0000H, success, 12 completed",
    ):
        assert line in text


def test_a_c_move_is_drawn_with_three_uprights(
    moved: AssociationLog, tmp_path: Path, browser: Browser
) -> None:
    path = tmp_path / "move.html"
    AssociationDiagram(moved).export_html(path)
    page = browser.new_page()
    page.goto(path.as_uri())
    diagram = page.locator(".dk-diagram[data-ready=true]")
    expect(diagram).to_be_visible()
    expect(diagram.locator(".dk-who")).to_have_text(["ME", "ARCHIVE", "VIEWER"])
    expect(diagram.locator(".dk-upright")).to_have_count(3)
    lines = diagram.locator(".dk-rung .dk-arrow")
    starts = {round(float(str(line.get_attribute("x1")))) for line in lines.all()}
    assert starts == {90, 350, 610}
    page.close()
