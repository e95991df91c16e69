"""Send a request that has several responses: C-FIND, C-GET or C-MOVE."""

from __future__ import annotations

import collections
import contextlib
from collections.abc import Callable, Iterator

from dicomkit.errors import NetworkError
from dicomkit.network.dimse_requests import HAS_DATA_SET, MEDIUM_PRIORITY
from dicomkit.network.query_statuses import is_pending
from dicomkit.network.requestor import AssociationRequestor, Response
from dicomkit.network.statuses import NO_STATUS
from dicomkit.network.wire import DataSetFragment, MessageStart
from dicomkit.network.wire.command_set import (
    NO_DATA_SET,
    CommandElement,
    CommandField,
    CommandValue,
    number_in,
)

__all__ = ["QueryRequestor", "interrupts_explained", "receive_command", "receive_data_set"]

_MAX_IDENTIFIER_BYTES = 16 << 20


@contextlib.contextmanager
def interrupts_explained(summary: Callable[[], str]) -> Iterator[None]:
    """Add to a KeyboardInterrupt what had arrived when it came.

    Parameters
    ----------
    summary
        Returns that in words.
    """
    try:
        yield
    except KeyboardInterrupt:
        raise KeyboardInterrupt(f"interrupted: {summary()}") from None


def receive_command(association: AssociationRequestor) -> MessageStart:
    """Return the command set of the next message."""
    while not isinstance(event := association.receive(), MessageStart):
        pass
    return event


def receive_data_set(association: AssociationRequestor, start: MessageStart) -> Iterator[DataSetFragment]:
    """Receive the data set of a message, if it has one."""
    is_last = not start.has_data_set
    while not is_last:
        event = association.receive()
        if isinstance(event, DataSetFragment):
            yield event
            is_last = event.is_last


class QueryRequestor:
    """Send one request and receive its responses until the last.

    Parameters
    ----------
    association
        The association.
    context_id, sop_class_uid
        An accepted presentation context, and its abstract syntax.
    """

    def __init__(self, association: AssociationRequestor, context_id: int, sop_class_uid: str) -> None:
        self._association = association
        self._context_id = context_id
        self._sop_class_uid = sop_class_uid
        self._message_id = 0
        self._is_cancelled = False

    def responses(
        self,
        operation: CommandField,
        identifier: bytes,
        *,
        destination: str = "",
        on_request: Callable[[MessageStart, Iterator[DataSetFragment]], object] = lambda *_: None,
    ) -> Iterator[Response]:
        """Send the request and yield each response, the last one included.

        Parameters
        ----------
        operation
            The command field of the request.
        identifier
            The encoded keys.
        destination
            Move Destination (0000,0600), for C-MOVE.
        on_request
            Called with each C-STORE request of a C-GET: its command set, and its data set while it is received.
        """
        command: dict[int, CommandValue] = {
            CommandElement.AFFECTED_SOP_CLASS_UID: self._sop_class_uid,
            CommandElement.COMMAND_FIELD: operation,
            CommandElement.PRIORITY: MEDIUM_PRIORITY,
            CommandElement.COMMAND_DATA_SET_TYPE: HAS_DATA_SET,
        }
        if destination:
            command[CommandElement.MOVE_DESTINATION] = destination
        self._message_id = self._association.send_request(self._context_id, command, [identifier])
        while True:
            start = receive_command(self._association)
            if number_in(start.command, CommandElement.MESSAGE_ID_BEING_RESPONDED_TO) != self._message_id:
                fragments = receive_data_set(self._association, start)
                on_request(start, fragments)
                collections.deque(fragments, maxlen=0)  # what it has left
                continue
            response = self._response(start)
            yield response
            if not is_pending(response.status):
                return

    def cancel(self) -> None:
        """Send a C-CANCEL; responses continue until the last one. Safe to call twice."""
        if self._is_cancelled:
            return
        self._is_cancelled = True
        command: dict[int, CommandValue] = {
            CommandElement.COMMAND_FIELD: CommandField.C_CANCEL_RQ,
            CommandElement.MESSAGE_ID_BEING_RESPONDED_TO: self._message_id,
            CommandElement.COMMAND_DATA_SET_TYPE: NO_DATA_SET,
        }
        self._association.send_command(self._context_id, command)

    def _response(self, start: MessageStart) -> Response:
        identifier = bytearray()
        for fragment in receive_data_set(self._association, start):
            identifier += fragment.content
            if len(identifier) > _MAX_IDENTIFIER_BYTES:
                raise NetworkError("an answer", "is larger than any identifier", "read the archive's log")
        status = number_in(start.command, CommandElement.STATUS, default=NO_STATUS)
        return Response(status, start.command, bytes(identifier))
