"""An association over a TCP connection, with a limit on everything: on time, on length, on patience."""

from __future__ import annotations

import contextlib
import socket
import threading
import time
from typing import TYPE_CHECKING, cast

from dicomkit.network.wire.association import Association
from dicomkit.network.wire.events import Abort, ConnectionClosed, Event, ProtocolViolation, TimedOut
from dicomkit.network.wire.failures import ConnectionFailedError, Failure

if TYPE_CHECKING:
    import ssl

__all__ = ["SocketDriver", "acknowledge_at_once"]

_READ_BYTES = 256 << 10
# What is wrong, and what to do.
_LOST = "the connection was lost", "see whether the other side is still running"
_SILENT = "nothing came for too long", "see whether the other side is still running, or allow more time"


class SocketDriver:
    """Move the bytes of one association over one socket.

    One thread sends and receives; `abort_now` is for the others.

    Parameters
    ----------
    sock
        A connected socket; it belongs to this object from now on.
    association
        Whose bytes.
    peer
        What errors call the other side.
    time_out_s
        How long to wait for an event, and for the other side to take one, in seconds.
    received
        What somebody else has read from the socket already.
    """

    def __init__(
        self,
        sock: socket.socket,
        association: Association,
        *,
        peer: str,
        time_out_s: float = 60.0,
        received: bytes = b"",
    ) -> None:
        self.association = association
        self.peer = peer
        self.time_out_s = time_out_s
        self._socket = sock
        self._lock = threading.Lock()  # around the association, which knows nothing of threads
        association.feed(received)
        self._owes_acknowledgement = False
        with contextlib.suppress(OSError):
            # Nagle's algorithm and delayed acknowledgements wait for each other: 44 ms an object.
            sock.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)

    def handshake(self, time_out_s: float) -> None:
        """Do the TLS handshake, if this is a TLS socket.

        Raises
        ------
        ConnectionFailedError
            If the other side does not talk TLS, or not with these certificates.
        """
        if _is_encrypted(self._socket):
            import ssl  # noqa: PLC0415 - not every Python has it, and it is a fifth of what a command imports

            try:
                self._socket.settimeout(time_out_s)
                cast("ssl.SSLSocket", self._socket).do_handshake()
            except ssl.SSLCertVerificationError as error:
                raise ConnectionFailedError(
                    self.peer,
                    "its certificate is not trusted, or names another host",
                    "load the certificate that signed it into the ssl_context, and call the host by its name",
                    failure=Failure.CLOSED,
                ) from error
            except OSError as error:
                raise self._failed(error) from error

    def send(self, *events: Event) -> None:
        """Say the events, in one go.

        Raises
        ------
        ConnectionFailedError
            If the other side is gone or takes nothing any more.
        """
        with self._lock:
            if self.association.is_over:  # another thread has aborted it
                raise self._failed(ConnectionError())
            pdus = self.association.send(*events)
        try:
            self._write(pdus)
        except OSError as error:
            raise self._failed(error) from error

    def receive(self, time_out_s: float | None = None) -> Event:
        """Return the next event: `TimedOut` or `ConnectionClosed` if none comes.

        The time counts from the first wait to the event, whatever comes in between: who sends a byte now
        and then does not get more of it.
        """
        deadline: float | None = None
        left = self.time_out_s if time_out_s is None else time_out_s
        while (event := self._next_event()) is None:
            if deadline is None:
                deadline = time.monotonic() + left
            else:
                left = deadline - time.monotonic()
            try:
                received = self._read(left)
            except OSError as error:
                return self._ended(error)
            if not received:
                return self._ended(None)
            with self._lock:
                self.association.feed(received)
        if isinstance(event, ProtocolViolation):
            with contextlib.suppress(OSError):  # whoever breaks the rules need not hear that it is over
                self._write(event.reply)
        return event

    def has_news(self) -> bool:
        """Say whether something has come that `receive` would look at without waiting."""
        with self._lock:
            if self.association.has_waiting_event:
                return True
        if _is_encrypted(self._socket) and cast("ssl.SSLSocket", self._socket).pending():
            return True
        try:
            self._socket.settimeout(0)
            # Looked at and left there; under TLS, by the method of the plain socket below it.
            socket.socket.recv(self._socket, 1, socket.MSG_PEEK)
        except BlockingIOError:
            return False
        except OSError:
            pass  # it is closed: who receives will be told
        return True

    def close(self) -> None:
        """Close the socket; for the thread that reads. Safe to call twice."""
        with self._lock:
            self.association.connection_lost()
        with contextlib.suppress(OSError):
            self._socket.shutdown(socket.SHUT_RDWR)
        self._socket.close()

    def abort_now(self) -> None:
        """Say A-ABORT if that is possible at once, and wake the thread that reads, which then closes.

        For another thread than that one. A socket that is closed while somebody reads from it may be
        somebody else's by the next read, and a TLS socket loses the object that the reader is about to use.
        """
        # OpenSSL allows one thread at a time in a connection: under TLS it just ends.
        if not _is_encrypted(self._socket):
            with self._lock:
                pdu = self.association.send(Abort()) if self.association.can_abort else b""
            with contextlib.suppress(OSError):
                self._socket.settimeout(0)  # whoever does not read may not hold us up
                self._socket.send(pdu)
        with contextlib.suppress(OSError):
            # SSLSocket's own shutdown() takes its TLS object away first; this one only ends the connection.
            socket.socket.shutdown(self._socket, socket.SHUT_RDWR)

    def linger(self, time_out_s: float) -> None:
        """Let the other side close first, so that it reads our last PDU before the connection is gone."""
        deadline = time.monotonic() + time_out_s
        with contextlib.suppress(OSError):
            self._socket.shutdown(socket.SHUT_WR)
            while (left := deadline - time.monotonic()) > 0:
                self._socket.settimeout(left)
                if not self._socket.recv(_READ_BYTES):
                    return

    def _next_event(self) -> Event | None:
        with self._lock:
            return self.association.next_event()

    def _write(self, pdus: bytes) -> None:
        self._socket.settimeout(self.time_out_s)
        self._socket.sendall(pdus)
        self._owes_acknowledgement = False  # what was sent carried it

    def _read(self, time_out_s: float) -> bytes:
        if time_out_s <= 0:
            raise TimeoutError  # the same end as a socket's own time-out
        self._socket.settimeout(time_out_s)
        if self._owes_acknowledgement:
            acknowledge_at_once(self._socket)
        received = self._socket.recv(_READ_BYTES)
        self._owes_acknowledgement = True
        return received

    def _ended(self, error: OSError | None) -> Event:
        """Return the event of an end that nobody has said anything about."""
        with self._lock:
            if isinstance(error, TimeoutError):
                self.association.time_out()
                return TimedOut()
            closed = ConnectionClosed() if error is None else ConnectionClosed(*_LOST)
            self.association.connection_lost()
            return closed

    def _failed(self, error: OSError) -> ConnectionFailedError:
        """Return the error for what cannot be sent; what has come before can still be received."""
        if isinstance(error, TimeoutError):
            with self._lock:
                self.association.time_out()
            return ConnectionFailedError(self.peer, *_SILENT, failure=Failure.TIME_OUT)
        return ConnectionFailedError(self.peer, *_LOST, failure=Failure.CLOSED)


def acknowledge_at_once(sock: socket.socket) -> None:
    """Ask the kernel to acknowledge what has just come (Linux only; it forgets, so ask each time).

    A sender that leaves Nagle's algorithm on holds its next small packet back until the last one is
    acknowledged, and a receiver that has nothing to answer yet waits 40 ms before it does so.
    """
    option = getattr(socket, "TCP_QUICKACK", None)
    if option is not None:
        with contextlib.suppress(OSError):
            sock.setsockopt(socket.IPPROTO_TCP, option, 1)


def _is_encrypted(sock: socket.socket) -> bool:
    """Say whether it is a socket of TLS, the one kind that is another class."""
    return type(sock) is not socket.socket
