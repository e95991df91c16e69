"""Retry renames on Windows, which refuses them while a file is open: virus scanners open every new file."""

from __future__ import annotations

import os
import time
from collections.abc import Callable

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import TypeVar

    T = TypeVar("T")

__all__ = ["retry_while_held"]

_PAUSES_S = (0.01, 0.02, 0.04, 0.08, 0.16, 0.32, 0.64)  # 1.3 s in all: a scanner is done long before


def retry_while_held(
    rename: Callable[[], T],
    *,
    is_windows: bool = os.name == "nt",
    pause: Callable[[float], object] = time.sleep,
) -> T:
    """Call `rename`, and retry for a second while Windows reports a sharing violation.

    Parameters
    ----------
    rename
        A function that renames or replaces one file.
    is_windows
        Whether to retry at all; other systems allow renaming open files.
    pause
        A function that waits for a number of seconds.

    Raises
    ------
    OSError
        The last error of `rename`; at once if it is not a sharing violation.
    """
    for pause_s in _PAUSES_S if is_windows else ():
        try:
            return rename()
        except PermissionError:
            pause(pause_s)
    return rename()
