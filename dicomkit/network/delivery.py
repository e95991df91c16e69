"""Send instances, on a new association after a failure, until each has a row in the report."""

from __future__ import annotations

import collections
from collections.abc import Callable, Sequence

from dicomkit.errors import NetworkError, reason_of
from dicomkit.network.explanations import explain_context_result
from dicomkit.network.outgoing import NotSendable, OutgoingInstance
from dicomkit.network.requestor import AssociationRequestor
from dicomkit.network.send_report import LABEL_LIMIT, SendReport, SendResult, answered, row_of
from dicomkit.network.sop_classes import uid_name
from dicomkit.network.waits import Wait, WaitLine, Waits
from dicomkit.network.wire.failures import ConnectionFailedError, Failure
from dicomkit.network.wire.presentation_contexts import ACCEPTED, ProposedContext
from dicomkit.text import shorten

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Self

__all__ = ["Delivery", "Progress"]

_RETRIES = 2


class Progress:
    """Collect the rows of the report, pass them to a callback and draw the progress bar."""

    def __init__(
        self,
        found: Sequence[OutgoingInstance | NotSendable],
        on_result: Callable[[SendResult], object] | None,
        *,
        shown: bool,
    ) -> None:
        self._found = found
        self._rows: dict[int, SendResult] = {}
        self._begun: set[int] = set()
        self._on_result = on_result
        self._bar = None
        self._wait_line = WaitLine()
        self.has_failed = False
        self.has_sent = False
        if shown:
            from tqdm import tqdm  # noqa: PLC0415 - only for a progress bar

            self._bar = tqdm(total=len(found), unit="instance")

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        if self._bar is not None:
            self._bar.close()

    def begin(self, number: int, instance: OutgoingInstance) -> str:
        """Note that an instance is being sent; return its name for `Waits`."""
        self._begun.add(number)
        return f"C-STORE of {shorten(instance.label, LABEL_LIMIT)}, {number + 1} of {len(self._found)}"

    def without_answer(self, number: int, instance: OutgoingInstance, reason: str, advice: str) -> SendResult:
        """Return the row for an instance without a response: unknown if sending had begun, else not sent."""
        if number in self._begun:  # the request may have arrived
            return _unknown(instance, reason)
        return row_of(instance, "not sent", reason, "", advice)

    def tell_wait(self, wait: Wait) -> None:
        """Show what is waited for: in the bar, or in a line of its own."""
        if self._bar is None:
            self._wait_line(wait)
        else:
            self._bar.set_postfix_str("" if wait.is_over else str(wait))

    def add(self, number: int, row: SendResult) -> None:
        """Add the row of the source with this number."""
        self._rows[number] = row
        self.has_failed = self.has_failed or not row.is_fine
        if self._bar is not None:
            self._bar.update()
        if self._on_result is not None:
            self._on_result(row)

    def report(self) -> SendReport:
        """Return the report: the rows in the order of their numbers."""
        return SendReport([self._rows[number] for number in sorted(self._rows)])

    def interrupted_report(self) -> SendReport:
        """Return the report after an interrupt, with rows for what was not sent; the callback does not get these."""
        for number, item in enumerate(self._found):
            if number not in self._rows and isinstance(item, OutgoingInstance):
                row = self.without_answer(number, item, "it was interrupted", "send it again")
                self._rows[number] = row
        return self.report()


class Delivery:
    """Send the instances that share one list of presentation contexts; reconnect if the connection is lost."""

    def __init__(
        self,
        associate: Callable[[Sequence[ProposedContext]], AssociationRequestor],
        contexts: Sequence[ProposedContext],
        results: Progress,
        waits: Waits,
        *,
        stop_on_failure: bool,
    ) -> None:
        self._associate = associate
        self._contexts = contexts
        self._results = results
        self._waits = waits
        self._stop_on_failure = stop_on_failure

    def run(self, batch: Sequence[tuple[int, OutgoingInstance]]) -> None:
        """Send until every instance has a row."""
        waiting = collections.deque(batch)
        attempts: collections.Counter[int] = collections.Counter()
        while waiting:
            if self._must_stop():
                self._give_up(
                    waiting, "an instance before it was not stored", "correct that first, or go on (-nh)"
                )
                return
            try:
                association = self._associate(self._contexts)
            except NetworkError as error:
                if not self._results.has_sent:
                    raise
                self._give_up(waiting, error.problem, error.remedy)
                return
            self._results.has_sent = True
            try:
                with association:
                    while waiting and not self._must_stop():
                        number, instance = waiting[0]
                        self._waits.subject = self._results.begin(number, instance)
                        self._results.add(number, _store(association, instance))
                        waiting.popleft()
            except ConnectionFailedError as error:
                self._count_attempt(waiting, attempts, error)

    def _must_stop(self) -> bool:
        return self._stop_on_failure and self._results.has_failed

    def _count_attempt(
        self,
        waiting: collections.deque[tuple[int, OutgoingInstance]],
        attempts: collections.Counter[int],
        error: ConnectionFailedError,
    ) -> None:
        """Give up an instance after two retries. A retry is safe: a receiver stores the same instance once."""
        number, instance = waiting[0]
        attempts[number] += 1
        if attempts[number] > _RETRIES:
            waiting.popleft()
            self._results.add(number, _unknown(instance, error.problem))

    def _give_up(
        self,
        waiting: collections.deque[tuple[int, OutgoingInstance]],
        reason: str,
        advice: str,
    ) -> None:
        for number, instance in waiting:
            self._results.add(number, self._results.without_answer(number, instance, reason, advice))


def _unknown(instance: OutgoingInstance, reason: str) -> SendResult:
    return row_of(
        instance,
        "unknown",
        f"no response came, so it may or may not be stored: {reason}",
        "PS3.7 section 9.1.1",
        "ask the receiver for it, or send it again",
    )


def _store(association: AssociationRequestor, instance: OutgoingInstance) -> SendResult:
    context = association.context_for(instance.sop_class_uid, instance.transfer_syntax_uid)
    if context is None or context.result != ACCEPTED:
        meaning, advice = explain_context_result(-1 if context is None else context.result)
        what = f"{uid_name(instance.sop_class_uid)} as {uid_name(instance.transfer_syntax_uid)}"
        return row_of(instance, "refused", f"{what}: {meaning}", "PS3.8 section 9.3.3.2", advice)
    try:
        response = association.store(
            context.context_id, instance.sop_class_uid, instance.sop_instance_uid, instance.pieces()
        )
    except ConnectionFailedError:
        raise
    except OSError as error:
        # Part of the message may have been sent; only a new association is safe after that.
        raise ConnectionFailedError(
            instance.label,
            f"the file could not be read to its end ({reason_of(error)})",
            "check the file",
            failure=Failure.INVALID,
        ) from error
    return answered(instance, response.status, response.comment)
