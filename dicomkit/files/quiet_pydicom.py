"""Silence pydicom, whose warnings and log messages quote values that do not fit their VR.

A value may be a patient's name, and a log is read by people who should not see it. This package's own errors say
what is wrong with a file, and name the tag only.
"""

from __future__ import annotations

import contextlib
import logging
import threading
from collections.abc import Iterator

from dicomkit.files.warnings_here import is_ignoring, warnings_here

__all__ = ["quiet_pydicom"]


class _QuietThreads(threading.local):
    """The number of `quiet_pydicom` blocks that this thread is in."""

    blocks = 0

    def filter(self, _record: logging.LogRecord) -> bool:
        """Return whether a log record of this thread passes."""
        return self.blocks == 0


_quiet_threads = _QuietThreads()


@contextlib.contextmanager
def quiet_pydicom() -> Iterator[None]:
    """Silence pydicom's log and all warnings for the block, in this thread only."""
    if _quiet_threads.blocks and is_ignoring():
        yield  # the enclosing block does it
        return
    # The filter stays in the list: another thread may be iterating over it.
    logging.getLogger("pydicom").addFilter(_quiet_threads)
    _quiet_threads.blocks += 1
    try:
        with warnings_here("ignore"):
            yield
    finally:
        _quiet_threads.blocks -= 1
