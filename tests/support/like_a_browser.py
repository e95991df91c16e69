"""Remove from Python what is missing in a browser: for a separate process, before anything else is imported.

What fails, and how, is what Pyodide 0.27 does: threads, sockets and processes fail when they are used, and some modules
are not there at all.
"""

from __future__ import annotations

import importlib.abc
import os
import socket
import subprocess
import sys
import sysconfig
import threading
from collections.abc import Sequence
from pathlib import Path
from types import ModuleType

ROOT = Path(__file__).resolve().parents[2]
MISSING = {
    "_multiprocessing",
    "_posixsubprocess",
    "_ssl",
    "curses",
    "fcntl",
    "grp",
    "pwd",
    "resource",
    "ssl",
    "termios",
    "watchfiles",
}


class _Absent(importlib.abc.MetaPathFinder):
    def __init__(self, missing: set[str]) -> None:
        self._missing = missing

    def find_spec(self, name: str, _path: Sequence[str] | None, _target: ModuleType | None = None) -> None:
        if name.partition(".")[0] in self._missing:
            message = f"No module named {name!r}"
            raise ModuleNotFoundError(message, name=name)


def take_away(*kept: str) -> None:
    """Take them away, in this process and for good.

    Parameters
    ----------
    kept
        Modules that Pyodide has as packages of their own.
    """
    missing = MISSING - set(kept)
    for name in [name for name in sys.modules if name.partition(".")[0] in missing]:
        del sys.modules[name]
    sys.meta_path.insert(0, _Absent(missing))
    sysconfig.get_config_vars()  # kept by it: there are none of this Python under another platform's name
    sys.platform = "emscripten"

    def no_thread(*_: object, **__: object) -> None:
        message = "can't start new thread"
        raise RuntimeError(message)

    def no_process(*_: object, **__: object) -> None:
        raise OSError(138, "emscripten does not support processes.")

    def no_way(*_: object, **__: object) -> None:
        raise OSError(23, "Host is unreachable")

    threading.Thread.start = no_thread  # type: ignore[method-assign]
    subprocess.Popen.__init__ = no_process  # type: ignore[method-assign]
    del socket.SO_REUSEADDR, socket.socketpair, os.link
    socket.socket.connect = socket.socket.bind = no_way  # type: ignore[assignment, method-assign]
    os.fork = no_process  # type: ignore[assignment]


def run_like_a_browser(code: str, *kept: str) -> str:
    """Run code in such a Python, and return what it prints."""
    prelude = f"from tests.support.like_a_browser import take_away\ntake_away(*{kept!r})\n"
    done = subprocess.run(
        [sys.executable, "-c", prelude + code],
        cwd=ROOT,
        capture_output=True,
        text=True,
        timeout=120,
        check=False,
    )
    assert done.returncode == 0, done.stderr
    return done.stdout
