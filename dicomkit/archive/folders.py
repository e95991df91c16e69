"""Which files of a folder are new or gone since somebody looked: only folders that changed are listed again.

A folder's time of change moves when a name in it appears or goes. Two changes within one tick of the clock
leave the same time, so a folder that has changed just now is listed once more the next time (as Git does it
with its index).
"""

from __future__ import annotations

import os
import time
from collections.abc import Iterator
from typing import NamedTuple

__all__ = ["Change", "FolderChanges"]

_TICK_NS = 2_000_000_000  # the coarsest clock of a file system that is in use (FAT)
# What the kit's own store keeps beside instances (`dicomkit.instance_store`).
_LEFT_ASIDE = (".aside", ".cut")


class Change(NamedTuple):
    """A file that is new, or gone. ``folder`` ends with a separator."""

    folder: str
    name: str
    inode: int
    is_new: bool


class _Folder:
    """What a folder held when it was listed."""

    __slots__ = ("changed_ns", "files", "folders")

    def __init__(self) -> None:
        self.changed_ns = -1
        self.files: dict[str, int] = {}
        self.folders: set[str] = set()


class FolderChanges:
    """Follow the files below one folder. Hidden files and links are passed over.

    Parameters
    ----------
    root
        The folder.
    """

    def __init__(self, root: str | os.PathLike[str]) -> None:
        self._root = os.path.join(os.fspath(root), "")  # noqa: PTH118 - with the separator at its end
        self._folders: dict[str, _Folder] = {}

    def take(self) -> Iterator[Change]:
        """Yield what has changed since the last call: first what is gone from a folder, then what is new."""
        yield from self._look_at(self._root)

    def _look_at(self, path: str) -> Iterator[Change]:
        known = self._folders.get(path)
        if known is None:
            known = self._folders[path] = _Folder()
        try:
            changed_ns = os.stat(path).st_mtime_ns  # noqa: PTH116 - a text
            if changed_ns != known.changed_ns:
                # Before it is listed: what comes while that is done moves the time again.
                is_settled = time.time_ns() - changed_ns > _TICK_NS
                yield from self._list(path, known)
                known.changed_ns = changed_ns if is_settled else -1
        except OSError:
            yield from self._forget(path)
            return
        for name in sorted(known.folders):
            yield from self._look_at(f"{path}{name}{os.sep}")

    def _list(self, path: str, known: _Folder) -> Iterator[Change]:
        files, folders = _names_in(path)
        for name in known.folders - folders:
            yield from self._forget(f"{path}{name}{os.sep}")
        before, known.files, known.folders = known.files, files, folders
        if before == files:
            return
        for name, inode in before.items():
            if files.get(name) != inode:
                yield Change(path, name, inode, is_new=False)
        for name in sorted(files.keys()):
            if before.get(name) != files[name]:
                yield Change(path, name, files[name], is_new=True)

    def _forget(self, path: str) -> Iterator[Change]:
        known = self._folders.pop(path, None)
        if known is None:
            return
        for name in known.folders:
            yield from self._forget(f"{path}{name}{os.sep}")
        for name, inode in known.files.items():
            yield Change(path, name, inode, is_new=False)


def _names_in(path: str) -> tuple[dict[str, int], set[str]]:
    """Return the files of a folder with their inodes, and its folders."""
    files: dict[str, int] = {}
    folders: set[str] = set()
    with os.scandir(path) as entries:
        for entry in entries:
            if entry.name.startswith(".") or entry.name.endswith(_LEFT_ASIDE):
                continue
            if entry.is_dir(follow_symlinks=False):
                folders.add(entry.name)
            elif entry.is_file(follow_symlinks=False):
                files[entry.name] = entry.inode()
    return files, folders
