"""Names of files that are left in folders of instances and are not instances; no part of the package opens them.

A running receiver, a file manager and an operating system all leave files there. The index, the sender, the watcher,
`deidentify` and the viewers skip the same ones, and say so; an archive's catalogue skips them silently.
"""

from __future__ import annotations

__all__ = ["HOOKS_PREFIX", "INCOMING_PREFIX", "JOURNAL_NAME", "TEMPORARY_PREFIX", "foreign_reason", "is_own"]

JOURNAL_NAME = ".dicomkit-arrivals.sqlite"
HOOKS_PREFIX = ".dicomkit-hooks-"
INCOMING_PREFIX = ".incoming-"
TEMPORARY_PREFIX = ".dicomkit-"

# The first prefix that matches counts.
_OWN = (
    (JOURNAL_NAME, "a journal of arrivals, of dicomkit itself"),
    (HOOKS_PREFIX, "a list of what waits for a command, of dicomkit itself"),
    (INCOMING_PREFIX, "an instance that is not finished, of a receiver"),
    (TEMPORARY_PREFIX, "a file of dicomkit itself"),
)
_STARTS = (
    *_OWN,
    ("._", "notes of macOS on another file"),
    (".ds_store", "notes of macOS on a folder"),
    (".", "hidden: its name begins with a dot"),
    ("~$", "a lock of an office program"),
)
_THIS_AND_ABOVE = {".", ".."}
_NAME_STARTS = tuple(start for start, _ in _STARTS)
_NAMES = {
    "thumbs.db": "small pictures of Windows",
    "ehthumbs.db": "small pictures of Windows",
    "desktop.ini": "notes of Windows on a folder",
    "$recycle.bin": "the bin of Windows",
    "system volume information": "notes of Windows on a disk",
    "__macosx": "notes of macOS in an archive",
    "icon\r": "a picture of macOS for a folder",
}


def foreign_reason(name: str) -> str:
    """Return what a file or folder is, if its name shows that it holds no instances; otherwise "".

    Only for names that were found in a folder. A path that a person gives is opened whatever its name.

    Parameters
    ----------
    name
        The name alone, without the folder.

    Examples
    --------
    >>> foreign_reason("Thumbs.db"), foreign_reason("IM000001")
    ('small pictures of Windows', '')
    """
    lower = name.lower()
    if lower.startswith(_NAME_STARTS) and lower not in _THIS_AND_ABOVE:
        return next(what for start, what in _STARTS if lower.startswith(start))
    return _NAMES.get(lower, "")


def is_own(name: str) -> bool:
    """Return whether a file is one that this package keeps in a folder while it works."""
    return name.startswith(tuple(start for start, _ in _OWN))
