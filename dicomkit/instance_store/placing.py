"""Give a received file its name, make its folder, and put a file aside that is in the way: two who do it at once harm nothing.

A file that is stored has a second name until whoever reacts to it has been told. Where there are no links, a note takes the
place of that name: a small file that says what was stored.
"""

from __future__ import annotations

import errno
import os
import stat

from dicomkit.files.file_lock import folder_lock
from dicomkit.files.held_files import retry_while_held
from dicomkit.files.placing import place_exclusively

__all__ = ["NOTE_SUFFIX", "make_folder", "place_received", "set_aside"]

NOTE_SUFFIX = ".stored"  # after the name of the temporary file


def place_received(temporary: str, target: str) -> bool:
    """Give the file `temporary` the name `target` if nothing has it; return whether that was done.

    It has both names then, or one and a note, until whoever reacts to it has been told: see `Temporaries`.

    Parameters
    ----------
    temporary, target
        Paths in one file system.

    Raises
    ------
    OSError
        If the system refuses for another reason than that the name is taken.
    """
    return place_exclusively(temporary, target, rename=_rename_with_note)


def _rename_with_note(temporary: str, target: str) -> None:
    note = f"{temporary}{NOTE_SUFFIX}"
    with open(note, "x", encoding="utf-8") as stream:  # noqa: PTH123 - a text
        stream.write(os.path.relpath(target, os.path.dirname(temporary)))  # noqa: PTH120 - the same
    try:
        retry_while_held(lambda: os.rename(temporary, target))  # noqa: PTH104 - texts
    except BaseException:
        os.unlink(note)  # noqa: PTH108 - a text
        raise


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
