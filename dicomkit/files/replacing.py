"""Write a file completely, or not at all.

The bytes go to a temporary file in the same folder, which is renamed when it is complete: other programs see the old
file or the new one, never half of one. A pipe or a device, such as ``/dev/stdout``, is written to directly: renaming a
file over a device would remove the device.
"""

from __future__ import annotations

import contextlib
import os
import stat
from collections.abc import Callable, Iterator
from pathlib import Path

from dicomkit.errors import DicomKitError, FileAccessError, reason_of
from dicomkit.files.foreign_names import TEMPORARY_PREFIX
from dicomkit.files.held_files import retry_while_held
from dicomkit.files.placing import place_exclusively

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import BinaryIO

__all__ = ["file_to_replace", "is_special_file", "new_file", "sync_folder"]


@contextlib.contextmanager
def file_to_replace(path: str | os.PathLike[str], *, durable: bool = False) -> Iterator[BinaryIO]:
    """Open a temporary file that replaces `path` when the block ends without an error.

    Parameters
    ----------
    path
        The file to write. A link is followed; a device or a pipe is written to directly.
    durable
        Also wait until the disk has the bytes and the folder entry (fsync), so that they survive a power cut.

    Raises
    ------
    FileAccessError
        If the folder does not exist or cannot be written, or the disk is full. Nothing is left behind.
    """
    target = Path(path)
    if target.is_symlink():
        target = target.resolve()
    if is_special_file(Path(path)):
        with _opened_in_place(Path(path)) as stream:
            yield stream
        return
    with _whole_file(target, lambda made: retry_while_held(lambda: made.replace(target)), durable) as stream:
        yield stream


@contextlib.contextmanager
def new_file(
    path: str | os.PathLike[str], *, taken: str = "a file of that name is there already"
) -> Iterator[BinaryIO]:
    """Open a temporary file that is named `path` when the block ends without an error; nothing is ever replaced.

    Parameters
    ----------
    path
        The name. It must be free when the block begins and when it ends.
    taken
        The problem that the error names if it is not.

    Raises
    ------
    FileAccessError
        If the name is taken, or as for `file_to_replace`. Nothing is left behind.
    """
    target = Path(path)
    if os.path.lexists(target):
        raise _taken_error(target, taken)

    def place(made: Path) -> None:
        if not place_exclusively(str(made), str(target)):
            raise _taken_error(target, taken)

    with _whole_file(target, place, durable=False) as stream:
        yield stream


@contextlib.contextmanager
def _whole_file(target: Path, place: Callable[[Path], object], durable: bool) -> Iterator[BinaryIO]:  # noqa: FBT001 - private
    temporary = target.parent / f"{TEMPORARY_PREFIX}{os.urandom(8).hex()}"
    try:
        # "x": never another program's file. Its mode follows the user's umask, as for any new file.
        stream = temporary.open("xb")
    except OSError as error:
        raise _access_error(target, error) from error
    try:
        with stream:
            yield stream
            stream.flush()
            if durable:
                os.fsync(stream.fileno())
        place(temporary)
        if durable:
            sync_folder(target.parent)
    except DicomKitError:
        raise
    except OSError as error:
        raise _access_error(target, error) from error
    finally:
        temporary.unlink(missing_ok=True)


def is_special_file(path: Path) -> bool:
    """Return whether the path is a device, a pipe or a socket."""
    try:
        kind = path.stat().st_mode
    except OSError:
        return False
    return not (stat.S_ISREG(kind) or stat.S_ISDIR(kind))


@contextlib.contextmanager
def _opened_in_place(path: Path) -> Iterator[BinaryIO]:
    try:
        with path.open("wb") as stream:
            yield stream
    except BrokenPipeError:
        raise  # the reader closed the pipe
    except OSError as error:
        raise _access_error(path, error) from error


def sync_folder(folder: Path) -> None:
    """Wait until the renames in a folder would survive a power cut (fsync)."""
    if os.name == "nt":
        return  # Windows cannot open a folder as a file; NTFS journals the rename itself
    handle = os.open(folder, os.O_RDONLY)
    try:
        os.fsync(handle)
    finally:
        os.close(handle)


def _taken_error(target: Path, taken: str) -> FileAccessError:
    return FileAccessError(target, taken, "choose another name, or remove it")


def _access_error(target: Path, error: OSError) -> FileAccessError:
    return FileAccessError(
        target, f"cannot be written ({reason_of(error)})", "check the folder, its rights and the free space"
    )
