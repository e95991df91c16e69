"""Temporary files in a receiver's folder, and those that a receiver that was killed has left there.

A temporary file is locked by whoever writes it. One that nobody has locked belongs to nobody: it was never
acknowledged, and is removed when a receiver starts. One that has a second name is stored, but its receiver was killed
before it could tell anybody: it is kept until that is made up for. So is a note, where there are no second names.
"""

from __future__ import annotations

import contextlib
import itertools
import os
import secrets
from collections.abc import Iterator
from pathlib import Path

from dicomkit.files.file_lock import try_to_lock
from dicomkit.files.foreign_names import INCOMING_PREFIX
from dicomkit.instance_store.placing import NOTE_SUFFIX

__all__ = ["Temporaries"]

# On Windows, bytes are only left alone in a file that is opened as binary.
_NEW_FILE = os.O_WRONLY | os.O_CREAT | os.O_EXCL | getattr(os, "O_CLOEXEC", 0) | getattr(os, "O_BINARY", 0)

_LEFT_OVER = os.O_RDWR | getattr(os, "O_NOFOLLOW", 0) | getattr(os, "O_NONBLOCK", 0)


class Temporaries:
    """Make temporary files in one folder.

    Parameters
    ----------
    folder
        An existing folder.

    Attributes
    ----------
    removed_count
        How many files of receivers that were killed were removed at the start.
    """

    def __init__(self, folder: Path) -> None:
        # Texts: making a `Path` takes longer than the system takes to make the file.
        self._start = os.path.join(folder, f"{INCOMING_PREFIX}{secrets.token_hex(6)}-")  # noqa: PTH118
        self._numbers = itertools.count(1)  # two threads never get the same one
        self._folder = folder
        self.removed_count = sum(
            _remove_left_over(path)
            for path in folder.glob(f"{INCOMING_PREFIX}*")
            if path.suffix != NOTE_SUFFIX
        )

    def stored_untold(self) -> Iterator[Path]:
        """Yield each that is stored and that nobody was told of; it is removed when the next one is asked for."""
        for path in sorted(self._folder.glob(f"{INCOMING_PREFIX}*")):
            if path.suffix == NOTE_SUFFIX:
                yield from self._noted(path)
                continue
            try:
                descriptor = os.open(path, _LEFT_OVER)
            except OSError:
                continue
            try:
                if try_to_lock(descriptor) and os.fstat(descriptor).st_nlink > 1:
                    yield path
                    path.unlink(missing_ok=True)
            finally:
                os.close(descriptor)

    def _noted(self, note: Path) -> Iterator[Path]:
        """Yield what a note is about, if its writer is no more and it was stored; then remove the note."""
        if note.with_suffix("").exists():
            return  # it is not stored yet
        try:
            target = (self._folder / note.read_text(encoding="utf-8")).resolve()
            descriptor = os.open(target, _LEFT_OVER) if target.is_relative_to(self._folder) else None
        except (OSError, ValueError):
            descriptor = None  # its writer was killed before it gave the name, or somebody has moved the file
        if descriptor is not None:
            try:
                if not try_to_lock(descriptor):
                    return  # whoever stored it is about to tell
                yield target
            finally:
                os.close(descriptor)
        note.unlink(missing_ok=True)

    def make(self) -> tuple[str, int]:
        """Make a new file, locked until its descriptor is closed; return its path and the descriptor.

        Raises
        ------
        OSError
            If the system refuses.
        """
        while True:
            path = f"{self._start}{next(self._numbers)}"
            # A descriptor: open() would ask for the file's status and build an object around it.
            descriptor = os.open(path, _NEW_FILE, 0o666)
            with contextlib.suppress(
                OSError
            ):  # a file system without locks: nobody will remove this file then
                try_to_lock(descriptor)
            # Before it was locked, a receiver that started just then may have taken it for a left-over.
            if os.fstat(descriptor).st_nlink:
                return path, descriptor
            os.close(descriptor)


def _remove_left_over(path: Path) -> bool:
    """Remove a temporary file that nobody has locked; return whether it was one."""
    try:
        descriptor = os.open(path, _LEFT_OVER)
    except OSError:
        return False  # somebody else was faster, or it is no file
    try:
        is_left = try_to_lock(descriptor) and os.fstat(descriptor).st_nlink == 1
        if is_left and os.name != "nt":
            path.unlink(missing_ok=True)
    except OSError:
        return False  # see Temporaries.make
    finally:
        os.close(descriptor)
    if is_left and os.name == "nt":  # Windows removes no file that is open
        path.unlink(missing_ok=True)
    return is_left
