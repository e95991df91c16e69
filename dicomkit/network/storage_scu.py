"""A storage SCU that explains itself: `echo` asks whether somebody is there, `send` sends instances.

`send` proposes for each SOP class exactly the transfer syntaxes that the files have, and sends each data
set as it is. What cannot be sent that way is reported with its reason, never converted in silence.
"""

from __future__ import annotations

import collections
import ssl
from collections.abc import Callable, Iterable, Sequence
from typing import Self

from dicomkit.errors import NetworkError
from dicomkit.network.association_log import AssociationLog
from dicomkit.network.explanations import explain_context_result
from dicomkit.network.outgoing import NotSendable, OutgoingInstance, Source, find_outgoing
from dicomkit.network.presentation_contexts import (
    ACCEPTED,
    IMPLICIT_VR_LITTLE_ENDIAN,
    VERIFICATION,
    ProposedContext,
    plan_contexts,
    uid_name,
)
from dicomkit.network.requestor import AssociationRequestor, TimeOuts, request_for
from dicomkit.network.send_report import SendReport, SendResult, answered, passed_over, unanswered
from dicomkit.network.statuses import SUCCESS
from dicomkit.network.upper_layer import ConnectionFailedError, Failure

__all__ = ["echo", "send"]

_RETRIES = 2


def echo(
    host: str,
    port: int,
    *,
    called_ae_title: str = "DICOMKIT",
    calling_ae_title: str = "DICOMKIT",
    time_outs: TimeOuts = TimeOuts(),  # noqa: B008 - a tuple cannot change
    log: AssociationLog | None = None,
    ssl_context: ssl.SSLContext | None = None,
) -> None:
    """Ask a receiver whether it is there (C-ECHO), and return when it has said so.

    Parameters
    ----------
    host, port
        Where to call.
    called_ae_title, calling_ae_title
        The receiver's title, and ours.
    time_outs
        How long to wait.
    log
        Listens in.
    ssl_context
        For TLS.

    Raises
    ------
    NoReceiverError
        If nobody listens there.
    AssociationRejectedError
        If the receiver says no, with its reason in words.
    NetworkError
        If it answers in another way than with success.

    References
    ----------
    PS3.4 annex A, Verification Service Class.
    """
    context = ProposedContext(1, VERIFICATION, (IMPLICIT_VR_LITTLE_ENDIAN,))
    request = request_for(called_ae_title, calling_ae_title, [context])
    with AssociationRequestor(
        host, port, request, time_outs=time_outs, log=log, ssl_context=ssl_context
    ) as association:
        answer = association.context_for(VERIFICATION, IMPLICIT_VR_LITTLE_ENDIAN)
        if answer is None or answer.result != ACCEPTED:
            problem, remedy = explain_context_result(-1 if answer is None else answer.result)
            raise NetworkError(f"{host} port {port}", problem, remedy)
        response = association.echo(answer.context_id, VERIFICATION)
    if response.status != SUCCESS:
        raise NetworkError(
            f"{host} port {port}", f"C-ECHO was answered with status {response.status:04X}H", "read its log"
        )


def send(
    sources: Source | Iterable[Source],
    host: str,
    port: int,
    *,
    called_ae_title: str = "DICOMKIT",
    calling_ae_title: str = "DICOMKIT",
    recursive: bool = True,
    stop_on_failure: bool = False,
    on_result: Callable[[SendResult], object] | None = None,
    progress: bool = False,
    time_outs: TimeOuts = TimeOuts(),  # noqa: B008 - a tuple cannot change
    log: AssociationLog | None = None,
    ssl_context: ssl.SSLContext | None = None,
) -> SendReport:
    """Send instances (C-STORE) and say what became of each.

    Parameters
    ----------
    sources
        Files, folders and data sets, in any mixture. Hidden files and files that are not DICOM are named
        in the report and passed over.
    host, port
        Where to send them.
    called_ae_title, calling_ae_title
        The receiver's title, and ours.
    recursive
        Whether to look into folders inside folders.
    stop_on_failure
        Stop at the first instance that is not stored.
    on_result
        Is called with each row of the report as soon as it is known.
    progress
        Show a bar on stderr.
    time_outs
        How long to wait. An instance whose answer does not come is sent again, twice at most.
    log
        Listens in.
    ssl_context
        For TLS.

    Returns
    -------
    SendReport
        A row for each file and data set, in the order in which they were found.

    Raises
    ------
    FileAccessError
        If a path does not exist.
    NoReceiverError
        If nobody listens there. Once something has been sent, trouble is reported in the rows instead.
    AssociationRejectedError
        If the receiver says no.

    References
    ----------
    PS3.4 annex B, Storage Service Class.
    """
    found = list(find_outgoing(sources, recursive=recursive))
    with _Progress(len(found), on_result, shown=progress) as results:
        for number, item in enumerate(found):
            if isinstance(item, NotSendable):
                results.add(number, passed_over(item))

        def associate(contexts: Sequence[ProposedContext]) -> AssociationRequestor:
            request = request_for(called_ae_title, calling_ae_title, contexts)
            return AssociationRequestor(
                host, port, request, time_outs=time_outs, log=log, ssl_context=ssl_context
            )

        instances = [
            (number, item) for number, item in enumerate(found) if isinstance(item, OutgoingInstance)
        ]
        for contexts in plan_contexts(
            (item.sop_class_uid, item.transfer_syntax_uid) for _, item in instances
        ):
            pairs = {(context.abstract_syntax_uid, context.transfer_syntax_uids[0]) for context in contexts}
            batch = [
                entry
                for entry in instances
                if (entry[1].sop_class_uid, entry[1].transfer_syntax_uid) in pairs
            ]
            _Delivery(associate, contexts, results, stop_on_failure=stop_on_failure).run(batch)
        return results.report()


