"""A storage commitment SCU: ask an archive to take responsibility for instances before they are deleted here.

The N-ACTION is answered at once. The result comes later, in an N-EVENT-REPORT on the same association or on one that
the archive requests.

References
----------
PS3.4 section J.3.2.1, Storage Commitment Request; section J.3.3.1, Storage Commitment Result.
"""

from __future__ import annotations

import os
import threading
from collections.abc import Iterable, Iterator, Mapping
from types import MappingProxyType
from typing import TYPE_CHECKING, TypeAlias

from dicomkit.archive.elements import Element, Item, encode_item, items_in, read_item, uids_in
from dicomkit.archive.indexed_values import read_head
from dicomkit.archive.values import padded
from dicomkit.errors import DicomKitError, UsageError
from dicomkit.files.encoding import Encoding, transfer_syntax
from dicomkit.files.tags import SOP_CLASS_UID, SOP_INSTANCE_UID
from dicomkit.network.calling import call
from dicomkit.network.commitment import (
    FAILED_SOP_SEQUENCE,
    FAILURE_REASON,
    REFERENCED_SOP_CLASS_UID,
    REFERENCED_SOP_INSTANCE_UID,
    REFERENCED_SOP_SEQUENCE,
    REQUEST_COMMITMENT,
    TRANSACTION_UID,
)
from dicomkit.network.commitment_report import CommitmentReport
from dicomkit.network.operations import Operation, Operations, OutgoingResponse, Request
from dicomkit.network.query_classes import COMMITMENT, COMMITMENT_INSTANCE, MAX_COMMITMENT_BYTES
from dicomkit.network.query_requestor import receive_command, receive_data_set
from dicomkit.network.request_rules import UNABLE_TO_PROCESS, UNRECOGNIZED_OPERATION, response_to
from dicomkit.network.requestor import AssociationRequestor, TimeOuts
from dicomkit.network.required_context import required_context
from dicomkit.network.sop_classes import UNCOMPRESSED
from dicomkit.network.statuses import SUCCESS
from dicomkit.network.wire import AssociationRequest, ConnectionFailedError
from dicomkit.network.wire.command_set import CommandElement, CommandField, CommandValue, number_in
from dicomkit.network.wire.failures import Failure
from dicomkit.network.wire.presentation_contexts import ContextAnswer, ProposedContext
from dicomkit.uids import new_uid

if TYPE_CHECKING:
    from pydicom.dataset import Dataset

    from dicomkit.network.association_log import AssociationLog

__all__ = ["EventReports", "commit"]

Reference: TypeAlias = "Dataset | str | os.PathLike[str]"
_US_BYTES = 2


