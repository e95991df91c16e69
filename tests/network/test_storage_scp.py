"""What an instance leads to at a receiver: a file, a record, events, a status."""

from __future__ import annotations

import contextlib
import io
import re
import socket
import struct
import subprocess
import threading
from collections.abc import Callable
from pathlib import Path

import pytest
from pydicom import dcmread
from pydicom.filereader import read_dataset
from pynetdicom.dimse_messages import N_ACTION_RQ, N_ACTION_RSP
from pynetdicom.dimse_primitives import N_ACTION

from dicomkit.errors import NetworkError, StoreError, UsageError
from dicomkit.instance_store import InstanceStore
from dicomkit.network import ReceiverEvent, StorageSCP, StoredInstance, echo, send
from dicomkit.network.association_pool import AssociationPool
from dicomkit.network.request_rules import response_to
from dicomkit.network.wire.command_set import CommandElement, CommandField, encode_command
from tests.support.byte_peer import (
    CT,
    DEADLINE_S,
    RELEASE,
    BytePeer,
    associate_rq,
    c_store_command,
    data_set,
    p_data,
    stored_files,
    wait_until,
)
from tests.support.dicom_files import bundled


def test_records_events_and_their_words(tmp_path: Path, connect: Callable[..., BytePeer]) -> None:
    events: list[ReceiverEvent] = []
    stored: list[StoredInstance] = []
    with StorageSCP(tmp_path, on_stored=stored.append) as scp:
        unsubscribe = scp.subscribe(events.append)
        peer = connect(scp.port)
        peer.send(p_data(c_store_command(), 3), p_data(data_set(), 2))
        assert peer.status() == 0
        peer.send(p_data(c_store_command(), 3), p_data(data_set(), 2))
        assert peer.status() == 0
        peer.send(RELEASE)
        assert peer.receive()[0] == 6
        wait_until(lambda: len(events) == 4)
        unsubscribe()
        echo("127.0.0.1", scp.port)
        first, again = scp.received
    assert [event.kind for event in events] == [
        "association opened",
        "instance stored",
        "instance stored",
        "association closed",
    ]
    assert stored == [first], "a hook runs once for an instance, not once for each copy"
    assert (first.duplicate, again.duplicate) == (False, True)
    assert (first.study_instance_uid, first.sop_instance_uid, first.sop_class_uid) == ("1.2.3", "1.2.3.4", CT)
    assert (first.calling_ae_title, first.called_ae_title, first.calling_address) == (
        "BYTES",
        "DICOMKIT",
        "127.0.0.1",
    )
    assert repr(first) == "<StoredInstance CT Image Storage, Explicit VR Little Endian, 1.2.3.4, from BYTES>"
    assert str(tmp_path) not in repr(scp.received)


@pytest.mark.parametrize(
    ("answer", "status"),
    [
        (None, 0),
        (0, 0),
        (0xA700, 0xA700),
        (0xB000, 0xB000),
        ("nonsense", 0x0110),
        (True, 0x0110),
        (-1, 0x0110),
        (1 << 16, 0x0110),
    ],
)
def test_what_a_handler_returns_is_the_status(
    tmp_path: Path, connect: Callable[..., BytePeer], answer: object, status: int
) -> None:
    with StorageSCP(tmp_path, on_stored=lambda _: answer) as scp:
        peer = connect(scp.port)
        peer.send(p_data(c_store_command(), 3), p_data(data_set(), 2))
        assert peer.status() == status
        if status == 0x0110:
            with pytest.raises(NetworkError, match=r"1\.2\.3\.4: on_stored returned a"):
                scp.check()
        scp.check()


@pytest.mark.parametrize("failure", [ValueError("Doe^Jane"), SystemExit(3), KeyboardInterrupt()])
def test_a_handler_that_fails_stops_nothing(
    tmp_path: Path, connect: Callable[..., BytePeer], failure: BaseException
) -> None:
    def fail(_: StoredInstance) -> None:
        raise failure

    with StorageSCP(tmp_path, on_stored=fail) as scp:
        scp.subscribe(lambda _: fail(None))  # type: ignore[arg-type]
        peer = connect(scp.port)
        for uid in ("1.2.3.4", "1.2.3.5"):
            peer.send(p_data(c_store_command(uid), 3), p_data(data_set(uid), 2))
            assert peer.status() == 0x0110
        problems = scp.problems
        assert any("1.2.3.4: on_stored raised" in str(problem) for problem in problems)
        assert all("Doe" not in str(problem) for problem in problems)
        assert problems[0].__cause__ is failure
        with pytest.raises(NetworkError) as raised:
            scp.check()
        assert raised.value.__notes__
        scp.check()
        assert len(scp.received) == 2


