"""Check AE titles, hosts, ports and TLS settings before anything is sent; resolve and connect."""

from __future__ import annotations

import socket
from collections.abc import Collection

from dicomkit.errors import NetworkError, NoReceiverError, UsageError, reason_of
from dicomkit.network.loopback import loopback

TYPE_CHECKING = False
if TYPE_CHECKING:  # not every Python has it
    import ssl

__all__ = [
    "check_ae_title",
    "check_exposure",
    "check_port",
    "check_receiver_context",
    "check_sender_context",
    "connect",
    "exposure_notice",
    "resolve",
]

_MAX_TITLE_LENGTH = 16
_MAX_PORT = 65535


def check_ae_title(title: str) -> None:
    """Raise unless `title` is a valid AE title.

    Raises
    ------
    UsageError
        If it is not 1 to 16 printable ASCII characters without a backslash, not all of them spaces.

    References
    ----------
    PS3.5 section 6.2, Value Representation (VR): AE.
    """
    is_text = isinstance(title, str) and title.isascii() and title.isprintable()
    if not is_text or not title.strip() or len(title) > _MAX_TITLE_LENGTH or "\\" in title:
        raise UsageError(
            title or "''",
            "is no AE title",
            f"use 1 to {_MAX_TITLE_LENGTH} printable ASCII characters, no backslash (PS3.5 section 6.2)",
        )


def check_port(port: int) -> None:
    """Raise unless `port` is a TCP port or 0.

    Raises
    ------
    UsageError
        If it is no whole number from 0 to 65535.
    """
    if not isinstance(port, int) or not 0 <= port <= _MAX_PORT:
        raise UsageError(f"{port!r}", "is no port", f"give a whole number from 0 to {_MAX_PORT}")


def check_exposure(host: str, address: str, *, allow_remote: bool, allowed: Collection[str]) -> None:
    """Raise if other computers can send to an address, unless that is allowed and limited to some AE titles.

    Raises
    ------
    UsageError
        If `address` is no loopback address, and the permission or the list of AE titles is missing.
    """
    if isinstance(allowed, str):
        raise UsageError(allowed, "is one title where a list is expected", "put it in brackets: ['...']")
    import ipaddress  # noqa: PLC0415 - a sender does not need it

    if ipaddress.ip_address(address).is_loopback:
        return
    if not allow_remote:
        raise UsageError(
            host,
            "other computers could send to this address",
            "listen on 127.0.0.1, or say allow_remote=True and name who may send",
        )
    if not allowed:
        raise UsageError(
            host,
            "anybody on the network could send to this address",
            "name who may send: allowed_calling_ae_titles=['...']",
        )


def exposure_notice(ae_title: str, host: str, port: int, allowed: Collection[str]) -> str:
    """Return one sentence on who can reach a receiver; `allowed` are the accepted calling AE titles."""
    names = ", ".join(sorted(allowed)) or "anybody"
    return (
        f"{ae_title}: every computer that can reach {host} port {port} can connect; "
        f"instances are taken from {names}. An AE title is a name, not a password."
    )


def check_receiver_context(context: ssl.SSLContext | None) -> None:
    """Raise if TLS settings are for the client side.

    Raises
    ------
    UsageError
        If the context was made for clients.
    """
    if context is not None and context.protocol.name == "PROTOCOL_TLS_CLIENT":
        raise UsageError(
            "ssl_context", "it is for a sender", "make one with ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)"
        )


def check_sender_context(context: ssl.SSLContext | None) -> None:
    """Raise if TLS settings are for the server side.

    Raises
    ------
    UsageError
        If the context was made for servers.
    """
    if context is not None and context.protocol.name == "PROTOCOL_TLS_SERVER":
        raise UsageError("ssl_context", "it is for a receiver", "make one with ssl.create_default_context()")


def resolve(host: str) -> str:
    """Return the IP address of `host`, preferring IPv4: a receiver rarely listens on ``::1``.

    Raises
    ------
    NetworkError
        If the name cannot be resolved.
    """
    interface = loopback()
    if interface is not None:
        return interface.resolve(host)
    try:
        found = socket.getaddrinfo(_plain(host), None, type=socket.SOCK_STREAM)
    except (OSError, UnicodeError) as error:
        raise NetworkError(
            host, "this host name is not known", "check its spelling, or give an address"
        ) from error
    found.sort(key=lambda entry: entry[0] != socket.AF_INET)
    return str(found[0][4][0])


def _plain(host: str) -> str | bytes:
    """Return an ASCII name as bytes: for a str, Python imports the IDNA tables, which takes 2 ms."""
    return host.encode() if host.isascii() else host


def connect(host: str, port: int, name: str, time_out_s: float) -> socket.socket:
    """Return a connected socket; errors call the other side `name`.

    Raises
    ------
    NoReceiverError
        If the connection cannot be made.
    """
    address = resolve(host)
    try:
        return socket.create_connection((_plain(address), port), timeout=time_out_s)  # type: ignore[arg-type] # - bytes do as well
    except TimeoutError as error:
        raise NoReceiverError(
            name,
            f"no answer within {time_out_s:g} s",
            "check host and port, and whether a firewall is in between",
        ) from error
    except ConnectionRefusedError as error:
        raise NoReceiverError(
            name, "nobody listens there (connection refused)", "start the receiver, or check the port"
        ) from error
    except OSError as error:
        raise NoReceiverError(
            name, f"cannot be reached ({reason_of(error)})", "check host and network"
        ) from error
