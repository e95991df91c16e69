"""One association, seen from the side that calls: request it, use it, release it."""

from __future__ import annotations

import ssl
import time
from collections.abc import Iterable, Sequence
from typing import NamedTuple, Self

from dicomkit.errors import NetworkError, NotDicomError
from dicomkit.network.addressing import check_ae_title, check_port, check_sender_context, connect
from dicomkit.network.association_log import AssociationLog
from dicomkit.network.command_set import (
    MAX_COMMAND_BYTES,
    NO_DATA_SET,
    Command,
    CommandElement,
    CommandField,
    decode_command,
    encode_command,
    number_in,
    text_in,
)
from dicomkit.network.connection import Connection
from dicomkit.network.explanations import explain_abort, rejected_error
from dicomkit.network.negotiation import (
    AssociationAnswer,
    AssociationRequest,
    decode_answer,
    decode_rejection,
    encode_request,
)
from dicomkit.network.presentation_contexts import ContextAnswer, ProposedContext
from dicomkit.network.statuses import NO_STATUS
from dicomkit.network.upper_layer import (
    AbortReason,
    ConnectionFailedError,
    Failure,
    PDUType,
    encode_data_pdus,
    encode_pdu,
    presentation_data_values,
)

__all__ = ["AssociationRequestor", "Response", "TimeOuts"]

_HIGHEST_MESSAGE_ID = 0xFFFF
_MEDIUM_PRIORITY = 0
_LAST_WORDS_S = 0.2
_HAS_DATA_SET = 0x0001


class TimeOuts(NamedTuple):
    """How long to wait, in seconds: for the TCP connection, for the association, for each answer."""

    connect_s: float = 10.0
    associate_s: float = 30.0
    answer_s: float = 60.0


class Response(NamedTuple):
    """What came back for a request: its status, and what the other side wrote about it."""

    status: int
    comment: str


