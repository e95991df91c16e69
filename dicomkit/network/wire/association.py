"""One association, without any I/O: bytes in, events out; events in, bytes out (in the manner of h11).

A driver passes received bytes to `Association.receive_data`, which yields events, and transmits the bytes that
`Association.send` returns for events. The class serves requestors and acceptors, over a socket or in memory, and
can be tested with byte strings alone.
"""

from __future__ import annotations

import collections
from collections.abc import Iterator

from dicomkit.network.wire.command_set import encode_command
from dicomkit.network.wire.events import (
    AssociationAnswer,
    AssociationRequest,
    DataSetFragment,
    Event,
    MessageStart,
    PDURecord,
    ProtocolViolation,
    ReleaseRequest,
    Tap,
)
from dicomkit.network.wire.failures import AbortReason, Failure, IllegalEventError, InvalidPDUError
from dicomkit.network.wire.framing import PDUBuffer
from dicomkit.network.wire.messages import MessageAssembler
from dicomkit.network.wire.negotiation import titles_of
from dicomkit.network.wire.pdu_events import decode_pdu, encode_event, pdu_type_of
from dicomkit.network.wire.pdus import (
    PDU_HEADER,
    AbortSource,
    PDUType,
    PresentationDataValue,
    encode_abort,
    encode_data_pdus,
    presentation_data_values,
)
from dicomkit.network.wire.presentation_contexts import ACCEPTED, ContextAnswer
from dicomkit.network.wire.states import (
    ABORTABLE_STATES,
    Role,
    State,
    state_after_receiving,
    state_after_sending,
)

__all__ = ["Association"]


