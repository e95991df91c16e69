"""The bytes of a file: one that a caller names (no pipe or device, which may never end), or a table of this package."""

from __future__ import annotations

import os
import stat

from dicomkit.errors import FileAccessError, UsageError, reason_of

__all__ = ["bytes_beside", "file_bytes"]


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
    path = os.fspath(path_or_bytes)
    if not path:
        raise FileAccessError("an empty path", "names no file", "name one")
    try:
        mode = os.stat(path).st_mode  # noqa: PTH116 - importing pathlib takes longer than printing a file
        content = _read(path) if stat.S_ISREG(mode) else None
    except (FileNotFoundError, NotADirectoryError) as error:
        raise FileAccessError(path, "there is no such file", "check the name and the folder") from error
    except OSError as error:
        raise FileAccessError(path, f"cannot be read ({reason_of(error)})", "check its rights") from error
    if content is None:
        what = "a folder" if stat.S_ISDIR(mode) else "a pipe or a device"
        raise FileAccessError(path, f"this is {what}, not a file", "name a file")
    return path, content


def bytes_beside(module_file: str, name: str) -> bytes:
    """Return the bytes of a table that lies beside a module, given the module's ``__file__``."""
    return _read(os.path.join(os.path.dirname(module_file), name))  # noqa: PTH118, PTH120 - as above


def _read(path: str) -> bytes:
    with open(path, "rb", buffering=0) as stream:  # noqa: PTH123 - the same
        return stream.read()
