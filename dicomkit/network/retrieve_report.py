"""What came of a retrieval, C-GET or C-MOVE, in words."""

from __future__ import annotations

from dataclasses import dataclass, field
from pathlib import Path

from dicomkit.errors import TransferError
from dicomkit.network.query_statuses import explain_query_status
from dicomkit.network.records import StoredInstance
from dicomkit.network.statuses import StatusMeaning
from dicomkit.text import counted, escape_html

__all__ = ["RetrieveReport"]

_LISTED = 20


@dataclass(frozen=True)
class RetrieveReport:
    """The counts of a retrieval, and how it ended.

    Parameters
    ----------
    operation
        ``C-GET`` or ``C-MOVE``.
    status
        The status of the last response.
    completed, warnings, failed
        How many sub-operations, that is C-STOREs of the archive, ended so. None where the archive does not say.
    remaining
        How many were not begun, of a retrieval that was cancelled.
    failed_uids
        The SOP Instance UIDs of those that failed, as far as the archive names them.
    comment
        What the archive wrote in (0000,0902) Error Comment.
    received
        What C-GET brought; C-MOVE brings nothing here, but to the destination.
    problems
        Why this side did not store an instance.
    """

    operation: str
    status: int
    completed: int | None = None
    warnings: int | None = None
    failed: int | None = None
    remaining: int | None = None
    failed_uids: tuple[str, ...] = ()
    comment: str = ""
    received: tuple[StoredInstance, ...] = field(default=(), repr=False)
    problems: tuple[str, ...] = ()

    @property
    def explained(self) -> StatusMeaning:
        """What the last status means, where that is written, and what to do."""
        return explain_query_status(self.status)

    @property
    def is_complete(self) -> bool:
        """Whether everything that matched was sent and stored. Nothing that matched is complete, too."""
        return self.explained.family == "success"

    @property
    def paths(self) -> list[Path]:
        """Where what C-GET brought lies."""
        return [instance.path for instance in self.received]

    def raise_on_failure(self) -> None:
        """Raise if an instance was not sent.

        Raises
        ------
        TransferError
            With the status in words.
        """
        if not self.is_complete:
            raise TransferError(self.operation, self.summary(), self.explained.advice)

    def summary(self) -> str:
        """Return one line with the counts and the end.

        Examples
        --------
        >>> RetrieveReport("C-MOVE", 0xA801).summary()
        'C-MOVE: A801H: the archive does not know the move destination'
        """
        counts = [
            f"{number} {name}"
            for number, name in (
                (self.completed, "completed"),
                (self.warnings, "with a warning"),
                (self.failed, "failed"),
                (self.remaining, "not begun"),
            )
            if number
        ]
        if self.is_complete and not counts:
            counts = ["nothing matched, so nothing was sent"]
        if not self.is_complete:
            counts.append(f"{self.status & 0xFFFF:04X}H: {self.explained.meaning}")
        return f"{self.operation}: {', '.join(counts)}" + (f" ({self.comment})" if self.comment else "")

    def __str__(self) -> str:
        lines = [f"  failed: {uid}" for uid in self.failed_uids[:_LISTED]]
        rest = len(self.failed_uids) - _LISTED
        if rest > 0:
            lines.append(f"  and {counted(rest, 'instance')} more")
        if not self.is_complete:
            lines.append(f"  {self.explained.advice} ({self.explained.rule})")
        return "\n".join([self.summary(), *lines, *(f"  {problem}" for problem in self.problems[:_LISTED])])

    def _repr_html_(self) -> str:
        return f"<pre>{escape_html(str(self))}</pre>"
