"""Counting sub-operations: how many are left, and what became of the others (PS3.4 section C.4.2.1.6)."""

from __future__ import annotations

from dicomkit.archive.elements import Element, encode_item
from dicomkit.archive.values import padded
from dicomkit.files.encoding import Encoding
from dicomkit.network.operations import Said
from dicomkit.network.statuses import NO_STATUS, SUCCESS, explain_status
from dicomkit.network.wire.command_set import CommandElement, CommandValue

__all__ = ["CANCELLED", "PENDING", "SubOperations"]

PENDING = 0xFF00
CANCELLED = 0xFE00
_SOME_FAILED = 0xB000
_NONE_DONE = 0xA702
_FAILED_LIST = 0x00080058
_LONGEST_LIST_BYTES = 0xFFFE  # what the length of a UI value can say
_HIGHEST_COUNT = 0xFFFF  # the counts have VR US


class SubOperations:
    """Keep the counts of one retrieval.

    Parameters
    ----------
    total
        How many instances are to be sent.
    encoding
        How the identifier of the last response is encoded.
    """

    def __init__(self, total: int, encoding: Encoding) -> None:
        self.remaining = total
        self.completed = self.failed = self.warnings = 0
        self._encoding = encoding
        self._failed_uids: list[str] = []
        self._reason = ""

    def note(self, sop_instance_uid: str, status: int, reason: str = "") -> None:
        """Note what became of one instance: its C-STORE status, `NO_STATUS` if it was not even sent."""
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

    def pending(self) -> Said:
        """Return the response that says how far it is."""
        return Said(PENDING, fields=self._counts(with_remaining=True))

    def final(self, *, is_cancelled: bool = False) -> Said:
        """Return the last response; what failed is in its identifier."""
        status = SUCCESS
        if is_cancelled:
            status = CANCELLED
        elif self.failed and not self.completed + self.warnings:
            status = _NONE_DONE  # PS3.4 section C.4.2.3.1: all of them failed
        elif self.failed or self.warnings:
            status = _SOME_FAILED
        fields = self._counts(with_remaining=is_cancelled)
        if status != SUCCESS and self._reason:
            fields[CommandElement.ERROR_COMMENT] = self._reason[:64]
        return Said(status, self._identifier(), fields)

    def _identifier(self) -> bytes | None:
        """Return the list of what failed, as long as it fits an element."""
        if not self._failed_uids:
            return None
        uids = "\\".join(self._failed_uids)
        while len(uids) >= _LONGEST_LIST_BYTES:
            uids = uids.rpartition("\\")[0]
        return encode_item({_FAILED_LIST: Element("UI", padded(uids, "UI"))}, self._encoding)

    def _counts(self, *, with_remaining: bool) -> dict[int, CommandValue]:
        counts: dict[int, CommandValue] = {
            CommandElement.NUMBER_OF_COMPLETED_SUBOPERATIONS: min(self.completed, _HIGHEST_COUNT),
            CommandElement.NUMBER_OF_FAILED_SUBOPERATIONS: min(self.failed, _HIGHEST_COUNT),
            CommandElement.NUMBER_OF_WARNING_SUBOPERATIONS: min(self.warnings, _HIGHEST_COUNT),
        }
        if with_remaining:
            left = min(self.remaining, _HIGHEST_COUNT)
            counts[CommandElement.NUMBER_OF_REMAINING_SUBOPERATIONS] = left
        return counts
