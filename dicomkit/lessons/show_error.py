"""Let an error happen, and show what it says."""

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

    The rest of a message may hold a traceback with this machine's folders, so it is left out; of an
    absolute path only the last part is shown, and of a port not its number, which is another on each
    run. The error ends here: the next cell runs.

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
    except Exception as error:  # noqa: BLE001 - whatever the block raises is what is to be shown
        lines = str(error).strip().splitlines()
        message = _ABSOLUTE_PATH.sub(r"…/\1", lines[0]) if lines else "(no message)"
        message = _PORT.sub("port …", message)
        print(f"{type(error).__name__}: {shorten(message, _MAX_LENGTH)}")
    else:
        print("no error: the block ran to its end")