@pytest.mark.parametrize("uid", ["1.2.3.4", "1.2.3.45", ""])
def test_a_response_to_a_c_store_as_pydicom_reads_it(uid: str) -> None:
    request = {
        CommandElement.AFFECTED_SOP_CLASS_UID: CT,
        CommandElement.COMMAND_FIELD: CommandField.C_STORE_RQ,
        CommandElement.MESSAGE_ID: 0xFFFF,
        CommandElement.AFFECTED_SOP_INSTANCE_UID: uid,
    }
    encoded = encode_command(response_to(request, 0xA900))
    response = read_dataset(io.BytesIO(encoded), is_implicit_VR=True, is_little_endian=True)
    assert response.CommandGroupLength == len(encoded) - 12
    assert (response.AffectedSOPClassUID, response.AffectedSOPInstanceUID or "") == (CT, uid)
    assert (response.CommandField, response.MessageIDBeingRespondedTo) == (0x8001, 0xFFFF)
    assert (response.CommandDataSetType, response.Status) == (0x0101, 0xA900)
    tags = [element.tag for element in response]
    assert tags == sorted(tags)
    assert len(tags) == 7


def test_a_response_to_an_n_action_as_pynetdicom_sends_and_reads_it() -> None:
    action, answer = N_ACTION(), N_ACTION()
    action.MessageID, action.ActionTypeID = 7, 3
    action.RequestedSOPClassUID, action.RequestedSOPInstanceUID = "1.2.840.10008.1.20.1", "1.2.3"
    answer.MessageIDBeingRespondedTo, answer.ActionTypeID, answer.Status = 7, 3, 0xC000
    answer.AffectedSOPClassUID, answer.AffectedSOPInstanceUID = "1.2.840.10008.1.20.1", "1.2.3"
    request, response = N_ACTION_RQ(), N_ACTION_RSP()
    request.primitive_to_message(action)
    response.primitive_to_message(answer)
    asked = {int(element.tag) & 0xFFFF: element.value for element in request.command_set}
    answered = {int(element.tag) & 0xFFFF: element.value for element in response.command_set}
    del answered[0]  # the group length
    assert response_to(asked, 0xC000) == answered


def test_a_defect_in_an_association_is_reported(
    tmp_path: Path, connect: Callable[..., BytePeer], monkeypatch: pytest.MonkeyPatch
) -> None:
    defect = ZeroDivisionError("Doe^Jane")

    def fail(*_: object, **__: object) -> None:
        raise defect

    with StorageSCP(tmp_path) as scp:
        other = connect(scp.port)
        with monkeypatch.context() as patched:
            patched.setattr(InstanceStore, "receive", fail)
            peer = connect(scp.port, calling="BROKEN")
            peer.send(p_data(c_store_command(), 3), p_data(data_set(), 2))
            assert peer.receive()[0] == 7, "not aborted"
            assert peer.receive()[0] == 0, "not closed"
        scp.stop()  # by then the thread has ended
        with pytest.raises(NetworkError, match=r"association 2 from BROKEN: .*ZeroDivisionError") as raised:
            scp.check()
        assert raised.value.__cause__ is defect
        assert "Doe" not in str(raised.value)
        scp.check()
        assert other.receive()[0] == 7, "the other association went on until the stop"


@pytest.mark.parametrize(
    ("content", "kinds", "problem"),
    [
        (associate_rq("WRONG"), ["association rejected"], "from BYTES, called WRONG"),
        (associate_rq(calling=" "), ["association rejected"], "does not know the calling AE title"),
        (
            associate_rq("A\\B"),
            ["association aborted"],
            "an AE title with a control character or a backslash",
        ),
        (
            associate_rq() + p_data(data_set(), 2),
            ["association opened", "association aborted", "association closed"],
            "a fragment where none belongs",
        ),
        (
            associate_rq() + struct.pack(">BxL4x", 7, 4),
            ["association opened", "association aborted", "association closed"],
            "aborted",
        ),
        (b"GET / HTTP/1.0\r\n\r\n", ["connection turned away"], "no association request"),
        (associate_rq()[:50], ["connection turned away"], "in the middle of its association request"),
        (b"", [], ""),
    ],
    ids=["called title", "calling title", "no title", "data first", "A-ABORT", "HTTP", "cut", "nothing"],
)
def test_what_leads_to_no_instance_is_told(
    tmp_path: Path, content: bytes, kinds: list[str], problem: str
) -> None:
    told: list[ReceiverEvent] = []
    with StorageSCP(tmp_path, allowed_calling_ae_titles=["BYTES"]) as scp:
        scp.subscribe(told.append)
        peer = BytePeer(scp.port)
        peer.send(content)
        peer.socket.shutdown(socket.SHUT_WR)
        while peer.receive()[0]:
            pass
        peer.socket.close()
        wait_until(lambda: len(told) >= len(kinds))
        scp.check()
    assert [event.kind for event in told] == kinds
    assert [event.association for event in told] == [int(kind.startswith("association")) for kind in kinds]
    problems = [str(event.problem) for event in told if event.problem is not None]
    assert len(problems) == min(len(kinds), 1)
    assert all(re.search(problem, text) for text in problems), problems


