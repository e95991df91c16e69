"""Two ends in one thread: a sender and a receiver talk, and no socket, thread or clock is there."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import pytest

from dicomkit.errors import AssociationRejectedError, NetworkError
from dicomkit.instance_store import InstanceStore
from dicomkit.network import AssociationLog, ReceiverEvent, StorageSCP, echo, send
from dicomkit.network.acceptor import AssociationAcceptor
from dicomkit.network.acceptor_policy import AcceptorPolicy
from dicomkit.network.outgoing import OutgoingInstance, find_outgoing
from dicomkit.network.requestor import AssociationRequestor
from dicomkit.network.storage_service import StorageService
from dicomkit.network.wire import (
    Abort,
    Association,
    AssociationAnswer,
    AssociationRequest,
    ConnectionClosed,
    ConnectionFailedError,
    DataSetFragment,
    Event,
    MemoryDriver,
    MessageStart,
    ProtocolViolation,
    ReleaseReply,
    ReleaseRequest,
    Role,
    RoleSelection,
    State,
    TimedOut,
)
from dicomkit.network.wire.presentation_contexts import (
    ContextAnswer,
    ProposedContext,
    answer_contexts,
    plan_contexts,
)
from tests.support.byte_peer import CT, EXPLICIT, VERIFICATION
from tests.support.dicom_files import bundled, data_set_bytes


class Receiver:
    """What a storage SCP is without its port: a service, and an acceptor for each that calls."""

    def __init__(self, folder: Path, max_instance_bytes: int = 4 << 30, **policy: object) -> None:
        self.service = StorageService(InstanceStore(folder), max_instance_bytes=max_instance_bytes)
        self.events: list[ReceiverEvent] = []
        self.service.events.subscribe(self.events.append)
        self.log, self.caller_log = AssociationLog(), AssociationLog()
        self._policy = AcceptorPolicy("DICOMKIT", **policy)  # type: ignore[arg-type]
        self.ends: list[MemoryDriver] = []

    def connect(self) -> MemoryDriver:
        near, far = MemoryDriver.pair(
            Association(Role.REQUESTOR, tap=self.caller_log.listen(is_requestor=True)),
            Association(Role.ACCEPTOR, tap=self.log.listen(is_requestor=False)),
        )
        acceptor = AssociationAcceptor(far, len(self.ends) + 1, self._policy, self.service)
        far.on_event = acceptor.handle
        self.ends.append(far)
        return near

    def call(self, *contexts: ProposedContext, called: str = "DICOMKIT") -> AssociationRequestor:
        return AssociationRequestor(self.connect(), AssociationRequest("DICOMKIT", called, contexts))


@pytest.fixture
def receiver(tmp_path: Path) -> Receiver:
    return Receiver(tmp_path)


ECHO = ProposedContext(1, VERIFICATION, ("1.2.840.10008.1.2",))


def test_an_echo_reads_as_it_does_over_a_socket(receiver: Receiver, tmp_path: Path) -> None:
    with receiver.call(ECHO) as association:
        assert association.echo(1, VERIFICATION).status == 0
    log = AssociationLog()
    with StorageSCP(tmp_path) as scp:
        echo("127.0.0.1", scp.port, log=log)
        assert (str(receiver.caller_log), str(receiver.log)) == (str(log), str(scp.log))
    assert [event.kind for event in receiver.events] == ["association opened", "association closed"]
    assert receiver.ends[0].association.state is State.IDLE


def test_instances_arrive_as_they_do_over_a_socket(tmp_path: Path) -> None:
    names = ["CT_small.dcm", "JPEG2000.dcm", "MR_small_implicit.dcm"]
    for name in ("memory", "socket"):
        (tmp_path / name).mkdir()
    receiver = Receiver(tmp_path / "memory")
    found = [
        item
        for item in find_outgoing([bundled(name) for name in names])
        if isinstance(item, OutgoingInstance)
    ]
    (contexts,) = plan_contexts((item.sop_class_uid, item.transfer_syntax_uid) for item in found)
    with receiver.call(*contexts) as association:
        for item in found:
            context = association.context_for(item.sop_class_uid, item.transfer_syntax_uid)
            assert context is not None
            uids = item.sop_class_uid, item.sop_instance_uid
            assert association.store(context.context_id, *uids, item.pieces()).status == 0
    receiver.service.events.problems.check()
    for name, instance in zip(names, receiver.service.received, strict=True):
        assert data_set_bytes(instance.path) == data_set_bytes(bundled(name))
    log = AssociationLog()
    with StorageSCP(tmp_path / "socket") as scp:
        send([bundled(name) for name in names], "127.0.0.1", scp.port, log=log)
        scp.stop()
        assert (str(receiver.caller_log), str(receiver.log)) == (str(log), str(scp.log))


def test_a_rejection_is_told_on_both_sides(receiver: Receiver) -> None:
    with pytest.raises(AssociationRejectedError, match="the called AE title is not its own"):
        receiver.call(ECHO, called="WRONG")
    (event,) = receiver.events
    assert event.kind == "association rejected"
    assert "DICOMKIT, called WRONG" in str(event.problem)


def test_a_caller_that_stops_in_the_middle(receiver: Receiver, tmp_path: Path) -> None:
    end = receiver.connect()
    end.send(AssociationRequest("ME", "DICOMKIT", (ProposedContext(1, CT, (EXPLICIT,)),)))
    assert isinstance(end.receive(), AssociationAnswer)
    command = {0x0002: CT, 0x0100: 1, 0x0110: 1, 0x0800: 1, 0x1000: "1.2.3"}
    end.send(MessageStart(1, command), DataSetFragment(1, bytes(200_000), is_last=False))
    assert [path for path in tmp_path.rglob("*") if path.is_file()], "it is on its way"
    end.close()
    assert [event.kind for event in receiver.events] == [
        "association opened",
        "association aborted",
        "association closed",
    ]
    assert [path for path in tmp_path.rglob("*") if path.is_file()] == []
    with pytest.raises(ConnectionFailedError):
        end.send(Abort())


def test_who_breaks_the_rules_hears_an_abort(receiver: Receiver) -> None:
    end = receiver.connect()
    end.send(AssociationRequest("ME", "DICOMKIT", (ECHO,)))
    end.receive()
    end.association.contexts[3] = ContextAnswer(3, 0, EXPLICIT)  # nobody has accepted that
    end.send(MessageStart(3, {0x0100: 0x30, 0x0800: 0x0101}))
    assert end.receive() == Abort(2, 6)
    assert "not accepted" in str(receiver.events[1].problem)


def test_a_large_data_set_ends_at_the_limit(tmp_path: Path) -> None:
    receiver = Receiver(tmp_path, max_instance_bytes=1000)
    with (
        receiver.call(ProposedContext(1, CT, (EXPLICIT,))) as association,
        pytest.raises(NetworkError, match="invalid value"),
    ):
        association.store(1, CT, "1.2.3", [bytes(600)] * 3)
    assert "larger than this receiver takes" in str(receiver.events[1].problem)


def test_nobody_answers() -> None:
    near, far = MemoryDriver.pair(Association(Role.REQUESTOR), Association(Role.ACCEPTOR))
    near.send(AssociationRequest("ME", "YOU", ()))
    assert isinstance(near.receive(), TimedOut)
    assert isinstance(far.receive(), AssociationRequest)
    far.send(Abort())
    far.close()
    assert near.receive() == Abort(), "what was said before the end is heard"
    assert isinstance(near.receive(), ConnectionClosed)


def test_a_release_by_both_at_once() -> None:
    near, far = MemoryDriver.pair(Association(Role.REQUESTOR), Association(Role.ACCEPTOR))
    near.send(AssociationRequest("ME", "YOU", (ECHO,)))
    far.receive()
    far.send(AssociationAnswer((ContextAnswer(1, 0, EXPLICIT),)))
    near.receive()
    near.send(ReleaseRequest())
    far.send(ReleaseRequest())
    assert [near.receive(), far.receive()] == [ReleaseRequest(), ReleaseRequest()]
    near.send(ReleaseReply())
    assert far.receive() == ReleaseReply()
    far.send(ReleaseReply())
    assert near.receive() == ReleaseReply()
    assert [near.association.state, far.association.state] == [State.IDLE, State.AWAITING_CLOSE]


def test_a_requestor_agrees_when_the_other_side_asks_for_the_release_too() -> None:
    near, far = MemoryDriver.pair(Association(Role.REQUESTOR), Association(Role.ACCEPTOR))

    heard: list[type] = []

    def act(event: Event) -> None:
        heard.append(type(event))
        if isinstance(event, AssociationRequest):
            far.send(AssociationAnswer((ContextAnswer(1, 0, EXPLICIT),)))
            far.send(ReleaseRequest())
        elif isinstance(event, ReleaseReply):
            far.send(ReleaseReply())

    far.on_event = act
    with AssociationRequestor(near, AssociationRequest("ME", "YOU", (ECHO,))):
        pass
    assert heard == [AssociationRequest, ReleaseRequest, ReleaseReply]
    assert (near.association.state, far.association.state) == (State.IDLE, State.IDLE)


# --- what later services need of the engine ------------------------------------------------------------------


def test_a_c_get_stores_on_the_same_association() -> None:
    """The SCP of C-GET sends C-STOREs to the side that asked, which had its role negotiated (PS3.4 section C.5.3)."""
    near, far = MemoryDriver.pair(Association(Role.REQUESTOR), Association(Role.ACCEPTOR))
    get = "1.2.840.10008.5.1.4.1.2.2.3"
    proposed = (ProposedContext(1, get, (EXPLICIT,)), ProposedContext(3, CT, (EXPLICIT,)))
    stored: list[Event] = []

    def serve(event: Event) -> None:
        match event:
            case AssociationRequest():
                answers = tuple(answer_contexts(event.contexts, {get: [EXPLICIT], CT: [EXPLICIT]}))
                far.send(AssociationAnswer(answers, roles=event.roles))
            case DataSetFragment(context_id=1, is_last=True):
                far.send(MessageStart(3, {0x0100: 0x0001, 0x0110: 9, 0x0800: 1, 0x1031: 5}))
                far.send(DataSetFragment(3, b"instance", is_last=True))
            case MessageStart(context_id=3, command=command):
                assert (command[0x0100], command[0x0120]) == (0x8001, 9)
                far.send(MessageStart(1, {0x0100: 0x8010, 0x0120: 5, 0x0800: 0x0101, 0x0900: 0, 0x1021: 1}))

    far.on_event = serve
    near.send(AssociationRequest("ME", "YOU", proposed, roles=(RoleSelection(CT, False, True),)))
    answer = near.receive()
    assert isinstance(answer, AssociationAnswer)
    assert answer.roles == (RoleSelection(CT, as_scu=False, as_scp=True),)
    near.send(
        MessageStart(1, {0x0100: 0x0010, 0x0110: 5, 0x0800: 1}), DataSetFragment(1, b"keys", is_last=True)
    )
    while not isinstance(event := near.receive(), MessageStart) or event.context_id == 3:
        stored.append(event)
        if isinstance(event, DataSetFragment):
            near.send(MessageStart(3, {0x0100: 0x8001, 0x0120: 9, 0x0800: 0x0101, 0x0900: 0}))
    assert [type(said) for said in stored] == [MessageStart, DataSetFragment]
    assert event.command[0x1021] == 1


def test_a_cancel_may_follow_a_request_that_is_not_answered_yet(receiver: Receiver) -> None:
    end = receiver.connect()
    end.send(AssociationRequest("ME", "DICOMKIT", (ECHO,)))
    end.receive()
    end.send(MessageStart(1, {0x0100: 0x0FFF, 0x0120: 3, 0x0800: 0x0101}))
    assert isinstance(end.receive(), TimedOut), "PS3.7 section 9.3.2.3: it has no response"
    end.send(MessageStart(1, {0x0100: 0x0130, 0x0110: 4, 0x0800: 0x0101, 0x1008: 1}))
    event = end.receive()
    assert isinstance(event, MessageStart)
    assert (event.command[0x0100], event.command[0x0900]) == (0x8130, 0x0211), "N-ACTION: not served"
    assert not isinstance(event, ProtocolViolation)


# --- a Python without sockets --------------------------------------------------------------------------------

WITHOUT = """
import sys, pydicom  # which imports a socket module of its own accord, that is there in a browser, but useless
for name in ("socket", "_socket", "ssl", "_ssl", "select", "selectors", "pynetdicom"):
    sys.modules[name] = None