class _Progress:
    """Collect the rows, tell whoever wants to know, and draw the bar."""

    def __init__(self, total: int, on_result: Callable[[SendResult], object] | None, *, shown: bool) -> None:
        self._rows: dict[int, SendResult] = {}
        self._on_result = on_result
        self._bar = None
        self.has_failed = False
        self.has_sent = False
        if shown:
            from tqdm import tqdm  # noqa: PLC0415 - only who wants a bar pays for it

            self._bar = tqdm(total=total, unit="instance")

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *exception: object) -> None:
        if self._bar is not None:
            self._bar.close()

    def add(self, number: int, row: SendResult) -> None:
        """Take the row of the thing with this number."""
        self._rows[number] = row
        self.has_failed = self.has_failed or not row.is_fine
        if self._bar is not None:
            self._bar.update()
        if self._on_result is not None:
            self._on_result(row)

    def report(self) -> SendReport:
        """Return the rows in the order of their numbers."""
        return SendReport([self._rows[number] for number in sorted(self._rows)])


class _Delivery:
    """Send the instances of one association; open another one if it breaks."""

    def __init__(
        self,
        associate: Callable[[Sequence[ProposedContext]], AssociationRequestor],
        contexts: Sequence[ProposedContext],
        results: _Progress,
        *,
        stop_on_failure: bool,
    ) -> None:
        self._associate = associate
        self._contexts = contexts
        self._results = results
        self._stop_on_failure = stop_on_failure

    def run(self, batch: Sequence[tuple[int, OutgoingInstance]]) -> None:
        """Send until every instance has a row."""
        waiting = collections.deque(batch)
        attempts: collections.Counter[int] = collections.Counter()
        while waiting:
            if self._must_stop():
                self._give_up(
                    waiting, "something before it was not stored", "mend that first, or go on (-nh)"
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
                        self._results.add(number, _store(association, instance))
                        waiting.popleft()
            except ConnectionFailedError as error:
                self._note_broken(waiting, attempts, error)

    def _must_stop(self) -> bool:
        return self._stop_on_failure and self._results.has_failed

    def _note_broken(
        self,
        waiting: collections.deque[tuple[int, OutgoingInstance]],
        attempts: collections.Counter[int],
        error: ConnectionFailedError,
    ) -> None:
        """Count the attempt. Sending again is safe: the same instance twice is still one instance."""
        number, instance = waiting[0]
        attempts[number] += 1
        if attempts[number] > _RETRIES:
            waiting.popleft()
            row = unanswered(
                instance,
                "unknown",
                f"no answer came, so nobody can tell whether it was stored: {error.problem}",
                "PS3.7 section 9.1.1",
                "ask the receiver for it, or send it again",
            )
            self._results.add(number, row)

    def _give_up(
        self, waiting: collections.deque[tuple[int, OutgoingInstance]], reason: str, advice: str
    ) -> None:
        for number, instance in waiting:
            self._results.add(number, unanswered(instance, "not sent", reason, "", advice))


def _store(association: AssociationRequestor, instance: OutgoingInstance) -> SendResult:
    context = association.context_for(instance.sop_class_uid, instance.transfer_syntax_uid)
    if context is None or context.result != ACCEPTED:
        meaning, advice = explain_context_result(-1 if context is None else context.result)
        what = f"{uid_name(instance.sop_class_uid)} as {uid_name(instance.transfer_syntax_uid)}"
        return unanswered(instance, "refused", f"{what}: {meaning}", "PS3.8 section 9.3.3.2", advice)
    try:
        response = association.store(
            context.context_id, instance.sop_class_uid, instance.sop_instance_uid, instance.pieces()
        )
    except ConnectionFailedError:
        raise
    except OSError as error:
        # Half a message may be on the wire already; only a new association is safe after that.
        raise ConnectionFailedError(
            instance.label,
            f"the file could not be read to its end ({type(error).__name__})",
            "check the file",
            failure=Failure.INVALID,
        ) from error
    return answered(instance, response.status, response.comment)
