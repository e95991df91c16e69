"""The largest picture that is accepted, checked before memory is allocated."""

from __future__ import annotations

from pathlib import Path

from dicomkit.errors import FileAccessError, ImageError, reason_of

__all__ = ["MAX_PIXELS", "check_size", "picture_bytes"]

MAX_PIXELS = 2**26  # over all frames: 8192 x 8192; a 67-million-pixel picture in colour takes 200 MB
_LARGEST_SIZE = 65535  # Rows and Columns are US, 16 bits
_MAX_FILE_BYTES = 2**30


def picture_bytes(path: Path) -> bytes:
    """Return the bytes of a picture file.

    Raises
    ------
    FileAccessError
        If the file cannot be read.
    ImageError
        If it is empty or larger than 1 GiB.
    """
    try:
        if path.stat().st_size > _MAX_FILE_BYTES:
            raise ImageError(path, "it is larger than 1 GiB", "make the picture smaller")
        content = path.read_bytes()
    except OSError as error:
        raise FileAccessError(
            path, f"cannot be read ({reason_of(error)})", "check the path and its rights"
        ) from None
    if not content:
        raise ImageError(path, "it is empty", "export the picture again")
    return content


def check_size(given: object, rows: int, columns: int, frames: int = 1) -> None:
    """Check a picture's stated size before memory is allocated.

    Raises
    ------
    ImageError
        If it has no pixels, more than `MAX_PIXELS`, or a side longer than 65535.
    """
    if rows < 1 or columns < 1 or frames < 1:
        raise ImageError(given, f"it has {frames} x {rows} x {columns} pixels", "give it at least one pixel")
    if max(rows, columns) > _LARGEST_SIZE:
        raise ImageError(given, f"it has {rows} rows and {columns} columns", f"at most {_LARGEST_SIZE} fit")
    if rows * columns * frames > MAX_PIXELS:
        raise ImageError(
            given,
            f"it has {frames} x {rows} x {columns} pixels, more than {MAX_PIXELS}",
            "make the picture smaller",
        )
