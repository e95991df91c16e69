"""A request that is answered more than once: C-FIND, C-GET and C-MOVE, from the side that asks."""

from __future__ import annotations

import contextlib
from collections.abc import Callable, Iterator
from typing import NamedTuple

from dicomkit.errors import NetworkError
from dicomkit.network.commands import HAS_DATA_SET, MEDIUM_PRIORITY
from dicomkit.network.query_statuses import is_pending
from dicomkit.network.requestor import AssociationRequestor
from dicomkit.network.statuses import NO_STATUS
from dicomkit.network.wire import DataSetFragment, MessageStart
from dicomkit.network.wire.command_set import (
    NO_DATA_SET,
    CommandElement,
    CommandField,
    CommandSet,
    CommandValue,
    number_in,
    text_in,
)

__all__ = ["Conversation", "Heard", "interruption_told"]

_MAX_IDENTIFIER_BYTES = 16 << 20


class Heard(NamedTuple):
    """One response: its status, its command set, and its identifier as bytes."""

    status: int
    command: CommandSet
    identifier: bytes

    @property
    def comment(self) -> str:
        """What the other side wrote in (0000,0902) Error Comment."""
        return text_in(self.command, CommandElement.ERROR_COMMENT)


@contextlib.contextmanager
def interruption_told(tell: Callable[[], str]) -> Iterator[None]:
    """Let an interrupt say what has come and what has not.

    Parameters
    ----------
    tell
        Returns that.
    """
    try:
        yield
    except KeyboardInterrupt:
        raise KeyboardInterrupt(f"interrupted: {tell()}") from None


class Conversation:
    """Ask, and listen until the last response.

    Parameters
    ----------
    association
        With the context accepted.
    context_id, sop_class_uid
        Where and what is asked.
    """

    def __init__(self, association: AssociationRequestor, context_id: int, sop_class_uid: str) -> None:
        self._association = association
        self._context_id = context_id
        self._sop_class_uid = sop_class_uid
        self._message_id = 0
        self._is_cancelled = False

    def ask(
        self,
        operation: CommandField,
        identifier: bytes,
        *,
        destination: str = "",
        take: Callable[[MessageStart], object] | None = None,
        take_piece: Callable[[DataSetFragment], object] | None = None,
    ) -> Iterator[Heard]:
        """Send the request and yield each response, the last one included.

        Parameters
        ----------
        operation
            The command field of the request.
        identifier
            The keys.
        destination
            For C-MOVE.
        take, take_piece
            Get what the other side asks of this one meanwhile: the C-STORE requests of a C-GET.
        """
        command: dict[int, CommandValue] = {
            CommandElement.AFFECTED_SOP_CLASS_UID: self._sop_class_uid,
            CommandElement.COMMAND_FIELD: operation,
            CommandElement.PRIORITY: MEDIUM_PRIORITY,
            CommandElement.COMMAND_DATA_SET_TYPE: HAS_DATA_SET,
        }
        if destination:
            command[CommandElement.MOVE_DESTINATION] = destination
        self._message_id = self._association.ask(self._context_id, command, [identifier])
        while True:
            start = self._association.listen()
            if not isinstance(start, MessageStart):
                continue
            if number_in(start.command, CommandElement.MESSAGE_ID_BEING_RESPONDED_TO) != self._message_id:
                self._pass_on(start, take, take_piece)
                continue
            heard = self._heard(start)
            yield heard
            if not is_pending(heard.status):
                return

    def cancel(self) -> None:
        """Ask for the end (C-CANCEL); responses may still come until the last one. Safe to call twice."""
        if self._is_cancelled:
            return
        self._is_cancelled = True
        command: dict[int, CommandValue] = {
            CommandElement.COMMAND_FIELD: CommandField.C_CANCEL_RQ,
            CommandElement.MESSAGE_ID_BEING_RESPONDED_TO: self._message_id,
            CommandElement.COMMAND_DATA_SET_TYPE: NO_DATA_SET,
        }
        self._association.say(self._context_id, command)

    def _heard(self, start: MessageStart) -> Heard:
        identifier = bytearray()
        if start.has_data_set:
            for piece in self._pieces():
                identifier += piece.content
                if len(identifier) > _MAX_IDENTIFIER_BYTES:
                    raise NetworkError("an answer", "is larger than any identifier", "read the archive's log")
        status = number_in(start.command, CommandElement.STATUS, default=NO_STATUS)
        return Heard(status, start.command, bytes(identifier))

    def _pieces(self) -> Iterator[DataSetFragment]:
        while True:
            event = self._association.listen()
            if isinstance(event, DataSetFragment):
                yield event
                if event.is_last:
                    return

    def _pass_on(
        self,
        start: MessageStart,
        take: Callable[[MessageStart], object] | None,
        take_piece: Callable[[DataSetFragment], object] | None,
    ) -> None:
        if take is not None:
            take(start)
        if start.has_data_set:
            for piece in self._pieces():
                if take_piece is not None:
                    take_piece(piece)
