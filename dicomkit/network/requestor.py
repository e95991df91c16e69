"""An association in the requestor's role: request it, use it, release it."""

from __future__ import annotations

import time
from collections.abc import Iterable

from dicomkit.errors import NetworkError
from dicomkit.named_tuple import NamedTuple
from dicomkit.network.dimse_requests import (
    HAS_DATA_SET,
    echo_command,
    following_id,
    message_events,
    store_command,
)
from dicomkit.network.explanations import ended_error, rejected_error
from dicomkit.network.statuses import NO_STATUS
from dicomkit.network.waits import Stage, Waits
from dicomkit.network.wire import (
    Abort,
    AssociationAnswer,
    AssociationRequest,
    ConnectionClosed,
    ConnectionFailedError,
    DataSetFragment,
    MessageStart,
    ProtocolViolation,
    Rejection,
    ReleaseReply,
    ReleaseRequest,
    TimedOut,
)
from dicomkit.network.wire.command_set import CommandElement, CommandSet, CommandValue, number_in, text_in
from dicomkit.network.wire.failures import Failure
from dicomkit.network.wire.presentation_contexts import ContextAnswer

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Self

    from dicomkit.network.wire import Driver

__all__ = ["AssociationRequestor", "Response", "TimeOuts"]

_ABORT_WAIT_S = 0.2


class TimeOuts(NamedTuple):
    """Time-outs in seconds: for the TCP connection, the association (A-ASSOCIATE, A-RELEASE) and each response.

    Every `tell_after_s` seconds of waiting, a line says what for.
    """

    connect_s: float = 10.0
    associate_s: float = 30.0
    answer_s: float = 60.0
    tell_after_s: float = 5.0


class Response(NamedTuple):
    """A response: its status, its command set, and its identifier as bytes."""

    status: int
    command: CommandSet
    identifier: bytes = b""

    @property
    def comment(self) -> str:
        """Error Comment (0000,0902); empty if there is none."""
        return text_in(self.command, CommandElement.ERROR_COMMENT)


