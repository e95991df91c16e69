"""Storage commitment: an archive says for which instances it takes responsibility.

The success of a C-STORE says only that an instance has arrived. Before a modality deletes its own copy, it sends a
list of instances in an N-ACTION; the answer comes later, in an N-EVENT-REPORT.

References
----------
PS3.4 annex J, Storage Commitment Service Class.
"""

from __future__ import annotations

import struct

from dicomkit.archive import Catalogue
from dicomkit.archive.elements import Element, Item, items_in, read_item, uids_in
from dicomkit.archive.indexed_values import read_head
from dicomkit.errors import DicomKitError, NotDicomError
from dicomkit.files.encoding import Encoding
from dicomkit.network.operations import Request
from dicomkit.network.query_classes import COMMITMENT, COMMITMENT_INSTANCE
from dicomkit.network.request_rules import INVALID_ARGUMENT, NO_SUCH_ACTION
from dicomkit.network.wire.command_set import CommandElement, CommandField, CommandValue, number_in, text_in

__all__ = [
    "FAILED_SOP_SEQUENCE",
    "FAILURE_REASON",
    "REFERENCED_SOP_CLASS_UID",
    "REFERENCED_SOP_INSTANCE_UID",
    "REFERENCED_SOP_SEQUENCE",
    "REQUEST_COMMITMENT",
    "TRANSACTION_UID",
    "ActionRefusedError",
    "event_report_command",
    "make_report",
    "read_action",
]

TRANSACTION_UID = 0x00081195
REFERENCED_SOP_SEQUENCE, FAILED_SOP_SEQUENCE = 0x00081199, 0x00081198
REFERENCED_SOP_CLASS_UID, REFERENCED_SOP_INSTANCE_UID = 0x00081150, 0x00081155
FAILURE_REASON = 0x00081197
REQUEST_COMMITMENT = 1  # Action Type ID (0000,1008), PS3.4 Table J.3-1
_NO_SUCH_INSTANCE, _CLASS_CONFLICT = 0x0112, 0x0119  # PS3.3 section C.14.1.1, Failure Reason


class ActionRefusedError(DicomKitError, ValueError):
    """An N-ACTION request that cannot be carried out.

    Parameters
    ----------
    status
        The status of the response (PS3.7 section 10.1.4).
    """

    def __init__(self, status: int, problem: str, remedy: str) -> None:
        super().__init__("N-ACTION", problem, remedy)
        self.status = status


def read_action(request: Request, encoding: Encoding) -> Item:
    """Return the data set of an N-ACTION request: Transaction UID and Referenced SOP Sequence.

    Raises
    ------
    ActionRefusedError
        If this is no request for storage commitment.
    """
    if (
        text_in(request.command, CommandElement.REQUESTED_SOP_INSTANCE_UID) != COMMITMENT_INSTANCE
        or number_in(request.command, CommandElement.ACTION_TYPE_ID) != REQUEST_COMMITMENT
    ):
        problem = "no request for storage commitment"
        raise ActionRefusedError(NO_SUCH_ACTION, problem, "see PS3.4 section J.3.2")
    try:
        item = read_item(request.identifier, 0, encoding, given="N-ACTION")
    except NotDicomError as error:
        raise ActionRefusedError(INVALID_ARGUMENT, error.problem, error.remedy) from error
    for tag, name in (
        (TRANSACTION_UID, "Transaction UID"),
        (REFERENCED_SOP_SEQUENCE, "Referenced SOP Sequence"),
    ):
        if tag not in item or not item[tag].value:
            raise ActionRefusedError(INVALID_ARGUMENT, f"it has no {name}", "see PS3.4 Table J.3-1")
    return item


def make_report(catalogue: Catalogue, action: Item) -> Item:
    """Return the data set of the N-EVENT-REPORT: the committed instances, and the failed ones with a reason."""
    catalogue.refresh()
    kept: list[Item] = []
    failed: list[Item] = []
    for reference in items_in(action, REFERENCED_SOP_SEQUENCE):
        reason = _failure_reason(
            catalogue, _uid(reference, REFERENCED_SOP_CLASS_UID), _uid(reference, REFERENCED_SOP_INSTANCE_UID)
        )
        if reason is None:
            kept.append(reference)
        else:
            failed.append({**reference, FAILURE_REASON: Element("US", struct.pack("<H", reason))})
    report = {TRANSACTION_UID: action[TRANSACTION_UID]}
    if kept:
        report[REFERENCED_SOP_SEQUENCE] = Element("SQ", tuple(kept))
    if failed:
        report[FAILED_SOP_SEQUENCE] = Element("SQ", tuple(failed))
    return report


def _failure_reason(catalogue: Catalogue, sop_class_uid: str, sop_instance_uid: str) -> int | None:
    """Return the Failure Reason for an instance, None if it is safe; its file is read again to make sure."""
    instance = catalogue.instance(sop_instance_uid)
    if instance is None:
        return _NO_SUCH_INSTANCE
    if instance.sop_class_uid != sop_class_uid:
        return _CLASS_CONFLICT
    try:
        read_head(instance.path)
    except DicomKitError:
        return _NO_SUCH_INSTANCE
    return None


def _uid(item: Item, tag: int) -> str:
    return next(iter(uids_in(item, tag)), "")


def event_report_command(report: Item) -> dict[int, CommandValue]:
    """Return the command set of the N-EVENT-REPORT (PS3.7 section 10.3.1)."""
    return {
        CommandElement.AFFECTED_SOP_CLASS_UID: COMMITMENT,
        CommandElement.COMMAND_FIELD: CommandField.N_EVENT_REPORT_RQ,
        CommandElement.AFFECTED_SOP_INSTANCE_UID: COMMITMENT_INSTANCE,
        # PS3.4 Table J.3-2: 1 if all are committed, 2 if some failed.
        CommandElement.EVENT_TYPE_ID: 2 if FAILED_SOP_SEQUENCE in report else 1,
    }
