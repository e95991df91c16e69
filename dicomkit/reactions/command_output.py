"""Read the output of a command until the command ends, not until the pipe is closed.

A command may leave a child in the background that keeps the pipe open for days; waiting for the end of the output
would mean waiting for that child.
"""

from __future__ import annotations

import contextlib
import os
import select
import subprocess
import threading
from typing import IO

__all__ = ["OUTPUT_LIMIT_BYTES", "CommandOutput"]

OUTPUT_LIMIT_BYTES = 64 * 1024
_READ_BYTES = 64 * 1024
_JOIN_S = 1.0  # on Windows: how long to wait for the rest of the output after the command has ended


class CommandOutput:
    """Keep the beginning of a command's output and discard the rest, in a thread.

    Raises
    ------
    OSError
        If no pipe can be made; so make this object before the command is started.
    """

    def __init__(self) -> None:
        self._stream: IO[bytes] | None = None
        self._kept = bytearray()
        self._wake_read, self._wake_write = os.pipe()
        self._has_ended = threading.Event()
        self._reader: threading.Thread | None = None

    def follow(self, process: subprocess.Popen[bytes]) -> None:
        """Read the output of a command that was started with a pipe.

        Raises
        ------
        RuntimeError
            If no thread can be started.
        """
        self._stream = process.stdout
        reader = threading.Thread(target=self._read, name="dicomkit-output", daemon=True)
        reader.start()
        self._reader = reader

    def finish(self) -> bytes:
        """Return the beginning of the output, after the command has ended."""
        self._has_ended.set()
        os.close(self._wake_write)
        if self._reader is not None:
            self._reader.join(None if os.name != "nt" else _JOIN_S)
        os.close(self._wake_read)
        return bytes(self._kept)

    @property
    def _output(self) -> int:
        assert self._stream is not None  # noqa: S101 - it was started with a pipe
        return self._stream.fileno()

    def _read(self) -> None:
        with contextlib.suppress(OSError, ValueError):  # closed by another thread
            while self._waits_for_output():
                chunk = os.read(self._output, _READ_BYTES)
                if not chunk:
                    return
                # Endless output takes no memory.
                self._kept += chunk[: OUTPUT_LIMIT_BYTES - len(self._kept)]

    def _waits_for_output(self) -> bool:
        """Wait for output; return False once the command has ended and all has been read."""
        if os.name == "nt":
            return True  # no select for pipes: the read blocks, and ends with the job
        if self._output not in select.select([self._output, self._wake_read], [], [])[0]:
            return False
        # After the command, children may print for ever: stop at the limit.
        return not self._has_ended.is_set() or len(self._kept) < OUTPUT_LIMIT_BYTES
