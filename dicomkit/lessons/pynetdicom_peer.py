"""Run a learner's network code against a real pynetdicom peer on this computer.

A mock event behaves as its author imagined. The status that a sender receives, the encoding in which a data set
arrives, and the effect of an exception are decided by pynetdicom, so a check runs the code in pynetdicom. A receiver
is stopped at the end of its block.
"""

from __future__ import annotations

import contextlib
import socketserver
import threading
import time
from collections import Counter
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from typing import Any

from dicomkit.abilities import has_sockets
from dicomkit.errors import LessonError
from dicomkit.files.quiet_pydicom import quiet_pydicom
from dicomkit.lessons.answers import WrongForm

__all__ = [
    "Pair",
    "Receiver",
    "accepted_pairs",
    "encodings_of",
    "is_default",
    "new_sender",
    "receiving",
    "retrieved",
    "sending_to",
]

_TITLE = "ARCHIVE"
_HANDLER_RAISED = 0xC211  # pynetdicom's status for a handler that raises
_RELEASE_WITHIN_S = 1.0
_POLL_INTERVAL_S = 0.01

Handler = Callable[[Any], Any]
Pair = tuple[str, str]  # SOP class, transfer syntax


class Receiver:
    """The state of a pynetdicom receiver, updated by its threads.

    Attributes
    ----------
    port
        The TCP port.
    arrived
        The SOP Instance UIDs in order of arrival.
    """

    def __init__(self) -> None:
        self.port = 0
        self.arrived: list[str] = []
        self._happened: Counter[str] = Counter()
        self._changed = threading.Condition()

    @property
    def associations(self) -> int:
        """How many associations were accepted."""
        return self._happened["EVT_ACCEPTED"]

    @property
    def aborted(self) -> int:
        """How many of them were aborted."""
        return self._happened["EVT_ABORTED"]

    @property
    def _released(self) -> int:
        return self._happened["EVT_RELEASED"]

    def all_released(self) -> bool:
        """Wait up to 1 s for the last A-RELEASE; return whether every association was released."""
        with self._changed:
            self._changed.wait_for(
                lambda: self._released + self.aborted >= self.associations, _RELEASE_WITHIN_S
            )
            return self._released >= self.associations

    def count(self, event: Any) -> None:  # noqa: ANN401 - pynetdicom's event
        """Count what happened to an association."""
        with self._changed:
            self._happened[event.event.name] += 1
            self._changed.notify_all()


@contextlib.contextmanager
def receiving(supported: Mapping[str, Sequence[str]], handler: Handler) -> Iterator[Receiver]:
    """Run a pynetdicom storage SCP until the block ends.

    Parameters
    ----------
    supported
        The transfer syntaxes that it accepts for each SOP class, the preferred one first.
    handler
        Called with the event of each C-STORE request; returns the status.

    Raises
    ------
    LessonError
        If there are no sockets.
    """
    if not has_sockets():
        raise LessonError(
            "this exercise",
            "its check runs a pynetdicom receiver, which needs sockets and threads: a page in a browser has neither",
            "compare with solution(...), or install the workshop: dicomkit lab",
        )
    from pynetdicom import AE, evt  # noqa: PLC0415 - the lessons are light to import
    from pynetdicom.transport import ThreadedAssociationServer  # noqa: PLC0415

    receiver = Receiver()

    def handle(event: Any) -> Any:  # noqa: ANN401 - pynetdicom's event, and whatever a handler returns
        receiver.arrived.append(str(event.request.AffectedSOPInstanceUID))
        with quiet_pydicom():  # in this thread too: a warning may hold a value
            return handler(event)

    ae = AE(ae_title=_TITLE)
    for sop_class_uid, syntaxes in supported.items():
        ae.add_supported_context(sop_class_uid, list(syntaxes))
    counted = [(event, receiver.count) for event in (evt.EVT_ACCEPTED, evt.EVT_RELEASED, evt.EVT_ABORTED)]
    handlers: list[Any] = [(evt.EVT_C_STORE, handle), *counted]
    server: Any = ae.make_server(
        ("127.0.0.1", 0), evt_handlers=handlers, server_class=ThreadedAssociationServer
    )
    receiver.port = server.server_address[1]
    with _serving(ae, server):
        yield receiver


