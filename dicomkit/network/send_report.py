"""The result of sending, with a row for each instance."""

from __future__ import annotations

import collections
from collections.abc import Sequence

from dicomkit.errors import TransferError
from dicomkit.named_tuple import NamedTuple
from dicomkit.network.outgoing import NotSendable, OutgoingInstance
from dicomkit.network.statuses import NO_STATUS, explain_status
from dicomkit.text import counted, escape_html, escape_terminal, shorten

__all__ = ["LABEL_LIMIT", "OUTCOMES", "SendInterrupted", "SendReport", "SendResult"]

# From best to worst; the first three need no action.
OUTCOMES = ("stored", "warning", "skipped", "failed", "refused", "unknown", "not sent")
_FINE = frozenset(OUTCOMES[:3])
LABEL_LIMIT = 60


class SendResult(NamedTuple):
    """The result for one instance.

    Parameters
    ----------
    label
        The file's name, or ``data set`` and its number.
    outcome
        ``stored``, ``warning`` (stored, but read the meaning), ``failed`` (answered with a failure status),
        ``refused`` (not sent: no presentation context, or damaged), ``unknown`` (no response), ``not sent``
        (because of an earlier failure) or ``skipped`` (no DICOM instance).
    status
        The C-STORE status, if the response had one.
    meaning, rule, advice
        What it means, where the Standard defines it, and what to do.
    sop_instance_uid, sop_class_uid, transfer_syntax_uid
        Its UIDs; empty if they could not be read.
    comment
        Error Comment (0000,0902) of the response.
    remark
        A fault of the file that did not prevent sending.
    """

    label: str
    outcome: str
    status: int | None
    meaning: str
    rule: str
    advice: str
    sop_instance_uid: str = ""
    sop_class_uid: str = ""
    transfer_syntax_uid: str = ""
    comment: str = ""
    remark: str = ""

    @property
    def is_fine(self) -> bool:
        """Whether it needs no action."""
        return self.outcome in _FINE

    def __str__(self) -> str:
        status = "" if self.status is None else f" {self.status:04X}H"
        advice = "" if self.outcome == "stored" else f"; {self.advice}"
        remark = f"; note: {self.remark}" if self.remark else ""
        # This package's receiver sends the meaning as Error Comment: no need to print it twice.
        is_news = self.comment and self.outcome != "stored" and self.comment != self.meaning
        said = f", and says: {escape_terminal(shorten(self.comment, LABEL_LIMIT))}" if is_news else ""
        return f"{shorten(self.label, LABEL_LIMIT)}: {self.outcome}{status}: {self.meaning}{said}{advice}{remark}"


class SendReport(Sequence[SendResult]):
    """The rows for all instances, in the order of the sources.

    Parameters
    ----------
    results
        The rows.
    """

    def __init__(self, results: Sequence[SendResult]) -> None:
        self._results = tuple(results)

    @property
    def is_complete(self) -> bool:
        """Whether every instance that was found was stored."""
        return all(result.is_fine for result in self._results)

    @property
    def stored(self) -> list[SendResult]:
        """The rows of stored instances, those with a warning included."""
        return [result for result in self._results if result.outcome in {"stored", "warning"}]

    @property
    def failures(self) -> list[SendResult]:
        """The rows that need action."""
        return [result for result in self._results if not result.is_fine]

    def raise_on_failure(self) -> None:
        """Raise if an instance was not stored.

        Raises
        ------
        TransferError
            Names the first such instance and counts the others.
        """
        failures = self.failures
        if failures:
            first = failures[0]
            raise TransferError(
                f"{len(failures)} of {counted(len(self._results), 'instance')} not stored, first {shorten(first.label, LABEL_LIMIT)}",
                first.meaning,
                first.advice,
            )

    def summary(self) -> str:
        """Return one line with the number of each outcome.

        Examples
        --------
        >>> SendReport([]).summary()
        'nothing to send'
        """
        counts = collections.Counter(result.outcome for result in self._results)
        return ", ".join(f"{counts[name]} {name}" for name in OUTCOMES if counts[name]) or "nothing to send"

    def __getitem__(self, index: int) -> SendResult:  # type: ignore[override] # - no slices of a report
        return self._results[index]

    def __len__(self) -> int:
        return len(self._results)

    def __repr__(self) -> str:
        return f"<SendReport {self.summary()}>"

    def __str__(self) -> str:
        return "\n".join([self.summary(), *(f"  {result}" for result in self._results)])

    def _repr_html_(self) -> str:
        rows = "".join(
            "<tr>" + "".join(f"<td>{escape_html(cell)}</td>" for cell in _cells(result)) + "</tr>"
            for result in self._results
        )
        head = "".join(
            f"<th>{name}</th>" for name in ("instance", "outcome", "status", "meaning", "rule", "what to do")
        )
        return (
            f"<table><caption>{escape_html(self.summary())}</caption>"
            f"<thead><tr>{head}</tr></thead><tbody>{rows}</tbody></table>"
        )


class SendInterrupted(KeyboardInterrupt):
    """Sending was interrupted: by Ctrl-C, the notebook's stop button, or SIGTERM to a command.

    In a notebook, ``sys.last_value.report`` is the report afterwards.

    Parameters
    ----------
    report
        What is stored, unknown (sent, but not answered) and not sent.
    """

    def __init__(self, report: SendReport) -> None:
        super().__init__(report)
        self.report = report

    def __str__(self) -> str:
        unknown = [shorten(row.label, LABEL_LIMIT) for row in self.report if row.outcome == "unknown"]
        advice = f"; ask the receiver for what is unknown: {', '.join(unknown[:3])}" if unknown else ""
        summary = self.report.summary() if self.report else "nothing was sent"
        return f"interrupted: {summary}{advice}"


def answered(instance: OutgoingInstance, status: int, comment: str) -> SendResult:
    """Return the row for an instance with a response."""
    explained = explain_status(status)
    outcome = {"success": "stored", "warning": "warning", "failure": "failed"}[explained.family]
    row = row_of(instance, outcome, explained.meaning, explained.rule, explained.advice)
    return row._replace(status=None if status == NO_STATUS else status, comment=comment)


def row_of(instance: OutgoingInstance, outcome: str, meaning: str, rule: str, advice: str) -> SendResult:
    """Return the row for an instance, as it is without a response."""
    return SendResult(
        instance.label,
        outcome,
        None,
        meaning,
        rule,
        advice,
        instance.sop_instance_uid,
        instance.sop_class_uid,
        instance.transfer_syntax_uid,
        remark="; ".join(instance.remarks),
    )


def passed_over(found: NotSendable) -> SendResult:
    """Return the row for a file that cannot be sent."""
    if found.is_refused:
        return SendResult(found.label, "refused", None, found.reason, "PS3.4 section B.2", found.remedy)
    return SendResult(found.label, "skipped", None, found.reason, "", found.remedy)


def _cells(result: SendResult) -> tuple[str, ...]:
    status = "" if result.status is None else f"{result.status:04X}H"
    return (result.label, result.outcome, status, result.meaning, result.rule, result.advice)
