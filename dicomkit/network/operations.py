"""What an archive can be asked beyond storing: the operations of a service, as steps that an acceptor takes.

An operation is a generator. It yields what is to be said next, one step at a time, so that between two steps
the association can be heard: a C-CANCEL, an abort. It never touches the association itself, so the same
operation runs over a socket and in memory.
"""

from __future__ import annotations

from collections.abc import Callable, Generator, Iterable, Mapping
from dataclasses import dataclass, field
from typing import NamedTuple, Protocol, TypeAlias

from dicomkit.network.wire.command_set import CommandElement, CommandSet, CommandValue, number_in, text_in
from dicomkit.network.wire.events import RoleSelection, UserItem
from dicomkit.network.wire.presentation_contexts import ContextAnswer

__all__ = ["Asked", "Operation", "Operations", "Request", "Said"]


@dataclass
class Request:
    """A request that an operation answers.

    Parameters
    ----------
    command, context
        What is asked, and in which presentation context.
    identifier
        The data set of the request, as bytes.
    caller
        The AE title of the side that asks.
    accepted
        The accepted presentation contexts of the association.
    roles
        The roles that were granted.
    negotiated
        Other items of the answer to the association request: what was granted by extended negotiation.

    Attributes
    ----------
    is_cancelled : bool
        Whether the other side has asked for the end (C-CANCEL).
    interrupt : callable
        Ends what the operation may be waiting for elsewhere; for another thread.
    """

    command: CommandSet
    context: ContextAnswer
    identifier: bytes
    caller: str
    accepted: tuple[ContextAnswer, ...] = ()
    roles: tuple[RoleSelection, ...] = ()
    negotiated: tuple[UserItem, ...] = ()
    is_cancelled: bool = field(default=False, init=False)
    interrupt: Callable[[], object] = field(default_factory=lambda: lambda: None, init=False)

    @property
    def message_id(self) -> int:
        """The number of the request."""
        return number_in(self.command, CommandElement.MESSAGE_ID)

    @property
    def sop_class_uid(self) -> str:
        """Which service is asked."""
        return text_in(self.command, CommandElement.AFFECTED_SOP_CLASS_UID)


class Said(NamedTuple):
    """A response to the request: its status, an identifier, and further elements of its command set."""

    status: int
    identifier: bytes | None = None
    fields: Mapping[int, CommandValue] = {}


class Asked(NamedTuple):
    """A request of this side to the other, on the same association; the operation is told the status.

    Parameters
    ----------
    context_id
        In which presentation context.
    command
        Its command set; the message ID is filled in.
    data_set
        Its data set, in pieces.
    """

    context_id: int
    command: Mapping[int, CommandValue]
    data_set: Iterable[bytes]


# What it yields: responses that go out together, or one request. It is sent the status of the request's answer.
Operation: TypeAlias = "Generator[list[Said] | Asked, int, None]"


class Operations(Protocol):
    """What an acceptor knows of a service."""

    @property
    def contexts(self) -> Mapping[str, tuple[str, ...]]:
        """The abstract syntaxes, and the transfer syntaxes for identifiers."""

    @property
    def largest_identifier_bytes(self) -> int:
        """The largest data set of a request that is taken."""

    @property
    def reported(self) -> frozenset[str]:
        """The SOP classes of which reports are taken: there, the side that calls is the SCP."""

    def start(self, request: Request) -> Operation:
        """Return the operation that answers a request."""

    def syntaxes_for(self, sop_class_uid: str) -> list[str]:
        """Return the transfer syntaxes in which instances of a SOP class are kept."""
