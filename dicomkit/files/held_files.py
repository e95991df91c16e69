"""Windows refuses to rename a file that somebody has open, and virus scanners open every new file for a moment."""

from __future__ import annotations

import os
import time
from collections.abc import Callable
from typing import TypeVar

__all__ = ["retry_while_held"]

T = TypeVar("T")

_PAUSES_S = (0.01, 0.02, 0.04, 0.08, 0.16, 0.32, 0.64)  # 1.3 s in all: a scanner is done long before


def retry_while_held(
    rename: Callable[[], T],
    *,
    is_windows: bool = os.name == "nt",
    pause: Callable[[float], object] = time.sleep,
) -> T:
    """Call `rename`, again and again for a second while Windows says that somebody holds the file.

    Parameters
    ----------
    rename
        Renames or replaces one file.
    is_windows
        Whether this system refuses for that reason; others are asked once.
    pause
        Waits for so many seconds.

    Raises
    ------
    OSError
        What `rename` raises in the end, or at once if it is no refusal of that kind.
    """
    for pause_s in _PAUSES_S if is_windows else ():
        try:
            return rename()
        except PermissionError:
            pause(pause_s)
    return rename()
