"""Run one operation on an association: send what it yields, and hand it the messages that answer it."""

from __future__ import annotations

from dicomkit.network.dimse_requests import HAS_DATA_SET, following_id, message_events
from dicomkit.network.operations import Operation, Operations, OutgoingRequest, OutgoingResponse, Request
from dicomkit.network.request_rules import response_to
from dicomkit.network.statuses import NO_STATUS
from dicomkit.network.wire import DataSetFragment, Driver, Event, MessageStart
from dicomkit.network.wire.command_set import (
    RESPONSE_BIT,
    CommandElement,
    CommandField,
    CommandSet,
    CommandValue,
    number_in,
)
from dicomkit.network.wire.presentation_contexts import ContextAnswer

__all__ = ["RunningOperation"]


class RunningOperation:
    """Take an operation step by step.

    Parameters
    ----------
    connection
        To the requestor.
    operations
        The service that answers.
    command, context, identifier
        The request.
    calling_ae_title
        The AE title of the requestor.

    Attributes
    ----------
    is_waiting : bool
        Whether the next step needs the response to a request that was sent.
    """

    def __init__(
        self,
        connection: Driver,
        operations: Operations,
        command: CommandSet,
        context: ContextAnswer,
        identifier: bytes,
        calling_ae_title: str,
    ) -> None:
        association = connection.association
        self._connection = connection
        self._request = Request(
            command,
            context,
            identifier,
            calling_ae_title,
            tuple(association.contexts.values()),
            () if association.answer is None else association.answer.roles,
            () if association.answer is None else association.answer.user_items,
        )
        self._operation: Operation = operations.start(self._request)
        self._message_id = 0
        self._status: int | None = None
        self.is_waiting = False

    def step(self) -> bool:
        """Send what the operation yields next; return False once it has ended."""
        try:
            # A generator takes a value only after its first step.
            step = next(self._operation) if self._status is None else self._operation.send(self._status)
        except StopIteration:
            return False
        self._status = None
        if isinstance(step, OutgoingRequest):
            self._send_request(step)
        else:
            self._send_responses(step)
        return True

    def accept_message(self, command: CommandSet) -> bool:
        """Take a C-CANCEL or a response that belongs to this operation; return whether it did."""
        number = number_in(command, CommandElement.COMMAND_FIELD)
        responds_to = number_in(command, CommandElement.MESSAGE_ID_BEING_RESPONDED_TO)
        if number == CommandField.C_CANCEL_RQ and responds_to == self._request.message_id:
            self._request.is_cancelled = True
            return True  # PS3.7 section 9.3.2.3: a C-CANCEL has no response of its own
        if number & RESPONSE_BIT and self.is_waiting and responds_to == self._message_id:
            self._status = number_in(command, CommandElement.STATUS, default=NO_STATUS)
            self.is_waiting = False
            return True
        return False

    def interrupt(self) -> None:
        """Abort the association on which the operation waits; may be called from another thread."""
        self._request.interrupt()

    def close(self) -> None:
        """End the operation before it is done, so that it can clean up."""
        self._operation.close()

    def _send_responses(self, responses: list[OutgoingResponse]) -> None:
        events: list[Event] = []
        context_id = self._request.context.context_id
        starts: dict[tuple[int, bool], MessageStart] = {}  # most responses of a query share one command set
        for response in responses:
            is_special = bool(response.fields or response.comment)
            key = response.status, response.identifier is not None
            start = starts.get(key)
            if start is None or is_special:
                start = MessageStart(context_id, self._command_of(response))
            if not is_special:
                starts[key] = start
            events.append(start)
            if response.identifier is not None:
                events.append(DataSetFragment(context_id, response.identifier, is_last=True))
        self._connection.send(*events)

    def _command_of(self, response: OutgoingResponse) -> dict[int, CommandValue]:
        command = response_to(self._request.command, response.status, response.comment)
        command.update(response.fields)
        if response.identifier is not None:
            command[CommandElement.COMMAND_DATA_SET_TYPE] = HAS_DATA_SET
        return command

    def _send_request(self, request: OutgoingRequest) -> None:
        self._message_id = following_id(self._message_id)
        self.is_waiting = True
        command: dict[int, CommandValue] = {
            CommandElement.COMMAND_DATA_SET_TYPE: HAS_DATA_SET,
            **request.command,
            CommandElement.MESSAGE_ID: self._message_id,
        }
        for events in message_events(MessageStart(request.context_id, command), request.data_set):
            self._connection.send(*events)
