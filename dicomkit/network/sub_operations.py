"""The counts of the C-STORE sub-operations of a retrieval (PS3.4 section C.4.2.1.6)."""

from __future__ import annotations

from dicomkit.archive.elements import Element, encode_item
from dicomkit.archive.values import padded
from dicomkit.files.encoding import Encoding
from dicomkit.network.operations import OutgoingResponse
from dicomkit.network.query_statuses import CANCELLED, PENDING
from dicomkit.network.statuses import NO_STATUS, SUCCESS, explain_status
from dicomkit.network.wire.command_set import CommandElement, CommandValue

__all__ = ["FAILED_SOP_INSTANCE_UIDS", "SubOperations"]

_SOME_FAILED = 0xB000
_ALL_FAILED = 0xA702
FAILED_SOP_INSTANCE_UIDS = 0x00080058  # Failed SOP Instance UID List
_MAX_LIST_BYTES = 0xFFFE  # PS3.5 section 7.1.2: VR UI has a 16-bit length
_MAX_COUNT = 0xFFFF  # the counts have VR US


class SubOperations:
    """Count the sub-operations of one retrieval.

    Parameters
    ----------
    total
        How many instances are to be sent.
    encoding
        Encoding of the identifier of the last response.
    """

    def __init__(self, total: int, encoding: Encoding) -> None:
        self.remaining = total
        self.completed = self.failed = self.warnings = 0
        self._encoding = encoding
        self._failed_uids: list[str] = []
        self._reason = ""

    def count(self, sop_instance_uid: str, status: int, reason: str = "") -> None:
        """Count one instance by its C-STORE status; `NO_STATUS` if it was not sent, for `reason`."""
        self.remaining -= 1
        family = "failure" if status == NO_STATUS else explain_status(status).family
        if family == "success":
            self.completed += 1
        elif family == "warning":
            self.warnings += 1
        else:
            self.failed += 1
            self._failed_uids.append(sop_instance_uid)
            self._reason = self._reason or reason or f"C-STORE was answered {status:04X}H"

    def pending(self) -> OutgoingResponse:
        """Return a pending response with the current counts."""
        return OutgoingResponse(PENDING, fields=self._counts(with_remaining=True))

    def final(self, *, is_cancelled: bool = False) -> OutgoingResponse:
        """Return the last response; its identifier lists the failed instances."""
        status = SUCCESS
        if is_cancelled:
            status = CANCELLED
        elif self.failed and not self.completed + self.warnings:
            status = _ALL_FAILED  # PS3.4 section C.4.2.3.1: all of them failed
        elif self.failed or self.warnings:
            status = _SOME_FAILED
        comment = "" if status == SUCCESS else self._reason
        return OutgoingResponse(
            status, self._identifier(), comment, self._counts(with_remaining=is_cancelled)
        )

    def _identifier(self) -> bytes | None:
        """Return the encoded list of failed instances, shortened to what fits into one element."""
        if not self._failed_uids:
            return None
        uids = "\\".join(self._failed_uids)
        while len(uids) >= _MAX_LIST_BYTES:
            uids = uids.rpartition("\\")[0]
        return encode_item({FAILED_SOP_INSTANCE_UIDS: Element("UI", padded(uids, "UI"))}, self._encoding)

    def _counts(self, *, with_remaining: bool) -> dict[int, CommandValue]:
        counts: dict[int, CommandValue] = {
            CommandElement.NUMBER_OF_COMPLETED_SUBOPERATIONS: min(self.completed, _MAX_COUNT),
            CommandElement.NUMBER_OF_FAILED_SUBOPERATIONS: min(self.failed, _MAX_COUNT),
            CommandElement.NUMBER_OF_WARNING_SUBOPERATIONS: min(self.warnings, _MAX_COUNT),
        }
        if with_remaining:
            left = min(self.remaining, _MAX_COUNT)
            counts[CommandElement.NUMBER_OF_REMAINING_SUBOPERATIONS] = left
        return counts
