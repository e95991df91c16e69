"""The content of a folder, file by file: the one listing that all who look through folders share.

What is not an ordinary file is listed as well, with the reason, so that callers can say what they leave out.
"""

from __future__ import annotations

import collections
import os
import re
from collections.abc import Iterable, Iterator

from dicomkit.errors import reason_of
from dicomkit.files.foreign_names import foreign_reason
from dicomkit.named_tuple import NamedTuple
from dicomkit.text import counted

__all__ = ["FolderFile", "files_in", "left_out", "summed_up"]

_MOST_REASONS = 20
_PLACE = r" at byte \d+"


class FolderFile(NamedTuple):
    """Something in a folder.

    Parameters
    ----------
    path
        Its position and encoding.
    name
        The path relative to the folder, with ``/`` between folders.
    refusal
        Why it must not be opened; empty for an ordinary file.
    is_trouble
        Whether it may contain instances all the same: a folder that cannot be listed.
    """

    path: str
    name: str
    refusal: str = ""
    is_trouble: bool = False


def files_in(folder: str | os.PathLike[str], *, recursive: bool = True) -> Iterator[FolderFile]:
    """Yield the content of a folder and its subfolders, sorted by name; links to folders are listed, not followed.

    Parameters
    ----------
    folder
        The folder. It may be hidden itself: only names inside it are examined.
    recursive
        Whether to list subfolders too. If not, they are yielded with a refusal.
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
    """Say in one line how many files are left out, and why; without file names, which may name a patient.

    Parameters
    ----------
    reasons
        One reason for each file that is left out.
    verb
        What is not done to these files, as a participle.

    Returns
    -------
    str
        Empty if nothing is left out.

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
    """Return how often each reason occurs, the most frequent first; offsets are ignored.

    Examples
    --------
    >>> summed_up(["it is empty", "cut off at byte 12", "cut off at byte 99"])
    '2 (cut off), 1 (it is empty)'
    """
    counts = collections.Counter(re.sub(_PLACE, "", reason) for reason in reasons)
    shown = counts.most_common(_MOST_REASONS)
    said = [f"{count} ({reason})" for reason, count in shown]
    if rest := counts.total() - sum(count for _, count in shown):
        said.append(f"{rest} (other reasons)")
    return ", ".join(said)
