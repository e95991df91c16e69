"""Retrieve from an archive on the same association: ``dicomkit getscu``."""

from __future__ import annotations

import argparse

from dicomkit.cli.arguments import CommandParser
from dicomkit.cli.query_arguments import add_query_arguments, keys_from
from dicomkit.cli.retrieve_outcome import print_outcome
from dicomkit.cli.tls_arguments import sender_context

__all__ = ["make_parser", "run"]

_HELP = """\
retrieves instances from an archive on the association of the request (C-GET), and stores them as
scp_<StudyInstanceUID>/<SOPInstanceUID>.dcm.

  dicomkit getscu -S -k QueryRetrieveLevel=STUDY -k StudyInstanceUID=1.2.3 -od DIR HOST PORT

Exit status 0 means that all matching instances arrived, even if nothing matches."""
_STATUS_FAILED = 1


def make_parser() -> CommandParser:
    """Return the parser of this command's options."""
    parser = CommandParser("getscu", _HELP)
    add_query_arguments(parser, ["patient", "study"], "patient")
    parser.add_argument(
        "-od",
        "--output-directory",
        metavar="DIR",
        default=".",
        help="an existing folder to write to (default: this one)",
    )
    return parser


def run(options: argparse.Namespace) -> int:
    """Retrieve; return 0 if all instances arrived."""
    from dicomkit.network import get  # noqa: PLC0415 - pydicom and pynetdicom take a while to import

    ssl_context = sender_context(options)
    is_complete = True
    for keys in keys_from(options):
        report = get(
            keys,
            options.host,
            options.port,
            folder=options.output_directory,
            model=options.model,
            called_ae_title=options.call,
            calling_ae_title=options.aetitle,
            limit=options.cancel,
            ssl_context=ssl_context,
        )
        is_complete &= print_outcome("getscu", report, verbose=options.verbose)
    return 0 if is_complete else _STATUS_FAILED
