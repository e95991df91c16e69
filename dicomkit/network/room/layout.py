"""The folder of a room: the names in it, files that only their owner may read, and its lock."""

from __future__ import annotations

import os
from pathlib import Path

from dicomkit.errors import FileAccessError, reason_of
from dicomkit.files.file_lock import try_to_lock

__all__ = [
    "LOCK_FILE",
    "RECEIVED",
    "SEATS",
    "SERVER_FILE",
    "lock_room",
    "make_private_folder",
    "seat_file",
    "write_private",
]

RECEIVED, SEATS = "received", "seats"
_SEAT_SUFFIX = ".seat"
SERVER_FILE = "room.pem"
LOCK_FILE = "room.lock"


def seat_file(folder: Path, title: str) -> Path:
    """Return the path of an attendee's seat."""
    return folder / SEATS / f"{title}{_SEAT_SUFFIX}"


def write_private(path: Path, text: str) -> None:
    """Write a new file that only its owner may read (0600).

    Raises
    ------
    FileAccessError
        If the path exists, or cannot be written.
    """
    try:
        descriptor = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
        with os.fdopen(descriptor, "w", encoding="utf-8") as stream:
            stream.write(text)
    except OSError as error:
        raise FileAccessError(
            path, f"cannot be written ({reason_of(error)})", "choose another folder"
        ) from error


def make_private_folder(path: Path) -> None:
    """Make a folder that only its owner may read (0700), unless it exists.

    Raises
    ------
    FileAccessError
        If it cannot be made.
    """
    try:
        path.mkdir(mode=0o700, parents=True, exist_ok=True)
    except OSError as error:
        raise FileAccessError(
            path, f"cannot be made ({reason_of(error)})", "choose another folder"
        ) from error


def lock_room(folder: Path) -> int | None:
    """Lock the room; return the descriptor that holds the lock until it is closed or the program ends.

    Raises
    ------
    FileAccessError
        If another program has locked it, or the folder cannot be written.
    """
    try:
        descriptor = os.open(folder / LOCK_FILE, os.O_RDWR | os.O_CREAT | getattr(os, "O_CLOEXEC", 0), 0o600)
    except OSError as error:
        raise FileAccessError(
            folder, f"takes no files ({reason_of(error)})", "choose another folder"
        ) from error
    try:
        is_ours = try_to_lock(descriptor)
    except OSError:
        return descriptor  # a file system without locks; the port is taken all the same
    if not is_ours:
        os.close(descriptor)
        raise FileAccessError(folder, "this room is open already", "stop the program that has it open first")
    return descriptor
