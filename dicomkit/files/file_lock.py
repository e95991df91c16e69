"""A lock on a file that the system gives back when its owner dies, however it dies.

A process id says little about who is still at work: in a container every program is number 1, and a number is
given to somebody else after a while. Whoever holds a lock is alive, on this machine and beside any container.
"""

from __future__ import annotations

import contextlib
import os
from collections.abc import Iterator

from dicomkit.abilities import has_processes

__all__ = ["folder_lock", "try_to_lock"]

_LOCK_NAME = ".dicomkit.lock"
_FAR = 0x7FFF0000  # bytes; Windows keeps others from the locked bytes, so these are bytes that nobody reads


@contextlib.contextmanager
def folder_lock(folder: str) -> Iterator[None]:
    """Hold the lock on a folder for the block; wait for it as long as somebody else has it.

    Raises
    ------
    OSError
        If the folder is not there, or if this file system knows no locks.
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
    """Lock an open file; return whether that was done, or whether somebody else has the lock.

    The lock lasts until the descriptor is closed, or until this process ends.

    Raises
    ------
    OSError
        If this file system knows no locks.
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
        return  # nobody else is there
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
