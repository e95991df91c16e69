"""Read what a command prints until the command has ended: not until its output has.

A command may leave a child in the background that holds the output open for days. Whoever waited for the end of
the output would wait for that child.
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
_LAST_WORDS_S = 1.0  # on Windows: how long the end of the output is waited for once the command has ended


class CommandOutput:
    """Keep the start of what a command prints and read the rest away, in a thread of its own.

    Raises
    ------
    OSError
        If the system has no pipe to give. So it is asked before the command is started.
    """

    def __init__(self) -> None:
        self._stream: IO[bytes] | None = None
        self._kept = bytearray()
        self._wake_read, self._wake_write = os.pipe()
        self._has_ended = threading.Event()
        self._reader: threading.Thread | None = None

    def follow(self, process: subprocess.Popen[bytes]) -> None:
        """Read what a command with a pipe for its output prints, from now on.

        Raises
        ------
        RuntimeError
            If the system has no thread to give.
        """
        self._stream = process.stdout
        reader = threading.Thread(target=self._read, name="dicomkit-output", daemon=True)
        reader.start()
        self._reader = reader

    def finish(self) -> bytes:
        """Return the start of the output, once the command has ended; whoever holds the pipe is not waited for."""
        self._has_ended.set()
        os.close(self._wake_write)
        if self._reader is not None:
            self._reader.join(None if os.name != "nt" else _LAST_WORDS_S)
        os.close(self._wake_read)
        return bytes(self._kept)

    @property
    def _output(self) -> int:
        assert self._stream is not None  # noqa: S101 - it was started with a pipe
        return self._stream.fileno()

    def _read(self) -> None:
        with contextlib.suppress(OSError, ValueError):  # closed under our hands
            while self._waits_for_output():
                chunk = os.read(self._output, _READ_BYTES)
                if not chunk:
                    return
                # A command that prints without end costs time, not memory.
                self._kept += chunk[: OUTPUT_LIMIT_BYTES - len(self._kept)]

    def _waits_for_output(self) -> bool:
        """Wait until there is something to read; False once the command has ended and nothing is left to read."""
        if os.name == "nt":
            return True  # no select for pipes there: the read itself waits, and ends with the job
        if self._output not in select.select([self._output, self._wake_read], [], [])[0]:
            return False
        # What a flood of children goes on printing is nobody's output any more.
        return not self._has_ended.is_set() or len(self._kept) < OUTPUT_LIMIT_BYTES