class EventReports(Operations):
    """Receive the reports of archives that request an association for them.

    Pass it to the receiver whose address they know: ``StorageSCP(folder, ae_title="SCANNER", operations=reports)``.
    """

    def __init__(self) -> None:
        self._found: dict[str, Item] = {}
        self._changed = threading.Condition()

    @property
    def contexts(self) -> Mapping[str, tuple[str, ...]]:
        """The abstract syntax of storage commitment."""
        return MappingProxyType({COMMITMENT: UNCOMPRESSED})

    @property
    def event_report_sop_classes(self) -> frozenset[str]:
        """Storage commitment: the archive requests the association and is the SCP (PS3.4 section J.3.3.1.3)."""
        return frozenset(self.contexts)

    @property
    def max_identifier_bytes(self) -> int:
        """Length of the longest report that is accepted."""
        return MAX_COMMITMENT_BYTES

    def start(self, request: Request) -> Operation:
        """Return the operation that answers an N-EVENT-REPORT."""
        encoding = transfer_syntax(request.context.transfer_syntax_uid).encoding
        status = UNRECOGNIZED_OPERATION
        if number_in(request.command, CommandElement.COMMAND_FIELD) == CommandField.N_EVENT_REPORT_RQ:
            status = self.add(request.identifier, encoding)
        yield [OutgoingResponse(status)]

    def add(self, content: bytes, encoding: Encoding) -> int:
        """Store a report for `wait_for`, and return the status of the response."""
        try:
            report = read_item(content, 0, encoding, given="N-EVENT-REPORT")
        except DicomKitError:
            return UNABLE_TO_PROCESS
        with self._changed:
            for uid in uids_in(report, TRANSACTION_UID):
                self._found[uid] = report
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
        The reports of a receiver that the archive knows by our AE title; the report is expected there. Without it,
        the report is expected on the association of the request.
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
        If the archive cannot be reached, or does not support storage commitment.

    References
    ----------
    PS3.4 annex J, Storage Commitment Service Class.
    """
    references = tuple(_reference(one) for one in instances)
    if not references:
        raise UsageError("instances", "there are none", "give the files that were sent")
    transaction_uid = new_uid()
    action: Item = {
        TRANSACTION_UID: Element("UI", padded(transaction_uid, "UI")),
        REFERENCED_SOP_SEQUENCE: Element("SQ", references),
    }
    context = ProposedContext(1, COMMITMENT, UNCOMPRESSED)
    request = AssociationRequest(calling_ae_title, called_ae_title, (context,))
    with_wait = time_outs if reports is not None else time_outs._replace(answer_s=wait_s)
    with call(host, port, request, time_outs=with_wait, log=log) as association:
        accepted = required_context(
            association,
            COMMITMENT,
            UNCOMPRESSED[0],
            problem="gives no storage commitment",
            remedy="ask the archive that keeps the instances",
        )
        encoding = transfer_syntax(accepted.transfer_syntax_uid).encoding
        response = association.request(accepted.context_id, _command(), [encode_item(action, encoding)])
        if response.status != SUCCESS:
            return CommitmentReport(response.status, comment=response.comment)
        if reports is None:
            reports = EventReports()
            _receive_report(association, accepted, reports)
            wait_s = 0
    return _commitment_report(reports.wait_for(transaction_uid, wait_s), references)


def _command() -> dict[int, CommandValue]:
    return {
        CommandElement.REQUESTED_SOP_CLASS_UID: COMMITMENT,
        CommandElement.COMMAND_FIELD: CommandField.N_ACTION_RQ,
        CommandElement.REQUESTED_SOP_INSTANCE_UID: COMMITMENT_INSTANCE,
        CommandElement.ACTION_TYPE_ID: REQUEST_COMMITMENT,
    }


def _receive_report(association: AssociationRequestor, context: ContextAnswer, reports: EventReports) -> None:
    """Receive a report on the association of the request, unless it times out."""
    encoding = transfer_syntax(context.transfer_syntax_uid).encoding
    try:
        start = receive_command(association)
        content = b"".join(fragment.content for fragment in receive_data_set(association, start))
    except ConnectionFailedError as error:
        if error.failure is Failure.TIME_OUT:
            return
        raise
    association.send_command(context.context_id, response_to(start.command, reports.add(content, encoding)))


def _reference(instance: Reference) -> Item:
    """Return the item that names an instance."""
    if isinstance(instance, str | os.PathLike):
        values = read_head(os.fspath(instance)).values
        uids = [values[tag].decode("latin-1").strip(" \0") for tag in (SOP_CLASS_UID, SOP_INSTANCE_UID)]
    else:
        uids = [str(getattr(instance, keyword, "")) for keyword in ("SOPClassUID", "SOPInstanceUID")]
    if not all(uids):
        raise UsageError(type(instance).__name__, "it names no instance", "give a file or its data set")
    return {
        tag: Element("UI", padded(uid, "UI"))
        for tag, uid in zip((REFERENCED_SOP_CLASS_UID, REFERENCED_SOP_INSTANCE_UID), uids, strict=True)
    }


def _commitment_report(report: Item | None, asked: Iterable[Item]) -> CommitmentReport:
    """Return what a report says of the instances that were asked about.

    It should name each of them once, as committed or as failed (PS3.4 section J.3.3.1, Storage Commitment Result). One
    that it omits is not committed, and one that it names as both has failed.
    """
    if report is None:
        return CommitmentReport(SUCCESS)
    failed = {
        uid: _failure_reason(item)
        for item in items_in(report, FAILED_SOP_SEQUENCE)
        for uid in uids_in(item, REFERENCED_SOP_INSTANCE_UID)
    }
    committed = tuple(
        uid for uid in _instances(items_in(report, REFERENCED_SOP_SEQUENCE)) if uid not in failed
    )
    named = {*failed, *committed}
    omitted = tuple(uid for uid in _instances(asked) if uid not in named)
    return CommitmentReport(SUCCESS, committed, failed, is_answered=True, omitted=omitted)


def _instances(references: Iterable[Item]) -> Iterator[str]:
    """Yield the SOP Instance UIDs that items name."""
    for item in references:
        yield from uids_in(item, REFERENCED_SOP_INSTANCE_UID)


def _failure_reason(item: Item) -> int | None:
    element = item.get(FAILURE_REASON)
    raw = element.value if element is not None and isinstance(element.value, bytes) else b""
    return int.from_bytes(raw, "little") if len(raw) == _US_BYTES else None
