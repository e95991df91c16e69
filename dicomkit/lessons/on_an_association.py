"""Run what a learner wrote for the network where it will run: in pynetdicom, on a real association.

A stand-in for an event knows what its author thought of. What a sender is told in the end, in which encoding
a data set arrives, and what becomes of an exception are decided by the library, so a check asks the library.
Everything stays on this computer, and a receiver is gone when its block ends.
"""

from __future__ import annotations

import contextlib
import socketserver
import threading
import time
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from typing import Any

from dicomkit.abilities import has_sockets
from dicomkit.errors import LessonError
from dicomkit.files.quiet_pydicom import quiet_pydicom
from dicomkit.lessons.answers import WrongForm

__all__ = [
    "Pair",
    "Receiver",
    "agreed",
    "encodings_of",
    "is_default",
    "new_sender",
    "receiving",
    "retrieved",
    "sending_to",
]

_TITLE = "ARCHIVE"
_HANDLER_RAISED = 0xC211  # what pynetdicom answers when a handler raises
_GOODBYE_WITHIN_S = 1.0
_LOOKS_EVERY_S = 0.01

Handler = Callable[[Any], Any]
Pair = tuple[str, str]  # SOP class, transfer syntax


class Receiver:
    """What a receiver of pynetdicom has seen so far.

    Its attributes are filled in by the receiver's threads: ``port`` to call, ``associations`` that it
    accepted, and ``aborted`` how many of them were broken off, ``arrived``, the SOP Instance UIDs in the order in which they came.
    """

    def __init__(self) -> None:
        self.port = 0
        self.associations = 0
        self.arrived: list[str] = []
        self._released = 0
        self.aborted = 0
        self._changed = threading.Condition()

    def was_left_properly(self) -> bool:
        """Wait a moment for the last A-RELEASE; return whether every association was released."""
        with self._changed:
            self._changed.wait_for(
                lambda: self._released + self.aborted >= self.associations, _GOODBYE_WITHIN_S
            )
            return self._released >= self.associations

    def note_accepted(self, _event: object) -> None:
        """Count an association."""
        with self._changed:
            self.associations += 1

    def note_aborted(self, _event: object) -> None:
        """Count an association that somebody broke off."""
        with self._changed:
            self.aborted += 1
            self._changed.notify_all()

    def note_released(self, _event: object) -> None:
        """Count a goodbye."""
        with self._changed:
            self._released += 1
            self._changed.notify_all()


@contextlib.contextmanager
def receiving(supported: Mapping[str, Sequence[str]], handler: Handler) -> Iterator[Receiver]:
    """Run a receiver of pynetdicom until the block ends.

    Parameters
    ----------
    supported
        The transfer syntaxes that it takes for each SOP class, the preferred one first.
    handler
        Is called with the event of each C-STORE request; returns the status.

    Raises
    ------
    LessonError
        If there are no sockets.
    """
    if not has_sockets():
        raise LessonError(
            "this exercise",
            "its check runs a receiver of pynetdicom, which needs sockets and threads: a page in a browser has neither",
            "compare with solution(...), or take the workshop on a machine: dicomkit lab",
        )
    from pynetdicom import AE, evt  # noqa: PLC0415 - the lessons are light to import
    from pynetdicom.transport import ThreadedAssociationServer  # noqa: PLC0415

    receiver, before = Receiver(), set(threading.enumerate())

    def handle(event: Any) -> Any:  # noqa: ANN401 - pynetdicom's event, and whatever a handler returns
        receiver.arrived.append(str(event.request.AffectedSOPInstanceUID))
        with quiet_pydicom():  # in this thread too: a warning may hold a value
            return handler(event)

    ae = AE(ae_title=_TITLE)
    for sop_class_uid, syntaxes in supported.items():
        ae.add_supported_context(sop_class_uid, list(syntaxes))
    handlers: list[Any] = [
        (evt.EVT_C_STORE, handle),
        (evt.EVT_ACCEPTED, receiver.note_accepted),
        (evt.EVT_RELEASED, receiver.note_released),
        (evt.EVT_ABORTED, receiver.note_aborted),
    ]
    server: Any = ae.make_server(
        ("127.0.0.1", 0), evt_handlers=handlers, server_class=ThreadedAssociationServer
    )
    receiver.port = server.server_address[1]
    # As start_server does it, but its loop looks for the end every half second only.
    loop = threading.Thread(target=server.serve_forever, args=(_LOOKS_EVERY_S,), name="receiver of a check")
    loop.start()
    try:
        yield receiver
    finally:
        ae.shutdown()  # aborts what a learner's function has left open
        socketserver.BaseServer.shutdown(server)
        server.server_close()
        loop.join()
        until = time.monotonic() + _GOODBYE_WITHIN_S
        for thread in set(threading.enumerate()) - before:  # of both sides: their last messages take a moment
            thread.join(max(0.0, until - time.monotonic()))


def encodings_of(datasets: Iterable[Any]) -> dict[str, list[str]]:
    """Return the transfer syntaxes in which the data sets of each SOP class are."""
    found: dict[str, list[str]] = {}
    for dataset in datasets:
        syntaxes = found.setdefault(str(dataset.SOPClassUID), [])
        if dataset.file_meta.TransferSyntaxUID not in syntaxes:
            syntaxes.append(str(dataset.file_meta.TransferSyntaxUID))
    return found


@contextlib.contextmanager
def sending_to(handler: Handler, datasets: Iterable[Any]) -> Iterator[Callable[[Any], int | None]]:
    """Run a receiver of pynetdicom with a learner's handler, and lend a function that sends to it.

    The function sends one of the data sets, as it is encoded, and returns the status that the sender was told;
    None if it was told nothing. It raises `WrongForm` if the handler did (`learners_code.call`).
    """
    from dicomkit.network import send  # noqa: PLC0415 - the lessons are light to import

    raised: list[WrongForm] = []

    def handle(event: Any) -> Any:  # noqa: ANN401 - as above
        try:
            return handler(event)
        except WrongForm as error:  # it belongs to whoever checks, not to pynetdicom's log
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
    """Return an application entity that proposes nothing yet."""
    from pynetdicom import AE  # noqa: PLC0415 - the lessons are light to import

    return AE(ae_title="SCANNER")


def agreed(contexts: Sequence[Any], supported: Mapping[str, Sequence[str]]) -> set[Pair]:
    """Propose presentation contexts to a receiver, and return what may travel afterwards."""
    with receiving(supported, lambda _event: 0) as receiver:
        assoc = new_sender().associate("127.0.0.1", receiver.port, contexts=list(contexts), ae_title=_TITLE)
        if assoc.is_established:
            assoc.release()
    return {(str(each.abstract_syntax), str(each.transfer_syntax[0])) for each in assoc.accepted_contexts}


def is_default(context: Any) -> bool:  # noqa: ANN401 - a presentation context of pynetdicom
    """Return whether a context offers what pynetdicom offers to whoever names no transfer syntax."""
    from pynetdicom import DEFAULT_TRANSFER_SYNTAXES  # noqa: PLC0415 - the lessons are light to import

    return list(context.transfer_syntax) == DEFAULT_TRANSFER_SYNTAXES


def retrieved(port: int, study_instance_uid: str, sop_class_uids: Sequence[str], roles: Sequence[Any]) -> int:
    """Have pynetdicom retrieve a study with C-GET in these roles, and return how many instances came."""
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