class AssociationRequestor:
    """Request an association and use it; a ``with`` statement releases it, or aborts it after an error.

    Parameters
    ----------
    host, port
        Where to call.
    request
        Who calls whom, and the proposed presentation contexts.
    time_outs
        How long to wait.
    log
        Who listens in.
    ssl_context
        For TLS.

    Raises
    ------
    NoReceiverError
        If nobody listens there.
    AssociationRejectedError
        If the other side says no.
    NetworkError
        If it does not answer, or not as a DICOM receiver would.
    """

    def __init__(
        self,
        host: str,
        port: int,
        request: AssociationRequest,
        *,
        time_outs: TimeOuts = TimeOuts(),  # noqa: B008 - a tuple cannot change
        log: AssociationLog | None = None,
        ssl_context: ssl.SSLContext | None = None,
    ) -> None:
        for title in (request.called_ae_title, request.calling_ae_title):
            check_ae_title(title)
        check_port(port)
        check_sender_context(ssl_context)
        self._name = f"{host} port {port}"
        self._time_outs = time_outs
        self._message_id = 0
        sock = connect(host, port, self._name, time_outs.connect_s)
        if ssl_context is not None:
            sock = ssl_context.wrap_socket(sock, server_hostname=host, do_handshake_on_connect=False)
        tap = None if log is None else log.open(is_caller=True)
        self._connection = Connection(sock, self._name, time_out_s=time_outs.answer_s, tap=tap)
        try:
            self._connection.shake_hands(time_outs.associate_s)
            self._answer = self._associate(request)
        except BaseException:
            self._connection.close()
            raise
        proposed = {context.context_id: context for context in request.contexts}
        self._contexts: dict[tuple[str, str], ContextAnswer] = {}
        for answer in self._answer.contexts:
            context: ProposedContext | None = proposed.get(answer.context_id)
            for uid in context.transfer_syntax_uids if context is not None else ():
                self._contexts[context.abstract_syntax_uid, uid] = answer  # type: ignore[union-attr] # - loop is empty then

    def context_for(self, sop_class_uid: str, transfer_syntax_uid: str) -> ContextAnswer | None:
        """Return what became of the context for this SOP class and transfer syntax."""
        return self._contexts.get((sop_class_uid, transfer_syntax_uid))

    def echo(self, context_id: int, sop_class_uid: str) -> Response:
        """Send a C-ECHO request and return the answer (PS3.7 section 9.1.5)."""
        command: dict[CommandElement, int | str] = {
            CommandElement.AFFECTED_SOP_CLASS_UID: sop_class_uid,
            CommandElement.COMMAND_FIELD: CommandField.C_ECHO_RQ,
            CommandElement.COMMAND_DATA_SET_TYPE: NO_DATA_SET,
        }
        return self._ask(context_id, command, ())

    def store(
        self, context_id: int, sop_class_uid: str, sop_instance_uid: str, data_set: Iterable[bytes]
    ) -> Response:
        """Send a C-STORE request with its data set and return the answer (PS3.7 section 9.1.1).

        Parameters
        ----------
        context_id
            An accepted presentation context.
        sop_class_uid, sop_instance_uid
            What is sent.
        data_set
            The encoded data set, in pieces of any size.

        Raises
        ------
        ConnectionFailedError
            If no answer came: nobody can tell whether the instance was stored.
        """
        command: dict[CommandElement, int | str] = {
            CommandElement.AFFECTED_SOP_CLASS_UID: sop_class_uid,
            CommandElement.COMMAND_FIELD: CommandField.C_STORE_RQ,
            CommandElement.PRIORITY: _MEDIUM_PRIORITY,
            CommandElement.COMMAND_DATA_SET_TYPE: _HAS_DATA_SET,
            CommandElement.AFFECTED_SOP_INSTANCE_UID: sop_instance_uid,
        }
        return self._ask(context_id, command, data_set)

    def release(self) -> None:
        """End the association in order. A peer that does not confirm it has no effect on what was sent."""
        try:
            self._connection.send(encode_pdu(PDUType.A_RELEASE_RQ, bytes(4)))
            deadline = time.monotonic() + self._time_outs.associate_s
            while self._connection.receive(deadline - time.monotonic())[0] is PDUType.P_DATA_TF:
                pass
        except ConnectionFailedError:
            pass
        finally:
            self._connection.close()

    def __enter__(self) -> Self:
        return self

    def __exit__(self, kind: object, *_: object) -> None:
        if kind is None:
            self.release()
        else:
            self._connection.abort_now(AbortReason.NOT_SPECIFIED)
            self._connection.close()

    def _associate(self, request: AssociationRequest) -> AssociationAnswer:
        titles = f"{self._name}, called {request.called_ae_title}, calling {request.calling_ae_title}"
        try:
            self._connection.send(encode_request(request))
            kind, body = self._connection.receive(self._time_outs.associate_s)
        except ConnectionFailedError as error:
            raise NetworkError(
                titles,
                "the connection was made, but no answer to the association request came",
                "see whether a DICOM receiver listens there, and not something else, or TLS",
            ) from error
        if kind is PDUType.A_ASSOCIATE_AC:
            return decode_answer(body, self._name)
        if kind is PDUType.A_ASSOCIATE_RJ:
            raise rejected_error(titles, decode_rejection(body, self._name))
        if kind is PDUType.A_ABORT:
            raise NetworkError(titles, explain_abort(body), "read the log of the other side")
        raise NetworkError(
            titles,
            "the answer to the association request made no sense",
            "see whether a DICOM receiver listens there",
        )

    def _ask(
        self, context_id: int, command: dict[CommandElement, int | str], data_set: Iterable[bytes]
    ) -> Response:
        self._message_id = self._message_id % _HIGHEST_MESSAGE_ID + 1
        command[CommandElement.MESSAGE_ID] = self._message_id
        try:
            self._send_message(context_id, encode_command(command), data_set)
        except ConnectionFailedError as error:
            self._read_last_words(error)
        deadline = time.monotonic() + self._time_outs.answer_s
        while True:
            answer = self._read_command(deadline)
            if number_in(answer, CommandElement.MESSAGE_ID_BEING_RESPONDED_TO) == self._message_id:
                comment = text_in(answer, CommandElement.ERROR_COMMENT)
                return Response(number_in(answer, CommandElement.STATUS, default=NO_STATUS), comment)

    def _send_message(self, context_id: int, command: bytes, data_set: Iterable[bytes]) -> None:
        limit = self._answer.max_length
        # The command goes out together with the first piece of the data set: one packet less to wait for.
        waiting: list[bytes] = list(encode_data_pdus(context_id, [command], limit, is_command=True))
        pieces = iter(data_set)
        piece = next(pieces, None)
        while piece is not None:
            following = next(pieces, None)
            waiting += encode_data_pdus(
                context_id, [piece], limit, is_command=False, is_last=following is None
            )
            self._connection.send(*waiting)
            waiting = []
            piece = following
        if waiting:
            self._connection.send(*waiting)

    def _read_command(self, deadline: float) -> Command:
        content = bytearray()
        while True:
            kind, body = self._connection.receive(deadline - time.monotonic())
            if kind is PDUType.A_ABORT:
                raise self._lost(explain_abort(body))
            if kind is not PDUType.P_DATA_TF:
                raise self._lost("the other side ended the association before it answered")
            for value in presentation_data_values(body, self._name):
                content += value.fragment if value.is_command else b""
                if len(content) > MAX_COMMAND_BYTES:
                    raise self._lost("the other side sent a command set without an end")
                if value.is_command and value.is_last:
                    try:
                        return decode_command(bytes(content))
                    except NotDicomError as error:
                        raise self._lost("the answer cannot be read") from error

    def _read_last_words(self, error: ConnectionFailedError) -> None:
        """Look for the A-ABORT that may explain why the other side took nothing any more."""
        try:
            kind, body = self._connection.receive(_LAST_WORDS_S)
        except ConnectionFailedError:
            raise error from None
        if kind is PDUType.A_ABORT:
            raise self._lost(explain_abort(body)) from error
        raise error

    def _lost(self, problem: str) -> ConnectionFailedError:
        return ConnectionFailedError(
            self._name, problem, "read the log of the other side", failure=Failure.CLOSED
        )


def request_for(
    called_ae_title: str, calling_ae_title: str, contexts: Sequence[ProposedContext]
) -> AssociationRequest:
    """Return a request with these titles and contexts."""
    return AssociationRequest(calling_ae_title, called_ae_title, tuple(contexts))
