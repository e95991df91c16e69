"""An operation on its way: what it wants to say goes out, what the other side says comes in."""

from __future__ import annotations

from dicomkit.network.commands import HAS_DATA_SET, following_id, message_events
from dicomkit.network.operations import Asked, Operation, Operations, Request, Said
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
        To the side that asked.
    operations
        The service that answers.
    command, context, identifier
        The request.
    caller
        The AE title of the side that asked.

    Attributes
    ----------
    waits : bool
        Whether it goes on only once the other side has answered a request of ours.
    """

    def __init__(
        self,
        connection: Driver,
        operations: Operations,
        command: CommandSet,
        context: ContextAnswer,
        identifier: bytes,
        caller: str,
    ) -> None:
        association = connection.association
        self._connection = connection
        self._request = Request(
            command,
            context,
            identifier,
            caller,
            tuple(association.contexts.values()),
            () if association.answer is None else association.answer.roles,
            () if association.answer is None else association.answer.user_items,
        )
        self._operation: Operation = operations.start(self._request)
        self._message_id = 0
        self._answer: int | None = None
        self.waits = False

    def step(self) -> bool:
        """Say what the operation wants to say next; return whether it goes on."""
        try:
            # The first time, nothing has been asked, so there is no answer to hand in.
            said = next(self._operation) if self._answer is None else self._operation.send(self._answer)
        except StopIteration:
            return False
        self._answer = None
        if isinstance(said, Asked):
            self._ask(said)
            return True
        events: list[Event] = []
        context_id = self._request.context.context_id
        starts: dict[tuple[int, bool], MessageStart] = {}  # the answers of a query all begin alike
        for response in said:
            key = response.status, response.identifier is not None
            start = starts.get(key)
            if start is None or response.fields:
                start = MessageStart(context_id, self._fields(response))
            if not response.fields:
                starts[key] = start
            events.append(start)
            if response.identifier is not None:
                events.append(DataSetFragment(context_id, response.identifier, is_last=True))
        self._connection.send(*events)
        return True

    def _fields(self, response: Said) -> dict[int, CommandValue]:
        """Return the command set of a response."""
        fields = {**response_to(self._request.command, response.status), **response.fields}
        if response.identifier is not None:
            fields[CommandElement.COMMAND_DATA_SET_TYPE] = HAS_DATA_SET
        return fields

    def hear(self, command: CommandSet) -> bool:
        """Take a message that belongs to this operation; return whether it did."""
        number = number_in(command, CommandElement.COMMAND_FIELD)
        answers = number_in(command, CommandElement.MESSAGE_ID_BEING_RESPONDED_TO)
        if number == CommandField.C_CANCEL_RQ and answers == self._request.message_id:
            self._request.is_cancelled = True
            return True  # PS3.7 section 9.3.2.3: it gets no answer of its own
        if number & RESPONSE_BIT and self.waits and answers == self._message_id:
            self._answer = number_in(command, CommandElement.STATUS, default=NO_STATUS)
            self.waits = False
            return True
        return False

    def interrupt(self) -> None:
        """End what the operation waits for elsewhere; for another thread."""
        self._request.interrupt()

    def close(self) -> None:
        """Let the operation tidy up: nobody is there any more to hear how it ends."""
        self._operation.close()

    def _ask(self, asked: Asked) -> None:
        self._message_id = following_id(self._message_id)
        self.waits = True
        command: dict[int, CommandValue] = {
            CommandElement.COMMAND_DATA_SET_TYPE: HAS_DATA_SET,
            **asked.command,
            CommandElement.MESSAGE_ID: self._message_id,
        }
        for events in message_events(MessageStart(asked.context_id, command), asked.data_set):
            self._connection.send(*events)
