"""Rename a received file, make its folder, and move a file aside that has its name; all safe for concurrent receivers.

A stored file keeps its temporary name as a second one until ``on_stored`` has run. On a file system without hard
links, a note takes the place of the second name: a small file with the path of the stored one.
"""

from __future__ import annotations

import errno
import os
import stat

from dicomkit.files.file_lock import folder_lock
from dicomkit.files.held_files import retry_while_held
from dicomkit.files.placing import place_exclusively

__all__ = ["NOTE_SUFFIX", "make_folder", "place_received", "set_aside"]

NOTE_SUFFIX = ".stored"  # appended to the name of the temporary file


def place_received(temporary: str, target: str) -> bool:
    """Give the file `temporary` the name `target` unless that exists; return whether it was done.

    Both are in one file system. Afterwards it has both names, or one and a note, until it has been reported: see
    `Temporaries`.

    Raises
    ------
    OSError
        If that fails for another reason than that `target` exists.
    """
    return place_exclusively(temporary, target, rename=_rename_with_note)


def _rename_with_note(temporary: str, target: str) -> None:
    note = f"{temporary}{NOTE_SUFFIX}"
    with open(note, "x", encoding="utf-8") as stream:  # noqa: PTH123 - a str
        stream.write(os.path.relpath(target, os.path.dirname(temporary)))  # noqa: PTH120 - the same
    try:
        retry_while_held(lambda: os.rename(temporary, target))  # noqa: PTH104 - str
    except BaseException:
        os.unlink(note)  # noqa: PTH108 - a str
        raise


def set_aside(path: str, aside: str, found: os.stat_result) -> bool:
    """Rename the file that was `found` at `path` to `aside`; return whether it was still there.

    A lock on the folder keeps two receivers from doing so at once: the second would move the first one's new file.
    """
    with folder_lock(os.path.dirname(path)):  # noqa: PTH120 - a str
        try:
            there = os.lstat(path)
        except FileNotFoundError:
            return False
        if not os.path.samestat(there, found):
            return False
        retry_while_held(lambda: os.replace(path, aside))  # noqa: PTH105 - str
    return True


def make_folder(folder: str) -> None:
    """Make a folder unless it exists; another process may make it at the same time.

    Raises
    ------
    OSError
        If something else has the name; a link is refused because it could lead out of the store.
    """
    try:
        mode = os.lstat(folder).st_mode
    except FileNotFoundError:
        try:
            os.mkdir(folder)  # noqa: PTH102 - a str
        except FileExistsError:
            mode = os.lstat(folder).st_mode
        else:
            return
    if stat.S_ISLNK(mode):
        raise OSError(errno.ELOOP, os.strerror(errno.ELOOP))
    if not stat.S_ISDIR(mode):
        raise FileExistsError(errno.EEXIST, os.strerror(errno.EEXIST))
