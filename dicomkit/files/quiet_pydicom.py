"""Keep pydicom from repeating values: its warnings and its log quote whatever does not fit a VR.

A value may be a patient's name, and a log is read by people who should not see it. What is wrong with a file
is said by this package's own errors, which name the tag.
"""

from __future__ import annotations

import contextlib
import logging
import threading
from collections.abc import Iterator

from dicomkit.files.warnings_here import is_ignoring, warnings_here

__all__ = ["quiet_pydicom"]


class _QuietThreads(threading.local):
    """In how many quiet blocks this thread is; each thread sees its own number."""

    blocks = 0

    def filter(self, _record: logging.LogRecord) -> bool:
        """Say whether a record of this thread is logged."""
        return self.blocks == 0


_quiet_threads = _QuietThreads()


@contextlib.contextmanager
def quiet_pydicom() -> Iterator[None]:
    """Silence what pydicom says, and all warnings, in this thread until the block ends; no other thread notices."""
    if _quiet_threads.blocks and is_ignoring():
        yield  # the block around this one does it
        return
    # It stays there, for a list that others are going through is no place to take things out of.
    logging.getLogger("pydicom").addFilter(_quiet_threads)
    _quiet_threads.blocks += 1
    try:
        with warnings_here("ignore"):
            yield
    finally:
        _quiet_threads.blocks -= 1
