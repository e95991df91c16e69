"""One association, seen from the side that was called: negotiate, then answer until the release.

The loop follows PS3.8 section 9.2 (the state machine) for the states an acceptor can be in. It blocks
on the socket in a thread of its own; nothing polls and nothing sleeps.
"""

from __future__ import annotations

import threading
from collections.abc import Callable
from dataclasses import dataclass

from dicomkit.errors import NotDicomError
from dicomkit.instance_store import IncomingInstance
from dicomkit.network.acceptor_policy import AcceptorPolicy
from dicomkit.network.records import ReceiverEvent
from dicomkit.network.request_rules import refusal, status_without_data_set
from dicomkit.network.storage_service import Sender, StorageService
from dicomkit.network.wire.command_set import (
    MAX_COMMAND_BYTES,
    NO_DATA_SET,
    Command,
    CommandElement,
    CommandField,
    decode_command,
    encode_command,
    encode_store_response,
    number_in,
    text_in,
)
from dicomkit.network.wire.negotiation import (
    AssociationAnswer,
    Rejection,
    decode_request,
    encode_answer,
    encode_rejection,
)
from dicomkit.network.wire.pdus import (
    AbortReason,
    ConnectionFailedError,
    Failure,
    PDUType,
    PresentationDataValue,
    encode_abort,
    encode_data_pdus,
    encode_pdu,
    presentation_data_values,
)
from dicomkit.network.wire.presentation_contexts import (
    ACCEPTED,
    ContextAnswer,
    answer_contexts,
)
from dicomkit.network.wire.socket_driver import Connection

__all__ = ["AssociationAcceptor"]

_RESPONSE = 0x8000  # PS3.7 section E.1: the bit that makes a response of a request's Command Field
_C_CANCEL_RQ = 0x0FFF
_MAX_COMMENT_LENGTH = 64  # (0000,0902) has VR LO
_LINGER_S = 1.0


