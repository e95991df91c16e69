"""Make the folders of a store, and put a file aside that is in the way: two who do it at once harm nothing."""

from __future__ import annotations

import errno
import os
import stat

from dicomkit.files.file_lock import folder_lock
from dicomkit.files.held_files import retry_while_held

__all__ = ["make_folder", "set_aside"]


def set_aside(path: str, aside: str, found: os.stat_result) -> bool:
    """Move the file that was `found` at `path` to another name; return whether it was still there.

    Of two who do that at the same time the second would move what the first has put in its place. So one waits
    for the other, and looks again.
    """
    with folder_lock(os.path.dirname(path)):  # noqa: PTH120 - a text
        try:
            there = os.lstat(path)
        except FileNotFoundError:
            return False
        if not os.path.samestat(there, found):
            return False
        retry_while_held(lambda: os.replace(path, aside))  # noqa: PTH105 - texts
    return True


def make_folder(folder: str) -> None:
    """Make a folder if it is not there; who comes second is as right as who came first.

    Raises
    ------
    OSError
        If something else has the name: a link would lead a file out of the store.
    """
    try:
        mode = os.lstat(folder).st_mode
    except FileNotFoundError:
        try:
            os.mkdir(folder)  # noqa: PTH102 - a text
        except FileExistsError:
            mode = os.lstat(folder).st_mode
        else:
            return
    if stat.S_ISLNK(mode):
        raise OSError(errno.ELOOP, os.strerror(errno.ELOOP))
    if not stat.S_ISDIR(mode):
        raise FileExistsError(errno.EEXIST, os.strerror(errno.EEXIST))