@pytest.mark.parametrize(
    ("called", "calling", "name"),
    [
        (b"DICOMKIT".ljust(16, b"\0"), b"EFILM".ljust(16, b"\0"), "EFILM"),
        (b"DICOMKIT", "R\u00d6NTGEN1".encode("latin-1"), "R\u00d6NTGEN1"),
        (b"DICOMKIT", b"", ""),
    ],
    ids=["NUL", "Latin-1", "none"],
)
def test_odd_titles_are_taken(scp: StorageSCP, called: bytes, calling: bytes, name: str) -> None:
    peer = BytePeer(scp.port)
    pdu = associate_rq()
    peer.send(pdu[:10] + called.ljust(16) + calling.ljust(16) + pdu[42:])
    kind, body = peer.receive()
    assert (kind, body[4:36]) == (2, called.ljust(16) + calling.ljust(16))
    peer.send(p_data(c_store_command(), 3), p_data(data_set(), 2))
    assert peer.status() == 0
    peer.socket.close()
    (instance,) = scp.received
    assert instance.calling_ae_title == name
    title = dcmread(instance.path).file_meta.get("SourceApplicationEntityTitle", "")
    assert title == name.replace("\u00d6", "?"), "PS3.5 section 6.2: VR AE is ASCII"


def test_a_defect_in_the_listener_is_reported(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    defect = ZeroDivisionError("Doe^Jane")
    told: list[ReceiverEvent] = []
    heard = threading.Event()

    def fail(*_: object) -> None:
        raise defect

    def note(event: ReceiverEvent) -> None:
        told.append(event)
        if event.kind == "receiver failed":
            heard.set()

    monkeypatch.setattr(AssociationPool, "serve", fail)
    with StorageSCP(tmp_path) as scp:
        scp.subscribe(note)
        with contextlib.suppress(OSError), socket.create_connection(("127.0.0.1", scp.port)) as caller:
            caller.sendall(associate_rq())
            assert heard.wait(DEADLINE_S), "nobody was told"
        with pytest.raises(NetworkError, match=r"no longer listens because of ZeroDivisionError") as raised:
            scp.check()
        assert raised.value.__cause__ is defect
        assert "Doe" not in str(raised.value)
        assert [event.kind for event in told] == ["receiver failed"]


@pytest.mark.parametrize(
    ("command", "content", "status"),
    [
        (c_store_command(), data_set(study=None), 0xA900),
        (c_store_command("1.2.9"), data_set(), 0xA900),
        (c_store_command(), data_set()[:20], 0xC000),
        (c_store_command(sop_class="1.2.840.10008.5.1.4.1.1.4"), data_set(), 0x0122),
        (c_store_command(field=0x0020), data_set(), 0x0211),
    ],
    ids=["no study", "other instance", "cut", "other class", "C-FIND"],
)
def test_a_refused_instance(
    scp: StorageSCP,
    connect: Callable[..., BytePeer],
    tmp_path: Path,
    command: bytes,
    content: bytes,
    status: int,
) -> None:
    peer = connect(scp.port)
    peer.send(p_data(command, 3), p_data(content, 2))
    assert peer.status() == status
    assert stored_files(tmp_path) == []
    peer.send(p_data(c_store_command(), 3), p_data(data_set(), 2))
    assert peer.status() == 0, "the association goes on"
    assert bool(scp.problems) == (status in {0xA900, 0xC000})
    if scp.problems:
        with pytest.raises(StoreError):
            scp.check()


def test_a_missing_study_uid_is_explained_to_the_sender(
    peer: Callable[[str], str], scp: StorageSCP, tmp_path: Path
) -> None:
    dataset = dcmread(bundled("CT_small.dcm"))
    del dataset.StudyInstanceUID
    dataset.save_as(tmp_path / "bad.dcm")
    done = subprocess.run(
        [peer("storescu"), "-d", "-aec", "DICOMKIT", "127.0.0.1", str(scp.port), str(tmp_path / "bad.dcm")],
        check=False, capture_output=True, text=True, timeout=DEADLINE_S,
    )  # fmt: skip
    assert "0xa900" in done.stderr + done.stdout
    assert "no Study Instance UID" in done.stderr + done.stdout


@pytest.mark.parametrize("title", ["", "x" * 17, "\u00dc", "a\\b", "a\nb", "  "])
def test_what_is_no_ae_title(tmp_path: Path, title: str) -> None:
    with pytest.raises(UsageError, match="AE title"):
        StorageSCP(tmp_path, ae_title=title)
    with pytest.raises(UsageError, match="AE title"):
        echo("127.0.0.1", 1, called_ae_title=title)
    with pytest.raises(UsageError, match="AE title"):
        send([], "127.0.0.1", 1, calling_ae_title=title)


def test_allowed_titles_are_several(tmp_path: Path) -> None:
    with pytest.raises(UsageError, match="list"):
        StorageSCP(tmp_path, allowed_calling_ae_titles="ME")


@pytest.mark.parametrize("port", [-1, 65536, "104", None])
def test_what_is_no_port(tmp_path: Path, port: int) -> None:
    with pytest.raises(UsageError, match="port"):
        StorageSCP(tmp_path, port=port)
    with pytest.raises(UsageError, match="port"):
        echo("127.0.0.1", port)
