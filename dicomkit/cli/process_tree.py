"""A process and its descendants, so that none of them outlives a command."""

from __future__ import annotations

import contextlib
import importlib.util
import subprocess

__all__ = ["ProcessTree"]


class ProcessTree:
    """Track the descendants of a process: orphans can no longer be found by their parent.

    JupyterLab's kernels have sessions of their own, so there is no common process group.
    """

    def __init__(self, process: subprocess.Popen[bytes]) -> None:
        self._process = process
        if importlib.util.find_spec("psutil") is not None:  # ipykernel brings it
            import psutil  # type: ignore[import-untyped] # noqa: PLC0415 - part of an extra

            self._gone = psutil.Error
            self._root = psutil.Process(process.pid)
            self._found = {self._root}

    def update(self) -> None:
        """Add the current descendants."""
        if hasattr(self, "_root"):
            with contextlib.suppress(self._gone):
                self._found.update(self._root.children(recursive=True))

    def kill(self) -> None:
        """Kill all of them, unless a process ID has been reused."""
        self.update()
        for each in getattr(self, "_found", ()):
            with contextlib.suppress(self._gone):
                each.kill()
        self._process.kill()
        self._process.wait()
