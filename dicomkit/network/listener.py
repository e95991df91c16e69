"""Listen on a TCP port, and hand over the connections on which an association is requested.

Anybody can open a connection and stay silent. With a thread for each, a few hundred would exhaust the receiver. So
one thread holds all new connections and reads their first PDU as it arrives; a connection gets a thread of its own
only after a complete A-ASSOCIATE-RQ (under TLS: after its first byte).
"""

from __future__ import annotations

import contextlib
import errno
import os
import select
import selectors
import socket
import threading
import time
from collections.abc import Callable
from dataclasses import dataclass, field

from dicomkit.errors import NetworkError, PortInUseError, reason_of
from dicomkit.network.wire.pdus import MAX_NEGOTIATION_BYTES, PDU_HEADER, PDUType
from dicomkit.network.wire.socket_driver import acknowledge_at_once

__all__ = ["Listener", "listening_socket"]

_READ_BYTES = 64 << 10
_BACKLOG = 128
_MAX_PENDING = 256  # the oldest is dropped for one more
_MAX_PENDING_BYTES = 16 << 20
_RETRY_S = 0.1


@dataclass
class _Pending:
    """A connection without a complete association request."""

    sock: socket.socket
    address: str
    deadline: float
    received: bytearray = field(default_factory=bytearray)


class Listener(threading.Thread):
    """Accept connections until told to stop.

    Parameters
    ----------
    sock
        A listening socket; it belongs to this thread from now on.
    serve
        Called with the socket of a connection, the requestor's address and the bytes received so far.
    owner
        The receiver for which it listens; see `dicomkit.network.association_pool`.
    time_out_s
        Time for a new connection to complete its request, in seconds.
    reads_requests
        Whether to read the complete request. Under TLS the first bytes belong to the handshake, which the
        association's own thread does; then a first byte is enough.
    on_dropped
        Called with the address of a connection that sent something but no request, and what is wrong.
    on_failure
        Called with the exception that ended the listener.
    """

    def __init__(
        self,
        sock: socket.socket,
        serve: Callable[[socket.socket, str, bytes], None],
        *,
        owner: object,
        time_out_s: float,
        reads_requests: bool = True,
        on_dropped: Callable[[str, str], object],
        on_failure: Callable[[Exception], object],
    ) -> None:
        super().__init__(name="dicomkit-listener", daemon=True)
        self.owner = owner
        self._socket = sock
        self._serve = serve
        self._time_out_s = time_out_s
        self._reads_requests = reads_requests
        self._on_dropped = on_dropped
        self._on_failure = on_failure
        self._pending: dict[socket.socket, _Pending] = {}  # in order of arrival
        self._wake_reader, self._wake_writer = socket.socketpair()
        self._selector = selectors.DefaultSelector()
        self._socket.setblocking(False)

    @property
    def port(self) -> int:
        """The TCP port."""
        return int(self._socket.getsockname()[1])

    def stop(self) -> None:
        """Drop the pending connections and close the port; return when that is done."""
        with contextlib.suppress(OSError):
            self._wake_writer.send(b"\0")
        if self.ident is not None and self is not threading.current_thread():
            self.join()

    def run(self) -> None:
        """Accept connections and read their requests until `stop` is called."""
        self._selector.register(self._socket, selectors.EVENT_READ)
        self._selector.register(self._wake_reader, selectors.EVENT_READ)
        try:
            while True:
                for key, _ in self._selector.select(self._next_time_out()):
                    if key.fileobj is self._wake_reader:
                        return
                    if key.fileobj is self._socket:
                        self._accept()
                    else:
                        self._read(self._pending[key.fileobj])  # type: ignore[index] # - registered as sockets
                self._drop_late()
        except Exception as error:  # noqa: BLE001 - the owner finds it in check()
            self._on_failure(error)
        finally:
            for pending in list(self._pending.values()):
                self._drop(pending)
            self._selector.close()
            for sock in (self._socket, self._wake_reader, self._wake_writer):
                sock.close()

    def _next_time_out(self) -> float | None:
        oldest = next(iter(self._pending.values()), None)
        return None if oldest is None else max(0.0, oldest.deadline - time.monotonic())

    def _accept(self) -> None:
        try:
            sock, address = self._socket.accept()
        except BlockingIOError:
            return
        except OSError:
            # Out of file descriptors: drop the oldest pending connection. If there is none, others have them
            # all; without a pause, this loop would run at full speed.
            if self._pending:
                self._drop_oldest()
            else:
                select.select([self._wake_reader], [], [], _RETRY_S)
            return
        sock.setblocking(False)
        self._pending[sock] = _Pending(sock, str(address[0]), time.monotonic() + self._time_out_s)
        self._selector.register(sock, selectors.EVENT_READ)
        if len(self._pending) > _MAX_PENDING:
            self._drop_oldest()

    def _read(self, pending: _Pending) -> None:
        if not self._reads_requests:
            self._hand_over(pending)
            return
        try:
            received = pending.sock.recv(_READ_BYTES)
        except BlockingIOError:
            return
        except OSError:
            received = b""
        pending.received += received
        needed = _first_pdu_length(pending.received)
        if needed is None:
            self._drop(pending, "sent something that is no association request")
        elif not received:
            self._drop(pending, "ended the connection in the middle of its association request")
        elif len(pending.received) >= needed:
            self._hand_over(pending)
        else:
            acknowledge_at_once(pending.sock)
            if sum(len(other.received) for other in self._pending.values()) > _MAX_PENDING_BYTES:
                self._drop_oldest()

    def _hand_over(self, pending: _Pending) -> None:
        self._forget(pending)
        pending.sock.setblocking(True)
        try:
            self._serve(pending.sock, pending.address, bytes(pending.received))
        except Exception:
            pending.sock.close()
            raise

    def _drop_late(self) -> None:
        now = time.monotonic()
        for pending in list(self._pending.values()):
            if pending.deadline > now:
                return
            self._drop(pending, "did not complete its association request in time")

    def _drop_oldest(self) -> None:
        oldest = next(iter(self._pending.values()), None)
        if oldest is not None:
            self._drop(
                oldest, "was dropped to make room for others before its association request was complete"
            )

    def _drop(self, pending: _Pending, problem: str = "") -> None:
        self._forget(pending)
        pending.sock.close()
        if pending.received and problem:  # a silent connection is not worth an event
            self._on_dropped(pending.address, problem)

    def _forget(self, pending: _Pending) -> None:
        del self._pending[pending.sock]
        self._selector.unregister(pending.sock)


