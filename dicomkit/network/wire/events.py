"""What is said on an association: the same events whether this side says them or hears them.

Each corresponds to one PDU, except for those of a DIMSE message: a message is a `MessageStart` and, if its
command set announces a data set, one `DataSetFragment` after the other. Three are only heard, never said:
`ProtocolViolation`, `ConnectionClosed` and `TimedOut` are the ends that nobody wanted.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import NamedTuple

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
    "ProtocolViolation",
    "Rejection",
    "ReleaseReply",
    "ReleaseRequest",
    "RoleSelection",
    "Said",
    "Tap",
    "TimedOut",
    "UserItem",
]


class RoleSelection(NamedTuple):
    """Which roles the requestor proposes, or the acceptor grants, for one SOP class (PS3.7 section D.3.3.4).

    Without it the requestor of the association is the SCU. C-GET needs it: there, the side that asked
    receives the instances as an SCP.
    """

    sop_class_uid: str
    as_scu: bool
    as_scp: bool


class UserItem(NamedTuple):
    """A user information item as raw bytes: one that this package has no use for (PS3.7 annex D.3.3)."""

    kind: int
    content: bytes


def _shown(event: AssociationRequest | AssociationAnswer | ProtocolViolation, *, hidden: str) -> str:
    """Return the ``repr`` of an event without one of its fields."""
    fields = ", ".join(f"{name}={value!r}" for name, value in event._asdict().items() if name != hidden)
    return f"{type(event).__name__}({fields})"


class _Signal:
    """An event that says nothing but what it is."""

    __slots__ = ()

    def __eq__(self, other: object) -> bool:
        return type(self) is type(other)

    def __hash__(self) -> int:
        return hash(type(self))

    def __repr__(self) -> str:
        return f"{type(self).__name__}()"


class AssociationRequest(NamedTuple):
    """What an A-ASSOCIATE-RQ asks for (PS3.8 section 9.3.2).

    Parameters
    ----------
    calling_ae_title, called_ae_title
        Who calls whom, without padding.
    contexts
        The presentation contexts that are proposed.
    max_length
        The longest P-DATA-TF PDU that its sender takes, in bytes; 0 for any length.
    roles
        For which SOP classes the roles are to be other than usual.
    implementation_class_uid, implementation_version_name
        Which software calls.
    user_items
        Other user information, such as extended negotiation or a user identity. Not in the ``repr``: the
        latter holds a password.
    protocol_version
        A bit for each version that the sender knows; bit 0 is version 1, the only one there is.
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
        return _shown(self, hidden="user_items")


class AssociationAnswer(NamedTuple):
    """What an A-ASSOCIATE-AC grants (PS3.8 section 9.3.3); its fields are those of `AssociationRequest`."""

    contexts: tuple[ContextAnswer, ...]
    max_length: int = MAX_PDU_BYTES
    roles: tuple[RoleSelection, ...] = ()
    implementation_class_uid: str = str(IMPLEMENTATION_CLASS_UID)
    implementation_version_name: str = IMPLEMENTATION_VERSION_NAME
    user_items: tuple[UserItem, ...] = ()

    def __repr__(self) -> str:
        return _shown(self, hidden="user_items")


class Rejection(NamedTuple):
    """Why an association was refused, in an A-ASSOCIATE-RJ: three numbers (PS3.8 section 9.3.4)."""

    result: int
    source: int
    reason: int


class MessageStart(NamedTuple):
    """A DIMSE message begins: its command set (PS3.7 section 6.3.1)."""

    context_id: int
    command: CommandSet

    @property
    def has_data_set(self) -> bool:
        """Whether a data set follows; the message is complete without one."""
        return number_in(self.command, CommandElement.COMMAND_DATA_SET_TYPE, NO_DATA_SET) != NO_DATA_SET


class DataSetFragment(NamedTuple):
    """A piece of a message's data set, of any size; the data set ends with the one that is last."""

    context_id: int
    content: bytes | memoryview
    is_last: bool


class ReleaseRequest(_Signal):
    """A-RELEASE-RQ: nothing more to say (PS3.8 section 9.3.6)."""

    __slots__ = ()


class ReleaseReply(_Signal):
    """A-RELEASE-RP: the end is agreed on (PS3.8 section 9.3.7)."""

    __slots__ = ()


class Abort(NamedTuple):
    """A-ABORT: the association ends here and now (PS3.8 section 9.3.8)."""

    source: int = AbortSource.PROVIDER
    reason: int = AbortReason.NOT_SPECIFIED


class ProtocolViolation(NamedTuple):
    """The other side broke the rules; for this side, the association is over.

    Parameters
    ----------
    problem
        What it did.
    reply
        The A-ABORT PDU that has to be sent (PS3.8 section 9.2, actions AA-1, AA-7 and AA-8).
    """

    problem: str
    reply: bytes

    def __repr__(self) -> str:
        return _shown(self, hidden="reply")


class ConnectionClosed(NamedTuple):
    """The connection ended, and nobody had ended the association (PS3.8 section 9.2, action AA-4)."""

    problem: str = "the connection was closed in the middle of an association"
    remedy: str = "look at the log of the other side"
    failure: Failure = Failure.CLOSED


class TimedOut(_Signal):
    """Nothing came for as long as the caller was willing to wait."""

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


# A whole DIMSE message as a log keeps it: its presentation context, its command set as bytes, and how many
# bytes its data set had. A plain tuple, because a log keeps thousands, and the garbage collector passes it over.
Message = tuple[int, bytes, int]


class Said(NamedTuple):
    """What whoever listens in is told of each PDU.

    ``direction`` is ``sent`` or ``received``. ``body`` is what follows the PDU's header, but empty for a
    P-DATA-TF PDU, whose bytes may be a patient's: of that one, ``fragments`` counts the presentation data
    values, and ``messages`` are those that it completes. Of an end without a PDU, ``kind`` is the failure.
    """

    direction: str
    kind: PDUType | Failure
    size_bytes: int
    body: bytes = b""
    fragments: int = 0
    messages: tuple[Message, ...] = ()


Tap = Callable[[Said], None]
