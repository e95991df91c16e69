"""The first word of a verdict in colour, where colours are shown.

The colour is a second sign beside the word, never the only one, and no part of what a check says: a pipe, a file and
whoever sets NO_COLOR (https://no-color.org) get the text alone. The tests set it, so stored outputs hold no colours.
"""

from __future__ import annotations

import os
import sys

from dicomkit.lessons.exercise import Outcome, Verdict

__all__ = ["coloured"]

# Bold, in the colours that a theme chooses (ECMA-48 section 8.3.117, SGR): readable on light and dark.
_COLOURS = {Outcome.TODO: "34", Outcome.PASS: "32", Outcome.RETRY: "31"}


def coloured(verdict: Verdict) -> str:
    """Return what a check prints: the verdict, its first word in colour if the output shows colours."""
    text = str(verdict)
    if not _shows_colours():
        return text
    return f"\x1b[1;{_COLOURS[verdict.outcome]}m{verdict.outcome}\x1b[0m{text.removeprefix(verdict.outcome)}"


def _shows_colours() -> bool:
    """Say whether a terminal or a notebook is at the other end of the output."""
    if os.environ.get("NO_COLOR"):
        return False
    stream = sys.stdout
    return stream.isatty() or type(stream).__module__ == "ipykernel.iostream"