import dicomkit.network
from dicomkit.network import AssociationLog
from dicomkit.network.wire import *
from dicomkit.network.requestor import AssociationRequestor
from dicomkit.network.acceptor import AssociationAcceptor
from dicomkit.network.wire.presentation_contexts import ContextAnswer, ProposedContext
log = AssociationLog()
near, far = MemoryDriver.pair(Association(Role.REQUESTOR, tap=log.listen()), Association(Role.ACCEPTOR))
def serve(event):
    if isinstance(event, AssociationRequest):
        far.send(AssociationAnswer((ContextAnswer(1, 0, "1.2.840.10008.1.2"),)))
    elif isinstance(event, MessageStart):
        far.send(MessageStart(1, {0x0100: 0x8030, 0x0120: 1, 0x0800: 0x0101, 0x0900: 0}))
    elif isinstance(event, ReleaseRequest):
        far.send(ReleaseReply())
far.on_event = serve
request = AssociationRequest("ME", "YOU", (ProposedContext(1, "1.2.840.10008.1.1", ("1.2.840.10008.1.2",)),))
with AssociationRequestor(near, request) as association:
    print(association.echo(1, "1.2.840.10008.1.1").status)
print(log.entries[-1].kind)
"""


def test_a_python_without_sockets() -> None:
    done = subprocess.run(
        [sys.executable, "-W", "error", "-c", WITHOUT],
        check=False,
        capture_output=True,
        text=True,
        timeout=120,
    )
    assert (done.stdout, done.stderr) == ("0\nA-RELEASE-RP\n", "")
