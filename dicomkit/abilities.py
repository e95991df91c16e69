"""What this Python can do: a browser's has no threads, sockets and processes.

Code that needs one of them asks here, so that the decision is made once. Python in a browser (Pyodide) has the modules
``threading``, ``socket`` and ``subprocess``; they fail when they are used, each in its own way.
"""

from __future__ import annotations

import sys

__all__ = ["has_processes", "has_sockets", "has_threads", "in_browser"]


def in_browser() -> bool:
    """Return whether this Python runs in a browser (Pyodide)."""
    return sys.platform == "emscripten"


def has_threads() -> bool:
    """Return whether a thread can be started."""
    return not in_browser()


def has_sockets() -> bool:
    """Return whether a connection can be opened or accepted."""
    return not in_browser()


def has_processes() -> bool:
    """Return whether another program can be started."""
    return not in_browser()
