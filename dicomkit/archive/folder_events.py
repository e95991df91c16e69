"""Changes of folders as Linux reports them (inotify), so that not every folder has to be checked.

Checking one folder is quick, but a query would spend most of its time on 10,000 of them. The system queues an event
before the call that makes the change returns, so the events are never behind the disk. This holds for local disks only;
changes that another computer makes on a network share are not reported.
"""

from __future__ import annotations

import os
import struct
import sys
import weakref

__all__ = ["FolderEvents"]

# inotify(7): an entry is made, deleted, or moved out or in; the folder itself is deleted or moved.
_CREATE, _DELETE, _MOVED_FROM, _MOVED_TO, _DELETE_SELF, _MOVE_SELF = 0x100, 0x200, 0x40, 0x80, 0x400, 0x800
_MASK = _CREATE | _DELETE | _MOVED_FROM | _MOVED_TO | _DELETE_SELF | _MOVE_SELF
_OVERFLOW = 0x4000
_EVENT = struct.Struct("iIII")
_READ_BYTES = 64 << 10
# Local file systems by statfs(2): ext4, XFS, Btrfs, tmpfs, overlayfs, F2FS, ZFS.
_LOCAL_FILE_SYSTEMS = {
    0xEF53, 0x58465342, 0x9123683E, 0x01021994, 0x794C7630, 0xF2F52010, 0x2FC12FC1,
}  # fmt: skip


class FolderEvents:
    """Report which of the watched folders below `root` have changed.

    Raises
    ------
    OSError
        If the system cannot report changes here.
    """

    def __init__(self, root: str) -> None:
        if sys.platform != "linux":
            raise OSError("folders are watched on Linux only")
        import ctypes  # noqa: PLC0415 - only who has many folders pays for it

        self._libc = ctypes.CDLL(None, use_errno=True)
        self._errno = ctypes.get_errno
        found = ctypes.create_string_buffer(256)
        if self._libc.statfs(os.fsencode(root), found) != 0:
            raise OSError(self._errno(), "the file system is unknown")
        (kind,) = struct.unpack_from("@l", found.raw)
        if kind & 0xFFFFFFFF not in _LOCAL_FILE_SYSTEMS:
            raise OSError("this may be a network share")
        self._device = os.stat(root).st_dev  # noqa: PTH116 - a str
        self._handle = self._libc.inotify_init1(os.O_NONBLOCK | os.O_CLOEXEC)
        if self._handle < 0:
            raise OSError(self._errno(), "the system allows no further inotify instance")
        self._paths: dict[int, str] = {}
        self.close = weakref.finalize(self, os.close, self._handle)

    def watch(self, path: str) -> bool:
        """Watch a folder; return whether that is possible."""
        try:
            if os.stat(path).st_dev != self._device:  # noqa: PTH116 - a str
                return False
        except OSError:
            return False
        number = self._libc.inotify_add_watch(self._handle, os.fsencode(path), _MASK)
        if number < 0:
            return False
        self._paths[number] = path
        return True

    def changed(self) -> set[str] | None:
        """Return the folders that have changed since the last call; None if any may have changed.

        The latter holds after an overflow of the queue, and after a folder was moved with its contents.
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
