"""The running commands of one owner, each with its child processes."""

from __future__ import annotations

import contextlib
import os
import subprocess
import threading

from dicomkit.reactions.guardian import Guardian
from dicomkit.reactions.process_tree import GroupTree, JobTree

__all__ = ["RunningCommand", "RunningCommands"]


class RunningCommand:
    """A running program, and the tree of its child processes."""

    def __init__(self, process: subprocess.Popen[bytes], tree: GroupTree | JobTree) -> None:
        self.process = process
        self._tree = tree
        self._lock = threading.Lock()
        self._reaped = False
        self.group = process.pid
        self.stopped_because: str | None = None

    def stop(self, reason: str) -> None:
        """Kill the program and its child processes; `reason` is for the result's `error`."""
        with self._lock:
            if self._reaped:
                return  # its process ID may have been reused
            self.stopped_because = reason
            self._tree.end()

    def wait(self) -> int:
        """Wait for the program, kill what it left behind, and return its exit status."""
        if hasattr(os, "waitid"):
            # Without reaping: the process ID cannot be reused until the group has been killed.
            with contextlib.suppress(ChildProcessError):  # if the host program ignores SIGCHLD
                os.waitid(os.P_PID, self.process.pid, os.WEXITED | os.WNOWAIT)
        else:
            self.process.wait()  # Windows: the handle keeps the process ID from being reused
        with self._lock:
            self._tree.end()
            self._reaped = True
            status = self.process.wait()
            self._tree.close()
            return status


class RunningCommands:
    """A registry of running commands, with which their owner can kill all of them and prevent further ones.

    ``stopped_because`` says why no command may start any more; None if it may.
    """

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._commands: set[RunningCommand] = set()
        self.stopped_because: str | None = None
        self._guardian: Guardian | None = None

    def guardian(self) -> Guardian:
        """Return the guardian of the commands."""
        with self._lock:
            if self._guardian is None:
                self._guardian = Guardian()
            return self._guardian

    def add(self, command: RunningCommand) -> None:
        """Add a command that has just been started."""
        with self._lock:
            self._commands.add(command)
            reason = self.stopped_because
        if reason is not None:
            command.stop(reason)

    def discard(self, command: RunningCommand) -> None:
        """Remove a command that has ended."""
        with self._lock:
            self._commands.discard(command)
            if self._guardian is not None:
                self._guardian.release(command.group)

    def stop_all(self, reason: str) -> None:
        """Kill all commands, and each later one as soon as it is added; `reason` is for the results' `error`."""
        with self._lock:
            self.stopped_because = reason
            commands = list(self._commands)
        for command in commands:
            command.stop(reason)

    def close(self) -> None:
        """End the guardian, after all commands have ended."""
        with self._lock:
            guardian, self._guardian = self._guardian, None
        if guardian is not None:
            guardian.close()
