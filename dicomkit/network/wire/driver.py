"""The interface of drivers, which transport the bytes of an association over a socket or in memory."""

from __future__ import annotations

from typing import Protocol

from dicomkit.network.wire.association import Association
from dicomkit.network.wire.events import Event

__all__ = ["Driver"]


class Driver(Protocol):
    """Transport the bytes of one association.

    Attributes
    ----------
    association
        The association.
    peer
        Name of the peer in errors.
    """

    association: Association
    peer: str

    def send(self, *events: Event) -> None:
        """Send events, all with one write.

        Raises
        ------
        ConnectionFailedError
            If the peer has closed the connection, or accepts no more bytes in time.
        """

    def receive(self, time_out_s: float | None = None) -> Event:
        """Return the next event: `TimedOut` or `ConnectionClosed` if none arrives.

        Before a `ProtocolViolation` is returned, its A-ABORT PDU is sent.
        """

    def has_pending_input(self) -> bool:
        """Return whether `receive` has something to process without waiting."""

    def certificate_names(self) -> tuple[str, ...]:
        """Return the common names in the peer's verified certificate; none if there is no certificate."""

    def abort_now(self) -> None:
        """Send A-ABORT if that needs no waiting, and make `receive` in another thread return."""

    def linger(self, time_out_s: float) -> None:
        """Wait for the peer to close the connection, so that it can read the last PDU before."""

    def close(self) -> None:
        """End the connection. Safe to call twice."""
