"""Make files and folders that only their owner may read; nothing is overwritten."""

from __future__ import annotations

import os
from pathlib import Path

from dicomkit.errors import FileAccessError, reason_of

__all__ = ["make_private_folder", "write_private"]


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
