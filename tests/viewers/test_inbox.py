"""The inbox of a receiver: who sent what, the progress of each study, and no identifying values unless asked for."""

from __future__ import annotations

import gc
import json
import queue
import threading
from collections.abc import Callable, Iterator, Sequence
from pathlib import Path

import numpy as np
import pytest
from ipywidgets import Widget
from playwright.sync_api import Browser, Page, expect
from pydicom.dataset import Dataset, FileDataset

from dicomkit.arrivals import ManualClock
from dicomkit.errors import AssociationRejectedError, NetworkError, UsageError
from dicomkit.network import ReceiverEvent, StorageSCP, StoredInstance, echo, explain_status, send
from dicomkit.network.association_pool import AssociationPool
from dicomkit.pixels import render
from dicomkit.samples import colour, ct_series
from dicomkit.viewers import Inbox, Viewer
from dicomkit.viewers.inbox.arrived_pictures import small_picture
from dicomkit.viewers.inbox.contents import InboxContents
from dicomkit.viewers.inbox.mishaps import Mishaps
from tests.support.byte_peer import BytePeer, c_store_command, data_set, p_data
from tests.support.viewer_pages import chromium, open_live, pages_of, wait_until_python_knows

QUIET_S = 16


def everything(inbox: Inbox) -> dict[str, object]:
    return dict(inbox.answer({"ask": "inbox"}).content)


def the_study(inbox: Inbox) -> dict[str, object]:
    (sender,) = everything(inbox)["senders"]  # type: ignore[misc,attr-defined]
    (study,) = sender["studies"]
    return dict(study)


@pytest.fixture
def scp(tmp_path: Path) -> Iterator[StorageSCP]:
    with StorageSCP(tmp_path) as scp:
        yield scp


def deliver(scp: StorageSCP, datasets: Sequence[Dataset], sender: str = "CT1") -> None:
    """Send, and wait until the receiver has told that the association is closed."""
    closed = threading.Event()
    stop = scp.subscribe(lambda event: closed.set() if event.kind == "association closed" else None)
    send(datasets, "127.0.0.1", scp.port, calling_ae_title=sender).raise_on_failure()
    assert closed.wait(60)
    stop()


def test_a_study_is_received_waits_and_has_arrived(scp: StorageSCP) -> None:
    clock = ManualClock()
    inbox = Inbox(scp, quiet_period_s=QUIET_S, clock=clock)
    assert inbox.describe() == "Inbox of DICOMKIT, running\nnothing has arrived yet"
    deliver(scp, ct_series(3, size=16))
    assert the_study(inbox) | {"pictures": 0} == {
        "number": 1,
        "label": "WORKSHOP^ANNA · 20220914 · CT · Workshop",
        "count": "3 instances",
        "series": "1 series",
        "pictures": 0,
        "more": 0,
        "state": "waiting",
        "revision": 0,
        "left_s": QUIET_S,
    }
    clock.advance(6)
    assert the_study(inbox)["left_s"] == QUIET_S - 6
    clock.advance(10)
    assert (the_study(inbox)["state"], the_study(inbox)["revision"]) == ("arrived", 1)
    deliver(scp, ct_series(4, size=16)[3:])
    assert (the_study(inbox)["state"], the_study(inbox)["revision"]) == ("waiting", 1)
    clock.advance(QUIET_S)
    assert inbox.describe().splitlines() == [
        "Inbox of DICOMKIT, running",
        "from CT1: study 1, 1 series, 4 instances; arrived, revision 2",
    ]


def test_an_open_association_holds_the_countdown(scp: StorageSCP) -> None:
    deliver(scp, ct_series(1, size=16))
    clock = ManualClock()
    contents = InboxContents(QUIET_S, clock)
    contents.take(ReceiverEvent("association opened", 7, "CT1"))
    contents.take(ReceiverEvent("instance stored", 7, "CT1", scp.received[0]))
    clock.advance(100)
    (delivery,) = contents.deliveries
    assert contents.progress(delivery)["state"] == "receiving"
    contents.take(ReceiverEvent("association closed", 7, "CT1"))
    assert contents.progress(delivery)["state"] == "arrived"


def test_senders_are_told_apart_and_an_instance_counts_once(scp: StorageSCP) -> None:
    inbox = Inbox(scp)
    deliver(scp, ct_series(2, size=16), "CT1")
    deliver(scp, ct_series(2, size=16), "CT1")
    deliver(scp, [colour()], "PHONE")
    senders = everything(inbox)["senders"]
    assert {one["title"]: [study["count"] for study in one["studies"]] for one in senders} == {  # type: ignore[attr-defined]
        "CT1": ["2 instances"],
        "PHONE": ["1 instance"],
    }
    assert everything(inbox)["totals"] == [3, 2]


