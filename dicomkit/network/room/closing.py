"""Close a room for good: delete all credentials, and keep or delete the instances."""

from __future__ import annotations

import os
import shutil
from pathlib import Path
from typing import NamedTuple

from dicomkit.errors import FileAccessError, reason_of
from dicomkit.network.room.layout import LOCK_FILE, RECEIVED, SEATS, SERVER_FILE, lock_room
from dicomkit.network.room.roster import ROSTER_FILE, read_roster
from dicomkit.text import counted

__all__ = ["Closed", "close_room", "undo_founding"]


class Closed(NamedTuple):
    """The result of closing a room; its ``str`` is a summary."""

    folder: str
    instances: int
    attendees: int
    seats: int
    was_deleted: bool

    def __str__(self) -> str:
        what = f"{counted(self.instances, 'instance')} of {counted(self.attendees, 'attendee')}"
        done = f"deleted {what}" if self.was_deleted else f"kept {what} in {Path(self.folder) / RECEIVED}"
        return f"{done}; deleted {counted(self.seats, 'seat')} and the roster, so nobody can join any more"


def undo_founding(folder: Path) -> None:
    """Remove the files of a new room that could not be opened."""
    for path in sorted((folder / RECEIVED).glob("*")):
        path.rmdir()
    if (folder / RECEIVED).exists():
        (folder / RECEIVED).rmdir()
    shutil.rmtree(folder / SEATS, ignore_errors=True)
    for name in (SERVER_FILE, ROSTER_FILE):
        (folder / name).unlink(missing_ok=True)


def close_room(folder: Path, *, delete: bool) -> Closed:
    """Close the room in `folder`; see `Room.close`.

    Raises
    ------
    FileAccessError
        If it is no room, is still open, or cannot be deleted.
    """
    if read_roster(folder) is None:
        raise FileAccessError(folder, "is no room", "name the folder that 'dicomkit room open' was given")
    lock = lock_room(folder)
    try:
        files = list((folder / RECEIVED).glob("*/*/*.dcm"))
        seats = list((folder / SEATS).iterdir())
        if delete:
            shutil.rmtree(folder / RECEIVED)
        shutil.rmtree(folder / SEATS)
        (folder / SERVER_FILE).unlink(missing_ok=True)
        (folder / ROSTER_FILE).unlink()
        (folder / LOCK_FILE).unlink(missing_ok=True)
    except OSError as error:
        raise FileAccessError(
            folder, f"cannot be deleted ({reason_of(error)})", "see who uses it, and close it again"
        ) from error
    finally:
        if lock is not None:
            os.close(lock)
    return Closed(
        str(folder), len(files), len({path.parts[-3] for path in files}), len(seats), was_deleted=delete
    )
