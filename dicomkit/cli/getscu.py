"""Retrieve from an archive on the same association: ``dicomkit getscu``."""

from __future__ import annotations

import argparse

from dicomkit.cli.arguments import CommandParser
from dicomkit.cli.query_arguments import (
    add_output_directory,
    add_query_arguments,
    call_from,
    keys_from,
    print_outcome,
)

__all__ = ["make_parser", "run"]

_HELP = """\
retrieves instances from an archive on the association of the request (C-GET), and stores them as
scp_<StudyInstanceUID>/<SOPInstanceUID>.dcm.

  dicomkit getscu -S -k QueryRetrieveLevel=STUDY -k StudyInstanceUID=1.2.3 -od DIR HOST PORT

Exit status 0 means that all matching instances arrived, even if nothing matches."""


def make_parser() -> CommandParser:
    """Return the parser of this command's options."""
    parser = CommandParser("getscu", _HELP)
    add_query_arguments(parser, ["patient", "study"], "patient")
    add_output_directory(parser, "an existing folder to write to")
    return parser


def run(options: argparse.Namespace) -> int:
    """Retrieve; return 0 if all instances arrived."""
    from dicomkit.network import get  # noqa: PLC0415 - pydicom and pynetdicom take a while to import

    call = call_from(options)
    is_complete = True
    for keys in keys_from(options):
        report = get(keys, folder=options.output_directory, **call)
        is_complete &= print_outcome("getscu", report, verbose=options.verbose)
    return 0 if is_complete else 1
