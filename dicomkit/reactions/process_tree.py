"""A program with all its child processes, which can be killed together.

POSIX systems have process groups for this, Windows has jobs. Killing only the program would leave its children running:
a script would end, and the converter that it had started would go on.
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
_KILL_ON_CLOSE = struct.pack("@qqINNINII6Q4N", 0, 0, 0x2000, *[0] * 16)


class GroupTree:
    """A process group with the program as its leader."""

    def __init__(self, process: subprocess.Popen[bytes]) -> None:
        self._process = process

    def end(self) -> None:
        """Kill the group. Call it only before the program is waited for; afterwards its process ID may be reused."""
        # macOS raises PermissionError if only zombies are left in the group.
        with contextlib.suppress(ProcessLookupError, PermissionError):
            os.killpg(self._process.pid, signal.SIGKILL)

    def close(self) -> None:
        """Wait for orphans, after the program has been waited for.

        Only process 1 of a container has any: it adopts orphans and has to wait for them, or they stay zombies.
        """
        with contextlib.suppress(ChildProcessError):
            while True:
                os.waitpid(-self._process.pid, 0)


class JobTree:
    """A Windows job, which a program and its child processes cannot leave.

    `kernel` has the functions of kernel32; tests pass fakes.
    """

    def __init__(self, process: subprocess.Popen[bytes], kernel: Any) -> None:  # noqa: ANN401 - ctypes has no types
        self._process = process
        self._kernel = kernel
        self._job = kernel.CreateJobObjectW(None, None)
        if self._job:
            # The job ends with its last handle, which this process holds, even if it is killed.
            kernel.SetInformationJobObject(self._job, _EXTENDED_LIMITS, _KILL_ON_CLOSE, len(_KILL_ON_CLOSE))
        self._holds = bool(self._job) and bool(
            kernel.AssignProcessToJobObject(self._job, int(getattr(process, "_handle", 0)))
        )

    def end(self) -> None:
        """Kill everything in the job; without a job, kill the program."""
        if self._holds and self._kernel.TerminateJobObject(self._job, 1):
            return
        with contextlib.suppress(OSError):  # it has already ended
            self._process.kill()

    def close(self) -> None:
        """Close the job, after the program has been waited for; this kills what is left in it."""
        job, self._job = self._job, None
        self._holds = False
        if job:
            self._kernel.CloseHandle(job)


def start_tree(
    argv: Sequence[str], *, stdin: IO[bytes], environment: Mapping[str, str], guardian: Guardian
) -> tuple[subprocess.Popen[bytes], GroupTree | JobTree]:
    """Start a program in a tree of its own, registered with the guardian, with stdout and stderr in one pipe.

    Raises
    ------
    OSError
        If it cannot be started.
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
    """Raise the error of starting a program: the process that registers it could only print it."""
    path = environment.get("PATH", os.defpath)
    found = program if os.path.dirname(program) else shutil.which(program, path=path)  # noqa: PTH120 - a str
    if found is None or not os.path.exists(found):  # noqa: PTH110 - the same
        raise FileNotFoundError(errno.ENOENT, os.strerror(errno.ENOENT))
    if os.path.isdir(found) or not os.access(found, os.X_OK):  # noqa: PTH112 - the same
        raise PermissionError(errno.EACCES, os.strerror(errno.EACCES))
