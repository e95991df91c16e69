"""New and removed files below a folder: only folders that have changed are listed again.

The modification time of a folder changes with each entry that is made or removed. Two changes within one tick of the
clock leave the same time, so a folder that has just changed is listed again the next time (as Git does for its index).
With many folders, the system reports which have changed, if it can.
"""

from __future__ import annotations

import os
import sys
import time
from collections.abc import Iterator
from typing import NamedTuple

from dicomkit.archive.folder_events import FolderEvents
from dicomkit.files.foreign_names import foreign_reason

__all__ = ["Change", "FolderChanges"]

_TICK_NS = 2_000_000_000  # the coarsest clock of a file system that is in use (FAT)
# Files of `dicomkit.instance_store` that are no instances.
_SET_ASIDE = (".aside", ".cut")
_FEW_FOLDERS = 200  # these are checked within a millisecond, and watches are a limited resource


class Change(NamedTuple):
    """A new or removed file. ``folder`` ends with a separator."""

    folder: str
    name: str
    inode: int
    is_new: bool

    @property
    def path(self) -> str:
        """The path of the file."""
        return f"{self.folder}{self.name}"


class _Folder:
    """The contents of a folder when it was last listed."""

    __slots__ = ("changed_ns", "files", "folders")

    def __init__(self) -> None:
        self.changed_ns = -1
        self.files: dict[str, int] = {}
        self.folders: set[str] = set()


class FolderChanges:
    """Follow the files below one folder, except links, hidden files and other foreign names.

    With more than `few` folders, the system reports changes.
    """

    def __init__(self, root: str | os.PathLike[str], *, few: int = _FEW_FOLDERS) -> None:
        self._root = os.path.join(os.fspath(root), "")  # noqa: PTH118 - with a trailing separator
        self._few = few
        self._folders: dict[str, _Folder] = {}
        self._events: FolderEvents | None = None
        self._unwatched: set[str] = set()

    def take(self) -> Iterator[Change]:
        """Yield the changes since the last call: of each folder first removed files, then new ones."""
        if not self._folders:
            yield from self._enter(self._root)
            return
        # With a folder for each study, a query spends most of its time here: one call for each folder.
        time_of = os.stat
        for path, known in self._to_check():
            try:
                changed_ns = time_of(path).st_mtime_ns
            except OSError:
                yield from self._forget(path)
                continue
            if changed_ns != known.changed_ns:
                yield from self._list(path, known)

    def _to_check(self) -> list[tuple[str, _Folder]]:
        """Return the folders that may have changed."""
        if self._events is not None:
            changed = self._events.changed()
            if changed is not None:
                for path in changed & self._folders.keys():
                    self._folders[path].changed_ns = -1  # an event is more precise than a time
                paths = sorted((changed | self._unwatched) & self._folders.keys())
                return [(path, self._folders[path]) for path in paths]
        elif len(self._folders) > self._few:
            self._begin_to_watch()
        return list(self._folders.items())

    def _begin_to_watch(self) -> None:
        try:
            self._events = FolderEvents(self._root)
        except OSError:
            self._few = sys.maxsize  # do not try again
            return
        for path in self._folders:
            self._watch(path)

    def _watch(self, path: str) -> None:
        if self._events is None:
            return
        if self._events.watch(path):
            self._unwatched.discard(path)
        else:
            self._unwatched.add(path)

    def _enter(self, path: str) -> Iterator[Change]:
        """Follow a new folder."""
        known = self._folders[path] = _Folder()
        yield from self._list(path, known)

    def _list(self, path: str, known: _Folder) -> Iterator[Change]:
        """Compare the contents of a folder with the former ones, and enter new folders."""
        self._watch(path)  # before listing it; again, because another folder may have its name now
        try:
            # Before listing it: a change meanwhile changes the time again.
            changed_ns = os.stat(path).st_mtime_ns  # noqa: PTH116 - a str
            is_settled = time.time_ns() - changed_ns > _TICK_NS
            files, folders = _names_in(path)
        except OSError:
            yield from self._forget(path)
            return
        for name in known.folders - folders:
            yield from self._forget(f"{path}{name}{os.sep}")
        before, known.files, known.folders = known.files, files, folders
        known.changed_ns = changed_ns if is_settled else -1
        if before != files:
            yield from _differences(path, before, files)
        for name in sorted(folders):
            if f"{path}{name}{os.sep}" not in self._folders:
                yield from self._enter(f"{path}{name}{os.sep}")

    def _forget(self, path: str) -> Iterator[Change]:
        known = self._folders.pop(path, None)
        self._unwatched.discard(path)
        if known is None:
            return
        for name in known.folders:
            yield from self._forget(f"{path}{name}{os.sep}")
        for name, inode in known.files.items():
            yield Change(path, name, inode, is_new=False)


def _differences(path: str, before: dict[str, int], after: dict[str, int]) -> Iterator[Change]:
    for name, inode in before.items():
        if after.get(name) != inode:
            yield Change(path, name, inode, is_new=False)
    for name in sorted(after.keys()):
        if before.get(name) != after[name]:
            yield Change(path, name, after[name], is_new=True)


def _names_in(path: str) -> tuple[dict[str, int], set[str]]:
    """Return the files of a folder with their inodes, and its folders."""
    files: dict[str, int] = {}
    folders: set[str] = set()
    with os.scandir(path) as entries:
        for entry in entries:
            if foreign_reason(entry.name) or entry.name.endswith(_SET_ASIDE):
                continue
            if entry.is_dir(follow_symlinks=False):
                folders.add(entry.name)
            elif entry.is_file(follow_symlinks=False):
                files[entry.name] = entry.inode()
    return files, folders
