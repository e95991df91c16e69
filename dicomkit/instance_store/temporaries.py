"""Temporary files in a receiver's folder, and those that a killed receiver left there.

A receiver locks its temporary files. An unlocked one is a left-over: its instance was never acknowledged, so it is
removed when a receiver starts. An unlocked one with a second name is stored, but its receiver was killed before it
reported it: it is kept until that has been done. So is a note, which stands for the second name where there are no
hard links.
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

# On Windows, only O_BINARY keeps bytes unchanged.
_NEW_FILE = os.O_WRONLY | os.O_CREAT | os.O_EXCL | getattr(os, "O_CLOEXEC", 0) | getattr(os, "O_BINARY", 0)

_LEFT_OVER = os.O_RDWR | getattr(os, "O_NOFOLLOW", 0) | getattr(os, "O_NONBLOCK", 0)


class Temporaries:
    """Make temporary files in one folder; `removed_count` left-overs were removed when this object was made."""

    def __init__(self, folder: Path) -> None:
        # A str: making a `Path` takes longer than making the file.
        self._start = os.path.join(folder, f"{INCOMING_PREFIX}{secrets.token_hex(6)}-")  # noqa: PTH118
        self._numbers = itertools.count(1)  # atomic: no two threads get the same number
        self._folder = folder
        self.removed_count = sum(
            _remove_left_over(path)
            for path in folder.glob(f"{INCOMING_PREFIX}*")
            if path.suffix != NOTE_SUFFIX
        )

    def unreported(self) -> Iterator[Path]:
        """Yield each file that is stored but was not reported; its mark is removed when the next one is asked for."""
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
        """Yield the file that a note names, if it is stored and its receiver is gone; then remove the note."""
        if note.with_suffix("").exists():
            return  # not stored yet
        try:
            target = (self._folder / note.read_text(encoding="utf-8")).resolve()
            descriptor = os.open(target, _LEFT_OVER) if target.is_relative_to(self._folder) else None
        except (OSError, ValueError):
            descriptor = None  # the receiver was killed before it renamed the file, or the file was moved
        if descriptor is not None:
            try:
                if not try_to_lock(descriptor):
                    return  # its receiver is still running
                yield target
            finally:
                os.close(descriptor)
        note.unlink(missing_ok=True)

    def make(self) -> tuple[str, int]:
        """Make a new file, locked until its descriptor is closed; return its path and the descriptor.

        Raises
        ------
        OSError
            If the file cannot be made.
        """
        while True:
            path = f"{self._start}{next(self._numbers)}"
            # os.open: the built-in open() also calls fstat and makes a file object.
            descriptor = os.open(path, _NEW_FILE, 0o666)
            with contextlib.suppress(
                OSError
            ):  # without locks in a file system, no receiver removes this file
                try_to_lock(descriptor)
            # A receiver that started before the lock was taken may have removed the file.
            if os.fstat(descriptor).st_nlink:
                return path, descriptor
            os.close(descriptor)


def _remove_left_over(path: Path) -> bool:
    """Remove a temporary file if it is an unlocked left-over; return whether it was."""
    try:
        descriptor = os.open(path, _LEFT_OVER)
    except OSError:
        return False  # removed by another receiver, or not a file
    try:
        is_left = try_to_lock(descriptor) and os.fstat(descriptor).st_nlink == 1
        if is_left and os.name != "nt":
            path.unlink(missing_ok=True)
    except OSError:
        return False  # see Temporaries.make
    finally:
        os.close(descriptor)
    if is_left and os.name == "nt":  # Windows does not remove an open file
        path.unlink(missing_ok=True)
    return is_left
