"""The first word of a verdict in colour, where colours are shown.

The colour only repeats what the word says. A pipe, a file and an environment with NO_COLOR (https://no-color.org) get
plain text. The tests set NO_COLOR, so stored outputs contain no colours.
"""

from __future__ import annotations

import os
import sys

from dicomkit.lessons.exercise import Outcome, Verdict

__all__ = ["coloured"]

# Bold, in colours of the theme (ECMA-48 section 8.3.117, SGR): readable on light and dark backgrounds.
_COLOURS = {Outcome.TODO: "34", Outcome.PASS: "32", Outcome.RETRY: "31"}


def coloured(verdict: Verdict) -> str:
    """Return the text of a verdict, with its first word in colour if the output shows colours."""
    text = str(verdict)
    if not _shows_colours():
        return text
    return f"\x1b[1;{_COLOURS[verdict.outcome]}m{verdict.outcome}\x1b[0m{text.removeprefix(verdict.outcome)}"


def _shows_colours() -> bool:
    """Return whether the output is a terminal or a notebook."""
    if os.environ.get("NO_COLOR"):
        return False
    stream = sys.stdout
    return stream.isatty() or type(stream).__module__ == "ipykernel.iostream"
