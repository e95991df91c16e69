"""The DICOM upper layer: PDUs on a TCP connection (PS3.8 section 9.3).

A PDU is one byte of type, one reserved byte, four bytes of length, big endian, and then as many bytes as
the length says. Sender and receiver share this module; neither half knows what the PDUs mean.
"""

from __future__ import annotations

import contextlib
import enum
import socket
import ssl
import struct
import time
from collections.abc import Callable, Iterator, Sequence
from typing import NamedTuple

from dicomkit.errors import NetworkError

__all__ = [
    "AbortReason",
    "Connection",
    "ConnectionFailedError",
    "Failure",
    "PDUType",
    "PresentationDataValue",
    "encode_abort",
    "encode_data_pdus",
    "encode_pdu",
    "presentation_data_values",
    "resolve",
]

_HEADER = struct.Struct(">BxL")
_PDV_HEADER = struct.Struct(">LBB")  # PS3.8 9.3.5.1: length, presentation context ID, message control header
_COMMAND, _LAST = 0x01, 0x02  # the bits of the message control header (PS3.8 annex E.2)
_READ_BYTES = 256 << 10
_BATCH_BYTES = 1 << 20

# An A-ASSOCIATE-RQ with 128 contexts and many transfer syntaxes stays far below this.
MAX_NEGOTIATION_BYTES = 1 << 20
MAX_PDU_BYTES = 128 << 10  # the largest that DCMTK sends, and 1.3 times as fast as 16 kB


class PDUType(enum.IntEnum):
    """The seven PDUs (PS3.8 section 9.3.1)."""

    A_ASSOCIATE_RQ = 1
    A_ASSOCIATE_AC = 2
    A_ASSOCIATE_RJ = 3
    P_DATA_TF = 4
    A_RELEASE_RQ = 5
    A_RELEASE_RP = 6
    A_ABORT = 7


class AbortReason(enum.IntEnum):
    """Why the service provider aborts (PS3.8 Table 9-26)."""

    NOT_SPECIFIED = 0
    UNRECOGNIZED_PDU = 1
    UNEXPECTED_PDU = 2
    INVALID_PARAMETER_VALUE = 6


class Failure(enum.Enum):
    """What ended a connection that should have gone on."""

    CLOSED = "closed"
    TIME_OUT = "time-out"
    INVALID = "invalid"


class ConnectionFailedError(NetworkError):
    """The connection cannot go on.

    Parameters
    ----------
    failure
        What happened.
    reason
        What an A-ABORT would say about it.
    """

    def __init__(
        self,
        given: object,
        problem: str,
        remedy: str,
        *,
        failure: Failure,
        reason: AbortReason = AbortReason.NOT_SPECIFIED,
    ) -> None:
        super().__init__(given, problem, remedy)
        self.failure = failure
        self.reason = reason


class PresentationDataValue(NamedTuple):
    """A fragment of a message, as it lies in a P-DATA-TF PDU (PS3.8 section 9.3.5.1)."""

    context_id: int
    is_command: bool
    is_last: bool
    fragment: memoryview


# Who listens in: direction ("sent" or "received"), PDU type, and the bytes after the header.
Tap = Callable[[str, PDUType, bytes], None]


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
        How long to wait for a whole PDU, in seconds.
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
        self._buffer = bytearray(received)
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
                self._socket.settimeout(time_out_s)
                self._socket.do_handshake()
            except OSError as error:
                raise self._failed(error) from error

    def send(self, *pdus: bytes) -> None:
        """Send whole PDUs.

        Raises
        ------
        ConnectionFailedError
            If the other side is gone or takes nothing any more.
        """
        if self._tap is not None:
            for pdu in pdus:
                self._tap("sent", PDUType(pdu[0]), pdu[_HEADER.size :])
        try:
            self._socket.settimeout(self.time_out_s)
            self._socket.sendall(b"".join(pdus) if len(pdus) > 1 else pdus[0])
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
        deadline = time.monotonic() + (self.time_out_s if time_out_s is None else time_out_s)
        self._fill(_HEADER.size, deadline)
        number, length = _HEADER.unpack_from(self._buffer)
        if not PDUType.A_ASSOCIATE_RQ <= number <= PDUType.A_ABORT:
            raise self._invalid(f"sent an unknown PDU type {number}", AbortReason.UNRECOGNIZED_PDU)
        kind = PDUType(number)
        limit = self._max_length if kind is PDUType.P_DATA_TF else MAX_NEGOTIATION_BYTES
        if length > limit:
            raise self._invalid(
                f"sent a PDU of {length} bytes where {limit} are allowed", AbortReason.INVALID_PARAMETER_VALUE
            )
        end = _HEADER.size + length
        self._fill(end, deadline)
        body = bytes(memoryview(self._buffer)[_HEADER.size : end])
        del self._buffer[:end]
        if self._tap is not None:
            self._tap("received", kind, body)
        return kind, body

    def close(self) -> None:
        """Close the socket; safe to call twice and from another thread, which then stops waiting."""
        with contextlib.suppress(OSError):
            self._socket.shutdown(socket.SHUT_RDWR)
        self._socket.close()

    def abort_now(self, reason: AbortReason) -> None:
        """Say A-ABORT if that is possible at once, and close; for another thread than the one that reads."""
        with contextlib.suppress(OSError, ValueError):
            self._socket.send(encode_abort(reason))
        self.close()

    def linger(self, time_out_s: float) -> None:
        """Let the other side close first, so that it reads our last PDU before the connection is gone."""
        deadline = time.monotonic() + time_out_s
        with contextlib.suppress(OSError):
            self._socket.shutdown(socket.SHUT_WR)
            while (left := deadline - time.monotonic()) > 0:
                self._socket.settimeout(left)
                if not self._socket.recv(_READ_BYTES):
                    return

    def _fill(self, size: int, deadline: float) -> None:
        while len(self._buffer) < size:
            left = deadline - time.monotonic()
            try:
                if left <= 0:
                    raise TimeoutError  # the same end as a socket's own time-out
                self._socket.settimeout(left)
                received = self._socket.recv(_READ_BYTES)
                acknowledge_at_once(self._socket)
            except OSError as error:
                raise self._failed(error) from error
            if not received:
                raise ConnectionFailedError(
                    self.peer,
                    "the connection was closed in the middle of an association",
                    "look at the log of the other side",
                    failure=Failure.CLOSED,
                )
            self._buffer += received

    def _invalid(self, problem: str, reason: AbortReason) -> ConnectionFailedError:
        return ConnectionFailedError(
            self.peer,
            problem,
            "talk DICOM to this port and nothing else",
            failure=Failure.INVALID,
            reason=reason,
        )

    def _failed(self, error: OSError) -> ConnectionFailedError:
        if isinstance(error, TimeoutError):
            return ConnectionFailedError(
                self.peer,
                "nothing came for too long",
                "see whether the other side is still running, or allow more time",
                failure=Failure.TIME_OUT,
            )
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


