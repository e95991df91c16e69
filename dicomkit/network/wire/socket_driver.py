"""Transport an association over TCP or TLS, with a time limit for each wait."""

from __future__ import annotations

import contextlib
import socket
import threading
import time
from collections.abc import Iterable

from dicomkit.network.wire.association import Association
from dicomkit.network.wire.events import Abort, ConnectionClosed, Event, ProtocolViolation, TimedOut
from dicomkit.network.wire.failures import ConnectionFailedError, Failure
from dicomkit.network.wire.states import Role
from dicomkit.network.wire.tls_errors import describe_tls_error

TYPE_CHECKING = False
if TYPE_CHECKING:
    import ssl
    from typing import TypeGuard

__all__ = ["SocketDriver", "acknowledge_at_once"]

_READ_BYTES = 256 << 10
_LINGER_S = 0.5
# Problem and remedy.
_LOST = "the connection was lost", "see whether the other side is still running"
_SILENT = "nothing came for too long", "see whether the other side is still running, or allow more time"


class SocketDriver:
    """Transport the bytes of one association over one socket.

    One thread sends and receives; other threads may call only `abort_now`.

    Parameters
    ----------
    sock
        A connected socket, which this object closes.
    association
        The association.
    peer
        Name of the peer in errors.
    time_out_s
        How long to wait for an event, and for the peer to accept bytes, in seconds.
    received
        Bytes that were already read from the socket.
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
        self._lock = threading.Lock()  # protects the association, which is not thread-safe
        association.feed(received)
        self._owes_acknowledgement = False
        with contextlib.suppress(OSError):
            # Nagle's algorithm and delayed acknowledgements wait for each other: 44 ms for each instance.
            sock.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)

    def handshake(self, time_out_s: float) -> None:
        """Perform the TLS handshake on a TLS socket.

        Raises
        ------
        ConnectionFailedError
            If the peer does not use TLS, or a certificate is missing or not accepted.
        """
        if _uses_tls(self._socket):
            try:
                self._socket.settimeout(time_out_s)
                self._socket.do_handshake()
            except OSError as error:
                if describe_tls_error(error) and self.association.role is Role.ACCEPTOR:
                    self.linger(_LINGER_S)  # else a reset could overtake the alert that says why
                raise self._connection_error(error) from error

    def certificate_names(self) -> tuple[str, ...]:
        """Return the common names in the peer's verified certificate; none if there is no certificate."""
        if not _uses_tls(self._socket):
            return ()
        certificate = self._socket.getpeercert() or {}
        names: Iterable[Iterable[tuple[str, str]]] = certificate.get("subject", ())  # type: ignore[assignment] # - typeshed's type covers every field of a certificate
        return tuple(value for pairs in names for kind, value in pairs if kind == "commonName")

    def send(self, *events: Event) -> None:
        """Send events, all with one write.

        Raises
        ------
        ConnectionFailedError
            If the peer has closed the connection, or accepts no more bytes in time.
        """
        with self._lock:
            if self.association.is_over:  # another thread has aborted it
                raise self._connection_error(ConnectionError())
            pdus = self.association.send(*events)
        try:
            self._write(pdus)
        except OSError as error:
            raise self._connection_error(error) from error

    def receive(self, time_out_s: float | None = None) -> Event:
        """Return the next event: `TimedOut` or `ConnectionClosed` if none arrives.

        The time limit applies to the whole event: a peer that sends single bytes cannot extend it.
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
                return self._end_event(error)
            if not received:
                return self._end_event(None)
            with self._lock:
                self.association.feed(received)
        if isinstance(event, ProtocolViolation):
            with contextlib.suppress(OSError):  # the peer may have closed already
                self._write(event.reply)
        return event

    def has_pending_input(self) -> bool:
        """Return whether `receive` has something to process without waiting."""
        with self._lock:
            if self.association.has_waiting_event:
                return True
        if _uses_tls(self._socket) and self._socket.pending():
            return True
        try:
            self._socket.settimeout(0)
            # MSG_PEEK leaves the byte there; SSLSocket does not allow it, so call the method of its base class.
            socket.socket.recv(self._socket, 1, socket.MSG_PEEK)
        except BlockingIOError:
            return False
        except OSError:
            pass  # it is closed, which `receive` reports
        return True

    def close(self) -> None:
        """Close the socket; for the thread that reads. Safe to call twice."""
        with self._lock:
            self.association.connection_lost()
        with contextlib.suppress(OSError):
            self._socket.shutdown(socket.SHUT_RDWR)
        self._socket.close()

    def abort_now(self) -> None:
        """Send A-ABORT if that needs no waiting, and wake the reading thread, which then closes the socket.

        For other threads. They must not close it themselves: its file descriptor could be reused before the next
        read, and a TLS socket would lose the object that the reading thread is about to use.
        """
        # OpenSSL allows one thread at a time in a connection: under TLS, no A-ABORT is sent.
        if not _uses_tls(self._socket):
            with self._lock:
                pdu = self.association.send(Abort()) if self.association.can_abort else b""
            with contextlib.suppress(OSError):
                self._socket.settimeout(0)  # a peer that does not read must not block this
                self._socket.send(pdu)
        with contextlib.suppress(OSError):
            # SSLSocket.shutdown() first discards its TLS object; the base class only shuts the connection down.
            socket.socket.shutdown(self._socket, socket.SHUT_RDWR)

    def linger(self, time_out_s: float) -> None:
        """Wait for the peer to close the connection, so that it can read the last PDU before."""
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
        self._owes_acknowledgement = False  # TCP acknowledges with the data that was sent

    def _read(self, time_out_s: float) -> bytes:
        if time_out_s <= 0:
            raise TimeoutError  # as a socket's own time-out does
        self._socket.settimeout(time_out_s)
        if self._owes_acknowledgement:
            acknowledge_at_once(self._socket)
        received = self._socket.recv(_READ_BYTES)
        self._owes_acknowledgement = True
        return received

    def _end_event(self, error: OSError | None) -> Event:
        """Return the event for a connection that ended, or was silent for too long."""
        with self._lock:
            if isinstance(error, TimeoutError):
                self.association.time_out()
                return TimedOut()
            closed = ConnectionClosed() if error is None else ConnectionClosed(*_LOST)
            if error is not None and (refusal := describe_tls_error(error)):
                closed = ConnectionClosed(*refusal, Failure.TLS)
            self.association.connection_lost()
            return closed

    def _connection_error(self, error: OSError) -> ConnectionFailedError:
        """Return the error for bytes that could not be sent; received events stay available."""
        if isinstance(error, TimeoutError):
            with self._lock:
                self.association.time_out()
            return ConnectionFailedError(self.peer, *_SILENT, failure=Failure.TIME_OUT)
        if refusal := describe_tls_error(error) or self._alert():
            return ConnectionFailedError(self.peer, *refusal, failure=Failure.TLS)
        return ConnectionFailedError(self.peer, *_LOST, failure=Failure.CLOSED)

    def _alert(self) -> tuple[str, str] | None:
        """Return problem and remedy of a TLS alert that arrived while this side was sending."""
        if _uses_tls(self._socket) and self.association.role is Role.REQUESTOR:
            try:
                self._socket.settimeout(_LINGER_S)
                self._socket.recv(1)
            except (OSError, ValueError) as error:  # ValueError: the TLS object was discarded
                return describe_tls_error(error) if isinstance(error, OSError) else None
        return None


def acknowledge_at_once(sock: socket.socket) -> None:
    """Make the kernel acknowledge received bytes at once (Linux only; the option has to be set before each read).

    With Nagle's algorithm, a sender holds its next small packet back until the last one is acknowledged, and a
    receiver with nothing to send delays the acknowledgement by 40 ms.
    """
    option = getattr(socket, "TCP_QUICKACK", None)
    if option is not None:
        with contextlib.suppress(OSError):
            sock.setsockopt(socket.IPPROTO_TCP, option, 1)


def _uses_tls(sock: socket.socket) -> TypeGuard[ssl.SSLSocket]:
    """Return whether a socket is an ``ssl.SSLSocket``, without importing ``ssl``."""
    return type(sock) is not socket.socket
