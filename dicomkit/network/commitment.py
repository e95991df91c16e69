"""Storage commitment: say which instances an archive has, and takes responsibility for.

C-STORE's success says that an instance has arrived. Before a scanner deletes its own copy it asks for more: a
list goes in with an N-ACTION, and the answer comes later, in an N-EVENT-REPORT.

References
----------
PS3.4 annex J, Storage Commitment Service Class.
"""

from __future__ import annotations

import struct

from dicomkit.archive import Catalogue
from dicomkit.archive.elements import Element, Item, read_item
from dicomkit.archive.heads import read_head
from dicomkit.archive.values import texts
from dicomkit.errors import DicomKitError, NotDicomError
from dicomkit.files.encoding import Encoding
from dicomkit.network.operations import Request
from dicomkit.network.query_classes import COMMITMENT, COMMITMENT_INSTANCE
from dicomkit.network.wire.command_set import CommandElement, CommandField, CommandValue, number_in, text_in

__all__ = ["ActionRefusedError", "event_report_command", "event_type_of", "make_report", "read_action"]

_TRANSACTION, _REFERENCES, _FAILURES = 0x00081195, 0x00081199, 0x00081198
_CLASS, _INSTANCE, _REASON = 0x00081150, 0x00081155, 0x00081197
_REQUEST_COMMITMENT = 1
_NO_SUCH_INSTANCE, _CLASS_CONFLICT = 0x0112, 0x0119  # PS3.3 section C.14.1.1, Failure Reason
_NO_SUCH_ACTION, _INVALID_ARGUMENT = 0x0123, 0x0115


class ActionRefusedError(DicomKitError, ValueError):
    """An N-ACTION request that cannot be carried out.

    Parameters
    ----------
    status
        What it is answered with (PS3.7 section 10.1.4).
    """

    def __init__(self, given: object, problem: str, remedy: str, *, status: int) -> None:
        super().__init__(given, problem, remedy)
        self.status = status


def read_action(request: Request, encoding: Encoding) -> Item:
    """Return what is to be committed.

    Raises
    ------
    ActionRefusedError
        If this is no request for storage commitment.
    """
    if (
        text_in(request.command, CommandElement.REQUESTED_SOP_INSTANCE_UID) != COMMITMENT_INSTANCE
        or number_in(request.command, CommandElement.ACTION_TYPE_ID) != _REQUEST_COMMITMENT
    ):
        raise ActionRefusedError(
            "N-ACTION",
            "no request for storage commitment",
            "see PS3.4 section J.3.2",
            status=_NO_SUCH_ACTION,
        )
    try:
        item = read_item(request.identifier, 0, encoding, given="N-ACTION")
    except NotDicomError as error:
        raise ActionRefusedError("N-ACTION", error.problem, error.remedy, status=_INVALID_ARGUMENT) from error
    for tag, name in ((_TRANSACTION, "Transaction UID"), (_REFERENCES, "Referenced SOP Sequence")):
        if tag not in item or not item[tag].value:
            raise ActionRefusedError(
                "N-ACTION", f"it has no {name}", "see PS3.4 Table J.3-1", status=_INVALID_ARGUMENT
            )
    return item


def make_report(catalogue: Catalogue, action: Item) -> Item:
    """Return what an N-EVENT-REPORT says: which instances are safe, and which are not and why."""
    catalogue.refresh()
    kept: list[Item] = []
    failed: list[Item] = []
    references = action[_REFERENCES].value
    for reference in references if isinstance(references, tuple) else ():
        reason = _objection(catalogue, _text(reference, _CLASS), _text(reference, _INSTANCE))
        if reason is None:
            kept.append(reference)
        else:
            failed.append({**reference, _REASON: Element("US", struct.pack("<H", reason))})
    report = {_TRANSACTION: action[_TRANSACTION]}
    if kept:
        report[_REFERENCES] = Element("SQ", tuple(kept))
    if failed:
        report[_FAILURES] = Element("SQ", tuple(failed))
    return report


def _objection(catalogue: Catalogue, sop_class_uid: str, sop_instance_uid: str) -> int | None:
    """Return why an instance is not committed; it is looked at on disk, because that is what is promised."""
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


def _text(item: Item, tag: int) -> str:
    element = item.get(tag)
    found = texts("UI", element.value) if element is not None and isinstance(element.value, bytes) else ()
    return found[0] if found else ""


def event_type_of(report: Item) -> int:
    """Return the event type: 1 if all are safe, 2 if some are not."""
    return 2 if _FAILURES in report else 1


def event_report_command(report: Item) -> dict[int, CommandValue]:
    """Return the command set of the N-EVENT-REPORT (PS3.7 section 10.3.1)."""
    return {
        CommandElement.AFFECTED_SOP_CLASS_UID: COMMITMENT,
        CommandElement.COMMAND_FIELD: CommandField.N_EVENT_REPORT_RQ,
        CommandElement.AFFECTED_SOP_INSTANCE_UID: COMMITMENT_INSTANCE,
        CommandElement.EVENT_TYPE_ID: event_type_of(report),
    }
