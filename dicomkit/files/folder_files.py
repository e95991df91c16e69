"""What lies in a folder, file by file, for everybody who looks through one: nothing vanishes on the way.

What is not a file to look into is there as well, with the reason, so that whoever leaves it out can say so.
"""

from __future__ import annotations

import collections
import os
import re
from collections.abc import Iterable, Iterator
from typing import NamedTuple

from dicomkit.errors import reason_of
from dicomkit.files.foreign_names import foreign_reason
from dicomkit.text import counted

__all__ = ["FolderFile", "files_in", "left_out", "summed_up"]

_MOST_REASONS = 20
_PLACE = re.compile(r" at byte \d+")


class FolderFile(NamedTuple):
    """Something in a folder.

    Parameters
    ----------
    path
        Where it is.
    name
        The same from the folder on, with ``/`` between folders.
    refusal
        Why it is not to be looked into; empty for an ordinary file.
    is_trouble
        Whether there may be instances in it all the same: a folder that cannot be listed.
    """

    path: str
    name: str
    refusal: str = ""
    is_trouble: bool = False


def files_in(folder: str | os.PathLike[str], *, recursive: bool = True) -> Iterator[FolderFile]:
    """Yield what is in a folder and below, by name; links to folders are named and not followed.

    Parameters
    ----------
    folder
        Where to look. A path in front of its name plays no part: it may be hidden itself.
    recursive
        Whether to look into folders inside folders. If not, they are named as what is left out.
    """
    yield from _files_in(os.fspath(folder), "", recursive=recursive)


def _files_in(folder: str, prefix: str, *, recursive: bool) -> Iterator[FolderFile]:
    try:
        with os.scandir(folder) as listing:
            found = sorted(listing, key=lambda entry: entry.name)
    except OSError as error:
        yield FolderFile(folder, prefix, f"the folder cannot be listed ({reason_of(error)})", is_trouble=True)
        return
    for entry in found:
        name = f"{prefix}{entry.name}"
        refusal = foreign_reason(entry.name) or _not_a_file(entry)
        if refusal or entry.is_file():
            yield FolderFile(entry.path, name, refusal)
        elif recursive:
            yield from _files_in(entry.path, f"{name}/", recursive=True)
        else:
            yield FolderFile(entry.path, name, "a folder inside the folder: it was not asked for")


def _not_a_file(entry: os.DirEntry[str]) -> str:
    if entry.is_file() or entry.is_dir(follow_symlinks=False):
        return ""
    if entry.is_symlink():
        return "a link to a folder or to nothing; links are not followed"
    return "a pipe or a device, not a file"


def left_out(reasons: Iterable[str], verb: str) -> str:
    """Say in one line how much is left out, and why; without names, which may be a patient's.

    Parameters
    ----------
    reasons
        One for each file that is left out.
    verb
        What is not done to it, as a participle.

    Returns
    -------
    str
        Empty if there is nothing.

    Examples
    --------
    >>> left_out(["it is empty", "cut off at byte 12", "cut off at byte 99"], "shown")
    '3 files are not shown: 2 (cut off), 1 (it is empty)'
    """
    several = list(reasons)
    if not several:
        return ""
    return f"{counted(len(several), 'file')} {'is' if len(several) == 1 else 'are'} not {verb}: {summed_up(several)}"


def summed_up(reasons: Iterable[str]) -> str:
    """Return how often each reason occurs, the most frequent first; without places, so that equal ones meet.

    Examples
    --------
    >>> summed_up(["it is empty", "cut off at byte 12", "cut off at byte 99"])
    '2 (cut off), 1 (it is empty)'
    """
    counts = collections.Counter(_PLACE.sub("", reason) for reason in reasons)
    shown = counts.most_common(_MOST_REASONS)
    said = [f"{count} ({reason})" for reason, count in shown]
    if rest := counts.total() - sum(count for _, count in shown):
        said.append(f"{rest} (other reasons)")
    return ", ".join(said)
