"""TLS on the command line, with DCMTK's options."""

from __future__ import annotations

import argparse
from typing import TYPE_CHECKING

from dicomkit.errors import FileAccessError, UsageError, reason_of

if TYPE_CHECKING:
    import ssl

    from dicomkit.cli.arguments import CommandParser

__all__ = ["add_tls_options", "receiver_context", "sender_context"]


def add_tls_options(parser: CommandParser, *, is_receiver: bool) -> None:
    """Add ``+tls`` and ``+cf`` to a command; a sender may do without a certificate of its own (``+tla``)."""
    parser.add_argument(
        "+tls",
        "--enable-tls",
        nargs=2,
        metavar=("KEY", "CERTIFICATE"),
        help="talk TLS, and show this certificate (PEM); a seat of a room is both",
    )
    if not is_receiver:
        parser.add_argument(
            "+tla", "--anonymous-tls", action="store_true", help="talk TLS, and show no certificate"
        )
    whom = (
        "take calls only from those whose certificate"
        if is_receiver
        else "believe a receiver whose certificate"
    )
    parser.add_argument(
        "+cf",
        "--add-cert-file",
        metavar="FILE",
        action="append",
        default=[],
        help=f"{whom} one in here has signed",
    )


def receiver_context(options: argparse.Namespace) -> ssl.SSLContext | None:
    """Return how a receiver talks TLS; None without.

    Raises
    ------
    UsageError, FileAccessError
        If the options do not belong together, or a file is no key or certificate.
    """
    if options.enable_tls is None:
        _check_without_tls(options)
        return None
    import ssl  # noqa: PLC0415 - without TLS it is a fifth of what a command imports

    context = ssl.create_default_context(ssl.Purpose.CLIENT_AUTH)
    _load(context, options)
    if options.add_cert_file:
        context.verify_mode = ssl.CERT_REQUIRED
    return context


def sender_context(options: argparse.Namespace) -> ssl.SSLContext | None:
    """Return how a sender talks TLS; None without. See `receiver_context`."""
    if options.enable_tls is None and not options.anonymous_tls:
        _check_without_tls(options)
        return None
    import ssl  # noqa: PLC0415 - the same

    # Whoever names a file trusts nobody else; without one, the issuers that this computer trusts.
    context = (
        ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT) if options.add_cert_file else ssl.create_default_context()
    )
    _load(context, options)
    return context


def _check_without_tls(options: argparse.Namespace) -> None:
    if options.add_cert_file:
        raise UsageError(
            "+cf", "says whom to believe under TLS, which is not asked for", "add +tls KEY CERTIFICATE"
        )


def _load(context: ssl.SSLContext, options: argparse.Namespace) -> None:
    for file in options.add_cert_file:
        try:
            context.load_verify_locations(file)
        except OSError as error:  # ssl.SSLError is one, too
            raise _unreadable(file, error, "holds no certificate in PEM") from error
    if options.enable_tls is not None:
        key, certificate = options.enable_tls
        try:
            # No question for a password: nobody may sit at this command.
            context.load_cert_chain(certificate, key, password="")
        except OSError as error:
            raise _unreadable(
                certificate, error, f"and {key} are no certificate with its key in PEM"
            ) from error


def _unreadable(given: str, error: OSError, otherwise: str) -> FileAccessError:
    is_of_the_system = type(error).__name__ != "SSLError"
    problem = f"cannot be read ({reason_of(error)})" if is_of_the_system else otherwise
    return FileAccessError(given, problem, "give files in PEM: +tls KEY CERTIFICATE +cf ISSUER")
