"""A lock on a file that the system releases when its owner dies, however it dies.

A process id does not tell whether its process still runs: in a container every program is process 1, and ids are
reused. A process that holds a lock is alive, in any container of this machine.
"""

from __future__ import annotations

import contextlib
import os
from collections.abc import Iterator

from dicomkit.abilities import has_processes

__all__ = ["folder_lock", "try_to_lock"]

_LOCK_NAME = ".dicomkit.lock"
_FAR = (
    0x7FFF0000  # bytes; Windows denies access to locked bytes, so the lock is far beyond the end of the file
)


@contextlib.contextmanager
def folder_lock(folder: str) -> Iterator[None]:
    """Hold the lock on a folder for the block; wait while another process has it.

    Raises
    ------
    OSError
        If the folder does not exist, or its file system has no locks.
    """
    descriptor = _open_and_lock_folder(folder)
    try:
        yield
    finally:
        os.close(descriptor)


def _open_and_lock_folder(folder: str) -> int:
    """Lock the folder itself; where the system locks no folders (Windows, NFS), lock a file that stays in it."""
    if os.name != "nt":
        descriptor = os.open(folder, os.O_RDONLY | os.O_CLOEXEC)
        try:
            _lock(descriptor, wait=True)
        except OSError:
            os.close(descriptor)
        else:
            return descriptor
    descriptor = os.open(
        os.path.join(folder, _LOCK_NAME),  # noqa: PTH118 - a text
        os.O_RDWR | os.O_CREAT | getattr(os, "O_CLOEXEC", 0),
        0o666,
    )
    try:
        _lock(descriptor, wait=True)
    except OSError:
        os.close(descriptor)
        raise
    return descriptor


def try_to_lock(descriptor: int) -> bool:
    """Lock an open file; return False if another process has the lock.

    The lock lasts until the descriptor is closed, or until this process ends.

    Raises
    ------
    OSError
        If the file system has no locks.
    """
    try:
        _lock(descriptor, wait=False)
    except (BlockingIOError, PermissionError):
        return False
    return True


def _lock(descriptor: int, *, wait: bool) -> None:
    if os.name == "nt":
        _lock_far_bytes(descriptor, wait=wait)
        return
    if not has_processes():
        return  # in a browser there is no other process
    import fcntl  # noqa: PLC0415 - Windows does not have it

    fcntl.flock(descriptor, fcntl.LOCK_EX | (0 if wait else fcntl.LOCK_NB))


def _lock_far_bytes(descriptor: int, *, wait: bool) -> None:
    import msvcrt  # noqa: PLC0415 - only Windows has it

    before = os.lseek(descriptor, 0, os.SEEK_CUR)
    os.lseek(descriptor, _FAR, os.SEEK_SET)
    try:
        mode = msvcrt.LK_LOCK if wait else msvcrt.LK_NBLCK  # type: ignore[attr-defined]
        msvcrt.locking(descriptor, mode, 1)  # type: ignore[attr-defined]
    finally:
        os.lseek(descriptor, before, os.SEEK_SET)