@dataclass
class _Request:
    """A C-STORE request whose data set is on its way."""

    command: Command
    context: ContextAnswer
    incoming: IncomingInstance | None  # None for a request that is refused once its data set has passed


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
        Whom and what to admit.
    service
        Where instances go.
    """

    def __init__(
        self,
        connection: Connection,
        number: int,
        address: str,
        policy: AcceptorPolicy,
        service: StorageService,
    ) -> None:
        self._connection = connection
        self._number = number
        self._address = address
        self._policy = policy
        self._service = service
        self._contexts: dict[int, ContextAnswer] = {}
        self._peer_max_length = 0
        self._command = bytearray()
        self._request: _Request | None = None
        self._lock = threading.Lock()
        self._is_busy = False
        self._is_ending = False
        self._has_said_goodbye = False  # the last PDU is ours; the other side closes the connection

    def finish_soon(self) -> None:
        """End the association as soon as no message is on its way; called from another thread."""
        with self._lock:
            self._is_ending = True
            if self._is_busy:
                return
        self._connection.abort_now(AbortReason.NOT_SPECIFIED)

    def close(self) -> None:
        """End the association now; called from another thread."""
        self._connection.abort_now(AbortReason.NOT_SPECIFIED)

    def run(self, *, is_full: Callable[[], Rejection | None] = lambda: None) -> None:
        """Answer until the association is released, aborted or lost.

        Parameters
        ----------
        is_full
            Returns the rejection to send if there are too many associations already.
        """
        sender: Sender | None = None
        try:
            sender = self._negotiate(is_full)
            if sender is not None:
                self._service.publish(
                    ReceiverEvent("association opened", sender.association, sender.calling_ae_title)
                )
                self._serve(sender)
        except ConnectionFailedError as error:
            if error.failure is not Failure.CLOSED:
                self._abort(error.reason)
        except Exception as error:  # noqa: BLE001 - a defect, or no memory left: it may not end in silence
            self._service.report_defect(self._number, sender.calling_ae_title if sender else "", error)
            self._abort(AbortReason.NOT_SPECIFIED)
        finally:
            if self._request is not None and self._request.incoming is not None:
                self._request.incoming.discard()
            if sender is not None:
                self._service.publish(
                    ReceiverEvent("association closed", sender.association, sender.calling_ae_title)
                )
            if self._has_said_goodbye:
                self._connection.linger(_LINGER_S)
            self._connection.close()

    def _negotiate(self, is_full: Callable[[], Rejection | None]) -> Sender | None:
        self._connection.shake_hands(self._policy.request_time_out_s)
        kind, body = self._connection.receive(self._policy.request_time_out_s)
        if kind is not PDUType.A_ASSOCIATE_RQ:
            self._abort(AbortReason.UNEXPECTED_PDU)
            return None
        request = decode_request(body, self._connection.peer)
        rejection = self._policy.objection(request) or is_full()
        if rejection is not None:
            self._connection.send(encode_rejection(rejection))
            self._has_said_goodbye = True
            return None
        answers = answer_contexts(request.contexts, self._policy.contexts)
        self._contexts = {answer.context_id: answer for answer in answers if answer.result == ACCEPTED}
        self._peer_max_length = request.max_length
        self._connection.send(encode_answer(request, AssociationAnswer(tuple(answers))))
        return Sender(self._number, request.calling_ae_title, request.called_ae_title, self._address)

    def _serve(self, sender: Sender) -> None:
        while True:
            with self._lock:
                self._is_busy = self._request is not None or bool(self._command)
                if self._is_ending and not self._is_busy:
                    break
            kind, body = self._connection.receive()
            with self._lock:
                self._is_busy = True
            if kind is PDUType.P_DATA_TF:
                for value in presentation_data_values(body, self._connection.peer):
                    self._take(value, sender)
            elif kind is PDUType.A_RELEASE_RQ:
                self._connection.send(encode_pdu(PDUType.A_RELEASE_RP, bytes(4)))
                self._has_said_goodbye = True
                return
            elif kind is PDUType.A_ABORT:
                return
            else:
                self._abort(AbortReason.UNEXPECTED_PDU)
                return
        self._abort(AbortReason.NOT_SPECIFIED)

    def _take(self, value: PresentationDataValue, sender: Sender) -> None:
        context = self._contexts.get(value.context_id)
        if context is None or value.is_command == (self._request is not None):
            raise self._invalid("sent a fragment where none belongs")
        if value.is_command:
            self._command += value.fragment
            if len(self._command) > MAX_COMMAND_BYTES:
                raise self._invalid("sent a command set without an end")
            if value.is_last:
                self._begin(context, sender)
        elif self._request is not None:
            self._continue(self._request, value, sender)

    def _begin(self, context: ContextAnswer, sender: Sender) -> None:
        """Act on a complete command set."""
        try:
            command = decode_command(bytes(self._command))
        except NotDicomError as error:
            raise self._invalid("sent a command set that cannot be read") from error
        finally:
            self._command.clear()
        if number_in(command, CommandElement.COMMAND_DATA_SET_TYPE, NO_DATA_SET) == NO_DATA_SET:
            self._respond(command, context, status_without_data_set(command, context))
            return
        incoming = None
        if refusal(command, context) is None:
            incoming = self._service.store.receive(
                sop_class_uid=text_in(command, CommandElement.AFFECTED_SOP_CLASS_UID),
                sop_instance_uid=text_in(command, CommandElement.AFFECTED_SOP_INSTANCE_UID),
                transfer_syntax_uid=context.transfer_syntax_uid,
                source_ae_title=sender.calling_ae_title,
            )
        self._request = _Request(command, context, incoming)

    def _continue(self, request: _Request, value: PresentationDataValue, sender: Sender) -> None:
        """Take a fragment of the data set; at its end, store and answer."""
        incoming = request.incoming
        if incoming is not None:
            incoming.write(value.fragment)
            if incoming.size_bytes > self._policy.max_instance_bytes:
                raise self._invalid("sent a data set that is larger than this receiver takes")
        if not value.is_last:
            return
        self._request = None
        if incoming is None:
            self._respond(request.command, request.context, refusal(request.command, request.context) or 0)
            return
        with incoming:
            status, comment = self._service.finish(incoming, request.context.transfer_syntax_uid, sender)
        self._respond(request.command, request.context, status, comment)

    def _respond(self, command: Command, context: ContextAnswer, status: int, comment: str = "") -> None:
        field_number = number_in(command, CommandElement.COMMAND_FIELD)
        if field_number == _C_CANCEL_RQ or field_number & _RESPONSE:
            return  # PS3.7 section 9.3.2.3: a cancel request has no response, and neither has a response
        message_id = number_in(command, CommandElement.MESSAGE_ID)
        if field_number == CommandField.C_STORE_RQ and not comment:
            sop_class_uid = text_in(command, CommandElement.AFFECTED_SOP_CLASS_UID)
            sop_instance_uid = text_in(command, CommandElement.AFFECTED_SOP_INSTANCE_UID)
            self._send_command(
                context, encode_store_response(sop_class_uid, sop_instance_uid, message_id, status)
            )
            return
        response: dict[CommandElement, int | str] = {
            CommandElement.AFFECTED_SOP_CLASS_UID: text_in(command, CommandElement.AFFECTED_SOP_CLASS_UID),
            CommandElement.COMMAND_FIELD: field_number | _RESPONSE,
            CommandElement.MESSAGE_ID_BEING_RESPONDED_TO: message_id,
            CommandElement.COMMAND_DATA_SET_TYPE: NO_DATA_SET,
            CommandElement.STATUS: status,
        }
        if field_number == CommandField.C_STORE_RQ:
            response[CommandElement.AFFECTED_SOP_INSTANCE_UID] = text_in(
                command, CommandElement.AFFECTED_SOP_INSTANCE_UID
            )
        if comment:
            response[CommandElement.ERROR_COMMENT] = comment[:_MAX_COMMENT_LENGTH]
        self._send_command(context, encode_command(response))

    def _send_command(self, context: ContextAnswer, content: bytes) -> None:
        self._connection.send(
            *encode_data_pdus(context.context_id, [content], self._peer_max_length, is_command=True)
        )

    def _abort(self, reason: AbortReason) -> None:
        try:
            self._connection.send(encode_abort(reason))
            self._has_said_goodbye = True
        except ConnectionFailedError:
            return  # nobody is left to hear it

    def _invalid(self, problem: str) -> ConnectionFailedError:
        return ConnectionFailedError(
            self._connection.peer,
            problem,
            "report it to whoever wrote that software",
            failure=Failure.INVALID,
            reason=AbortReason.INVALID_PARAMETER_VALUE,
        )