def encode_pdu(kind: PDUType, body: bytes) -> bytes:
    """Return a PDU.

    Examples
    --------
    >>> encode_pdu(PDUType.A_RELEASE_RQ, bytes(4)).hex()
    '05000000000400000000'
    """
    return _HEADER.pack(kind, len(body)) + body


def encode_abort(reason: AbortReason, *, by_provider: bool = True) -> bytes:
    """Return an A-ABORT PDU (PS3.8 section 9.3.8)."""
    source = 2 if by_provider else 0
    return encode_pdu(PDUType.A_ABORT, bytes([0, 0, source, reason if by_provider else 0]))


def encode_data_pdus(
    context_id: int, content: Sequence[bytes], max_length: int, *, is_command: bool, is_last: bool = True
) -> Iterator[bytes]:
    """Cut a command set or a data set into P-DATA-TF PDUs, one fragment each.

    Parameters
    ----------
    context_id
        The presentation context.
    content
        The bytes, in one or more pieces; a fragment never spans two pieces.
    max_length
        What the other side accepts, in bytes; 0 means no limit.
    is_command
        Whether this is a command set.
    is_last
        Whether nothing of it follows in a later call.

    References
    ----------
    PS3.8 section 9.3.5, P-DATA-TF PDU; annex D.1, Maximum Length.
    """
    room = (max_length or _BATCH_BYTES) - _PDV_HEADER.size
    room -= room % 2  # PS3.8 annex E.2: a fragment has an even length
    for number, piece in enumerate(content, start=1):
        view = memoryview(piece)
        for start in range(0, max(len(view), 1), room):
            fragment = view[start : start + room]
            ends = is_last and number == len(content) and start + room >= len(view)
            control = (_COMMAND if is_command else 0) | (_LAST if ends else 0)
            header = _PDV_HEADER.pack(len(fragment) + 2, context_id, control)
            yield b"".join((_HEADER.pack(PDUType.P_DATA_TF, len(header) + len(fragment)), header, fragment))


def presentation_data_values(body: bytes, peer: str) -> Iterator[PresentationDataValue]:
    """Take the fragments out of a P-DATA-TF PDU.

    Raises
    ------
    ConnectionFailedError
        If the lengths inside do not fit the PDU.
    """
    view = memoryview(body)
    while view:
        length = 0
        if len(view) >= _PDV_HEADER.size:
            length, context_id, control = _PDV_HEADER.unpack_from(view)
        end = 4 + length
        if length < 2 or end > len(view):  # noqa: PLR2004 - the context ID and the control header
            raise ConnectionFailedError(
                peer,
                "sent a P-DATA-TF PDU whose lengths do not fit",
                "report it to whoever wrote that software",
                failure=Failure.INVALID,
                reason=AbortReason.INVALID_PARAMETER_VALUE,
            )
        yield PresentationDataValue(
            context_id, bool(control & _COMMAND), bool(control & _LAST), view[_PDV_HEADER.size : end]
        )
        view = view[end:]


def resolve(host: str) -> str:
    """Return the address to use for `host`, IPv4 first: a receiver rarely listens on ``::1``.

    Raises
    ------
    NetworkError
        If the name means nothing here.
    """
    try:
        found = socket.getaddrinfo(host, None, type=socket.SOCK_STREAM)
    except (OSError, UnicodeError) as error:
        raise NetworkError(
            host, "this host name is not known", "check its spelling, or give an address"
        ) from error
    found.sort(key=lambda entry: entry[0] != socket.AF_INET)
    return str(found[0][4][0])
