"""The commands that run now: each with all that it has started, and all of them in their owner's hand."""

from __future__ import annotations

import contextlib
import os
import subprocess
import threading

from dicomkit.reactions.guardian import Guardian
from dicomkit.reactions.process_tree import GroupTree, JobTree

__all__ = ["RunningCommand", "RunningCommands"]


class RunningCommand:
    """One started program together with everything that it starts.

    Parameters
    ----------
    process
        The program.
    tree
        It and all that it starts.
    """

    def __init__(self, process: subprocess.Popen[bytes], tree: GroupTree | JobTree) -> None:
        self.process = process
        self._tree = tree
        self._lock = threading.Lock()
        self._reaped = False
        self.group = process.pid
        self.stopped_because: str | None = None

    def stop(self, reason: str) -> None:
        """End all of it now.

        Parameters
        ----------
        reason
            Why, for the result's `error`.
        """
        with self._lock:
            if self._reaped:
                return  # its process id may already belong to somebody else
            self.stopped_because = reason
            self._tree.end()

    def wait(self) -> int:
        """Wait for the program, end what it left behind, and return its exit status."""
        if hasattr(os, "waitid"):
            # Looks without reaping: until the group is dealt with, nobody else can get this process id.
            with contextlib.suppress(ChildProcessError):  # a host program may ignore SIGCHLD
                os.waitid(os.P_PID, self.process.pid, os.WEXITED | os.WNOWAIT)
        else:
            self.process.wait()  # Windows: the handle keeps the process id from being given again
        with self._lock:
            self._tree.end()
            self._reaped = True
            status = self.process.wait()
            self._tree.close()
            return status


class RunningCommands:
    """The commands that run now, so that their owner can end all of them and none can start after."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._commands: set[RunningCommand] = set()
        self._stopped_because: str | None = None
        self._guardian: Guardian | None = None

    def guardian(self) -> Guardian:
        """Return who watches over the commands, from before each one starts."""
        with self._lock:
            if self._guardian is None:
                self._guardian = Guardian()
            return self._guardian

    def add(self, command: RunningCommand) -> None:
        """Enter a command that has just been started."""
        with self._lock:
            self._commands.add(command)
            reason = self._stopped_because
        if reason is not None:
            command.stop(reason)

    def discard(self, command: RunningCommand) -> None:
        """Forget a command that has ended."""
        with self._lock:
            self._commands.discard(command)
            if self._guardian is not None:
                self._guardian.release(command.group)

    @property
    def stopped_because(self) -> str | None:
        """Return why nothing may start any more, or None."""
        return self._stopped_because

    def stop_all(self, reason: str) -> None:
        """End every command now, and every later one as soon as it is entered.

        Parameters
        ----------
        reason
            Why, for the results' `error`.
        """
        with self._lock:
            self._stopped_because = reason
            commands = list(self._commands)
        for command in commands:
            command.stop(reason)

    def close(self) -> None:
        """Give back what watches over the commands, once all have ended."""
        with self._lock:
            guardian, self._guardian = self._guardian, None
        if guardian is not None:
            guardian.close()