def test_what_came_before_is_shown_too(scp: StorageSCP) -> None:
    deliver(scp, ct_series(2, size=16))
    inbox = Inbox(scp)
    assert the_study(inbox)["count"] == "2 instances"
    assert the_study(inbox)["state"] == "waiting"
    inbox.selection = 1
    assert [one.path for one in inbox.selected] == [one.path for one in scp.received]


def test_it_goes_on_after_stop_and_start(tmp_path: Path) -> None:
    scp = StorageSCP(tmp_path)
    inbox = Inbox(scp)
    assert everything(inbox)["is_running"] is False
    for number, image in enumerate(ct_series(2, size=16), start=1):
        with scp:
            assert everything(inbox)["is_running"] is True
            deliver(scp, [image])
        assert everything(inbox)["is_running"] is False
        assert the_study(inbox)["count"] == f"{number} instance{'s' * (number > 1)}"
    assert inbox.describe().startswith("Inbox of DICOMKIT, stopped\n")


def test_closing_ends_the_subscription_and_owns_no_thread(scp: StorageSCP) -> None:
    before = set(threading.enumerate())
    inbox = Inbox(scp)
    assert set(threading.enumerate()) == before
    deliver(scp, ct_series(1, size=16))
    inbox.close()
    inbox.close()
    deliver(scp, [colour()])
    assert everything(inbox)["totals"] == [1, 1]
    scp.check()


def test_a_period_that_is_none_is_refused_and_leaves_nothing_behind(scp: StorageSCP) -> None:
    with pytest.raises(UsageError, match="quiet period"):
        Inbox(scp, quiet_period_s=0)
    gc.collect()  # what was half made is taken away without a complaint


def test_what_was_refused_is_said_with_the_reason(scp: StorageSCP) -> None:
    inbox = Inbox(scp)
    deliver(scp, ct_series(1, size=16))
    report = send(of_somebody()[:1], "127.0.0.1", scp.port, calling_ae_title="CT1")  # the same UID, changed
    assert len(report.failures) == 1
    meaning = report.failures[0].meaning
    assert everything(inbox)["mishaps"] == [
        {"what": "1 instance refused", "who": "CT1 at 127.0.0.1", "reason": meaning}
    ]
    assert (
        inbox.describe().splitlines()[-1]
        == f"from CT1 at 127.0.0.1: 1 instance refused; last reason: {meaning}"
    )
    assert scp.received[0].sop_instance_uid not in inbox.describe()


def test_associations_that_came_to_nothing_are_counted_with_who_from_where_and_why(
    scp: StorageSCP, connect: Callable[..., BytePeer]
) -> None:
    inbox = Inbox(scp)
    ended: queue.Queue[str] = queue.Queue()
    wanted = {
        "association rejected",
        "association aborted",
        "connection turned away",
        "instance refused",
        "request refused",
    }
    scp.subscribe(lambda event: ended.put(event.kind) if event.kind in wanted else None)

    for _ in range(2):
        with pytest.raises(AssociationRejectedError):
            echo("127.0.0.1", scp.port, called_ae_title="SOMEBODY", calling_ae_title="MR")
        assert ended.get(timeout=60) == "association rejected"
    # A-ABORT (PS3.8 section 9.3.8)
    connect(scp.port, calling="XA").send(bytes([7, 0, 0, 0, 0, 4, 0, 0, 0, 0]))
    assert ended.get(timeout=60) == "association aborted"
    connect(scp.port, calling="US").socket.close()
    assert ended.get(timeout=60) == "association aborted"
    connect(scp.port, associated=False).send(b"GET / HTTP/1.1\r\n\r\n")
    assert ended.get(timeout=60) == "connection turned away"
    wrong = connect(scp.port, calling="PT")
    wrong.send(p_data(c_store_command(sop_class="1.2.3"), 3), p_data(data_set(), 2))
    assert wrong.status() == 0x0122
    assert ended.get(timeout=60) == "instance refused"
    wrong.send(p_data(c_store_command(field=0x20), 3), p_data(data_set(), 2))  # C-FIND-RQ
    assert wrong.status() == 0x0211
    assert ended.get(timeout=60) == "request refused"

    assert inbox.describe().splitlines()[2:] == [
        "from PT at 127.0.0.1: 1 request refused; last reason: " + explain_status(0x0211).meaning,
        "from PT at 127.0.0.1: 1 instance refused; last reason: " + explain_status(0x0122).meaning,
        "from 127.0.0.1: 1 connection turned away; last reason: sent something that is no association request",
        "from US at 127.0.0.1: 1 association aborted; last reason: the connection was closed in the middle of an association",
        "from XA at 127.0.0.1: 1 association aborted; last reason: the other side's user aborted the association",
        "from MR at 127.0.0.1: 2 associations rejected; last reason: the association was rejected: the called AE title is not its own",
    ]
    assert [each["what"] for each in everything(inbox)["mishaps"]][-1] == "2 associations rejected"  # type: ignore[index,attr-defined]


