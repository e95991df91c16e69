"""One association of a storage SCP: what it answers to each thing that the other side says.

The rules of the association are kept by the engine in `wire`. Here stands what a storage SCP does within
them, event by event; a thread brings the events from a socket (`run`), or another end in memory does.
"""

from __future__ import annotations

import collections
import contextlib
import threading
from collections.abc import Callable

from dicomkit.network.accepting import accept, admission_objection
from dicomkit.network.acceptor_policy import AcceptorPolicy
from dicomkit.network.arriving_request import ArrivingRequest
from dicomkit.network.association_events import AssociationEvents
from dicomkit.network.explanations import explain_abort
from dicomkit.network.operations import Operations
from dicomkit.network.request_rules import (
    UNABLE_TO_PROCESS,
    is_answered,
    refusal,
    response_to,
    status_without_data_set,
)
from dicomkit.network.running_operation import RunningOperation
from dicomkit.network.storage_service import StorageService
from dicomkit.network.wire import (
    Abort,
    AssociationRequest,
    ConnectionClosed,
    ConnectionFailedError,
    DataSetFragment,
    Driver,
    Event,
    MessageStart,
    ProtocolViolation,
    Rejection,
    ReleaseReply,
    ReleaseRequest,
    State,
    TimedOut,
)
from dicomkit.network.wire.command_set import CommandElement, CommandField, CommandSet, number_in, text_in
from dicomkit.network.wire.failures import AbortReason
from dicomkit.network.wire.pdus import AbortSource
from dicomkit.network.wire.presentation_contexts import ContextAnswer

__all__ = ["AssociationAcceptor"]

_LINGER_S = 1.0
_MOST_WAITING = 8


