"""One association of a storage SCP: its response to each event.

`wire` keeps the rules of the association; this module decides within them, event by event. A thread brings the
events from a socket (`run`); without threads, the other end in memory does (`handle_in_memory`).
"""

from __future__ import annotations

import collections
import contextlib
import threading
from collections.abc import Callable

from dicomkit.network.acceptor_policy import AcceptorPolicy
from dicomkit.network.explanations import explain_abort
from dicomkit.network.incoming_request import IncomingRequest
from dicomkit.network.receiver_events import AssociationEvents
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
from dicomkit.network.wire.command_set import CommandElement, CommandField, CommandSet, number_in
from dicomkit.network.wire.failures import AbortReason
from dicomkit.network.wire.pdus import AbortSource
from dicomkit.network.wire.presentation_contexts import ContextAnswer

__all__ = ["AssociationAcceptor"]

_LINGER_S = 1.0
_MAX_QUEUED_OPERATIONS = 8


class AssociationAcceptor:
    """Serve one association.

    Parameters
    ----------
    connection
        To the requestor.
    number
        Number of the association, from 1.
    policy
        Which associations and presentation contexts to accept, and who answers which requests.
    service
        Stores the instances.
    limit_rejection
        Returns the rejection to send if too many associations are open, else None.
    """

    def __init__(
        self,
        connection: Driver,
        number: int,
        policy: AcceptorPolicy,
        service: StorageService,
        *,
        limit_rejection: Callable[[], Rejection | None] = lambda: None,
    ) -> None:
        self._connection = connection
        self._policy = policy
        self._service = service
        # All but the first are queued.
        self._running: collections.deque[RunningOperation] = collections.deque()
        self._limit_rejection = limit_rejection
        self._events = AssociationEvents(service.events, number, connection.peer)
        self._request: IncomingRequest | None = None
        self._lock = threading.Lock()
        self._is_busy = False
        self._is_ending = False
        self._is_finished = False

    def end_when_idle(self) -> None:
        """Abort the association once no message is in progress; called from another thread."""
        with self._lock:
            self._is_ending = True
            if self._is_busy or self._connection.association.is_receiving:
                return
        self._connection.abort_now()

    def abort(self) -> None:
        """Abort the association now; called from another thread."""
        for running in tuple(self._running):
            running.interrupt()
        self._connection.abort_now()

    def run(self) -> None:
        """Handle events until the association is released, aborted or lost."""
        association = self._connection.association
        try:
            while not association.is_over:
                with self._lock:
                    self._is_busy = association.is_receiving or bool(self._running)
                    if self._is_ending and not self._is_busy:
                        break
                if self._running and not self._connection.has_pending_input() and self.advance_operation():
                    continue
                is_new = association.state is State.AWAITING_ASSOCIATE_RQ
                event = self._connection.receive(self._policy.request_time_out_s if is_new else None)
                with self._lock:
                    self._is_busy = True
                self.handle(event)
        except Exception as error:  # noqa: BLE001 - out of memory, for example: the owner is told
            self._report_defect(error)
        finally:
            self.close()

    def handle_in_memory(self, event: Event) -> None:
        """Handle an event as `run` does, where there is no thread to run in."""
        self._is_busy = True
        self.handle(event)
        self._is_busy = self._connection.association.is_receiving
        if self._is_ending and not self._is_busy:  # a handler has stopped its own receiver
            self.close()

    def handle(self, event: Event) -> None:
        """Handle an event. An exception ends this association only."""
        try:
            self._dispatch(event)
        except ConnectionFailedError as error:
            self._connection.close()  # the peer cannot receive a response any more
            if not isinstance(event, ReleaseRequest):  # many requestors do not wait for A-RELEASE-RP
                self._events.aborted(error.problem)
        except Exception as error:  # noqa: BLE001 - a defect: the owner is told
            self._report_defect(error)
        if self._connection.association.is_over:
            self.close()

    def advance_operation(self) -> bool:
        """Take a step of the current operation; return False if there is none, or it waits for a response."""
        if not self._running or self._running[0].is_waiting:
            return False
        try:
            if not self._running[0].step():
                self._running.popleft()
        except ConnectionFailedError:
            self._connection.close()
        except Exception as error:  # noqa: BLE001 - a defect: the owner is told
            self._report_defect(error)
        if self._connection.association.is_over:
            self.close()
        return True

    def close(self) -> None:
        """Abort the association unless it is over, and release all resources. Safe to call twice."""
        if self._is_finished:
            return
        self._is_finished = True
        for running in self._running:
            running.close()
        self._running.clear()
        self._send_abort()
        if self._request is not None and self._request.instance is not None:
            self._request.instance.discard()
        self._events.closed()
        if self._connection.association.state is State.AWAITING_CLOSE:
            self._connection.linger(_LINGER_S)
        self._connection.close()

    def _dispatch(self, event: Event) -> None:
        match event:
            case DataSetFragment():
                self._receive_fragment(event)
            case MessageStart():
                self._receive_command(event)
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
                self._send_abort()
            case ConnectionClosed() if self._events.is_open and not self._is_ending:
                self._events.aborted(event.problem)

    def _negotiate(self, request: AssociationRequest) -> None:
        rejection = self._policy.rejection(request) or self._limit_rejection()
        reason = ""
        if rejection is None:
            names = self._connection.certificate_names()
            rejection, reason = self._policy.admission_rejection(request, self._connection.peer, names)
        if rejection is not None:
            self._connection.send(rejection)
            self._events.rejected(request, rejection, reason)
            return
        self._connection.send(self._policy.answer(request))
        self._events.opened(request)

    def _receive_command(self, start: MessageStart) -> None:
        command, context = start.command, self._connection.association.contexts[start.context_id]
        if any(running.accept_message(command) for running in self._running):
            return
        if not start.has_data_set:
            self._answer(context, command, status_without_data_set(command, context))
            return
        operations = self._policy.operations
        if operations is not None and context.abstract_syntax_uid in operations.contexts:
            max_bytes = operations.max_identifier_bytes
            self._request = IncomingRequest(context, command, max_bytes, identifier=bytearray())
            return
        instance = self._service.receive(command, context, self._events.sender.calling_ae_title)
        self._request = IncomingRequest(context, command, self._service.max_instance_bytes, instance)

    def _receive_fragment(self, fragment: DataSetFragment) -> None:
        request = self._request
        if request is None:
            return
        if problem := request.add(fragment.content):
            self._events.aborted(f"it was aborted: {problem}")
            self._send_abort(AbortReason.INVALID_PARAMETER_VALUE)
            return
        if not fragment.is_last:
            return
        self._request = None
        if request.identifier is not None:
            self._start_operation(request.context, request.command, bytes(request.identifier))
            return
        if request.instance is None:
            self._answer(request.context, request.command, refusal(request.command, request.context) or 0)
            return
        with request.instance as instance:
            status, comment = self._service.finish(
                instance, request.context.transfer_syntax_uid, self._events.sender
            )
        self._respond(request.context, request.command, status, comment)

    def _answer(self, context: ContextAnswer, command: CommandSet, status: int) -> None:
        """Answer a request for which nothing is stored, and publish a refusal."""
        if status and is_answered(command):
            is_store = number_in(command, CommandElement.COMMAND_FIELD) == CommandField.C_STORE_RQ
            self._events.refused(status, is_store=is_store)
        self._respond(context, command, status)

    def _start_operation(self, context: ContextAnswer, command: CommandSet, identifier: bytes) -> None:
        operations = self._policy.operations
        if operations is None:
            return
        # PS3.7 section D.3.3.3: without an Asynchronous Operations Window, one at a time; later ones are queued.
        if len(self._running) > _MAX_QUEUED_OPERATIONS:
            self._respond(context, command, UNABLE_TO_PROCESS, "too many operations are in progress")
            return
        title = self._events.sender.calling_ae_title
        self._running.append(
            RunningOperation(self._connection, operations, command, context, identifier, title)
        )

    def _respond(self, context: ContextAnswer, command: CommandSet, status: int, comment: str = "") -> None:
        if is_answered(command):
            response = response_to(command, status, comment)
            self._connection.send(MessageStart(context.context_id, response))

    def _send_abort(self, reason: AbortReason = AbortReason.NOT_SPECIFIED) -> None:
        if self._connection.association.can_abort:
            with contextlib.suppress(ConnectionFailedError):  # the peer is gone already
                self._connection.send(Abort(AbortSource.PROVIDER, reason))

    def _report_defect(self, error: Exception) -> None:
        self._events.failed(error)
        self._send_abort()