def test_a_crowd_of_strangers_is_summed_up() -> None:
    mishaps = Mishaps()
    for number in range(250):
        problem = NetworkError("x", "too bad", "do not")
        for kind in ("association rejected", "connection turned away")[: 1 + number % 2]:
            mishaps.take(ReceiverEvent(kind, number, f"T{number}", None, problem, "10.0.0.1"))
    mishaps.take(ReceiverEvent("association closed", 1, "T1"))
    lines = mishaps.describe()
    assert len(lines) == 21
    assert lines[-1] == "in all: 250 associations rejected, 125 connections turned away"
    assert len(mishaps.listed()) == 100


def test_a_failing_receiver_says_so(scp: StorageSCP, monkeypatch: pytest.MonkeyPatch) -> None:
    inbox = Inbox(scp)
    before = everything(inbox)["version"]
    failed = threading.Event()
    scp.subscribe(lambda event: failed.set() if event.kind == "receiver failed" else None)
    scp.stop()

    def defect(*_anything: object) -> None:
        message = "Doe^Jane"
        raise ZeroDivisionError(message)

    monkeypatch.setattr(AssociationPool, "serve", defect)
    scp.start()
    with pytest.raises(NetworkError):
        echo("127.0.0.1", scp.port)
    assert failed.wait(60)
    monkeypatch.undo()
    wait_for_listeners(scp)
    assert not scp.is_running
    told = inbox.answer({"ask": "news", "version": before}).content
    assert told["is_running"] is False
    assert "no longer listens because of ZeroDivisionError" in told["trouble"]
    assert told["senders"] == [], "a failure of the receiver is nobody's refused instance"
    assert inbox.describe().splitlines()[0] == "Inbox of DICOMKIT, stopped"
    assert inbox.describe().splitlines()[-1].startswith("trouble: it no longer listens")
    with pytest.raises(NetworkError):
        scp.check()
    assert everything(inbox)["trouble"] == ""
    scp.start()
    assert scp.is_running
    deliver(scp, ct_series(1, size=16))
    assert everything(inbox)["totals"] == [1, 1]


def wait_for_listeners(scp: StorageSCP) -> None:
    """Wait until no thread listens for this receiver any more: one that failed tells of it, then ends."""
    for thread in threading.enumerate():
        if getattr(thread, "owner", None) is scp:
            thread.join(60)


def test_a_failing_reaction_is_told_without_the_instance(tmp_path: Path) -> None:
    def fail(_instance: StoredInstance) -> None:
        message = "Doe^Jane"
        raise ValueError(message)

    with StorageSCP(tmp_path, on_stored=fail) as scp:
        inbox = Inbox(scp)
        send(ct_series(2, size=16), "127.0.0.1", scp.port)
        trouble = str(everything(inbox)["trouble"])
    assert "on_stored raised ValueError" in trouble
    assert trouble.endswith("(and 1 more)")
    assert "Doe" not in trouble
    assert ct_series(1, size=16)[0].SOPInstanceUID not in trouble


def record(number: int, file: Path, sender: str = "CT1") -> ReceiverEvent:
    """Return what a receiver tells of the only instance of a study."""
    uid = f"1.2.3.{number}"
    instance = StoredInstance(
        uid, f"{uid}.1", f"{uid}.1.1", "1.2.840.10008.5.1.4.1.1.2", "1.2", sender, "X", str(file)
    )
    return ReceiverEvent("instance stored", 0, sender, instance)


