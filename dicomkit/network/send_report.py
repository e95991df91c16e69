"""What became of each instance that was to be sent, in words."""

from __future__ import annotations

import collections
from collections.abc import Iterator, Sequence
from typing import NamedTuple

from dicomkit.errors import TransferError
from dicomkit.network.outgoing import NotSendable, OutgoingInstance
from dicomkit.network.statuses import NO_STATUS, explain_status
from dicomkit.text import counted, escape_html, escape_terminal, shorten

__all__ = ["LABEL_LIMIT", "OUTCOMES", "SendInterrupted", "SendReport", "SendResult"]

# From best to worst; the first three are what was asked for, or no part of it.
OUTCOMES = ("stored", "warning", "skipped", "failed", "refused", "unknown", "not sent")
_FINE = frozenset(OUTCOMES[:3])
LABEL_LIMIT = 60


class SendResult(NamedTuple):
    """What became of one instance.

    Parameters
    ----------
    label
        The file's name, or ``data set`` and its number.
    outcome
        ``stored``, ``warning`` (stored, but read the meaning), ``failed`` (the receiver said no), ``refused``
        (could not be offered at all), ``unknown`` (no answer came), ``not sent`` (something before it went
        wrong) or ``skipped`` (no DICOM instance).
    status
        The C-STORE status, if there was an answer and it had one.
    meaning, rule, advice
        What it means, where that is written, and what to do.
    sop_instance_uid, sop_class_uid, transfer_syntax_uid
        What it is; empty where it could not be found out.
    comment
        What the receiver wrote in (0000,0902) Error Comment.
    remark
        What is odd about the file, and did not keep it from being sent.
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
        """Whether nothing is left to do about it."""
        return self.outcome in _FINE

    def __str__(self) -> str:
        status = "" if self.status is None else f" {self.status:04X}H"
        advice = "" if self.outcome == "stored" else f"; {self.advice}"
        remark = f"; note: {self.remark}" if self.remark else ""
        # What a receiver of this kit says of a status in the same words needs no second time.
        is_news = self.comment and self.outcome != "stored" and self.comment != self.meaning
        said = f", and says: {escape_terminal(shorten(self.comment, LABEL_LIMIT))}" if is_news else ""
        return f"{shorten(self.label, LABEL_LIMIT)}: {self.outcome}{status}: {self.meaning}{said}{advice}{remark}"


class SendReport(Sequence[SendResult]):
    """A row for each instance, in the order in which they were found.

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
        """The rows of what the receiver has, warnings included."""
        return [result for result in self._results if result.outcome in {"stored", "warning"}]

    @property
    def failures(self) -> list[SendResult]:
        """The rows that need somebody to do something."""
        return [result for result in self._results if not result.is_fine]

    def raise_on_failure(self) -> None:
        """Raise if an instance was not stored.

        Raises
        ------
        TransferError
            It names the first such instance and counts the others.
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

    def __iter__(self) -> Iterator[SendResult]:
        return iter(self._results)

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
    """Sending was interrupted: by Ctrl-C, by the notebook's stop button, or a command by SIGTERM.

    In a notebook, ``sys.last_value.report`` is the report afterwards.

    Parameters
    ----------
    report
        What is stored, what is unknown (sent, and not answered) and what was not sent.
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
    """Return the row for an instance that the receiver answered."""
    explained = explain_status(status)
    outcome = {"success": "stored", "warning": "warning", "failure": "failed"}[explained.family]
    return _row(
        instance,
        outcome,
        explained.meaning,
        explained.rule,
        explained.advice,
        status=None if status == NO_STATUS else status,
        comment=comment,
    )


def unanswered(instance: OutgoingInstance, outcome: str, meaning: str, rule: str, advice: str) -> SendResult:
    """Return the row for an instance that got no status."""
    return _row(instance, outcome, meaning, rule, advice)


def passed_over(found: NotSendable) -> SendResult:
    """Return the row for something that was found and cannot be sent."""
    if found.is_refused:
        return SendResult(found.label, "refused", None, found.reason, "PS3.4 section B.2", found.cure)
    return SendResult(found.label, "skipped", None, found.reason, "", found.cure)


def _row(
    instance: OutgoingInstance,
    outcome: str,
    meaning: str,
    rule: str,
    advice: str,
    *,
    status: int | None = None,
    comment: str = "",
) -> SendResult:
    return SendResult(
        instance.label,
        outcome,
        status,
        meaning,
        rule,
        advice,
        instance.sop_instance_uid,
        instance.sop_class_uid,
        instance.transfer_syntax_uid,
        comment,
        "; ".join(instance.remarks),
    )


def _cells(result: SendResult) -> tuple[str, ...]:
    status = "" if result.status is None else f"{result.status:04X}H"
    return (result.label, result.outcome, status, result.meaning, result.rule, result.advice)
