"""Where there are no threads, sockets and processes, everything can be imported, and what cannot work raises a clear error."""

from __future__ import annotations

from tests.support.like_a_browser import run_like_a_browser

PYNETDICOM_NEEDS = ("ssl", "_ssl")

IMPORT_ALL = """
import importlib, pkgutil, dicomkit
names = [each.name for each in pkgutil.walk_packages(dicomkit.__path__, "dicomkit.")]
for name in names:
    if not name.endswith("handlers"):  # classes of Tornado, which is asked for when a web is started
        importlib.import_module(name)
print(len(names) > 250)
"""

WIRE = """
import tempfile
from pathlib import Path
from dicomkit import samples
from dicomkit.errors import DicomKitError
from dicomkit.network import AssociationLog, StorageSCP, echo, send

seen, log = [], AssociationLog()
with tempfile.TemporaryDirectory() as folder:
    with StorageSCP(folder, on_stored=lambda instance: seen.append(instance.sop_instance_uid)) as scp:
        echo("127.0.0.1", scp.port)
        report = send(samples.ct_series(3, size=16), "localhost", scp.port, log=log)
        print([row.status for row in report], len(seen), len(scp.wait_for(3)))
        scp.check()
        for call in (lambda: scp.wait_for(4), lambda: echo("127.0.0.1", 1), lambda: echo("192.0.2.1", 104)):
            try:
                call()
            except DicomKitError as error:
                print(error.problem)
    try:
        echo("127.0.0.1", scp.port)
    except DicomKitError as error:
        print(type(error).__name__)
print("C-STORE" in str(log))
"""

ARRIVALS = """
import tempfile
from pathlib import Path
from dicomkit import samples
from dicomkit.arrivals import Arrivals, EventFeed, ManualClock, react, watch
from dicomkit.errors import DicomKitError
from dicomkit.network import StorageSCP, send
from dicomkit.reactions import ArrivalHooks, Reactions

feed = EventFeed()
with tempfile.TemporaryDirectory() as folder, StorageSCP(folder) as scp:
    scp.subscribe(feed.take)
    send(samples.ct_series(3, size=16), "127.0.0.1", scp.port)
    for study in watch(feed, 0.2, once=True):
        print(study.instance_count, study.revision)
    try:
        next(watch(feed, 0.2))
    except DicomKitError as error:
        print(error.problem)
    for study in watch(folder, 0.2, once=True):
        print(study.instance_count)
        with Reactions(lambda study: study.instance_count * 2) as reactions:
            print(reactions.submit(study).result().value)
        failing = Reactions(lambda study: 1 / 0, attempts=2, backoff_s=0.01)
        print(failing.submit(study).result().error, failing.failures[0].attempts)
        with Reactions(["echo", "#p"], attempts=1) as commands:
            print(commands.submit(study).result().error)
        done = []
        with ArrivalHooks(lambda facts: done.append(facts), folder) as hooks:
            hooks.submit(study)
            print(len(done), hooks.waiting)
"""

ARCHIVE = """
import tempfile
from dicomkit import samples
from dicomkit.errors import DicomKitError
from dicomkit.network import Archive, StorageSCP, find, get, move, send

with tempfile.TemporaryDirectory() as kept, tempfile.TemporaryDirectory() as taken, tempfile.TemporaryDirectory() as moved:
    with StorageSCP(moved, ae_title="WS") as workstation:
        with Archive(kept, destinations={"WS": ("127.0.0.1", workstation.port)}) as archive:
            slices = samples.ct_series(3, size=16)
            send(slices, "127.0.0.1", archive.port)
            study = slices[0].StudyInstanceUID
            keys = {"StudyInstanceUID": study}
            print(len(find(keys, "127.0.0.1", archive.port)))
            print(get(keys, "127.0.0.1", archive.port, folder=taken).summary())
            print(move(keys, "127.0.0.1", archive.port, destination="WS").summary())
            print(workstation.received_count)
            try:
                archive.web().start()
            except DicomKitError as error:
                print(error.problem)
            archive.check()
"""

ROOM = """
import tempfile
from dicomkit.errors import DicomKitError
from dicomkit.network import Room
from dicomkit.samples import ct_series

with Room(tempfile.mkdtemp(), 2) as room:
    seat = Room.join(room.seats["STUDENT02"])
    mine = ct_series(3, size=16, attendee=seat.attendee)
    mine[1].PatientIdentityRemoved = "NO"
    print(seat.send(mine).summary())
    print(room.verdict(seat.title, [each.SOPInstanceUID for each in mine]))
    try:
        seat.echo(calling_ae_title="STUDENT01")
    except DicomKitError:
        print(room.wall.turned_away[0].title)
    room.check()
"""


def test_every_module_can_be_imported() -> None:
    assert run_like_a_browser(IMPORT_ALL) == "True\n"


def test_sender_and_receiver_talk_through_memory_under_the_same_names() -> None:
    assert run_like_a_browser(WIRE, *PYNETDICOM_NEEDS).splitlines() == [
        "[0, 0, 0] 3 3",
        "the others have not arrived within 10 s",
        "nobody listens there (connection refused)",
        "cannot be reached: a page in a browser reaches no other computer by DICOM",
        "NoReceiverError",
        "True",
    ]


def test_studies_arrive_and_are_reacted_to_at_once() -> None:
    assert run_like_a_browser(ARRIVALS, *PYNETDICOM_NEEDS).splitlines() == [
        "3 1",
        "all studies have been announced, and in a browser nothing can arrive while it waits",
        "3",
        "6",
        "raised ZeroDivisionError 2",
        "could not be started (a browser starts no programs)",
        "1 0",
    ]


def test_an_archive_answers_through_memory() -> None:
    assert run_like_a_browser(ARCHIVE, *PYNETDICOM_NEEDS).splitlines() == [
        "1",
        "C-GET: 3 completed",
        "C-MOVE: 3 completed",
        "3",
        "a page in a browser has no sockets, so it cannot be reached",
    ]


def test_a_room_counts_what_came_through_memory() -> None:
    assert run_like_a_browser(ROOM, *PYNETDICOM_NEEDS).splitlines() == [
        "2 stored, 1 failed",
        "I got 2 of your 3.",
        "STUDENT01",
    ]
