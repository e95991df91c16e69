"""Show the message of an expected error."""

from __future__ import annotations

import contextlib
import re
from collections.abc import Iterator

from dicomkit.text import shorten

__all__ = ["show_error"]

_MAX_LENGTH = 300  # characters

# An absolute path, of Unix or of Windows, at the start of a word; group 1 is its last part.
_ABSOLUTE_PATH = re.compile(
    r"""(?<![^\s'"(=])(?:[A-Za-z]:)?(?:[\\/]+[^\\/\s'":;,)]+)*[\\/]+([^\\/\s'":;,)]+)"""
)
_PORT = re.compile(r"\bport \d{4,5}\b")


@contextlib.contextmanager
def show_error() -> Iterator[None]:
    """Run the block and print the error that ends it: its type and the first line of its message.

    Later lines may hold a traceback with folders of this computer, so they are left out. An absolute path is shortened to
    its last part, and the number of a port, which changes from run to run, is left out. The error is not raised again.

    Examples
    --------
    >>> with show_error():
    ...     int("twelve")
    ValueError: invalid literal for int() with base 10: 'twelve'
    >>> with show_error():
    ...     number = int("12")
    no error: the block ran to its end
    """
    try:
        yield
    except Exception as error:  # noqa: BLE001 - any error of the block is shown
        lines = str(error).strip().splitlines()
        message = _ABSOLUTE_PATH.sub(r"…/\1", lines[0]) if lines else "(no message)"
        message = _PORT.sub("port …", message)
        print(f"{type(error).__name__}: {shorten(message, _MAX_LENGTH)}")
    else:
        print("no error: the block ran to its end")
