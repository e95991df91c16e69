"""A program and everything that it starts, so that all of it can be ended at once.

POSIX systems have process groups for this, Windows has jobs. Ending a program alone would leave its children
running: a script that was ended in the middle, and the converter that it had started still at work.
"""

from __future__ import annotations

import contextlib
import errno
import os
import shutil
import signal
import struct
import subprocess
import sys
from collections.abc import Mapping, Sequence
from typing import IO, Any

from dicomkit.reactions.guardian import Guardian

__all__ = ["GroupTree", "JobTree", "start_tree"]

# JOBOBJECT_EXTENDED_LIMIT_INFORMATION of winnt.h, with JOB_OBJECT_LIMIT_KILL_ON_JOB_CLOSE and nothing else.
_EXTENDED_LIMITS = 9
_ENDS_WITH_US = struct.pack("@qqINNINII6Q4N", 0, 0, 0x2000, *[0] * 16)


class GroupTree:
    """A process group, led by the program.

    Parameters
    ----------
    process
        The program, started as the leader of its own group.
    """

    def __init__(self, process: subprocess.Popen[bytes]) -> None:
        self._process = process

    def end(self) -> None:
        """End the whole group now. Only while the program has not been waited for: its number is then its own."""
        # macOS answers PermissionError where only a finished process is left in the group.
        with contextlib.suppress(ProcessLookupError, PermissionError):
            os.killpg(self._process.pid, signal.SIGKILL)

    def close(self) -> None:
        """Give back what the system keeps for the tree, once the program has been waited for.

        Process 1 of a container is handed the orphans: it has to wait for them too, or they stay as zombies. Anybody
        else has no child in the group any more.
        """
        with contextlib.suppress(ChildProcessError):
            while True:
                os.waitpid(-self._process.pid, 0)


class JobTree:
    """A job of Windows, which a program and all that it starts cannot leave.

    Parameters
    ----------
    process
        The program.
    kernel
        The functions of kernel32; tests hand in others.
    """

    def __init__(self, process: subprocess.Popen[bytes], kernel: Any) -> None:  # noqa: ANN401 - ctypes has no types
        self._process = process
        self._kernel = kernel
        self._job = kernel.CreateJobObjectW(None, None)
        if self._job:
            # Then the job ends with its last handle, which is ours: also if this process is killed.
            kernel.SetInformationJobObject(self._job, _EXTENDED_LIMITS, _ENDS_WITH_US, len(_ENDS_WITH_US))
        self._holds = bool(self._job) and bool(
            kernel.AssignProcessToJobObject(self._job, int(getattr(process, "_handle", 0)))
        )

    def end(self) -> None:
        """End everything in the job; where the system gave us none, end at least the program."""
        if self._holds and self._kernel.TerminateJobObject(self._job, 1):
            return
        with contextlib.suppress(OSError):  # it has ended already
            self._process.kill()

    def close(self) -> None:
        """Give the job back, once the program has been waited for. What is still in it ends."""
        job, self._job = self._job, None
        self._holds = False
        if job:
            self._kernel.CloseHandle(job)


def start_tree(
    argv: Sequence[str], *, stdin: IO[bytes], environment: Mapping[str, str], guardian: Guardian
) -> tuple[subprocess.Popen[bytes], GroupTree | JobTree]:
    """Start a program with a tree of its own, its stdout and stderr in one pipe, and watched by the guardian.

    Raises
    ------
    OSError
        If the system cannot start it.
    ValueError
        If an argument or a value of the environment holds a NUL.
    """
    pipe = guardian.pipe
    if pipe is not None:
        _check_program(argv[0], environment)
        argv = guardian.announced(argv, environment)
    process = subprocess.Popen(  # noqa: S603 - the program is the user's own choice; no shell sees a value of a sender
        argv,
        stdin=stdin,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT if pipe is None else pipe,
        env=dict(environment),
        start_new_session=True,
    )
    if sys.platform == "win32":
        import ctypes  # noqa: PLC0415 - only Windows has jobs

        kernel = ctypes.windll.kernel32
        kernel.CreateJobObjectW.restype = ctypes.c_void_p
        kernel.SetInformationJobObject.argtypes = [
            ctypes.c_void_p,
            ctypes.c_int,
            ctypes.c_char_p,
            ctypes.c_uint,
        ]
        kernel.AssignProcessToJobObject.argtypes = [ctypes.c_void_p, ctypes.c_void_p]
        kernel.TerminateJobObject.argtypes = [ctypes.c_void_p, ctypes.c_uint]
        kernel.CloseHandle.argtypes = [ctypes.c_void_p]
        return process, JobTree(process, kernel)
    return process, GroupTree(process)


def _check_program(program: str, environment: Mapping[str, str]) -> None:
    """Raise what starting the program would raise: the process that announces it can only print that."""
    path = environment.get("PATH", os.defpath)
    found = program if os.path.dirname(program) else shutil.which(program, path=path)  # noqa: PTH120 - a text
    if found is None or not os.path.exists(found):  # noqa: PTH110 - the same
        raise FileNotFoundError(errno.ENOENT, os.strerror(errno.ENOENT))
    if os.path.isdir(found) or not os.access(found, os.X_OK):  # noqa: PTH112 - the same
        raise PermissionError(errno.EACCES, os.strerror(errno.EACCES))
