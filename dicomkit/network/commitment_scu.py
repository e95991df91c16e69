"""Ask an archive to take responsibility for instances, before they are deleted here (storage commitment).

The request is answered at once, what it comes to later: on the same association, or on one that the archive opens.

References
----------
PS3.4 section J.3.2, Request Storage Commitment; section J.3.3, Storage Commitment Result.
"""

from __future__ import annotations

import os
import struct
import threading
from collections.abc import Iterable, Mapping
from types import MappingProxyType
from typing import TYPE_CHECKING, TypeAlias

from dicomkit.archive.elements import Element, Item, encode_item, read_item
from dicomkit.archive.heads import read_head
from dicomkit.archive.values import padded, texts
from dicomkit.errors import DicomKitError, NetworkError, UsageError
from dicomkit.files.encoding import Encoding, transfer_syntax
from dicomkit.network.calling import call
from dicomkit.network.commitment_report import CommitmentReport
from dicomkit.network.operations import Operation, Request, Said
from dicomkit.network.query_classes import COMMITMENT, COMMITMENT_INSTANCE, LARGEST_COMMITMENT_BYTES
from dicomkit.network.request_rules import UNABLE_TO_PROCESS, UNRECOGNIZED_OPERATION, response_to
from dicomkit.network.requestor import AssociationRequestor, TimeOuts
from dicomkit.network.statuses import SUCCESS
from dicomkit.network.wire import AssociationRequest, ConnectionFailedError, DataSetFragment, MessageStart
from dicomkit.network.wire.command_set import CommandElement, CommandField, CommandValue, number_in
from dicomkit.network.wire.failures import Failure
from dicomkit.network.wire.presentation_contexts import ACCEPTED, ContextAnswer, ProposedContext
from dicomkit.uids import EXPLICIT_VR_LITTLE_ENDIAN, IMPLICIT_VR_LITTLE_ENDIAN, new_uid

if TYPE_CHECKING:
    from pydicom.dataset import Dataset

    from dicomkit.network.association_log import AssociationLog

__all__ = ["EventReports", "commit"]

Reference: TypeAlias = "Dataset | str | os.PathLike[str]"
_SYNTAXES = (EXPLICIT_VR_LITTLE_ENDIAN, IMPLICIT_VR_LITTLE_ENDIAN)
_TRANSACTION, _REFERENCES, _FAILURES = 0x00081195, 0x00081199, 0x00081198
_CLASS, _INSTANCE, _REASON = 0x00081150, 0x00081155, 0x00081197
_SOP_CLASS, _SOP_INSTANCE = 0x00080016, 0x00080018
_REQUEST_COMMITMENT = 1


class EventReports:
    """Take the reports of archives that open an association for them.

    Give it to the receiver that they know: ``StorageSCP(folder, ae_title="SCANNER", operations=reports)``.
    """

    def __init__(self) -> None:
        self._found: dict[str, Item] = {}
        self._changed = threading.Condition()

    @property
    def contexts(self) -> Mapping[str, tuple[str, ...]]:
        """The abstract syntax of storage commitment."""
        return MappingProxyType({COMMITMENT: _SYNTAXES})

    @property
    def reported(self) -> frozenset[str]:
        """Storage commitment: who reports calls, and is the SCP all the same (PS3.4 section J.3.3.1.3)."""
        return frozenset(self.contexts)

    @property
    def largest_identifier_bytes(self) -> int:
        """The largest report that is taken."""
        return LARGEST_COMMITMENT_BYTES

    def syntaxes_for(self, _sop_class_uid: str) -> list[str]:
        """Return nothing: no instances are kept here."""
        return []

    def start(self, request: Request) -> Operation:
        """Return the operation that takes a report."""
        encoding = transfer_syntax(request.context.transfer_syntax_uid).encoding
        status = UNRECOGNIZED_OPERATION
        if number_in(request.command, CommandElement.COMMAND_FIELD) == CommandField.N_EVENT_REPORT_RQ:
            status = self.take(request.identifier, encoding)
        yield [Said(status)]

    def take(self, content: bytes, encoding: Encoding) -> int:
        """Keep a report, and return the status that answers it."""
        try:
            report = read_item(content, 0, encoding, given="N-EVENT-REPORT")
        except DicomKitError:
            return UNABLE_TO_PROCESS
        with self._changed:
            self._found[_text(report, _TRANSACTION)] = report
            self._changed.notify_all()
        return SUCCESS

    def wait_for(self, transaction_uid: str, timeout_s: float) -> Item | None:
        """Wait for the report on a transaction; None if it has not come by then."""
        with self._changed:
            self._changed.wait_for(lambda: transaction_uid in self._found, timeout_s)
            return self._found.pop(transaction_uid, None)


