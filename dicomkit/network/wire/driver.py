"""What an association needs of whatever moves its bytes: the same for a socket and for memory."""

from __future__ import annotations

from typing import Protocol

from dicomkit.network.wire.association import Association
from dicomkit.network.wire.events import Event

__all__ = ["Driver"]


class Driver(Protocol):
    """Moves the bytes of one association.

    Attributes
    ----------
    association
        Whose bytes.
    peer
        What errors call the other side.
    """

    association: Association
    peer: str

    def send(self, *events: Event) -> None:
        """Say the events, in one go.

        Raises
        ------
        ConnectionFailedError
            If the other side is gone or takes nothing any more.
        """

    def receive(self, time_out_s: float | None = None) -> Event:
        """Return the next event: `TimedOut` or `ConnectionClosed` if none comes.

        What breaks the rules has been answered by the time its `ProtocolViolation` is returned.
        """

    def has_news(self) -> bool:
        """Say whether something has come that `receive` would look at without waiting."""

    def abort_now(self) -> None:
        """Say A-ABORT if that is possible at once, and end the waiting of whoever receives; for another thread."""

    def linger(self, time_out_s: float) -> None:
        """Let the other side close first, so that it hears our last word before the connection is gone."""

    def close(self) -> None:
        """End the connection. Safe to call twice."""
