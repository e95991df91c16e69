"""A process and its descendants, so that none of them outlives a command."""

from __future__ import annotations

import contextlib
import importlib.util
import subprocess

__all__ = ["ProcessTree"]


class ProcessTree:
    """Remember the descendants of a process while they can still be found: orphans have another parent.

    Kernels of JupyterLab have sessions of their own, so no process group holds them all.

    Parameters
    ----------
    process
        The root of the tree.
    """

    def __init__(self, process: subprocess.Popen[bytes]) -> None:
        self._process = process
        if importlib.util.find_spec("psutil") is not None:  # ipykernel brings it
            import psutil  # type: ignore[import-untyped] # noqa: PLC0415 - part of an extra

            self._gone = psutil.Error
            self._root = psutil.Process(process.pid)
            self._found = {self._root}

    def look(self) -> None:
        """Add the descendants that it has now."""
        if hasattr(self, "_root"):
            with contextlib.suppress(self._gone):
                self._found.update(self._root.children(recursive=True))

    def kill(self) -> None:
        """Kill all of them. A process ID that the system has given to another process meanwhile is left alone."""
        self.look()
        for each in getattr(self, "_found", ()):
            with contextlib.suppress(self._gone):
                each.kill()
        self._process.kill()
        self._process.wait()
