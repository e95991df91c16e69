"""The bytes of the file that a caller names; a pipe or a device is refused, since it may never end."""

from __future__ import annotations

import os
import stat
from pathlib import Path

from dicomkit.errors import FileAccessError, UsageError, reason_of

__all__ = ["file_bytes"]


def file_bytes(path_or_bytes: str | os.PathLike[str] | bytes) -> tuple[str, bytes]:
    """Return the name of an input for error messages, and its bytes.

    Parameters
    ----------
    path_or_bytes
        A file, or its content.

    Raises
    ------
    FileAccessError
        If the path is missing, a folder, or cannot be read.
    UsageError
        If it is neither a path nor bytes.
    """
    if isinstance(path_or_bytes, bytes):
        return "bytes", path_or_bytes
    if not isinstance(path_or_bytes, str | os.PathLike):
        raise UsageError(
            type(path_or_bytes).__name__,
            "this is no path and no bytes",
            "give the path of a file; a data set gets one by dataset.save_as(path)",
        )
    path = Path(path_or_bytes)
    try:
        mode = path.stat().st_mode
        content = path.read_bytes() if stat.S_ISREG(mode) else None
    except FileNotFoundError as error:
        raise FileAccessError(path, "there is no such file", "check the name and the folder") from error
    except OSError as error:
        raise FileAccessError(path, f"cannot be read ({reason_of(error)})", "check its rights") from error
    if content is None:
        what = "a folder" if stat.S_ISDIR(mode) else "a pipe or a device"
        raise FileAccessError(path, f"this is {what}, not a file", "name a file")
    return str(path), content