def test_what_is_not_listed_is_counted(scp: StorageSCP) -> None:
    deliver(scp, ct_series(1, size=16))
    inbox = Inbox(scp)
    for number in range(350):
        inbox._contents.take(record(number, scp.received[0].path))
    told = everything(inbox)
    assert told["totals"] == [351, 351]
    (sender,) = told["senders"]  # type: ignore[misc,attr-defined]
    assert [study["number"] for study in sender["studies"]] == list(range(351, 51, -1))
    assert told["earlier"] == 51
    lines = inbox.describe().splitlines()
    assert lines[1] == "311 earlier studies not listed here"
    assert len(lines) == 42
    assert set(inbox._labels) == set(range(52, 352))


def test_a_year_of_arrivals_takes_no_memory(tmp_path: Path) -> None:
    clock = ManualClock()
    contents = InboxContents(QUIET_S, clock)
    for number in range(3000):
        contents.take(record(number, tmp_path / "one.dcm", sender=f"CT{number % 7}"))
        clock.advance(QUIET_S)
        refused = UsageError("instance", "too bad", "do not")
        contents.take(ReceiverEvent("instance refused", 0, f"STRANGER{number}", problem=refused))
    assert contents.totals == (3000, 3000)
    assert len(contents.deliveries) == 1000
    assert len(contents.mishaps) == 100
    assert contents.deliveries[-1].number == 3000
    assert len(contents._watcher._studies) <= 1001
    assert len(contents._revisions) <= 1001


def test_news_are_told_once(scp: StorageSCP) -> None:
    clock = ManualClock()
    inbox = Inbox(scp, quiet_period_s=QUIET_S, clock=clock)
    version = everything(inbox)["version"]
    assert inbox.answer({"ask": "news", "version": version}).content == {"version": version}
    deliver(scp, ct_series(1, size=16))
    news = inbox.answer({"ask": "news", "version": version}).content
    assert news["totals"] == [1, 1]
    unchanged = inbox.answer({"ask": "news", "version": news["version"]}).content
    assert unchanged == {"version": news["version"]}
    clock.advance(QUIET_S)
    assert "senders" in inbox.answer({"ask": "news", "version": news["version"]}).content
    with pytest.raises(UsageError):
        inbox.answer({"ask": "weather"})


def study_number(number: int, slices: int = 4) -> list[FileDataset]:
    """Make another study, with instances of its own."""
    images = ct_series(slices, size=16)
    for image in images:
        image.StudyInstanceUID += f".{number}"
        image.SOPInstanceUID += f".{number}"
        image.file_meta.MediaStorageSOPInstanceUID = image.SOPInstanceUID
    return images


def test_events_from_many_threads_are_all_counted(scp: StorageSCP) -> None:
    inbox = Inbox(scp)
    studies = [study_number(number) for number in range(4)]
    threads = [
        threading.Thread(target=deliver, args=(scp, study, f"CT{number}"))
        for number, study in enumerate(studies)
    ]
    for thread in threads:
        thread.start()
    while any(thread.is_alive() for thread in threads):
        everything(inbox)  # asked while it arrives, from another thread
    assert everything(inbox)["totals"] == [16, 4]
    scp.check()


def with_study(images: list[FileDataset]) -> list[FileDataset]:
    for image in images:
        image.StudyInstanceUID = "1.2.3"
    return images


def test_many_instances_get_a_picture_each_or_every_second(scp: StorageSCP) -> None:
    inbox = Inbox(scp)
    for number in range(3):
        deliver(scp, with_study(study_number(number, 10)))
    study = the_study(inbox)
    assert study["pictures"] == list(range(1, 31, 2))
    assert study["more"] == 15
    assert len(list(inbox.questions())) == 1 + 15


def test_a_picture_is_what_rendering_shows_made_smaller(scp: StorageSCP) -> None:
    inbox = Inbox(scp)
    image, photograph = ct_series(1, size=192)[0], colour()
    deliver(scp, [image, photograph])
    answer = inbox.answer({"ask": "picture", "study": 1, "number": 1})
    levels = render(image).astype(float)
    expected = levels.reshape(96, 2, 96, 2).mean(axis=(1, 3))
    assert (answer.content["rows"], answer.content["columns"], answer.content["samples"]) == (96, 96, 1)
    shown = np.frombuffer(answer.buffers[0], np.uint8).reshape(96, 96)
    assert np.abs(shown - expected).max() <= 1
    answer = inbox.answer({"ask": "picture", "study": 2, "number": 1})
    assert answer.content["samples"] == 3
    assert len(answer.buffers[0]) == answer.content["rows"] * answer.content["columns"] * 3
    assert small_picture(np.zeros((4, 2), np.uint8)).shape == (4, 2)


