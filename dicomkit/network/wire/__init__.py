"""The protocol of an association without any I/O, and the drivers that move its bytes.

Bytes in, events out; events in, bytes out. From the outside in: `Association` keeps the state and the rules
(`states`), `framing` cuts PDUs out of the stream, `negotiation` and `pdus` read and write them, `messages`
puts DIMSE messages together, `command_set` is what they say, `events` is what all of them talk in. A driver
gives the bytes a way: `memory_driver` within one thread, `socket_driver` over TCP. Each is imported where it is
used: who calls over TCP needs no memory, and not every Python has sockets.
"""

from typing import TYPE_CHECKING

from dicomkit.lazy_names import lazy_getattr
from dicomkit.network.wire.association import Association
from dicomkit.network.wire.driver import Driver
from dicomkit.network.wire.events import (
    Abort,
    AssociationAnswer,
    AssociationRequest,
    ConnectionClosed,
    DataSetFragment,
    Event,
    MessageStart,
    ProtocolViolation,
    Rejection,
    ReleaseReply,
    ReleaseRequest,
    RoleSelection,
    TimedOut,
    UserItem,
)
from dicomkit.network.wire.failures import ConnectionFailedError, IllegalEventError
from dicomkit.network.wire.states import Role, State

if TYPE_CHECKING:
    from dicomkit.network.wire.memory_driver import MemoryDriver

__all__ = [
    "Abort",
    "Association",
    "AssociationAnswer",
    "AssociationRequest",
    "ConnectionClosed",
    "ConnectionFailedError",
    "DataSetFragment",
    "Driver",
    "Event",
    "IllegalEventError",
    "MemoryDriver",
    "MessageStart",
    "ProtocolViolation",
    "Rejection",
    "ReleaseReply",
    "ReleaseRequest",
    "Role",
    "RoleSelection",
    "State",
    "TimedOut",
    "UserItem",
]

_LAZY = {"MemoryDriver": "dicomkit.network.wire.memory_driver"}

__getattr__ = lazy_getattr(__name__, _LAZY)