def commit(
    instances: Iterable[Reference],
    host: str,
    port: int,
    *,
    reports: EventReports | None = None,
    wait_s: float = 60.0,
    called_ae_title: str = "DICOMKIT",
    calling_ae_title: str = "DICOMKIT",
    time_outs: TimeOuts = TimeOuts(),  # noqa: B008 - a tuple cannot change
    log: AssociationLog | None = None,
) -> CommitmentReport:
    """Ask an archive whether it takes responsibility for instances (N-ACTION), and wait for its report.

    Parameters
    ----------
    instances
        Files or data sets.
    host, port
        Where the archive listens.
    reports
        Of the receiver that the archive knows under our title: the report is awaited there. Without it, the
        report is awaited on the association of the request.
    wait_s
        How long to wait for the report, in seconds. An archive may take hours.
    called_ae_title, calling_ae_title
        The archive's title, and ours.
    time_outs, log
        As for `send`.

    Raises
    ------
    UsageError
        If there are no instances, or one is neither a file nor a data set.
    NetworkError
        If the archive cannot be reached, or commits nothing at all.

    References
    ----------
    PS3.4 annex J, Storage Commitment Service Class.
    """
    references = tuple(_reference(one) for one in instances)
    if not references:
        raise UsageError("instances", "there are none", "give the files that were sent")
    transaction_uid = new_uid()
    action: Item = {
        _TRANSACTION: Element("UI", padded(transaction_uid, "UI")),
        _REFERENCES: Element("SQ", references),
    }
    context = ProposedContext(1, COMMITMENT, _SYNTAXES)
    request = AssociationRequest(calling_ae_title, called_ae_title, (context,))
    patient = time_outs if reports is not None else time_outs._replace(answer_s=wait_s)
    with call(host, port, request, time_outs=patient, log=log) as association:
        answer = association.context_for(COMMITMENT, _SYNTAXES[0])
        if answer is None or answer.result != ACCEPTED:
            problem = "gives no storage commitment"
            raise NetworkError(f"{host} port {port}", problem, "ask the archive that keeps the instances")
        encoding = transfer_syntax(answer.transfer_syntax_uid).encoding
        response = association.request(answer.context_id, _command(), [encode_item(action, encoding)])
        if response.status != SUCCESS:
            return CommitmentReport(response.status, comment=response.comment)
        if reports is None:
            reports = EventReports()
            _listen(association, answer, reports)
            wait_s = 0
    return _in_words(reports.wait_for(transaction_uid, wait_s))


def _command() -> dict[int, CommandValue]:
    return {
        CommandElement.REQUESTED_SOP_CLASS_UID: COMMITMENT,
        CommandElement.COMMAND_FIELD: CommandField.N_ACTION_RQ,
        CommandElement.REQUESTED_SOP_INSTANCE_UID: COMMITMENT_INSTANCE,
        CommandElement.ACTION_TYPE_ID: _REQUEST_COMMITMENT,
    }


def _listen(association: AssociationRequestor, context: ContextAnswer, reports: EventReports) -> None:
    """Take the report that comes on the association of the request; none if it takes too long."""
    encoding = transfer_syntax(context.transfer_syntax_uid).encoding
    try:
        start = association.listen()
        while not isinstance(start, MessageStart):
            start = association.listen()
        content, is_last = b"", not start.has_data_set
        while not is_last:
            piece = association.listen()
            if isinstance(piece, DataSetFragment):
                content, is_last = content + piece.content, piece.is_last
    except ConnectionFailedError as error:
        if error.failure is Failure.TIME_OUT:
            return
        raise
    association.say(context.context_id, response_to(start.command, reports.take(content, encoding)))


def _reference(instance: Reference) -> Item:
    """Return the item that names an instance."""
    if isinstance(instance, str | os.PathLike):
        values = read_head(os.fspath(instance)).values
        uids = [values[tag].decode("latin-1").strip(" \0") for tag in (_SOP_CLASS, _SOP_INSTANCE)]
    else:
        uids = [str(getattr(instance, keyword, "")) for keyword in ("SOPClassUID", "SOPInstanceUID")]
    if not all(uids):
        raise UsageError(type(instance).__name__, "it names no instance", "give a file or its data set")
    return {tag: Element("UI", padded(uid, "UI")) for tag, uid in zip((_CLASS, _INSTANCE), uids, strict=True)}


def _in_words(report: Item | None) -> CommitmentReport:
    if report is None:
        return CommitmentReport(SUCCESS)
    failed = {_text(item, _INSTANCE): _number(item, _REASON) for item in _items(report, _FAILURES)}
    committed = tuple(_text(item, _INSTANCE) for item in _items(report, _REFERENCES))
    return CommitmentReport(SUCCESS, committed, failed, is_answered=True)


def _items(report: Item, tag: int) -> tuple[Item, ...]:
    element = report.get(tag)
    return element.value if element is not None and isinstance(element.value, tuple) else ()


def _number(item: Item, tag: int) -> int:
    element = item.get(tag)
    raw = element.value if element is not None and isinstance(element.value, bytes) else b""
    return int(struct.unpack("<H", raw)[0]) if len(raw) == struct.calcsize("<H") else 0


def _text(item: Item, tag: int) -> str:
    element = item.get(tag)
    found = texts("UI", element.value) if element is not None and isinstance(element.value, bytes) else ()
    return found[0] if found else ""
