"""The protocol of an association without any I/O, and the drivers that move its bytes.

Bytes in, events out; events in, bytes out. From the outside in: `Association` follows the state machine
(`states`), `framing` splits the byte stream into PDUs, `negotiation` and `pdus` decode and encode them, `messages`
assembles DIMSE messages, `command_set` decodes and encodes their command sets, and `events` defines the events.
A driver transports the bytes: `memory_driver` within one thread, `socket_driver` over TCP. Each is imported only
where it is used, because not every Python has sockets.
"""

from dicomkit.lazy_names import lazy_getattr
from dicomkit.network.wire.association import Association
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

TYPE_CHECKING = False
if TYPE_CHECKING:
    from dicomkit.network.wire.driver import Driver
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

_LAZY = {
    "Driver": "dicomkit.network.wire.driver",
    "MemoryDriver": "dicomkit.network.wire.memory_driver",
}

__getattr__ = lazy_getattr(__name__, _LAZY)
