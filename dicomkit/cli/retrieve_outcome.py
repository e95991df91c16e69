"""The outcome of a C-GET or C-MOVE, as ``getscu`` and ``movescu`` print it."""

from __future__ import annotations

import sys
from typing import TYPE_CHECKING

from dicomkit.text import escape_terminal

if TYPE_CHECKING:
    from dicomkit.network import RetrieveReport

__all__ = ["print_outcome"]


def print_outcome(command: str, report: RetrieveReport, *, verbose: bool) -> bool:
    """Print the outcome of a retrieval that failed, or of any with `verbose`; return whether it completed.

    Parameters
    ----------
    command
        The command that prints it.
    report
        What `get` or `move` returned. One that was cancelled has not failed.
    verbose
        Whether to print a success, too.
    """
    is_fine = report.explained.family in {"success", "cancel"}
    if not is_fine or verbose:
        lines = escape_terminal(str(report), keep="\n")
        print(f"{command}: {lines}", file=sys.stdout if is_fine else sys.stderr)
    return is_fine