class AssociationAcceptor:
    """Serve one association.

    Parameters
    ----------
    connection
        To the side that called.
    number
        Which association this is.
    address
        Where the call came from.
    policy
        Whom and what to accept.
    service
        Where instances go.
    operations
        What else can be asked.
    is_full
        Returns the rejection to send if there are too many associations already.
    """

    def __init__(
        self,
        connection: Driver,
        number: int,
        address: str,
        policy: AcceptorPolicy,
        service: StorageService,
        *,
        operations: Operations | None = None,
        is_full: Callable[[], Rejection | None] = lambda: None,
    ) -> None:
        self._connection = connection
        self._address = address
        self._policy = policy
        self._service = service
        self._operations = operations
        self._running: collections.deque[RunningOperation] = collections.deque()  # the first one is at work
        self._is_full = is_full
        self._events = AssociationEvents(service, number, address)
        self._request: ArrivingRequest | None = None
        self._lock = threading.Lock()
        self._is_busy = False
        self._is_ending = False
        self._is_finished = False

    def finish_soon(self) -> None:
        """End the association as soon as no message is on its way; called from another thread."""
        with self._lock:
            self._is_ending = True
            if self._is_busy or self._connection.association.is_receiving:
                return
        self._connection.abort_now()

    def close(self) -> None:
        """End the association now; called from another thread."""
        for running in tuple(self._running):
            running.interrupt()
        self._connection.abort_now()

    def run(self) -> None:
        """Answer until the association is released, aborted or lost."""
        association = self._connection.association
        try:
            while not association.is_over:
                with self._lock:
                    self._is_busy = association.is_receiving or bool(self._running)
                    if self._is_ending and not self._is_busy:
                        break
                if self._running and not self._connection.has_news() and self.advance():
                    continue
                is_new = association.state is State.AWAITING_REQUEST
                event = self._connection.receive(self._policy.request_time_out_s if is_new else None)
                with self._lock:
                    self._is_busy = True
                self.take(event)
        except Exception as error:  # noqa: BLE001 - no memory left, for example: it may not end in silence
            self._report_defect(error)
        finally:
            self.finish()

    def hear(self, event: Event) -> None:
        """Act on what was heard, where no thread runs that could wait for it."""
        self._is_busy = True
        self.take(event)
        self._is_busy = self._connection.association.is_receiving
        if self._is_ending and not self._is_busy:  # a handler has stopped its own receiver
            self.finish()

    def take(self, event: Event) -> None:
        """Act on what was heard. What goes wrong over it ends this association and nothing else."""
        try:
            self._act_on(event)
        except ConnectionFailedError as error:
            self._connection.close()  # nobody is left to hear an answer
            if not isinstance(event, ReleaseRequest):  # who asks for the end need not wait for it
                self._events.aborted(error.problem)
        except Exception as error:  # noqa: BLE001 - a defect: it may not end in silence
            self._report_defect(error)
        if self._connection.association.is_over:
            self.finish()

    def advance(self) -> bool:
        """Take the next step of the operation that runs; return False if there is none, or it has to hear first."""
        if not self._running or self._running[0].waits:
            return False
        try:
            if not self._running[0].step():
                self._running.popleft()
        except ConnectionFailedError:
            self._connection.close()
        except Exception as error:  # noqa: BLE001 - a defect: it may not end in silence
            self._report_defect(error)
        if self._connection.association.is_over:
            self.finish()
        return True

    def finish(self) -> None:
        """Abort what is not over, and leave nothing behind. Safe to call twice."""
        if self._is_finished:
            return
        self._is_finished = True
        for running in self._running:
            running.close()
        self._running.clear()
        self._abort()
        if self._request is not None and self._request.incoming is not None:
            self._request.incoming.discard()
        self._events.closed()
        if self._connection.association.state is State.AWAITING_CLOSE:
            self._connection.linger(_LINGER_S)
        self._connection.close()

    def _act_on(self, event: Event) -> None:
        match event:
            case DataSetFragment():
                self._continue(event)
            case MessageStart():
                self._begin(event)
            case AssociationRequest():
                self._negotiate(event)
            case ReleaseRequest():
                self._connection.send(ReleaseReply())
            case Abort():
                self._events.aborted(explain_abort(bytes([0, 0, event.source, event.reason])))
            case ProtocolViolation():
                self._events.aborted(f"it was aborted: the other side {event.problem}")
            case TimedOut():
                self._events.aborted("it was aborted: nothing came for too long")
                self._abort()
            case ConnectionClosed() if self._events.sender is not None and not self._is_ending:
                self._events.aborted(event.problem)

    def _negotiate(self, request: AssociationRequest) -> None:
        rejection = self._policy.objection(request) or self._is_full()
        words = ""
        if rejection is None:
            names = self._connection.certificate_names()
            rejection, words = admission_objection(self._policy.admission, request, self._address, names)
        if rejection is not None:
            self._connection.send(rejection)
            self._events.rejected(request, rejection, words)
            return
        self._connection.send(accept(request, self._policy, self._operations))
        self._events.opened(request)

    def _begin(self, start: MessageStart) -> None:
        """Act on a complete command set."""
        command, context = start.command, self._connection.association.contexts[start.context_id]
        if any(running.hear(command) for running in self._running):
            return
        if not start.has_data_set:
            self._answer(context, command, status_without_data_set(command, context))
            return
        if self._operations is not None and context.abstract_syntax_uid in self._operations.contexts:
            most_bytes = self._operations.largest_identifier_bytes
            self._request = ArrivingRequest(context, command, most_bytes, identifier=bytearray())
            return
        incoming = None
        if refusal(command, context) is None:
            incoming = self._service.store.receive(
                sop_class_uid=text_in(command, CommandElement.AFFECTED_SOP_CLASS_UID),
                sop_instance_uid=text_in(command, CommandElement.AFFECTED_SOP_INSTANCE_UID),
                transfer_syntax_uid=context.transfer_syntax_uid,
                source_ae_title=self._events.sender.calling_ae_title if self._events.sender else "",
            )
        self._request = ArrivingRequest(context, command, self._policy.max_instance_bytes, incoming)

    def _continue(self, fragment: DataSetFragment) -> None:
        """Take a piece of the data set; at its end, store and answer."""
        request, sender = self._request, self._events.sender
        if request is None or sender is None:
            return
        if problem := request.take(fragment.content):
            self._events.aborted(f"it was aborted: {problem}")
            self._abort(AbortReason.INVALID_PARAMETER_VALUE)
            return
        if not fragment.is_last:
            return
        self._request = None
        if request.identifier is not None:
            self._start_operation(request.context, request.command, bytes(request.identifier))
            return
        if request.incoming is None:
            self._answer(request.context, request.command, refusal(request.command, request.context) or 0)
            return
        with request.incoming as incoming:
            status, comment = self._service.finish(incoming, request.context.transfer_syntax_uid, sender)
        self._respond(request.context, request.command, status, comment)

    def _answer(self, context: ContextAnswer, command: CommandSet, status: int) -> None:
        """Answer what nothing is stored for, and tell the subscribers of a refusal."""
        if status and is_answered(command):
            is_store = number_in(command, CommandElement.COMMAND_FIELD) == CommandField.C_STORE_RQ
            self._events.refused(status, is_store=is_store)
        self._respond(context, command, status)

    def _start_operation(self, context: ContextAnswer, command: CommandSet, identifier: bytes) -> None:
        sender = self._events.sender
        if self._operations is None or sender is None:
            return
        # PS3.7 section D.3.3.3: without asynchronous operations there is one at a time; who asks early waits.
        if len(self._running) > _MOST_WAITING:
            self._respond(context, command, UNABLE_TO_PROCESS, "too many operations are in progress")
            return
        running = RunningOperation(
            self._connection, self._operations, command, context, identifier, sender.calling_ae_title
        )
        self._running.append(running)

    def _respond(self, context: ContextAnswer, command: CommandSet, status: int, comment: str = "") -> None:
        if is_answered(command):
            response = response_to(command, status, comment)
            self._connection.send(MessageStart(context.context_id, response))

    def _abort(self, reason: AbortReason = AbortReason.NOT_SPECIFIED) -> None:
        if self._connection.association.can_abort:
            with contextlib.suppress(ConnectionFailedError):  # nobody is left to hear it
                self._connection.send(Abort(AbortSource.PROVIDER, reason))

    def _report_defect(self, error: Exception) -> None:
        self._events.failed(error)
        self._abort()
