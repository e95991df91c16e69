"""A process that kills commands whose owner has died.

A killed process, such as a notebook's kernel, cannot end its commands: they would go on, and run a second time after
the next start. So a shell reads from a pipe that only the owner holds. When the owner dies in whatever way, the pipe
is closed, and the shell kills the process groups that were registered.

The command's own process registers itself before it executes the command, and holds the pipe until then. So at no
moment does a command run that the guardian does not know.
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
# Run by the command's process: it writes its process ID to the pipe, which is its stderr, and then executes the command.
_ANNOUNCE = """
trap '' PIPE
echo "+ $$" >&2
trap - PIPE
exec 2>&1
exec "$@"
"""
_SHELL_NAME = re.compile("[A-Za-z_][A-Za-z0-9_]*")  # a shell drops variables with other names


class Guardian:
    """A shell that outlives this process and kills its commands.

    There is none on Windows, where a job ends with its owner, nor on a system without a shell.

    Raises
    ------
    OSError
        If the shell cannot be started.
    """

    def __init__(self) -> None:
        self._process: subprocess.Popen[bytes] | None = None
        self._pipe: IO[bytes] | None = None
        if os.name != "posix":
            return
        with contextlib.suppress(FileNotFoundError, PermissionError):
            # In a session of its own, so that it does not receive Ctrl-C.
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
        """The descriptor for the stderr of a command's process; None without a guardian."""
        return None if self._pipe is None or self._pipe.closed else self._pipe.fileno()

    def announced(self, argv: Sequence[str], environment: Mapping[str, str]) -> list[str]:
        """Return arguments that register a process group and then execute a program in its environment."""
        odd = [f"{name}={value}" for name, value in environment.items() if not _SHELL_NAME.fullmatch(name)]
        return [_SHELL, "-c", _ANNOUNCE, _SHELL, *(["env", *odd] if odd else []), *argv]

    def release(self, group: int) -> None:
        """Unregister a process group that has ended: its ID may be reused."""
        if self._pipe is not None:
            with contextlib.suppress(OSError, ValueError):  # the guardian has ended
                # Shorter than PIPE_BUF, so never mixed with another.
                self._pipe.write(f"- {group}\n".encode("ascii"))

    def close(self) -> None:
        """End the guardian; it kills what is still registered."""
        if self._process is None or self._pipe is None:
            return
        with contextlib.suppress(OSError):
            self._pipe.close()
        self._process.wait()