class Association:
    """Follow the state machine of one association; decode bytes to events and encode events to bytes.

    Parameters
    ----------
    role
        The role of this side.
    tap
        Called with a record of each PDU that is sent or received.

    Attributes
    ----------
    state : State
        The current state.
    request, answer
        The A-ASSOCIATE-RQ and A-ASSOCIATE-AC, once sent or received.
    contexts : dict
        The accepted presentation contexts, by ID.

    References
    ----------
    PS3.8 section 9.2, DICOM Upper Layer Protocol for TCP/IP State Machine.

    Examples
    --------
    >>> association = Association(Role.ACCEPTOR)
    >>> list(association.receive_data(bytes.fromhex("0700000000040000")))
    []
    >>> list(association.receive_data(bytes(2)))
    [Abort(source=0, reason=0)]
    """

    def __init__(self, role: Role, *, tap: Tap | None = None) -> None:
        self.role = role
        self.state = State.AWAITING_CONNECTION if role is Role.REQUESTOR else State.AWAITING_ASSOCIATE_RQ
        self.request: AssociationRequest | None = None
        self.answer: AssociationAnswer | None = None
        self.contexts: dict[int, ContextAnswer] = {}
        self._tap = tap
        self._titles = b""
        self._buffer = PDUBuffer()
        self._waiting: collections.deque[Event | InvalidPDUError] = collections.deque()
        self._received = MessageAssembler(skips_unannounced=role is Role.REQUESTOR)
        self._sent = MessageAssembler()
        self._peer_max_length = 0  # of P-DATA-TF PDUs that the peer accepts; 0 for no limit

    @property
    def is_over(self) -> bool:
        """Whether the association has ended; in Sta1, the driver closes the connection."""
        return self.state in (State.IDLE, State.AWAITING_CLOSE)

    @property
    def can_abort(self) -> bool:
        """Whether A-ABORT may be sent."""
        return self.state in ABORTABLE_STATES

    @property
    def has_waiting_event(self) -> bool:
        """Whether `next_event` has something to process."""
        return bool(self._waiting) or self._buffer.has_pdu

    @property
    def is_receiving(self) -> bool:
        """Whether a received message is incomplete."""
        return not self._received.is_between_messages

    def receive_data(self, data: bytes) -> Iterator[Event]:
        """Add received bytes, in pieces of any size, and yield the events that they complete.

        The state changes as events are taken from the iterator, so handle each event before taking the next.
        """
        self.feed(data)
        return iter(self.next_event, None)

    def feed(self, data: bytes) -> None:
        """Add received bytes, for `next_event`."""
        self._buffer.feed(data)

    def next_event(self) -> Event | None:
        """Return the next event, or None if more bytes are needed."""
        while self._waiting or self.state is not State.IDLE:
            try:
                if self._waiting:
                    event = self._waiting.popleft()
                    if isinstance(event, InvalidPDUError):
                        raise event
                    return event
                pdu = self._buffer.take()
                if pdu is None:
                    return None
                self._receive(*pdu)
            except InvalidPDUError as error:
                return self._abort(error)
        self._buffer.discard()
        return None

    def connection_lost(self) -> bool:
        """Note that the connection was closed; return whether that was unexpected (AA-4, AA-5; otherwise AR-5)."""
        was_over, self.state = self.is_over, State.IDLE
        if not was_over:
            self._record(PDURecord("received", Failure.CLOSED, 0))
        return not was_over

    def time_out(self) -> None:
        """Note a time-out; in Sta2 and Sta13 it is the ARTIM timer's and ends the association (AA-2)."""
        self._record(PDURecord("received", Failure.TIME_OUT, 0))
        if self.state in (State.AWAITING_ASSOCIATE_RQ, State.AWAITING_CLOSE):
            self.state = State.IDLE

    def send(self, *events: Event) -> bytes:
        """Encode events to PDUs, in order, and change the state as if they were sent.

        Raises
        ------
        IllegalEventError
            If an event is not allowed in the current state.
        """
        return b"".join([pdu for event in events for pdu in self._send(event)])

    def _send(self, event: Event) -> list[bytes]:
        kind = pdu_type_of(event)
        if kind is PDUType.A_ABORT and self.state is State.AWAITING_CONNECTION:
            self.state = State.IDLE  # AA-2: nothing was sent yet
            return []
        after = None if kind is None else state_after_sending(kind, self.state)
        if kind is None or after is None:
            raise IllegalEventError(
                type(event).__name__,
                f"cannot be sent in state Sta{self.state} ({self.state.name.lower().replace('_', ' ')})",
                "follow the state machine of PS3.8 section 9.2",
            )
        pdus = self._encode(event)
        self.state = after
        if self.is_over:
            self._waiting.clear()  # later events are of no interest
        if kind is not PDUType.P_DATA_TF:
            self._record_pdu("sent", kind, pdus[0])
        return pdus

    def _encode(self, event: Event) -> list[bytes]:
        if isinstance(event, DataSetFragment | MessageStart):
            return self._encode_message(event)
        if isinstance(event, ReleaseRequest) and not self._sent.is_between_messages:
            raise IllegalEventError("ReleaseRequest", "would cut a message off", "send its end first")
        if isinstance(event, AssociationRequest):
            self.request, self._buffer.max_length = event, event.max_length
        elif isinstance(event, AssociationAnswer):
            self._accept(event)
            self._buffer.max_length = event.max_length
        return [encode_event(event, self._titles)]

    def _encode_message(self, event: MessageStart | DataSetFragment) -> list[bytes]:
        is_command = isinstance(event, MessageStart)
        if event.context_id not in self.contexts:
            raise IllegalEventError(
                f"presentation context {event.context_id}", "was not accepted", "choose one that was"
            )
        is_elsewhere = not is_command and event.context_id != self._sent.context_id
        if self._sent.awaits_data_set == is_command or is_elsewhere:
            raise IllegalEventError(
                type(event).__name__,
                "does not belong here",
                "send a command set, then the data set it announces",
            )
        if isinstance(event, MessageStart):
            content, is_last = encode_command(event.command), True
            self._sent.start(event.context_id, content, has_data_set=event.has_data_set)
        else:
            content, is_last = bytes(event.content), event.is_last
            self._sent.extend(len(content), is_last=is_last)
        pdus = list(
            encode_data_pdus(
                event.context_id, [content], self._peer_max_length, is_command=is_command, is_last=is_last
            )
        )
        for pdu in pdus[:-1]:
            self._record(PDURecord("sent", PDUType.P_DATA_TF, len(pdu), b"", 1))
        self._record(PDURecord("sent", PDUType.P_DATA_TF, len(pdus[-1]), b"", 1, self._sent.take_finished()))
        return pdus

    def _receive(self, kind: PDUType, body: bytes) -> None:
        """Queue the event of a PDU, if it is allowed in the current state."""
        after = state_after_receiving(kind, self.state, self.role)
        if after is None and self.state is State.AWAITING_CLOSE and kind is not PDUType.A_ASSOCIATE_RQ:
            return  # AA-6: ignore the PDU
        if kind is PDUType.P_DATA_TF and after is not None:
            self._receive_values(body)
            return
        self._record(PDURecord("received", kind, PDU_HEADER.size + len(body), body))
        if after is None:
            problem = f"sent a PDU where none of its type belongs: {kind.name.replace('_', '-')}"
            raise InvalidPDUError(problem, AbortReason.UNEXPECTED_PDU)
        event = decode_pdu(kind, body)
        if isinstance(event, AssociationRequest):
            self.request, self._titles, self._peer_max_length = event, titles_of(body), event.max_length
        elif isinstance(event, AssociationAnswer):
            self._accept(event)
            self._peer_max_length = event.max_length
        self._waiting.append(event)
        self.state = after

    def _receive_values(self, body: bytes) -> None:
        """Queue the events of the PDVs in a P-DATA-TF PDU."""
        fragments = 0
        try:
            for value in presentation_data_values(body):
                fragments += 1
                self._receive_value(value)
        except InvalidPDUError as error:
            self._waiting.append(error)  # after the events of earlier PDVs in this PDU
        size_bytes = PDU_HEADER.size + len(body)
        finished = self._received.take_finished()
        self._record(PDURecord("received", PDUType.P_DATA_TF, size_bytes, b"", fragments, finished))

    def _receive_value(self, value: PresentationDataValue) -> None:
        if value.context_id not in self.contexts:
            raise InvalidPDUError("sent a fragment in a presentation context that was not accepted")
        event = self._received.add(value)
        if event is not None:
            self._waiting.append(event)

    def _accept(self, answer: AssociationAnswer) -> None:
        """Keep the accepted contexts, each with its proposed abstract syntax."""
        self.answer = answer
        proposed = {} if self.request is None else {one.context_id: one for one in self.request.contexts}
        self.contexts = {
            one.context_id: one._replace(abstract_syntax_uid=proposed[one.context_id].abstract_syntax_uid)
            for one in answer.contexts
            if one.result == ACCEPTED and one.context_id in proposed
        }

    def _abort(self, error: InvalidPDUError) -> ProtocolViolation:
        """Abort because the peer violated the protocol (AA-1, AA-7, AA-8)."""
        # AA-1 would give the service-user as source; the service-provider found the violation and gives a reason.
        reply = encode_abort(AbortSource.PROVIDER, error.reason)
        self._waiting.clear()
        self.state = State.AWAITING_CLOSE
        self._record_pdu("sent", PDUType.A_ABORT, reply)
        return ProtocolViolation(error.problem, reply)

    def _record_pdu(self, direction: str, kind: PDUType, pdu: bytes) -> None:
        self._record(PDURecord(direction, kind, len(pdu), pdu[PDU_HEADER.size :]))

    def _record(self, record: PDURecord) -> None:
        if self._tap is not None:
            self._tap(record)
