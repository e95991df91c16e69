"""Pretend that a folder lies on a disk that is nearly full.

A full disk is a failure that everybody meets and nobody can practise: a disk that is really full spoils
more than the lesson. So here the folder is told how many bytes are left. What a program sees is what
Python shows it of a real one: a write takes what still fits, and the next one raises ENOSPC.
"""

from __future__ import annotations

import contextlib
import errno
import io
import os
import threading
from collections.abc import Iterator
from pathlib import Path
from typing import IO, Any
from unittest import mock

__all__ = ["full_disk"]


class _Space:
    """What is left on the disk, in bytes; files of several threads share it."""

    def __init__(self, free_bytes: int) -> None:
        self._free_bytes = free_bytes
        self._lock = threading.Lock()

    def take(self, wanted_bytes: int) -> int:
        """Return how many of these bytes still fit, and count them as taken.

        Raises
        ------
        OSError
            If there is no room at all.
        """
        with self._lock:
            taken = min(wanted_bytes, self._free_bytes)
            self._free_bytes -= taken
        if wanted_bytes and not taken:
            raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))
        return taken


class _LimitedFile(io.FileIO):
    """A file on that disk."""

    def __init__(self, path: Path, mode: str, space: _Space) -> None:
        super().__init__(path, mode)
        self._space = space

    def write(self, content: Any, /) -> int:  # noqa: ANN401 - anything that holds bytes, as for every file
        """Write what still fits; a real disk does not take back what it took."""
        view = memoryview(content).cast("B")
        return super().write(view[: self._space.take(len(view))])


class _Descriptors:
    """What `os` does with descriptors of files on that disk, for a program that opens files without Python's own."""

    def __init__(self, root: Path, space: _Space) -> None:
        self._root, self._space = root, space
        self._limited: set[int] = set()
        self._open, self._write, self._close = os.open, os.write, os.close

    def open(self, path: Any, flags: int, *rest: Any, **options: Any) -> int:  # noqa: ANN401 - what os.open takes
        """Open a file, and remember its descriptor if it is written to that disk."""
        descriptor = self._open(path, flags, *rest, **options)
        writes = flags & (os.O_WRONLY | os.O_RDWR)
        if writes and Path(os.fsdecode(path)).resolve().is_relative_to(self._root):
            self._limited.add(descriptor)
        return descriptor

    def write(self, descriptor: int, content: Any, /) -> int:  # noqa: ANN401 - anything that holds bytes
        """Write what still fits."""
        if descriptor not in self._limited:
            return self._write(descriptor, content)
        view = memoryview(content).cast("B")
        return self._write(descriptor, view[: self._space.take(len(view))])

    def close(self, descriptor: int) -> None:
        """Forget a descriptor before its number is given to another file."""
        self._limited.discard(descriptor)
        self._close(descriptor)


@contextlib.contextmanager
def full_disk(folder: str | os.PathLike[str], free_bytes: int) -> Iterator[None]:
    """Let `folder` have no more than `free_bytes` left while the block lasts.

    It holds for files that are opened for writing through ``Path.open`` in binary mode, or through ``os.open``,
    in this folder or below, by any thread of this process. All other files are left alone.

    Parameters
    ----------
    folder
        The folder whose disk shall be full.
    free_bytes
        How much can still be written before it is.

    Examples
    --------
    >>> import tempfile
    >>> with tempfile.TemporaryDirectory() as folder, full_disk(folder, 4):
    ...     with (Path(folder) / "one").open("xb", buffering=0) as stream:
    ...         stream.write(b"too long")
    4
    """
    root, space, real_open = Path(folder).resolve(), _Space(free_bytes), Path.open

    def limited_open(path: Path, mode: str = "r", buffering: int = -1, *rest: Any, **options: Any) -> IO[Any]:  # noqa: ANN401 - what Path.open takes
        writes_bytes = "b" in mode and not set(mode).isdisjoint("wxa")
        if not (writes_bytes and path.resolve().is_relative_to(root)):
            return real_open(path, mode, buffering, *rest, **options)
        raw = _LimitedFile(path, mode, space)
        return raw if buffering == 0 else io.BufferedWriter(raw)

    # Every other way needs an administrator, or exists on one operating system only.
    descriptors = _Descriptors(root, space)
    with (
        mock.patch.object(Path, "open", limited_open),
        mock.patch.object(os, "open", descriptors.open),
        mock.patch.object(os, "write", descriptors.write),
        mock.patch.object(os, "close", descriptors.close),
    ):
        yield
