"""A process and all that it has started, as far down as that goes, so that nothing of it is left behind."""

from __future__ import annotations

import contextlib
import importlib.util
import subprocess

__all__ = ["ProcessFamily"]


class ProcessFamily:
    """Remember who belongs to a process, while it can still be seen: orphans have another parent.

    Kernels of JupyterLab have sessions of their own, so no process group holds them all.

    Parameters
    ----------
    process
        The eldest.
    """

    def __init__(self, process: subprocess.Popen[bytes]) -> None:
        self._process = process
        if importlib.util.find_spec("psutil") is not None:  # ipykernel brings it
            import psutil  # type: ignore[import-untyped] # noqa: PLC0415 - part of an extra

            self._gone = psutil.Error
            self._eldest = psutil.Process(process.pid)
            self._members = {self._eldest}

    def look(self) -> None:
        """Remember who belongs to it now."""
        if hasattr(self, "_eldest"):
            with contextlib.suppress(self._gone):
                self._members.update(self._eldest.children(recursive=True))

    def kill(self) -> None:
        """End all of them at once. A number that belongs to another process meanwhile is left alone."""
        self.look()
        for member in getattr(self, "_members", ()):
            with contextlib.suppress(self._gone):
                member.kill()
        self._process.kill()
        self._process.wait()
