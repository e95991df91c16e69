"""Whoever ends commands whose owner is no more.

A process that is killed, as a notebook's kernel may be, ends nothing any more: its commands would go on, and run once
more beside themselves at the next start. So a shell waits at the end of a pipe that only the owner holds. When the
owner is gone, however it went, the pipe ends, and the shell ends the process groups that it was told of.

It is the command's own process that tells, before it becomes the command, and it holds the pipe until then. So there is no
moment at which a command runs and the pipe could end without the guardian knowing of it.
"""

from __future__ import annotations

import contextlib
import os
import re
import subprocess
from collections.abc import Mapping, Sequence
from typing import IO

__all__ = ["Guardian"]

_SHELL = "/bin/sh"
_SCRIPT = """
groups=' '
while read -r sign group; do
  case $sign in
    +) groups="$groups$group " ;;
    *) case $groups in *" $group "*) groups="${groups%% $group *} ${groups#* $group }" ;; esac ;;
  esac
done
for group in $groups; do kill -s KILL -- "-$group"; done
"""
# What a command is before it is the command: a process that tells its number. Its stderr is the pipe until it has.
_ANNOUNCE = """
trap '' PIPE
echo "+ $$" >&2
trap - PIPE
exec 2>&1
exec "$@"
"""
_NAME_FOR_A_SHELL = re.compile("[A-Za-z_][A-Za-z0-9_]*")  # it passes on no variable of another name


class Guardian:
    """A process that outlives this one by a moment. On Windows there is none: a job ends with its owner there.

    Without a shell there is none either, and commands run all the same.

    Raises
    ------
    OSError
        If the system starts nothing just now.
    """

    def __init__(self) -> None:
        self._process: subprocess.Popen[bytes] | None = None
        self._pipe: IO[bytes] | None = None
        if os.name != "posix":
            return
        with contextlib.suppress(FileNotFoundError, PermissionError):
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

    @property
    def pipe(self) -> int | None:
        """The descriptor that a command's process has to have as its stderr; None if nobody watches."""
        return None if self._pipe is None or self._pipe.closed else self._pipe.fileno()

    def announced(self, argv: Sequence[str], environment: Mapping[str, str]) -> list[str]:
        """Return what to run so that a program, the leader of its own group, is watched before it begins.

        Parameters
        ----------
        argv
            The program and its arguments.
        environment
            Its environment.
        """
        odd = [
            f"{name}={value}" for name, value in environment.items() if not _NAME_FOR_A_SHELL.fullmatch(name)
        ]
        return [_SHELL, "-c", _ANNOUNCE, _SHELL, *(["env", *odd] if odd else []), *argv]

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
