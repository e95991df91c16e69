"""TLS on the command line, with DCMTK's options."""

from __future__ import annotations

import argparse

from dicomkit.errors import FileAccessError, UsageError, reason_of

TYPE_CHECKING = False
if TYPE_CHECKING:
    import ssl

    from dicomkit.cli.arguments import CommandParser

__all__ = ["add_tls_options", "receiver_context", "sender_context"]


def add_tls_options(parser: CommandParser, *, is_receiver: bool) -> None:
    """Add ``+tls``, ``+cf`` and ``-ic`` to a command; a sender also gets ``+tla``, TLS without a certificate."""
    parser.add_argument(
        "+tls",
        "--enable-tls",
        nargs=2,
        metavar=("KEY", "CERTIFICATE"),
        help="use TLS with this certificate (PEM); a seat of a room contains both",
    )
    if is_receiver:
        parser.set_defaults(anonymous_tls=False)  # a receiver needs a certificate
    else:
        parser.add_argument(
            "+tla", "--anonymous-tls", action="store_true", help="use TLS without a certificate"
        )
    whom = "accept only requestors whose certificate" if is_receiver else "trust a receiver whose certificate"
    parser.add_argument(
        "+cf",
        "--add-cert-file",
        metavar="FILE",
        action="append",
        default=[],
        help=f"{whom} was signed by one in this file",
    )
    _add_peer_certificate_options(parser, is_receiver=is_receiver)


def _add_peer_certificate_options(parser: CommandParser, *, is_receiver: bool) -> None:
    asking = parser.add_mutually_exclusive_group()
    callers = "requestors need a certificate only with +cf"
    asking.add_argument(
        "-rc",
        "--require-peer-cert",
        dest="peer_certificate",
        action="store_const",
        const="required",
        default="required",
        help=f"check the other side's certificate (default{f': {callers}' if is_receiver else ''})",
    )
    if is_receiver:
        asking.add_argument(
            "-vc",
            "--verify-peer-cert",
            dest="peer_certificate",
            action="store_const",
            const="verified",
            help="check a requestor's certificate if it has one",
        )
    asking.add_argument(
        "-ic",
        "--ignore-peer-cert",
        dest="peer_certificate",
        action="store_const",
        const="ignored",
        help="do not check it: the data is encrypted, but the other side may be anyone",
    )


def receiver_context(options: argparse.Namespace) -> ssl.SSLContext | None:
    """Return TLS settings for a receiver; None without TLS.

    Raises
    ------
    UsageError, FileAccessError
        If the options contradict each other, or a file is no key or certificate.
    """
    if options.enable_tls is None:
        _check_without_tls(options)
        return None
    import ssl  # noqa: PLC0415 - without TLS it is a fifth of what a command imports

    context = ssl.create_default_context(ssl.Purpose.CLIENT_AUTH)
    _load(context, options)
    modes = {"required": ssl.CERT_REQUIRED, "verified": ssl.CERT_OPTIONAL, "ignored": ssl.CERT_NONE}
    if options.add_cert_file:
        context.verify_mode = modes[options.peer_certificate]
    return context


def sender_context(options: argparse.Namespace) -> ssl.SSLContext | None:
    """Return TLS settings for a sender; None without TLS. See `receiver_context`."""
    if options.enable_tls is None and not options.anonymous_tls:
        _check_without_tls(options)
        return None
    import ssl  # noqa: PLC0415 - the same

    # With a file, only its issuers are trusted; without one, those of this computer.
    context = (
        ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT) if options.add_cert_file else ssl.create_default_context()
    )
    if options.peer_certificate == "ignored":
        context.check_hostname = False
        context.verify_mode = ssl.CERT_NONE
    _load(context, options)
    return context


def _check_without_tls(options: argparse.Namespace) -> None:
    if options.add_cert_file:
        raise UsageError(
            "+cf", "says whom to trust under TLS, which is not enabled", "add +tls KEY CERTIFICATE"
        )
    if options.peer_certificate != "required":
        raise UsageError(
            "-ic or -vc",
            "is about certificates under TLS, which is not enabled",
            "add +tls KEY CERTIFICATE",
        )


def _load(context: ssl.SSLContext, options: argparse.Namespace) -> None:
    for file in options.add_cert_file:
        try:
            context.load_verify_locations(file)
        except OSError as error:  # ssl.SSLError is one, too
            raise _unreadable(file, error, "holds no certificate in PEM") from error
    if options.enable_tls is not None:
        from pathlib import Path  # noqa: PLC0415 - without TLS, who only calls needs no paths

        key, certificate = options.enable_tls
        for file in (key, certificate):  # OpenSSL does not say which of the two it could not read
            try:
                with Path(file).open("rb"):
                    pass
            except OSError as error:
                raise _unreadable(file, error, "") from error
        try:
            # Do not ask for a password: the command may run unattended.
            context.load_cert_chain(certificate, key, password="")
        except OSError as error:
            raise _unreadable(
                certificate, error, f"and {key} are no certificate with its key in PEM"
            ) from error


def _unreadable(given: str, error: OSError, otherwise: str) -> FileAccessError:
    is_of_the_system = type(error).__name__ != "SSLError"
    problem = f"cannot be read ({reason_of(error)})" if is_of_the_system else otherwise
    return FileAccessError(given, problem, "give files in PEM: +tls KEY CERTIFICATE +cf ISSUER")