def of_somebody() -> Sequence[Dataset]:
    images = ct_series(2, size=16)
    for image in images:
        image.PatientIdentityRemoved = "NO"
    return images


def everything_told(inbox: Inbox) -> str:
    answers = [inbox.answer(question) for question in inbox.questions()]
    return json.dumps([answer.content for answer in answers]) + "".join(
        buffer.hex() for answer in answers for buffer in answer.buffers
    )


def test_somebodys_name_and_picture_are_covered(scp: StorageSCP, tmp_path: Path) -> None:
    deliver(scp, of_somebody())
    inbox = Inbox(scp)
    assert the_study(inbox)["label"] == ""
    answer = inbox.answer({"ask": "picture", "study": 1, "number": 1})
    assert answer == ({"why": "covered"}, ())
    assert "WORKSHOP" not in everything_told(inbox)
    inbox.export_html(tmp_path / "page.html")
    assert "WORKSHOP" not in (tmp_path / "page.html").read_text(encoding="utf-8")
    unmasked = Inbox(scp, mask=False)
    assert "WORKSHOP^ANNA" in everything_told(unmasked)
    assert unmasked.answer({"ask": "picture", "study": 1, "number": 1}).buffers


def test_a_file_that_is_gone_or_shows_nothing_says_so(scp: StorageSCP) -> None:
    image = ct_series(1, size=16)[0]
    del image.PixelData
    deliver(scp, [image, colour()])
    inbox = Inbox(scp)
    assert inbox.answer({"ask": "picture", "study": 1, "number": 1}).content == {
        "why": "no picture: it has no Pixel Data (7FE0,0010)"
    }
    scp.received[1].path.unlink()
    assert inbox.answer({"ask": "picture", "study": 2, "number": 1}).content == {"why": "the file is gone"}
    assert inbox.answer({"ask": "picture", "study": 3, "number": 1}).content == {"why": "forgotten"}
    assert everything(inbox)["totals"] == [2, 2]


def test_a_notebook_keeps_no_value(scp: StorageSCP) -> None:
    deliver(scp, ct_series(1, size=16))
    inbox = Inbox(scp)
    everything_told(inbox)
    bundle, _ = inbox._repr_mimebundle_()
    kept = json.dumps([bundle, Widget.get_manager_state(widgets=[inbox])])
    image = ct_series(1, size=16)[0]
    for value in ("WORKSHOP", image.StudyInstanceUID, image.SOPInstanceUID, "20220914"):
        assert value not in kept


@pytest.fixture(scope="module")
def browser(peer: Callable[[str], str]) -> Iterator[Browser]:
    with chromium(peer("chromium")) as browser:
        yield browser


@pytest.fixture
def show(browser: Browser, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Callable[[Viewer], Page]]:
    with pages_of(browser, tmp_path_factory.mktemp("page")) as open_page:
        yield open_page


def test_the_page_is_alive(browser: Browser, tmp_path: Path) -> None:
    clock = ManualClock()
    scp = StorageSCP(tmp_path)
    inbox = Inbox(scp, quiet_period_s=QUIET_S, clock=clock)
    page = open_live(browser, inbox)
    expect(page.locator(".dk-light")).to_have_text("■ stopped")
    with scp:
        expect(page.locator(".dk-light")).to_have_text("● running")
        expect(page.locator(".dk-empty")).to_contain_text(f"storescu -aec DICOMKIT 127.0.0.1 {scp.port}")
        deliver(scp, ct_series(3, size=32))
        card = page.get_by_role("option", name="Study 1")
        expect(card).to_contain_text("quiet? 16 s left")
        expect(card.locator("canvas")).to_have_count(3)
        clock.advance(12)
        deliver(scp, ct_series(4, size=32)[3:])
        expect(card).to_contain_text("4 instances")
        clock.advance(QUIET_S)
        expect(card).to_contain_text("✓ arrived, revision 1")
        expect(page.get_by_role("status")).to_have_text(
            "Study 1 from CT1 has arrived: 4 instances, revision 1."
        )
        page.get_by_role("listbox").focus()
        page.keyboard.press("ArrowDown")
        expect(card).to_have_attribute("aria-selected", "true")
        wait_until_python_knows(page)
        assert [one.path for one in inbox.selected] == [one.path for one in scp.received]
    expect(page.locator(".dk-light")).to_have_text("■ stopped")
    page.close()


