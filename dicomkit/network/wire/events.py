"""The events of an association; the same classes serve for sending and for receiving.

They play the part of the Standard's primitives. Each corresponds to one PDU, except in a DIMSE message: that is a
`MessageStart` and, if a data set follows, one or more `DataSetFragment`. `ProtocolViolation`, `ConnectionClosed`
and `TimedOut` are only received, never sent.
"""

from __future__ import annotations

from collections.abc import Callable

from dicomkit.named_tuple import NamedTuple
from dicomkit.network.wire.command_set import NO_DATA_SET, CommandElement, CommandSet, number_in
from dicomkit.network.wire.failures import AbortReason, Failure
from dicomkit.network.wire.pdus import MAX_PDU_BYTES, AbortSource, PDUType
from dicomkit.network.wire.presentation_contexts import ContextAnswer, ProposedContext
from dicomkit.uids import IMPLEMENTATION_CLASS_UID, IMPLEMENTATION_VERSION_NAME

__all__ = [
    "Abort",
    "AssociationAnswer",
    "AssociationRequest",
    "ConnectionClosed",
    "DataSetFragment",
    "Event",
    "Message",
    "MessageStart",
    "PDURecord",
    "ProtocolViolation",
    "Rejection",
    "ReleaseReply",
    "ReleaseRequest",
    "RoleSelection",
    "Tap",
    "TimedOut",
    "UserItem",
]


class RoleSelection(NamedTuple):
    """The roles that are proposed or accepted for the requestor in one SOP class (PS3.7 section D.3.3.4).

    By default the requestor is the SCU. C-GET needs role selection, because there the requestor receives the
    instances as an SCP.
    """

    sop_class_uid: str
    as_scu: bool
    as_scp: bool


class UserItem(NamedTuple):
    """A sub-item of the User Information Item, not decoded (PS3.7 section D.3.3)."""

    kind: int
    content: bytes


def _repr_without(event: AssociationRequest | AssociationAnswer | ProtocolViolation, *, hidden: str) -> str:
    """Return the ``repr`` of an event without one of its fields."""
    fields = ", ".join(f"{name}={value!r}" for name, value in event._asdict().items() if name != hidden)
    return f"{type(event).__name__}({fields})"


class _FieldlessEvent:
    """An event without fields."""

    __slots__ = ()

    def __eq__(self, other: object) -> bool:
        return type(self) is type(other)

    def __hash__(self) -> int:
        return hash(type(self))

    def __repr__(self) -> str:
        return f"{type(self).__name__}()"


class AssociationRequest(NamedTuple):
    """A-ASSOCIATE-RQ: request for an association (PS3.8 section 9.3.2).

    Parameters
    ----------
    calling_ae_title, called_ae_title
        The AE titles, without padding.
    contexts
        The proposed presentation contexts.
    max_length
        The longest P-DATA-TF PDU that the sender of this event accepts, in bytes; 0 for no limit.
    roles
        The role selections; none for the default roles.
    implementation_class_uid, implementation_version_name
        The software of the sender.
    user_items
        Other user information, such as extended negotiation or a user identity. Not in the ``repr``, because a
        user identity may contain a passcode.
    protocol_version
        A bit for each supported version; bit 0 is version 1, the only one.
    """

    calling_ae_title: str
    called_ae_title: str
    contexts: tuple[ProposedContext, ...]
    max_length: int = MAX_PDU_BYTES
    roles: tuple[RoleSelection, ...] = ()
    implementation_class_uid: str = str(IMPLEMENTATION_CLASS_UID)
    implementation_version_name: str = IMPLEMENTATION_VERSION_NAME
    user_items: tuple[UserItem, ...] = ()
    protocol_version: int = 1

    def __repr__(self) -> str:
        return _repr_without(self, hidden="user_items")


class AssociationAnswer(NamedTuple):
    """A-ASSOCIATE-AC: the association is accepted (PS3.8 section 9.3.3). For its fields see `AssociationRequest`."""

    contexts: tuple[ContextAnswer, ...]
    max_length: int = MAX_PDU_BYTES
    roles: tuple[RoleSelection, ...] = ()
    implementation_class_uid: str = str(IMPLEMENTATION_CLASS_UID)
    implementation_version_name: str = IMPLEMENTATION_VERSION_NAME
    user_items: tuple[UserItem, ...] = ()

    def __repr__(self) -> str:
        return _repr_without(self, hidden="user_items")


class Rejection(NamedTuple):
    """A-ASSOCIATE-RJ: the association is rejected (PS3.8 section 9.3.4, Table 9-21)."""

    result: int
    source: int
    reason: int


class MessageStart(NamedTuple):
    """The command set of a DIMSE message, with which it begins (PS3.7 section 6.3.1)."""

    context_id: int
    command: CommandSet

    @property
    def has_data_set(self) -> bool:
        """Whether a data set follows; otherwise the message is complete."""
        return number_in(self.command, CommandElement.COMMAND_DATA_SET_TYPE, NO_DATA_SET) != NO_DATA_SET


class DataSetFragment(NamedTuple):
    """A part of a message's data set, of any length; ``is_last`` ends the data set."""

    context_id: int
    content: bytes | memoryview
    is_last: bool


class ReleaseRequest(_FieldlessEvent):
    """A-RELEASE-RQ: request to release the association (PS3.8 section 9.3.6)."""

    __slots__ = ()


class ReleaseReply(_FieldlessEvent):
    """A-RELEASE-RP: response to a release request (PS3.8 section 9.3.7)."""

    __slots__ = ()


class Abort(NamedTuple):
    """A-ABORT: the association ends at once (PS3.8 section 9.3.8)."""

    source: int = AbortSource.PROVIDER
    reason: int = AbortReason.NOT_SPECIFIED


class ProtocolViolation(NamedTuple):
    """The peer violated the protocol, and the association is over.

    Parameters
    ----------
    problem
        What the peer did.
    reply
        The A-ABORT PDU to send (PS3.8 section 9.2, actions AA-1, AA-7 and AA-8).
    """

    problem: str
    reply: bytes

    def __repr__(self) -> str:
        return _repr_without(self, hidden="reply")


class ConnectionClosed(NamedTuple):
    """The connection was closed without release or abort (PS3.8 section 9.2, action AA-4)."""

    problem: str = "the connection was closed in the middle of an association"
    remedy: str = "look at the log of the other side"
    failure: Failure = Failure.CLOSED


class TimedOut(_FieldlessEvent):
    """No event arrived within the time limit."""

    __slots__ = ()


Event = (
    AssociationRequest
    | AssociationAnswer
    | Rejection
    | MessageStart
    | DataSetFragment
    | ReleaseRequest
    | ReleaseReply
    | Abort
    | ProtocolViolation
    | ConnectionClosed
    | TimedOut
)


# A complete DIMSE message for a log: presentation context ID, encoded command set, and length of the data set in
# bytes. A plain tuple, because a log keeps thousands, and the garbage collector does not track it.
Message = tuple[int, bytes, int]


class PDURecord(NamedTuple):
    """A record of one PDU, or of a failure, for a log.

    ``direction`` is ``sent`` or ``received``. ``kind`` is the PDU type, or the failure that ended the connection.
    ``body`` is the PDU without its header, but empty for P-DATA-TF, which may contain patient data; there
    ``fragments`` counts the PDVs, and ``messages`` are those that this PDU completes.
    """

    direction: str
    kind: PDUType | Failure
    size_bytes: int
    body: bytes = b""
    fragments: int = 0
    messages: tuple[Message, ...] = ()


Tap = Callable[[PDURecord], None]
