"""Simulate a nearly full disk for one folder.

Everybody meets a full disk some day, but a really full disk would break more than the lesson. So the writes to a folder
are limited here. A program sees the same as on a real disk: a write stores what still fits, and the next one raises
ENOSPC.
"""

from __future__ import annotations

import builtins
import contextlib
import errno
import io
import os
import shutil
import threading
from collections.abc import Iterator
from pathlib import Path
from typing import IO, Any
from unittest import mock

__all__ = ["full_disk"]


class _Space:
    """The free space in bytes, shared by the files of all threads."""

    def __init__(self, free_bytes: int) -> None:
        self.free_bytes = free_bytes
        self._lock = threading.Lock()

    def take(self, wanted_bytes: int) -> int:
        """Reserve up to `wanted_bytes`, and return how many.

        Raises
        ------
        OSError
            If no space is left.
        """
        with self._lock:
            taken = min(wanted_bytes, self.free_bytes)
            self.free_bytes -= taken
        if wanted_bytes and not taken:
            raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))
        return taken


class _LimitedFile(io.FileIO):
    """A file on that disk."""

    def __init__(self, disk: _Disk, file: Any, mode: str, **options: Any) -> None:  # noqa: ANN401 - what FileIO takes
        super().__init__(file, mode, **options)
        self._disk = disk

    def write(self, content: Any, /) -> int:  # noqa: ANN401 - anything that holds bytes, as for every file
        """Write what still fits."""
        view = memoryview(content).cast("B")
        return super().write(view[: self._disk.space.take(len(view))])

    def close(self) -> None:
        """Unregister the descriptor before its number is reused."""
        if not self.closed:
            self._disk.limited.discard(self.fileno())
        super().close()


class _Disk:
    """Replacements for Python's functions that open files, write them, or return the free space."""

    def __init__(self, root: Path, free_bytes: int) -> None:
        self.space = _Space(free_bytes)
        self.limited: set[int] = set()  # descriptors of files that are being written in the folder
        self._root = root
        self._open_file, self._usage = io.open, shutil.disk_usage
        self._open, self._write, self._close = os.open, os.write, os.close

    def holds(self, path: Any) -> bool:  # noqa: ANN401 - a path of any kind, or a descriptor
        """Return whether a file is in the folder."""
        if isinstance(path, int):
            return path in self.limited
        return Path(os.fsdecode(path)).resolve().is_relative_to(self._root)

    def open_file(
        self,
        file: Any,  # noqa: ANN401 - what open takes
        mode: str = "r",
        buffering: int = -1,
        encoding: str | None = None,
        errors: str | None = None,
        newline: str | None = None,
        **options: Any,  # noqa: ANN401 - closefd and opener
    ) -> IO[Any]:
        """Open a file as `open` does."""
        if set(mode).isdisjoint("wxa+") or not self.holds(file):
            return self._open_file(file, mode, buffering, encoding, errors, newline, **options)
        raw = _LimitedFile(self, file, mode.replace("b", "").replace("t", ""), **options)
        if buffering == 0:
            return raw
        buffered = io.BufferedRandom(raw) if "+" in mode else io.BufferedWriter(raw)
        if "b" in mode:
            return buffered
        return io.TextIOWrapper(buffered, encoding, errors, newline, line_buffering=buffering == 1)

    def open(self, path: Any, flags: int, *rest: Any, **options: Any) -> int:  # noqa: ANN401 - what os.open takes
        """Open a file, and register its descriptor if it is written in the folder."""
        descriptor = self._open(path, flags, *rest, **options)
        if flags & (os.O_WRONLY | os.O_RDWR) and self.holds(path):
            self.limited.add(descriptor)
        return descriptor

    def write(self, descriptor: int, content: Any, /) -> int:  # noqa: ANN401 - anything that holds bytes
        """Write what still fits."""
        if descriptor not in self.limited:
            return self._write(descriptor, content)
        view = memoryview(content).cast("B")
        return self._write(descriptor, view[: self.space.take(len(view))])

    def close(self, descriptor: int) -> None:
        """Unregister a descriptor before its number is reused."""
        self.limited.discard(descriptor)
        self._close(descriptor)

    def usage(self, path: Any) -> Any:  # noqa: ANN401 - a path of any kind; shutil's own named tuple
        """Return the space on the disk, as `shutil.disk_usage` does."""
        found = self._usage(path)
        if not self.holds(path):
            return found
        free = self.space.free_bytes
        return found._replace(used=found.total - free, free=free)


@contextlib.contextmanager
def full_disk(folder: str | os.PathLike[str], free_bytes: int) -> Iterator[None]:
    """Limit the free space for `folder` to `free_bytes` until the block ends.

    The limit applies to files in or below this folder that Python code in any thread opens for writing, through
    ``open``, ``Path.open`` or ``os.open``. Other files are not affected.

    Parameters
    ----------
    folder
        The folder.
    free_bytes
        How many bytes can still be written.

    Examples
    --------
    >>> import tempfile
    >>> with tempfile.TemporaryDirectory() as folder, full_disk(folder, 4):
    ...     with (Path(folder) / "one").open("xb", buffering=0) as stream:
    ...         stream.write(b"too long")
    4
    """
    disk = _Disk(Path(folder).resolve(), free_bytes)
    # Any other way needs an administrator, or works on one operating system only.
    with (
        mock.patch.object(builtins, "open", disk.open_file),
        mock.patch.object(io, "open", disk.open_file),
        mock.patch.object(os, "open", disk.open),
        mock.patch.object(os, "write", disk.write),
        mock.patch.object(os, "close", disk.close),
        mock.patch.object(shutil, "disk_usage", disk.usage),
    ):
        yield
