"""The DIMSE services that a storage SCP can offer beside storage: the interface between a service and the acceptor.

An operation is a generator. It yields what to send next, one step at a time; between two steps the acceptor reads
what has arrived: a C-CANCEL, an abort. The operation never touches the association, so it runs the same over a socket
and in memory.
"""

from __future__ import annotations

from collections.abc import Callable, Generator, Iterable, Mapping
from dataclasses import dataclass, field
from typing import NamedTuple, Protocol, TypeAlias

from dicomkit.network.wire.command_set import CommandElement, CommandSet, CommandValue, number_in, text_in
from dicomkit.network.wire.events import RoleSelection, UserItem
from dicomkit.network.wire.presentation_contexts import ContextAnswer

__all__ = ["Operation", "Operations", "OutgoingRequest", "OutgoingResponse", "Request"]


@dataclass
class Request:
    """A DIMSE request that an operation answers.

    Parameters
    ----------
    command, context
        The command set, and the presentation context in which it came.
    identifier
        The encoded data set of the request.
    calling_ae_title
        The AE title of the requestor.
    accepted
        The accepted presentation contexts of the association.
    roles
        The roles that were granted to the requestor.
    negotiated
        The other user items of the A-ASSOCIATE-AC, such as SOP Class Extended Negotiation.

    Attributes
    ----------
    is_cancelled : bool
        Whether a C-CANCEL has come for this request.
    interrupt : callable
        Aborts the association on which the operation may be waiting; may be called from another thread.
    """

    command: CommandSet
    context: ContextAnswer
    identifier: bytes
    calling_ae_title: str
    accepted: tuple[ContextAnswer, ...] = ()
    roles: tuple[RoleSelection, ...] = ()
    negotiated: tuple[UserItem, ...] = ()
    is_cancelled: bool = field(default=False, init=False)
    interrupt: Callable[[], object] = field(default_factory=lambda: lambda: None, init=False)

    @property
    def message_id(self) -> int:
        """Message ID (0000,0110) of the request."""
        return number_in(self.command, CommandElement.MESSAGE_ID)

    @property
    def sop_class_uid(self) -> str:
        """Affected SOP Class UID (0000,0002) of the request."""
        return text_in(self.command, CommandElement.AFFECTED_SOP_CLASS_UID)


class OutgoingResponse(NamedTuple):
    """A response to the request.

    It has a status, perhaps an identifier, Error Comment (0000,0902) and further elements of its command set.
    """

    status: int
    identifier: bytes | None = None
    comment: str = ""
    fields: Mapping[int, CommandValue] = {}


class OutgoingRequest(NamedTuple):
    """A request to the other side on the same association; the operation is sent the status of its response.

    Parameters
    ----------
    context_id
        ID of an accepted presentation context.
    command
        The command set, without a Message ID.
    data_set
        The encoded data set, in pieces of any size.
    """

    context_id: int
    command: Mapping[int, CommandValue]
    data_set: Iterable[bytes]


# Yields responses to be sent together, or one request; receives the status of the response to that request.
Operation: TypeAlias = "Generator[list[OutgoingResponse] | OutgoingRequest, int, None]"


class Operations(Protocol):
    """What an acceptor asks of a service; derive from it to inherit the two defaults."""

    @property
    def contexts(self) -> Mapping[str, tuple[str, ...]]:
        """Abstract syntaxes of the service, each with the transfer syntaxes that its identifiers may have."""

    @property
    def max_identifier_bytes(self) -> int:
        """Length of the longest request data set that is accepted."""

    @property
    def event_report_sop_classes(self) -> frozenset[str]:
        """SOP classes whose N-EVENT-REPORT requests are accepted, from a requestor in the SCP role; none by default."""
        return frozenset()

    def start(self, request: Request) -> Operation:
        """Return the operation that answers a request."""

    def stored_transfer_syntaxes(self, sop_class_uid: str) -> list[str]:  # noqa: ARG002 - for subclasses
        """Return the transfer syntaxes in which instances of a SOP class are stored; none by default."""
        return []
