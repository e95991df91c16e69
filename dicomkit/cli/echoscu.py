"""Ask a receiver whether it is there: ``dicomkit echoscu``."""

from __future__ import annotations

import argparse

from dicomkit.cli.arguments import CommandParser, ae_title, port_number

__all__ = ["make_parser", "run"]


def make_parser() -> CommandParser:
    """Return the parser of this command's options."""
    parser = CommandParser("echoscu", "asks a receiver whether it is there (C-ECHO)")
    parser.add_argument("-v", "--verbose", action="store_true", help="say what happened")
    parser.add_argument(
        "-aet",
        "--aetitle",
        type=ae_title,
        default="DICOMKIT",
        metavar="TITLE",
        help="my AE title (default: %(default)s)",
    )
    parser.add_argument(
        "-aec",
        "--call",
        type=ae_title,
        default="DICOMKIT",
        metavar="TITLE",
        help="AE title of the receiver (default: %(default)s)",
    )
    parser.add_argument("host", metavar="HOST", help="name or address of the receiver")
    parser.add_argument("port", metavar="PORT", type=port_number, help="its port")
    return parser


def run(options: argparse.Namespace) -> int:
    """Ask, and return 0 if the answer was yes."""
    from dicomkit.network import TimeOuts, WaitLine, echo  # noqa: PLC0415 - pydicom and pynetdicom take a while to import

    echo(
        options.host,
        options.port,
        called_ae_title=options.call,
        calling_ae_title=options.aetitle,
        time_outs=TimeOuts(tell_after_s=1.0) if options.verbose else TimeOuts(),
        on_wait=WaitLine("echoscu: "),
    )
    if options.verbose:
        print(f"echoscu: {options.call} at {options.host} port {options.port} answered")
    return 0