def test_a_card_stays_the_same_while_things_arrive(browser: Browser, scp: StorageSCP) -> None:
    clock = ManualClock()
    inbox = Inbox(scp, quiet_period_s=QUIET_S, clock=clock)
    deliver(scp, study_number(1, 2))
    page = open_live(browser, inbox)
    card = page.get_by_role("option", name="Study 1")
    expect(card.locator("canvas")).to_have_count(2)
    page.evaluate("() => { document.querySelector('.dk-study').mark = 'the same'; }")
    deliver(scp, study_number(2, 1))
    deliver(scp, study_number(1, 3))
    expect(card).to_contain_text("3 instances")
    expect(page.locator(".dk-study .dk-title")).to_have_text(["Study 2", "Study 1"])
    assert card.evaluate("(card) => card.mark") == "the same", "a click or a picture would be lost"
    expect(card.locator("canvas")).to_have_count(3)
    page.close()


def test_two_hundred_studies_and_a_failure(browser: Browser, scp: StorageSCP) -> None:
    deliver(scp, ct_series(1, size=16))
    inbox = Inbox(scp, quiet_period_s=1000)
    for number in range(350):
        inbox._contents.take(record(number, scp.received[0].path))
    page = open_live(browser, inbox)
    expect(page.locator(".dk-study")).to_have_count(300)
    expect(page.locator(".dk-earlier")).to_have_text("51 earlier studies are not listed here.")
    expect(page.locator("canvas").first).to_be_visible()
    assert page.locator("canvas").count() < 60, "pictures that nobody sees are asked for"
    page.get_by_role("listbox").focus()
    page.keyboard.press("End")
    last = page.get_by_role("option", name="Study 52 ")
    expect(last).to_be_in_viewport()
    expect(last.locator("canvas")).to_have_count(1)
    scp._service.events.report_failed_listener(ZeroDivisionError())
    expect(page.get_by_role("alert")).to_contain_text("no longer listens because of ZeroDivisionError")
    page.close()
    with pytest.raises(NetworkError):
        scp.check()


def test_what_was_not_taken_stands_above_the_studies(browser: Browser, scp: StorageSCP) -> None:
    page = open_live(browser, Inbox(scp))
    expect(page.locator(".dk-empty")).to_be_visible()
    expect(page.locator(".dk-mishaps")).to_be_hidden()
    with pytest.raises(AssociationRejectedError):
        echo("127.0.0.1", scp.port, called_ae_title="SOMEBODY", calling_ae_title="MR")
    shown = "✗ 1 association rejected from MR at 127.0.0.1: "
    expect(page.get_by_role("list", name="What was not taken")).to_contain_text(shown)
    page.close()


def test_between_two_answers_the_browser_counts_down(browser: Browser, scp: StorageSCP) -> None:
    inbox = Inbox(scp, quiet_period_s=1000)
    deliver(scp, ct_series(1, size=16))
    page = open_live(browser, inbox)
    chip = page.locator(".dk-chip")
    expect(chip).to_contain_text("s left")
    # From here on Python keeps silent, as while a cell runs in a kernel without subshells.
    page.evaluate("() => { dicomkitViewers[0].send = () => {}; }")
    before = chip.inner_text()
    expect(chip).not_to_have_text(before)
    expect(page.locator(".dk-light")).to_contain_text("? was running; the kernel has been busy")
    page.close()


def test_a_page_without_a_kernel_is_a_record(show: Callable[[Viewer], Page], scp: StorageSCP) -> None:
    deliver(scp, ct_series(2, size=32))
    image = ct_series(1, size=32)[0]
    page = show(Inbox(scp))
    expect(page.locator(".dk-light")).to_have_text("❑ recorded while running")
    expect(page.locator(".dk-chip")).to_contain_text("waiting until it has been quiet")
    levels = page.locator("canvas").first.evaluate(
        "(canvas) => [...canvas.getContext('2d').getImageData(0, 0, 32, 32).data].filter((_, n) => n % 4 === 0)"
    )
    assert levels == render(image).reshape(-1).tolist()


def test_markup_in_a_title_stays_text(show: Callable[[Viewer], Page], scp: StorageSCP) -> None:
    image = ct_series(1, size=16)[0]
    image.StudyDescription = "<img src=x onerror=hacked=1>"
    deliver(scp, [image], "<b>CT</b>")
    page = show(Inbox(scp))
    expect(page.locator(".dk-sender")).to_have_text("from <b>CT</b>")
    expect(page.locator(".dk-label")).to_contain_text("<img src=x onerror=hacked=1>")
    assert page.locator("img").count() == 0
    assert page.evaluate("() => window.hacked") is None
