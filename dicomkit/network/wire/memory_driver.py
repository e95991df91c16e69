"""Two ends of an association in one thread: what one of them says, the other has heard by then.

Nothing is waited for, so no socket, thread or clock is needed: it works where there are none, such as in a
browser, and a test of what is said on an association needs no port. One end is asked, as a socket is, with
`MemoryDriver.receive`; the other has a function that acts on what it hears.
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
    """Move the bytes of one association to another association.

    Parameters
    ----------
    association
        Whose bytes.
    peer
        What errors call the other side.

    Attributes
    ----------
    on_event : callable, optional
        Is called with each event as it comes; else events wait for `receive`.
    on_silence : callable, optional
        Is called when the other end waits for something: whoever has more to say says the next piece, and
        returns whether there was one.

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
        self._line = _Line()
        self._is_cut_off = False

    @classmethod
    def pair(cls, first: Association, second: Association) -> tuple[Self, Self]:
        """Return two ends that are connected."""
        one, other = cls(first), cls(second)
        one._other, other._other = other, one
        other._line = one._line
        return one, other

    def send(self, *events: Event) -> None:
        """Say the events, in one go.

        Raises
        ------
        ConnectionFailedError
            If the association is over.
        """
        if self.association.is_over or self._is_cut_off:
            raise ConnectionFailedError(
                self.peer, "the connection was lost", "associate again", failure=Failure.CLOSED
            )
        self._line.carry(self._other, self.association.send(*events))

    def receive(self, time_out_s: float | None = None) -> Event:  # noqa: ARG002 - nothing is waited for here
        """Return the next event. What has not been said by now will not be: then it is `TimedOut`."""
        while (event := self.association.next_event()) is None and self._other.on_silence():
            pass
        if isinstance(event, ProtocolViolation):
            self._line.carry(self._other, event.reply)
        if event is not None:
            return event
        if self._is_cut_off:
            self.association.connection_lost()
            return ConnectionClosed()
        self.association.time_out()
        return TimedOut()

    def has_news(self) -> bool:
        """Say no: what has been said was heard at once."""
        return False

    def abort_now(self) -> None:
        """Say A-ABORT, if there is anything to abort."""
        if self.association.can_abort and not self._is_cut_off:
            self.send(Abort())

    def linger(self, time_out_s: float) -> None:
        """Do nothing: the other side has heard everything."""

    def close(self) -> None:
        """End the connection. Safe to call twice."""
        self.association.connection_lost()
        self._other.cut_off()

    def deliver(self, data: bytes) -> None:
        """Take bytes from the other end; where there is an ``on_event``, act on them at once."""
        if self.on_event is None:
            self.association.feed(data)
            return
        for event in self.association.receive_data(data):
            if isinstance(event, ProtocolViolation):
                self._line.carry(self._other, event.reply)
            self.on_event(event)

    def cut_off(self) -> None:
        """Take note that the other end has closed; what it has said before can still be received."""
        self._is_cut_off = True
        if self.on_event is not None and self.association.connection_lost():
            self.on_event(ConnectionClosed())


class _Line:
    """What is on its way between two ends, in order.

    An answer is given while the question is still being delivered. So whoever speaks first delivers
    everything that follows from it, one thing after the other, instead of each calling the next.
    """

    def __init__(self) -> None:
        self._waiting: collections.deque[tuple[MemoryDriver, bytes]] = collections.deque()
        self._is_delivering = False

    def carry(self, end: MemoryDriver, data: bytes) -> None:
        self._waiting.append((end, data))
        if self._is_delivering:
            return
        self._is_delivering = True
        try:
            while self._waiting:
                target, said = self._waiting.popleft()
                target.deliver(said)
        finally:
            self._waiting.clear()
            self._is_delivering = False
