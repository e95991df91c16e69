"""What ``getscu`` and ``movescu`` say when an archive has answered for the last time."""

from __future__ import annotations

import sys
from typing import TYPE_CHECKING

from dicomkit.text import escape_terminal

if TYPE_CHECKING:
    from dicomkit.network import RetrieveReport

__all__ = ["tell_outcome"]


def tell_outcome(command: str, report: RetrieveReport, *, verbose: bool) -> bool:
    """Print how a retrieval ended if it failed or that was asked for; return whether it went to its end.

    Parameters
    ----------
    command
        Whose line it is.
    report
        What `get` or `move` returned. One that was cancelled has not failed.
    verbose
        Whether to print what went well, too.
    """
    is_fine = report.explained.family in {"success", "cancel"}
    if not is_fine or verbose:
        lines = escape_terminal(str(report), keep="\n")
        print(f"{command}: {lines}", file=sys.stdout if is_fine else sys.stderr)
    return is_fine
