"""What Linux tells of folders as soon as it happens (inotify), so that nobody has to look at each of them.

A look at a folder is quick, but 10,000 of them are what a query would mostly wait for. The system queues an event
before the call that made the change comes back, so what is read here is never behind the disk. That holds for
disks of this computer only; a folder of another computer changes without a word.
"""

from __future__ import annotations

import os
import struct
import sys
import weakref
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    import ctypes

__all__ = ["FolderEvents"]

# inotify(7): a name appears, goes, comes from or goes to elsewhere; the folder itself goes.
_CREATE, _DELETE, _MOVED_FROM, _MOVED_TO, _DELETE_SELF, _MOVE_SELF = 0x100, 0x200, 0x40, 0x80, 0x400, 0x800
_MASK = _CREATE | _DELETE | _MOVED_FROM | _MOVED_TO | _DELETE_SELF | _MOVE_SELF
_OVERFLOW = 0x4000
_EVENT = struct.Struct("iIII")
_READ_BYTES = 64 << 10
# statfs(2): ext4, XFS, Btrfs, tmpfs, overlayfs, F2FS, ZFS.
_OF_THIS_COMPUTER = {
    0xEF53, 0x58465342, 0x9123683E, 0x01021994, 0x794C7630, 0xF2F52010, 0x2FC12FC1,
}  # fmt: skip


class FolderEvents:
    """Say which of the folders that are watched have changed.

    Parameters
    ----------
    root
        The folder that all others are in.

    Raises
    ------
    OSError
        If this system does not tell.
    """

    def __init__(self, root: str) -> None:
        if sys.platform != "linux":
            raise OSError("folders are watched on Linux only")
        import ctypes  # noqa: PLC0415 - only who has many folders pays for it

        self._libc = ctypes.CDLL(None, use_errno=True)
        self._errno = ctypes.get_errno
        self._check_disk(root, ctypes.create_string_buffer(256))
        self._device = os.stat(root).st_dev  # noqa: PTH116 - a text
        self._handle = self._libc.inotify_init1(os.O_NONBLOCK | os.O_CLOEXEC)
        if self._handle < 0:
            raise OSError(self._errno(), "the system has no more of these")
        self._paths: dict[int, str] = {}
        self.close = weakref.finalize(self, os.close, self._handle)

    def watch(self, path: str) -> bool:
        """Begin to watch a folder; return whether that is possible."""
        try:
            if os.stat(path).st_dev != self._device:  # noqa: PTH116 - a text
                return False
        except OSError:
            return False
        number = self._libc.inotify_add_watch(self._handle, os.fsencode(path), _MASK)
        if number < 0:
            return False
        self._paths[number] = path
        return True

    def changed(self) -> set[str] | None:
        """Return the folders that have changed since the last call; None if any of them may have.

        That is so after too many events, and after a folder was moved with all that is in it.
        """
        found: set[str] = set()
        is_complete = True
        while content := self._read():
            place = 0
            while place < len(content):
                number, kind, _, length = _EVENT.unpack_from(content, place)
                place += _EVENT.size + length
                is_complete = is_complete and not kind & (_OVERFLOW | _MOVE_SELF)
                if number in self._paths:
                    found.add(self._paths[number])
        return found if is_complete else None

    def _read(self) -> bytes:
        try:
            return os.read(self._handle, _READ_BYTES)
        except BlockingIOError:
            return b""

    def _check_disk(self, root: str, found: ctypes.Array[ctypes.c_char]) -> None:
        if self._libc.statfs(os.fsencode(root), found) != 0:
            raise OSError(self._errno(), "the kind of disk is unknown")
        (kind,) = struct.unpack_from("@l", found.raw)
        if kind & 0xFFFFFFFF not in _OF_THIS_COMPUTER:
            raise OSError("this may be a disk of another computer")