@contextlib.contextmanager
def _serving(ae: Any, server: Any) -> Iterator[None]:  # noqa: ANN401 - of pynetdicom
    """Let a server accept associations until the block ends, and wait for the threads of both sides."""
    before = set(threading.enumerate())
    # As start_server does, whose loop checks for shutdown only every 0.5 s.
    loop = threading.Thread(target=server.serve_forever, args=(_POLL_INTERVAL_S,), name="receiver of a check")
    loop.start()
    try:
        yield
    finally:
        ae.shutdown()  # aborts associations that a learner's function has left open
        socketserver.BaseServer.shutdown(server)
        server.server_close()
        loop.join()
        until = time.monotonic() + _RELEASE_WITHIN_S
        for thread in set(threading.enumerate()) - before:
            thread.join(max(0.0, until - time.monotonic()))


def encodings_of(datasets: Iterable[Any]) -> dict[str, list[str]]:
    """Return the transfer syntaxes of the data sets, by SOP class."""
    found: dict[str, list[str]] = {}
    for dataset in datasets:
        syntaxes = found.setdefault(str(dataset.SOPClassUID), [])
        if dataset.file_meta.TransferSyntaxUID not in syntaxes:
            syntaxes.append(str(dataset.file_meta.TransferSyntaxUID))
    return found


@contextlib.contextmanager
def sending_to(handler: Handler, datasets: Iterable[Any]) -> Iterator[Callable[[Any], int | None]]:
    """Run a pynetdicom receiver with a learner's handler; yield a function that sends to it.

    The function sends one of the data sets in its own encoding and returns the status of the response, or None. It
    raises `WrongForm` if the handler did (`learners_code.call`).
    """
    from dicomkit.network import send  # noqa: PLC0415 - the lessons are light to import

    raised: list[WrongForm] = []

    def handle(event: Any) -> Any:  # noqa: ANN401 - as above
        try:
            return handler(event)
        except WrongForm as error:  # for the check, not for pynetdicom's log
            raised.append(error)
            return _HANDLER_RAISED

    with receiving(encodings_of(datasets), handle) as receiver:

        def send_one(dataset: Any) -> int | None:  # noqa: ANN401 - a data set of pydicom
            report = send(dataset, "127.0.0.1", receiver.port, called_ae_title=_TITLE)
            if raised:
                raise raised[0]
            return report[0].status

        yield send_one


def new_sender() -> Any:  # noqa: ANN401 - an AE of pynetdicom
    """Return an application entity without requested contexts."""
    from pynetdicom import AE  # noqa: PLC0415 - the lessons are light to import

    return AE(ae_title="SCANNER")


def accepted_pairs(contexts: Sequence[Any], supported: Mapping[str, Sequence[str]]) -> set[Pair]:
    """Propose presentation contexts to a receiver; return the accepted SOP classes with their transfer syntaxes."""
    with receiving(supported, lambda _event: 0) as receiver:
        assoc = new_sender().associate("127.0.0.1", receiver.port, contexts=list(contexts), ae_title=_TITLE)
        if assoc.is_established:
            assoc.release()
    return {(str(each.abstract_syntax), str(each.transfer_syntax[0])) for each in assoc.accepted_contexts}


def is_default(context: Any) -> bool:  # noqa: ANN401 - a presentation context of pynetdicom
    """Return whether a context proposes pynetdicom's default transfer syntaxes."""
    from pynetdicom import DEFAULT_TRANSFER_SYNTAXES  # noqa: PLC0415 - the lessons are light to import

    return list(context.transfer_syntax) == DEFAULT_TRANSFER_SYNTAXES


def retrieved(port: int, study_instance_uid: str, sop_class_uids: Sequence[str], roles: Sequence[Any]) -> int:
    """Retrieve a study by pynetdicom's C-GET with these roles; return the number of instances that arrived."""
    from pydicom.dataset import Dataset  # noqa: PLC0415 - the lessons are light to import
    from pynetdicom import evt  # noqa: PLC0415
    from pynetdicom.sop_class import StudyRootQueryRetrieveInformationModelGet as Get  # type: ignore[attr-defined] # noqa: PLC0415

    came: list[str] = []

    def keep(event: Any) -> int:  # noqa: ANN401 - pynetdicom's event
        came.append(str(event.request.AffectedSOPInstanceUID))
        return 0x0000

    ae, keys = new_sender(), Dataset()
    keys.QueryRetrieveLevel, keys.StudyInstanceUID = "STUDY", study_instance_uid
    for uid in (Get, *sop_class_uids):
        ae.add_requested_context(uid)
    assoc = ae.associate(
        "127.0.0.1",
        port,
        ae_title=_TITLE,
        ext_neg=list(roles),
        evt_handlers=[(evt.EVT_C_STORE, keep)],
    )
    if assoc.is_established:
        for _ in assoc.send_c_get(keys, Get):
            pass
        assoc.release()
    return len(came)
