"""Check what works on this computer and what does not."""

from __future__ import annotations

import argparse

from dicomkit.cli.arguments import CommandParser
from dicomkit.workshop.copies import workshop_folder
from dicomkit.workshop.examination import Kind, examine, verdict

__all__ = ["make_parser", "run"]


def make_parser() -> CommandParser:
    """Return the parser of ``dicomkit doctor``."""
    parser = CommandParser("doctor", "Say what works on this machine and what does not.")
    parser.add_argument(
        "folder", metavar="FOLDER", nargs="?", help="where the notebooks shall lie (default: dicom-workshop)"
    )
    return parser


def run(options: argparse.Namespace) -> int:
    """Print a line for each check; the exit status is 1 if a lesson could not run."""
    problems = 0
    for finding in examine(workshop_folder(options.folder)):
        problems += finding.kind is Kind.PROBLEM
        print(f"{finding.kind:<8} {finding.text}", flush=True)
    print(verdict(problems) if problems else f"{verdict(0)} Start with: dicomkit lab")
    return 1 if problems else 0
