"""Give a finished file its name unless the name is taken, in one system call.

Looking first and renaming then would be two steps. Between them another program may create a file of that name,
which the renaming would replace without a word.
"""

from __future__ import annotations

import errno
import os
from collections.abc import Callable

from dicomkit.files.file_lock import folder_lock
from dicomkit.files.held_files import retry_while_held

__all__ = ["place_exclusively"]

# The errors of file systems without hard links (exFAT, some network drives and Android's storage).
_NO_LINKS = {errno.EPERM, errno.ENOSYS, errno.EOPNOTSUPP, errno.ENOTSUP, errno.EMLINK, errno.EXDEV}


def _rename(temporary: str, target: str) -> None:
    retry_while_held(lambda: os.rename(temporary, target))  # noqa: PTH104 - texts


def place_exclusively(temporary: str, target: str, *, rename: Callable[[str, str], None] = _rename) -> bool:
    """Give the file `temporary` the name `target`; return False if that name is taken.

    With hard links the file has both names afterwards, until its owner removes the first.

    Parameters
    ----------
    temporary, target
        Paths in one file system.
    rename
        The function that renames where there are no hard links.

    Raises
    ------
    OSError
        If the system refuses for another reason.
    """
    try:
        if os.name == "nt":
            # Windows' own rename refuses a name that is taken.
            rename(temporary, target)
            return True
        if not hasattr(os, "link"):  # in a browser
            return _place_under_lock(temporary, target, rename)
        os.link(temporary, target, follow_symlinks=False)
    except FileExistsError:
        return False
    except OSError as error:
        if error.errno not in _NO_LINKS:
            raise
        return _place_under_lock(temporary, target, rename)
    return True


def _place_under_lock(temporary: str, target: str, rename: Callable[[str, str], None]) -> bool:
    """Look and rename under the folder's lock, where there are no hard links."""
    with folder_lock(os.path.dirname(target)):  # noqa: PTH120 - a text
        if os.path.lexists(target):
            return False
        rename(temporary, target)
    return True
