"""Check that a receiver answers (C-ECHO): ``dicomkit echoscu``."""

from __future__ import annotations

import argparse

from dicomkit.cli.arguments import CommandParser, add_receiver
from dicomkit.cli.tls_arguments import add_tls_options, sender_context

__all__ = ["make_parser", "run"]


def make_parser() -> CommandParser:
    """Return the parser of this command's options."""
    parser = CommandParser("echoscu", "asks a receiver whether it is there (C-ECHO)")
    parser.add_argument("-v", "--verbose", action="store_true", help="say what happened")
    add_tls_options(parser, is_receiver=False)
    add_receiver(parser)
    return parser


def run(options: argparse.Namespace) -> int:
    """Send a C-ECHO; return 0 if it was answered with success."""
    from dicomkit.network import TimeOuts, WaitLine, echo  # noqa: PLC0415 - pydicom and pynetdicom take a while to import

    echo(
        options.host,
        options.port,
        called_ae_title=options.call,
        calling_ae_title=options.aetitle,
        ssl_context=sender_context(options),
        time_outs=TimeOuts(tell_after_s=1.0) if options.verbose else TimeOuts(),
        on_wait=WaitLine("echoscu: "),
    )
    if options.verbose:
        print(f"echoscu: {options.call} at {options.host} port {options.port} answered")
    return 0
