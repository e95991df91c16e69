"""Connect the two ends of an association in one thread: `send` returns after the other end has received.

It needs no socket, thread or clock, so it also works in a browser, and tests of the protocol need no port. One end
calls `MemoryDriver.receive`, as with a socket; the other has a callback for events.
"""

from __future__ import annotations

import collections
from collections.abc import Callable
from typing import Self

from dicomkit.network.wire.association import Association
from dicomkit.network.wire.events import Abort, ConnectionClosed, Event, ProtocolViolation, TimedOut
from dicomkit.network.wire.failures import ConnectionFailedError, Failure

__all__ = ["MemoryDriver"]


class MemoryDriver:
    """Transport the bytes of one association to another one in the same thread.

    Parameters
    ----------
    association
        The association of this end.
    peer
        Name of the peer in errors.

    Attributes
    ----------
    on_event : callable, optional
        Called with each received event; without it, events are kept for `receive`.
    on_silence : callable, optional
        Called when the other end finds no event in `receive`. It sends the next events, if there are any, and
        returns whether it has.

    Examples
    --------
    >>> from dicomkit.network.wire import AssociationRequest, Rejection, Role
    >>> scu, scp = MemoryDriver.pair(Association(Role.REQUESTOR), Association(Role.ACCEPTOR))
    >>> scp.on_event = lambda event: scp.send(Rejection(1, 1, 7))
    >>> scu.send(AssociationRequest("ME", "YOU", ()))
    >>> scu.receive()
    Rejection(result=1, source=1, reason=7)
    """

    def __init__(self, association: Association, *, peer: str = "the other end") -> None:
        self.association = association
        self.peer = peer
        self.on_event: Callable[[Event], object] | None = None
        self.on_silence: Callable[[], bool] = lambda: False
        self._other = self
        self._queue = _DeliveryQueue()
        self._peer_has_closed = False

    @classmethod
    def pair(cls, first: Association, second: Association) -> tuple[Self, Self]:
        """Return two connected ends."""
        one, other = cls(first), cls(second)
        one._other, other._other = other, one
        other._queue = one._queue
        return one, other

    def send(self, *events: Event) -> None:
        """Send events, all together.

        Raises
        ------
        ConnectionFailedError
            If the association is over.
        """
        if self.association.is_over or self._peer_has_closed:
            raise ConnectionFailedError(
                self.peer, "the connection was lost", "associate again", failure=Failure.CLOSED
            )
        self._queue.add(self._other, self.association.send(*events))

    def receive(self, time_out_s: float | None = None) -> Event:  # noqa: ARG002 - it never waits
        """Return the next event: `TimedOut` at once if none is there, because none will arrive."""
        while (event := self.association.next_event()) is None and self._other.on_silence():
            pass
        if isinstance(event, ProtocolViolation):
            self._queue.add(self._other, event.reply)
        if event is not None:
            return event
        if self._peer_has_closed:
            self.association.connection_lost()
            return ConnectionClosed()
        self.association.time_out()
        return TimedOut()

    def has_pending_input(self) -> bool:
        """Return False: bytes are delivered at once."""
        return False

    def certificate_names(self) -> tuple[str, ...]:
        """Return no names: there is no TLS in memory."""
        return ()

    def abort_now(self) -> None:
        """Send A-ABORT, if there is an association."""
        if self.association.can_abort and not self._peer_has_closed:
            self.send(Abort())

    def linger(self, time_out_s: float) -> None:
        """Do nothing: the other end has received everything."""

    def close(self) -> None:
        """End the connection. Safe to call twice."""
        self.association.connection_lost()
        self._other.peer_closed()

    def deliver(self, data: bytes) -> None:
        """Receive bytes from the other end; with ``on_event``, process them at once."""
        if self.on_event is None:
            self.association.feed(data)
            return
        for event in self.association.receive_data(data):
            if isinstance(event, ProtocolViolation):
                self._queue.add(self._other, event.reply)
            self.on_event(event)

    def peer_closed(self) -> None:
        """Note that the other end has closed; events from before can still be received."""
        self._peer_has_closed = True
        if self.on_event is not None and self.association.connection_lost():
            self.on_event(ConnectionClosed())


class _DeliveryQueue:
    """The bytes to deliver between two ends, in order.

    A callback may send while bytes are being delivered. These are queued, and the outermost `add` delivers them
    one after the other, so that deliveries are not nested.
    """

    def __init__(self) -> None:
        self._waiting: collections.deque[tuple[MemoryDriver, bytes]] = collections.deque()
        self._is_delivering = False

    def add(self, end: MemoryDriver, data: bytes) -> None:
        self._waiting.append((end, data))
        if self._is_delivering:
            return
        self._is_delivering = True
        try:
            while self._waiting:
                target, received = self._waiting.popleft()
                target.deliver(received)
        finally:
            self._waiting.clear()
            self._is_delivering = False
