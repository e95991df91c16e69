"""Notices of a command: one line each on stderr, under its name."""

from __future__ import annotations

import sys

from dicomkit.text import escape_terminal

__all__ = ["notice"]


def notice(command: str, line: str) -> None:
    """Print a line on stderr; control characters from a file name or a data set are escaped."""
    print(escape_terminal(f"dicomkit {command}: {line}"), file=sys.stderr, flush=True)
