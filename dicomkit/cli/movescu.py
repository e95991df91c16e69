"""Have an archive send to another AE, or back to here: ``dicomkit movescu``."""

from __future__ import annotations

import argparse
import contextlib
from typing import TYPE_CHECKING

from dicomkit.cli.arguments import CommandParser, ae_title, port_number
from dicomkit.cli.query_arguments import (
    add_output_directory,
    add_query_arguments,
    call_from,
    keys_from,
    print_outcome,
)
from dicomkit.cli.tls_arguments import receiver_context
from dicomkit.errors import UsageError

if TYPE_CHECKING:
    import ssl

__all__ = ["make_parser", "run"]

_HELP = """\
has an archive send instances to an AE title that it knows (C-MOVE).

  dicomkit movescu -S -aem WORKSTATION -k QueryRetrieveLevel=STUDY -k StudyInstanceUID=1.2.3 HOST PORT

Without -aem the destination is my own AE title: then +P gives the port to receive on, which the archive must know.
With +tls, this side also receives under TLS, with the same certificate.

Exit status 0 means that all matching instances were sent, even if nothing matches."""


def make_parser() -> CommandParser:
    """Return the parser of this command's options."""
    parser = CommandParser("movescu", _HELP)
    add_query_arguments(parser, ["patient", "study"], "patient")
    parser.add_argument(
        "-aem",
        "--move",
        type=ae_title,
        metavar="TITLE",
        help="AE title of the destination (default: my own AE title)",
    )
    parser.add_argument(
        "+P",
        "--port",
        dest="own_port",
        type=port_number,
        metavar="PORT",
        help="receive the instances on this port",
    )
    add_output_directory(parser, "an existing folder for what is received with +P")
    return parser


def run(options: argparse.Namespace) -> int:
    """Request the retrieval; return 0 if all instances were sent."""
    from dicomkit.network import StorageSCP, move  # noqa: PLC0415 - pydicom and pynetdicom take a while to import

    call = call_from(options)
    is_complete = True
    with contextlib.ExitStack() as stack:
        scp = None
        if options.own_port is not None:
            scp = StorageSCP(
                options.output_directory,
                ae_title=options.aetitle,
                any_called_ae_title=True,
                port=options.own_port,
                ssl_context=_own_context(options),
            )
            stack.enter_context(scp)
        for keys in keys_from(options):
            report = move(keys, destination=options.move or options.aetitle, **call)
            is_complete &= print_outcome("movescu", report, verbose=options.verbose)
        if scp is not None:
            scp.check()
    return 0 if is_complete else 1


def _own_context(options: argparse.Namespace) -> ssl.SSLContext | None:
    """Return TLS settings for the own receiver: the same as for the archive."""
    if options.anonymous_tls and options.enable_tls is None:
        raise UsageError(
            "+P with +tla", "a receiver needs a certificate for TLS", "give +tls KEY CERTIFICATE"
        )
    return receiver_context(options)
