"""What became of a request for storage commitment, in words."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

from dicomkit.errors import TransferError
from dicomkit.network.statuses import SUCCESS
from dicomkit.text import counted, escape_html

__all__ = ["CommitmentReport"]

_LISTED = 20
# PS3.3 section C.14.1.1, Failure Reason.
_REASONS = {
    0x0110: "it could not be processed",
    0x0112: "the archive does not have it",
    0x0119: "there it is an object of another SOP class",
    0x0122: "commitment is not given for its SOP class",
    0x0131: "its Transaction UID was used before",
    0x0213: "the archive has no room",
}


@dataclass(frozen=True)
class CommitmentReport:
    """For which instances an archive takes responsibility.

    Parameters
    ----------
    status
        What the request itself (N-ACTION) was answered with.
    committed
        The SOP Instance UIDs that are safe: only these may be deleted here.
    failed
        Those that are not, with the Failure Reason (0008,1197); None if the archive gives none.
    omitted
        Those that the report names neither as committed nor as failed: they are not safe either.
    is_answered
        Whether the report (N-EVENT-REPORT) came. It may come hours later; until then nothing is safe.
    comment
        What the archive wrote in (0000,0902) Error Comment.

    References
    ----------
    PS3.4 annex J, Storage Commitment Service Class.
    """

    status: int
    committed: tuple[str, ...] = ()
    failed: Mapping[str, int | None] = field(default_factory=dict)
    is_answered: bool = False
    comment: str = ""
    omitted: tuple[str, ...] = ()

    @property
    def is_complete(self) -> bool:
        """Whether the archive takes responsibility for everything that was asked for."""
        return self.is_answered and not self.failed and not self.omitted

    def raise_on_failure(self) -> None:
        """Raise unless everything is safe.

        Raises
        ------
        TransferError
            With the report in words.
        """
        if not self.is_complete:
            raise TransferError("storage commitment", self.summary(), "keep what is not committed")

    def summary(self) -> str:
        """Return one line.

        Examples
        --------
        >>> CommitmentReport(0, ("1.2",), {"1.3": 0x0112}, is_answered=True).summary()
        '1 instance committed, 1 not'
        """
        if self.status != SUCCESS:
            comment = f" ({self.comment})" if self.comment else ""
            return f"the request was refused with {self.status & 0xFFFF:04X}H{comment}"
        if not self.is_answered:
            return "the request was taken, and no report has come: nothing is committed yet"
        failed = f", {len(self.failed)} not" if self.failed else ""
        omitted = f", {len(self.omitted)} not named in the report" if self.omitted else ""
        return f"{counted(len(self.committed), 'instance')} committed{failed}{omitted}"

    def __str__(self) -> str:
        problems = [f"  {uid}: {_in_words(reason)}" for uid, reason in self.failed.items()]
        problems += [f"  {uid}: the report does not name it" for uid in self.omitted]
        lines, rest = problems[:_LISTED], len(problems) - _LISTED
        return "\n".join([self.summary(), *lines, *([f"  and {rest} more"] if rest > 0 else [])])

    def _repr_html_(self) -> str:
        return f"<pre>{escape_html(str(self))}</pre>"


def _in_words(failure_reason: int | None) -> str:
    if failure_reason is None:
        return "the archive gives no reason"
    return f"{_REASONS.get(failure_reason, 'no reason that the Standard names')} ({failure_reason:04X}H)"
