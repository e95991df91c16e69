"""Files that lie in a folder of instances and are none: known by their names, and looked into by nobody.

A receiver that is at work, a file manager, an operating system: each leaves something behind. The index, the
sender, the watcher, `deidentify` and the viewers pass over the same of it, and say so.
"""

from __future__ import annotations

__all__ = ["HOOKS_PREFIX", "INCOMING_PREFIX", "JOURNAL_NAME", "TEMPORARY_PREFIX", "foreign_reason", "is_own"]

JOURNAL_NAME = ".dicomkit-arrivals.sqlite"
HOOKS_PREFIX = ".dicomkit-hooks-"
INCOMING_PREFIX = ".incoming-"
TEMPORARY_PREFIX = ".dicomkit-"

# The first that fits says what it is.
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
    """Say what a file or folder is, if its name alone says that it holds no instances; otherwise "".

    It is meant for what is found in a folder. What a person names is looked into, whatever its name.

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
    """Say whether a file is one that this package keeps in a folder while it is at work."""
    return name.startswith(tuple(start for start, _ in _OWN))