class AssociationRequestor:
    """Request an association and use it; a ``with`` statement releases it, or aborts it after an error.

    Parameters
    ----------
    connection
        To the acceptor; this object closes it.
    request
        AE titles and proposed presentation contexts.
    time_outs
        How long to wait.
    waits
        Notes what is waited for.

    Raises
    ------
    AssociationRejectedError
        If the acceptor rejects it.
    NetworkError
        If it does not answer, or does not speak DICOM.
    """

    def __init__(
        self,
        connection: Driver,
        request: AssociationRequest,
        *,
        time_outs: TimeOuts = TimeOuts(),  # noqa: B008 - a tuple cannot change
        waits: Waits | None = None,
    ) -> None:
        self._connection = connection
        self._time_outs = time_outs
        self._waits = Waits() if waits is None else waits
        self._message_id = 0
        try:
            answer = self._associate(request)
        except BaseException:
            connection.close()
            raise
        self.roles = answer.roles
        proposed = {context.context_id: context for context in request.contexts}
        self._contexts = {
            (proposed[answered.context_id].abstract_syntax_uid, uid): answered
            for answered in answer.contexts
            if answered.context_id in proposed
            for uid in proposed[answered.context_id].transfer_syntax_uids
        }

    @property
    def peer(self) -> str:
        """What errors call the acceptor."""
        return self._connection.peer

    def context_for(self, sop_class_uid: str, transfer_syntax_uid: str) -> ContextAnswer | None:
        """Return the answer to the context that proposed this SOP class and transfer syntax, accepted or not."""
        return self._contexts.get((sop_class_uid, transfer_syntax_uid))

    def accepted_context(self, context_id: int) -> ContextAnswer | None:
        """Return an accepted presentation context by its ID."""
        return self._connection.association.contexts.get(context_id)

    def echo(self, context_id: int, sop_class_uid: str) -> Response:
        """Send a C-ECHO request and return the response (PS3.7 section 9.1.5)."""
        return self._ask(context_id, echo_command(sop_class_uid))

    def store(
        self,
        context_id: int,
        sop_class_uid: str,
        sop_instance_uid: str,
        data_set: Iterable[bytes],
        *,
        originator: tuple[str, int] | None = None,
    ) -> Response:
        """Send a C-STORE request with its data set and return the response (PS3.7 section 9.1.1).

        Parameters
        ----------
        context_id
            An accepted presentation context.
        sop_class_uid, sop_instance_uid
            The instance.
        data_set
            The encoded data set, in pieces of any size.
        originator
            AE title and Message ID of the C-MOVE request, if this is one of its sub-operations.

        Raises
        ------
        ConnectionFailedError
            If no response came; whether the instance was stored is then unknown.
        """
        command = store_command(sop_class_uid, sop_instance_uid, originator=originator)
        return self._ask(context_id, command, data_set)

    def request(
        self, context_id: int, command: dict[int, CommandValue], data_set: Iterable[bytes] = ()
    ) -> Response:
        """Send any request that has one response, and return it. The Message ID is filled in."""
        return self._ask(
            context_id, {CommandElement.COMMAND_DATA_SET_TYPE: HAS_DATA_SET, **command}, data_set
        )

    def send_request(
        self, context_id: int, command: dict[int, CommandValue], data_set: Iterable[bytes] = ()
    ) -> int:
        """Send a request and return its Message ID, which its responses repeat (see `receive`)."""
        self._message_id = following_id(self._message_id)
        command[CommandElement.MESSAGE_ID] = self._message_id
        self._waits.begin(Stage.SENDING, self._time_outs.answer_s)
        try:
            for events in message_events(MessageStart(context_id, command), data_set):
                self._connection.send(*events)
        except ConnectionFailedError as error:
            self._raise_abort_reason(error)
        finally:
            self._waits.end()
        return self._message_id

    def send_command(self, context_id: int, command: dict[int, CommandValue]) -> None:
        """Send a message without a data set and without a response: a response, or a C-CANCEL."""
        self._connection.send(MessageStart(context_id, command))

    def receive(self) -> MessageStart | DataSetFragment:
        """Return the next command set or data set fragment from the acceptor.

        Raises
        ------
        ConnectionFailedError
            If nothing comes for too long, or the association ends.
        """
        self._waits.begin(Stage.RESPONSE, self._time_outs.answer_s)
        try:
            event = self._connection.receive(self._time_outs.answer_s)
        finally:
            self._waits.end()
        if isinstance(event, MessageStart | DataSetFragment):
            return event
        raise ended_error(self._connection.peer, event)

    def release(self) -> None:
        """Release the association. A peer that does not confirm it has received everything all the same."""
        deadline = time.monotonic() + self._time_outs.associate_s
        self._waits.begin(Stage.RELEASE, self._time_outs.associate_s, self._connection.peer)
        try:
            self._connection.send(ReleaseRequest())
            while not self._connection.association.is_over:
                match self._connection.receive(deadline - time.monotonic()):
                    case ReleaseRequest():  # a release collision (PS3.8 section 9.2, action AR-9)
                        self._connection.send(ReleaseReply())
                    case TimedOut():
                        break
        except ConnectionFailedError:
            pass
        finally:
            self._waits.end()
            self._connection.close()

    def abort_now(self) -> None:
        """Abort the association now; may be called from another thread."""
        self._connection.abort_now()

    def __enter__(self) -> Self:
        return self

    def __exit__(self, kind: object, *_: object) -> None:
        if kind is None:
            self.release()
        else:
            self._connection.abort_now()
            self._connection.close()

    def _associate(self, request: AssociationRequest) -> AssociationAnswer:
        titles = f"{self.peer}, called {request.called_ae_title}, calling {request.calling_ae_title}"
        self._waits.begin(Stage.ASSOCIATION, self._time_outs.associate_s, self._connection.peer)
        try:
            self._connection.send(request)
            event = self._connection.receive(self._time_outs.associate_s)
            if isinstance(event, ProtocolViolation | ConnectionClosed | TimedOut):
                raise ended_error(self._connection.peer, event)
        except ConnectionFailedError as error:
            if error.failure is Failure.TLS:
                raise NetworkError(titles, error.problem, error.remedy) from error
            raise NetworkError(
                titles,
                "the connection was made, but no answer to the association request came",
                "see whether a DICOM receiver listens there, and not something else, or TLS",
            ) from error
        finally:
            self._waits.end()
        if isinstance(event, AssociationAnswer):
            return event
        if isinstance(event, Rejection):
            raise rejected_error(titles, event)
        ended = ended_error(self.peer, event)
        raise NetworkError(titles, ended.problem, ended.remedy)

    def _ask(
        self, context_id: int, command: dict[int, CommandValue], data_set: Iterable[bytes] = ()
    ) -> Response:
        try:
            message_id = self.send_request(context_id, command, data_set)
            self._waits.begin(Stage.RESPONSE, self._time_outs.answer_s)
            return self._response(message_id)
        finally:
            self._waits.end()

    def _response(self, message_id: int) -> Response:
        deadline = time.monotonic() + self._time_outs.answer_s
        while True:
            event = self._connection.receive(deadline - time.monotonic())
            if isinstance(event, DataSetFragment):
                continue
            if not isinstance(event, MessageStart):
                raise ended_error(self._connection.peer, event)
            command = event.command
            if number_in(command, CommandElement.MESSAGE_ID_BEING_RESPONDED_TO) == message_id:
                return Response(number_in(command, CommandElement.STATUS, default=NO_STATUS), command)

    def _raise_abort_reason(self, error: ConnectionFailedError) -> None:
        """Raise the reason of an A-ABORT if one explains why sending failed, else `error`."""
        event = self._connection.receive(_ABORT_WAIT_S)
        if isinstance(event, Abort):
            raise ended_error(self._connection.peer, event) from error
        raise error
