"""A TCP connection that carries PDUs, with a limit on everything: on time, on length, on patience."""

from __future__ import annotations

import contextlib
import socket
import ssl
import struct
import sys
import time

from dicomkit.network.wire.pdus import (
    LAST_PDUS,
    MAX_NEGOTIATION_BYTES,
    MAX_PDU_BYTES,
    PDU_HEADER,
    AbortReason,
    ConnectionFailedError,
    Failure,
    PDUType,
    Tap,
    encode_abort,
)

__all__ = ["Connection", "acknowledge_at_once"]

_READ_BYTES = 256 << 10
_TIMEVAL = struct.Struct("ll")  # seconds and microseconds, as setsockopt wants them
_PDU_TYPES = {kind.value: kind for kind in PDUType}  # a table: PDUType(4) takes five times as long


class Connection:
    """Carry PDUs over one socket.

    Parameters
    ----------
    sock
        A connected socket; it belongs to this object from now on.
    peer
        What errors call the other side.
    max_length
        The longest P-DATA-TF PDU that the other side may send, in bytes.
    time_out_s
        How long to wait for a whole PDU, in seconds; half as long again if it comes in drops.
    tap
        Is told about each PDU.
    received
        What somebody else has read from the socket already.
    """

    def __init__(
        self,
        sock: socket.socket,
        peer: str,
        *,
        max_length: int = MAX_PDU_BYTES,
        time_out_s: float = 60.0,
        tap: Tap | None = None,
        received: bytes = b"",
    ) -> None:
        self.peer = peer
        self.time_out_s = time_out_s
        self._socket = sock
        self._max_length = max_length
        self._tap = tap
        self._is_over = False  # one of the two sides has ended it: nothing is left to be told
        self._buffer = bytearray(received)
        self._current_time_out_s = 0.0
        # With settimeout(), Python asks whether there is something before each call that reads or writes;
        # if the kernel counts the time, reading is one call. OpenSSL cannot do with that.
        self._kernel_counts = sys.platform == "linux" and not isinstance(sock, ssl.SSLSocket)
        if self._kernel_counts:
            sock.settimeout(None)
        self._owes_acknowledgement = False
        with contextlib.suppress(OSError):
            # Nagle's algorithm and delayed acknowledgements wait for each other: 44 ms an object.
            sock.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)

    def shake_hands(self, time_out_s: float) -> None:
        """Do the TLS handshake, if this is a TLS socket.

        Raises
        ------
        ConnectionFailedError
            If the other side does not talk TLS, or not with these certificates.
        """
        if isinstance(self._socket, ssl.SSLSocket):
            try:
                self._wait_at_most(time_out_s)
                self._socket.do_handshake()
            except ssl.SSLCertVerificationError as error:
                raise ConnectionFailedError(
                    self.peer,
                    "its certificate is not trusted, or names another host",
                    "load the certificate that signed it into the ssl_context, and call the host by its name",
                    failure=Failure.CLOSED,
                ) from error
            except OSError as error:
                raise self._failed(error) from error

    def send(self, *pdus: bytes) -> None:
        """Send whole PDUs.

        Raises
        ------
        ConnectionFailedError
            If the other side is gone or takes nothing any more.
        """
        self._is_over = self._is_over or pdus[-1][0] in LAST_PDUS  # `abort_now` then says nothing more
        if self._tap is not None:
            for pdu in pdus:
                self._tap("sent", _PDU_TYPES[pdu[0]], pdu[PDU_HEADER.size :])
        try:
            self._wait_at_most(self.time_out_s)
            self._socket.sendall(b"".join(pdus) if len(pdus) > 1 else pdus[0])
            self._owes_acknowledgement = False  # what was sent carried it
        except OSError as error:
            raise self._failed(error) from error

    def receive(self, time_out_s: float | None = None) -> tuple[PDUType, bytes]:
        """Wait for one PDU and return its type and what follows its header.

        Raises
        ------
        ConnectionFailedError
            If the connection closes, the time is over, or the header makes no sense. A length is
            believed only up to what was negotiated: four bytes can claim 4 GB.
        """
        time_out_s = self.time_out_s if time_out_s is None else time_out_s
        deadline = self._fill(PDU_HEADER.size, time_out_s)
        number, length = PDU_HEADER.unpack_from(self._buffer)
        kind = _PDU_TYPES.get(number)
        if kind is None:
            raise self._invalid(f"sent an unknown PDU type {number}", AbortReason.UNRECOGNIZED_PDU)
        limit = self._max_length if kind is PDUType.P_DATA_TF else MAX_NEGOTIATION_BYTES
        if length > limit:
            raise self._invalid(
                f"sent a PDU of {length} bytes where {limit} are allowed", AbortReason.INVALID_PARAMETER_VALUE
            )
        end = PDU_HEADER.size + length
        if len(self._buffer) < end:
            self._fill(end, time_out_s, deadline)
        body = bytes(memoryview(self._buffer)[PDU_HEADER.size : end])
        del self._buffer[:end]
        self._is_over = self._is_over or kind in LAST_PDUS
        if self._tap is not None:
            self._tap("received", kind, body)
        return kind, body

    def close(self) -> None:
        """Close the socket; for the thread that reads. Safe to call twice."""
        with contextlib.suppress(OSError):
            self._socket.shutdown(socket.SHUT_RDWR)
        self._socket.close()

    def abort_now(self, reason: AbortReason) -> None:
        """Say A-ABORT if that is possible at once, and wake the thread that reads, which then closes.

        For another thread than that one. A socket that is closed while somebody reads from it may be
        somebody else's by the next read, and a TLS socket loses the object that the reader is about to use.
        """
        # OpenSSL allows one thread at a time in a connection: under TLS it just ends.
        if not self._is_over and not isinstance(self._socket, ssl.SSLSocket):
            with contextlib.suppress(OSError):
                self._socket.settimeout(0)  # whoever does not read may not hold us up
                pdu = encode_abort(reason)
                if self._tap is not None:
                    self._tap("sent", PDUType.A_ABORT, pdu[PDU_HEADER.size :])
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

    def _fill(self, size: int, time_out_s: float, deadline: float | None = None) -> float | None:
        """Read until the buffer holds `size` bytes; return the deadline, which begins with the first wait."""
        while len(self._buffer) < size:
            if deadline is None:
                deadline, left = time.monotonic() + time_out_s, time_out_s
            else:
                left = deadline - time.monotonic()
            try:
                if left <= 0:
                    raise TimeoutError  # the same end as a socket's own time-out
                self._wait_at_most(left)
                if self._owes_acknowledgement:
                    acknowledge_at_once(self._socket)
                received = self._socket.recv(_READ_BYTES)
            except OSError as error:
                raise self._failed(error) from error
            if not received:
                self._note(Failure.CLOSED)
                raise ConnectionFailedError(
                    self.peer,
                    "the connection was closed in the middle of an association",
                    "look at the log of the other side",
                    failure=Failure.CLOSED,
                )
            self._owes_acknowledgement = True
            self._buffer += received
        return deadline

    def _wait_at_most(self, time_out_s: float) -> None:
        if self._current_time_out_s / 2 < time_out_s <= self._current_time_out_s:
            return  # near enough: each setting is a call of the system, and a large PDU comes in many pieces
        if self._kernel_counts:
            seconds, rest = divmod(max(time_out_s, 0.001), 1.0)  # zero would mean for ever
            interval = _TIMEVAL.pack(int(seconds), int(rest * 1e6))
            self._socket.setsockopt(socket.SOL_SOCKET, socket.SO_RCVTIMEO, interval)
            self._socket.setsockopt(socket.SOL_SOCKET, socket.SO_SNDTIMEO, interval)
        else:
            self._socket.settimeout(time_out_s)
        self._current_time_out_s = time_out_s

    def _invalid(self, problem: str, reason: AbortReason) -> ConnectionFailedError:
        return ConnectionFailedError(
            self.peer,
            problem,
            "talk DICOM to this port and nothing else",
            failure=Failure.INVALID,
            reason=reason,
        )

    def _note(self, failure: Failure) -> None:
        self._is_over = self._is_over or failure is Failure.CLOSED
        if self._tap is not None:
            self._tap("received", failure, b"")

    def _failed(self, error: OSError) -> ConnectionFailedError:
        if isinstance(error, (TimeoutError, BlockingIOError)):  # the second if the kernel counts the time
            self._note(Failure.TIME_OUT)
            return ConnectionFailedError(
                self.peer,
                "nothing came for too long",
                "see whether the other side is still running, or allow more time",
                failure=Failure.TIME_OUT,
            )
        self._note(Failure.CLOSED)
        return ConnectionFailedError(
            self.peer,
            "the connection was lost",
            "see whether the other side is still running",
            failure=Failure.CLOSED,
        )


def acknowledge_at_once(sock: socket.socket) -> None:
    """Ask the kernel to acknowledge what has just come (Linux only; it forgets, so ask each time).

    A sender that leaves Nagle's algorithm on holds its next small packet back until the last one is
    acknowledged, and a receiver that has nothing to answer yet waits 40 ms before it does so.
    """
    option = getattr(socket, "TCP_QUICKACK", None)
    if option is not None:
        with contextlib.suppress(OSError):
            sock.setsockopt(socket.IPPROTO_TCP, option, 1)