def _first_pdu_length(received: bytearray) -> int | None:
    """Return the length of the association request with its header; None if this is another PDU, or too long."""
    if received and received[0] != PDUType.A_ASSOCIATE_RQ:
        return None
    if len(received) < PDU_HEADER.size:
        return PDU_HEADER.size
    length = int(PDU_HEADER.unpack_from(received)[1])
    return PDU_HEADER.size + length if length <= MAX_NEGOTIATION_BYTES else None


def listening_socket(host: str, address: str, port: int) -> socket.socket:
    """Return a listening TCP socket.

    Raises
    ------
    PortInUseError
        If another program has the port.
    NetworkError
        If the address or port cannot be used.
    """
    family = socket.AF_INET6 if ":" in address else socket.AF_INET
    sock = socket.socket(family, socket.SOCK_STREAM)
    try:
        if os.name != "nt":  # on Windows, the option lets two programs share a port
            sock.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        sock.bind((address, port))
        sock.listen(_BACKLOG)
    except OSError as error:
        sock.close()
        given = f"{host} port {port}"
        if error.errno == errno.EADDRINUSE:
            raise PortInUseError(
                given,
                "another program listens there already",
                "stop it, or choose another port (0: a free one)",
            ) from error
        raise NetworkError(
            given, f"cannot listen there ({reason_of(error)})", "choose another port, above 1023"
        ) from error
    return sock
