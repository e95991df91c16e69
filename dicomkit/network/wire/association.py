"""One association, without any I/O: bytes in, events out; events in, bytes out (in the manner of h11).

Whoever has a connection feeds what comes to `Association.receive_data` and acts on the events, and sends
the bytes that `Association.send` makes of other events. Requestor and acceptor use the same class; so do a
socket, two ends within one thread, and a test that has nothing but a byte string.
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
    ProtocolViolation,
    ReleaseRequest,
    Said,
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
    STATES_TO_ABORT_IN,
    Role,
    State,
    state_after_receiving,
    state_after_sending,
)

__all__ = ["Association"]


class Association:
    """Keep the rules of one association, and turn bytes into events and events into bytes.

    Parameters
    ----------
    role
        Which side this is.
    tap
        Is told of each PDU, either way.

    Attributes
    ----------
    state : State
        Where the association stands.
    request, answer
        What was asked for and granted, once that is known.
    contexts : dict
        The accepted presentation contexts, by ID.

    References
    ----------
    PS3.8 section 9.2, State Machine.

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
        self.state = State.CONNECTING if role is Role.REQUESTOR else State.AWAITING_REQUEST
        self.request: AssociationRequest | None = None
        self.answer: AssociationAnswer | None = None
        self.contexts: dict[int, ContextAnswer] = {}
        self._tap = tap
        self._titles = b""
        self._buffer = PDUBuffer()
        self._waiting: collections.deque[Event | InvalidPDUError] = collections.deque()
        self._received = MessageAssembler(skips_unannounced=role is Role.REQUESTOR)
        self._sent = MessageAssembler()
        self._peer_max_length = 0  # of the PDUs that the other side takes; 0 for any

    @property
    def is_over(self) -> bool:
        """Whether nothing more can be said; in Sta1, the connection is to be closed."""
        return self.state in (State.IDLE, State.AWAITING_CLOSE)

    @property
    def can_abort(self) -> bool:
        """Whether there is anything to abort."""
        return self.state in STATES_TO_ABORT_IN

    @property
    def has_waiting_event(self) -> bool:
        """Whether `next_event` has something to look at."""
        return bool(self._waiting) or self._buffer.has_pdu

    @property
    def is_receiving(self) -> bool:
        """Whether a message of the other side has begun and is not complete."""
        return not self._received.is_between_messages

    def receive_data(self, data: bytes) -> Iterator[Event]:
        """Take bytes that came, in pieces of any size, and yield the events that are now complete.

        The state moves on with each event that is taken from the iterator, so act on one before the next.
        """
        self.feed(data)
        return iter(self.next_event, None)

    def feed(self, data: bytes) -> None:
        """Take bytes that came, for `next_event` to find."""
        self._buffer.feed(data)

    def next_event(self) -> Event | None:
        """Return the next event, or None if more bytes have to come first."""
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
                return self._violated(error)
        self._buffer.give_up()
        return None

    def connection_lost(self) -> bool:
        """Note that the connection is gone, and return whether that is news (AA-4, AA-5), or due (AR-5)."""
        was_over, self.state = self.is_over, State.IDLE
        if not was_over:
            self._tell(Said("received", Failure.CLOSED, 0))
        return not was_over

    def time_out(self) -> None:
        """Note that nothing has come for too long; in Sta2 and Sta13, that ends it (ARTIM timer, AA-2)."""
        self._tell(Said("received", Failure.TIME_OUT, 0))
        if self.state in (State.AWAITING_REQUEST, State.AWAITING_CLOSE):
            self.state = State.IDLE

    def send(self, *events: Event) -> bytes:
        """Return the bytes that say the events, one after the other, and note that they were said.

        Raises
        ------
        IllegalEventError
            If one of them may not be said then.
        """
        return b"".join([pdu for event in events for pdu in self._say(event)])

    def _say(self, event: Event) -> list[bytes]:
        kind = pdu_type_of(event)
        if kind is PDUType.A_ABORT and self.state is State.CONNECTING:
            self.state = State.IDLE  # AA-2: nothing was said yet
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
            self._waiting.clear()  # of what has come, nobody will act on the rest
        if kind is not PDUType.P_DATA_TF:
            self._tell_pdu("sent", kind, pdus[0])
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
            self._tell(Said("sent", PDUType.P_DATA_TF, len(pdu), b"", 1))
        self._tell(Said("sent", PDUType.P_DATA_TF, len(pdus[-1]), b"", 1, self._sent.take_finished()))
        return pdus

    def _receive(self, kind: PDUType, body: bytes) -> None:
        """Queue what a PDU says, if it belongs here."""
        after = state_after_receiving(kind, self.state, self.role)
        if after is None and self.state is State.AWAITING_CLOSE and kind is not PDUType.A_ASSOCIATE_RQ:
            return  # AA-6: this side has said its last word
        if kind is PDUType.P_DATA_TF and after is not None:
            self._receive_values(body)
            return
        self._tell(Said("received", kind, PDU_HEADER.size + len(body), body))
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
        """Queue what the fragments in a P-DATA-TF PDU lead to."""
        fragments = 0
        try:
            for value in presentation_data_values(body):
                fragments += 1
                self._receive_value(value)
        except InvalidPDUError as error:
            self._waiting.append(error)  # what came before it in this PDU counts
        size_bytes = PDU_HEADER.size + len(body)
        finished = self._received.take_finished()
        self._tell(Said("received", PDUType.P_DATA_TF, size_bytes, b"", fragments, finished))

    def _receive_value(self, value: PresentationDataValue) -> None:
        if value.context_id not in self.contexts:
            raise InvalidPDUError("sent a fragment in a presentation context that was not accepted")
        event = self._received.add(value)
        if event is not None:
            self._waiting.append(event)

    def _accept(self, answer: AssociationAnswer) -> None:
        """Keep the contexts that are accepted, each with the abstract syntax that was proposed for it."""
        self.answer = answer
        proposed = {} if self.request is None else {one.context_id: one for one in self.request.contexts}
        self.contexts = {
            one.context_id: one._replace(abstract_syntax_uid=proposed[one.context_id].abstract_syntax_uid)
            for one in answer.contexts
            if one.result == ACCEPTED and one.context_id in proposed
        }

    def _violated(self, error: InvalidPDUError) -> ProtocolViolation:
        """Abort because the other side broke the rules (AA-1, AA-7, AA-8)."""
        # AA-1 would name the user as the source of the abort; the provider has found the fault and gives a reason.
        reply = encode_abort(AbortSource.PROVIDER, error.reason)
        self._waiting.clear()
        self.state = State.AWAITING_CLOSE
        self._tell_pdu("sent", PDUType.A_ABORT, reply)
        return ProtocolViolation(error.problem, reply)

    def _tell_pdu(self, direction: str, kind: PDUType, pdu: bytes) -> None:
        self._tell(Said(direction, kind, len(pdu), pdu[PDU_HEADER.size :]))

    def _tell(self, said: Said) -> None:
        if self._tap is not None:
            self._tap(said)
