"""What a command has to say beside its output: one line on stderr, under its name."""

from __future__ import annotations

import sys

from dicomkit.text import escape_terminal

__all__ = ["notice"]


def notice(command: str, line: str) -> None:
    """Print a line on stderr; what a file name or a data set brings into it drives no terminal."""
    print(escape_terminal(f"dicomkit {command}: {line}"), file=sys.stderr, flush=True)
