"""Whoever ends commands whose owner is no more.

A process that is killed, as a notebook's kernel may be, ends nothing any more: its commands would go on, and run once
more beside themselves at the next start. So a shell waits at the end of a pipe that only the owner holds. When the
owner is gone, however it went, the pipe ends, and the shell ends the process groups that it was told of.
"""

from __future__ import annotations

import contextlib
import os
import subprocess
from typing import IO

__all__ = ["Guardian"]

_SHELL = "/bin/sh"
_SCRIPT = """
groups=' '
while read -r sign group; do
  case $sign in
    +) groups="$groups$group " ;;
    *) groups="${groups%% $group *} ${groups#* $group }" ;;
  esac
done
for group in $groups; do kill -s KILL -- "-$group"; done
"""


class Guardian:
    """A process that outlives this one by a moment. On Windows there is none: a job ends with its owner there.

    Without a shell there is none either, and commands run all the same.
    """

    def __init__(self) -> None:
        self._process: subprocess.Popen[bytes] | None = None
        self._pipe: IO[bytes] | None = None
        if os.name != "posix":
            return
        with contextlib.suppress(OSError):
            # A session of its own: what is typed in the terminal, Ctrl-C above all, is not for it.
            self._process = subprocess.Popen(  # noqa: S603 - a fixed script
                [_SHELL, "-c", _SCRIPT],
                stdin=subprocess.PIPE,
                stdout=subprocess.DEVNULL,
                stderr=subprocess.DEVNULL,
                bufsize=0,
                cwd="/",
                start_new_session=True,
            )
            self._pipe = self._process.stdin

    def watch(self, group: int) -> None:
        """Let this process group end with us."""
        self._tell(f"+ {group}\n")

    def release(self, group: int) -> None:
        """Forget a process group: it has ended, and its number may be somebody else's soon."""
        self._tell(f"- {group}\n")

    def close(self) -> None:
        """Send it home; what it still watches is ended."""
        if self._process is None or self._pipe is None:
            return
        with contextlib.suppress(OSError):
            self._pipe.close()
        self._process.wait()

    def _tell(self, line: str) -> None:
        if self._pipe is not None:
            with contextlib.suppress(OSError, ValueError):  # somebody has ended it, or it was sent home
                self._pipe.write(line.encode("ascii"))  # shorter than PIPE_BUF, so never mixed with another
