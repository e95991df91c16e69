"""Give a finished file its name, unless something has that name: in one step of the system, never in two.

Looking first and renaming then would be two steps, and between them another program on the same folder may put
its own file there, which the renaming would replace without a word.

A file that is stored has a second name until whoever reacts to it has been told. Where there are no links, a note takes the
place of that name: a small file that says what was stored.
"""

from __future__ import annotations

import errno
import os
import stat

from dicomkit.files.file_lock import folder_lock
from dicomkit.files.held_files import retry_while_held

__all__ = ["NOTE_SUFFIX", "make_folder", "place_exclusively", "set_aside"]

NOTE_SUFFIX = ".stored"  # after the name of the temporary file

# What file systems without hard links say (exFAT, some network drives and Android's storage).
_NO_LINKS = {errno.EPERM, errno.ENOSYS, errno.EOPNOTSUPP, errno.ENOTSUP, errno.EMLINK, errno.EXDEV}


def place_exclusively(temporary: str, target: str) -> bool:
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
    try:
        if os.name == "nt":
            # Windows' own rename refuses a name that is taken.
            _rename_with_note(temporary, target)
            return True
        if not hasattr(os, "link"):  # in a browser
            return _place_under_lock(temporary, target)
        os.link(temporary, target, follow_symlinks=False)
    except FileExistsError:
        return False
    except OSError as error:
        if error.errno not in _NO_LINKS:
            raise
        return _place_under_lock(temporary, target)
    return True


def _place_under_lock(temporary: str, target: str) -> bool:
    """Look and rename, where there are no links; all who place files in this folder wait for each other."""
    with folder_lock(os.path.dirname(target)):  # noqa: PTH120 - a text
        if os.path.lexists(target):
            return False
        _rename_with_note(temporary, target)
    return True


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
