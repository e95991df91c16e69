"""Keep pydicom from repeating values: its warnings and its log quote whatever does not fit a VR.

A value may be a patient's name, and a log is read by people who should not see it. What is wrong with a file
is said by this package's own errors, which name the tag.
"""

from __future__ import annotations

import contextlib
import logging
import threading
import warnings
from collections.abc import Iterator

__all__ = ["quiet_pydicom"]


class _IgnoredWarnings:
    """Ignore warnings as long as at least one block wants it.

    Python keeps one list of warning filters for all threads. Were each block to save and restore it, two that
    overlap would leave it as the other one had it, and warnings would be ignored for good.
    """

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._blocks = 0
        self._before = contextlib.ExitStack()

    def __enter__(self) -> None:
        with self._lock:
            if self._blocks == 0:
                self._before.enter_context(warnings.catch_warnings())
                warnings.simplefilter("ignore")
            self._blocks += 1

    def __exit__(self, *_: object) -> None:
        with self._lock:
            self._blocks -= 1
            if self._blocks == 0:
                self._before.close()


_ignored_warnings = _IgnoredWarnings()  # one for the process, as the filters are


@contextlib.contextmanager
def quiet_pydicom() -> Iterator[None]:
    """Silence what pydicom says in this thread until the block ends; warnings are silent in all threads."""
    thread = threading.get_ident()

    def is_from_elsewhere(record: logging.LogRecord) -> bool:
        return record.thread != thread

    logger = logging.getLogger("pydicom")
    logger.addFilter(is_from_elsewhere)
    try:
        with _ignored_warnings:
            yield
    finally:
        logger.removeFilter(is_from_elsewhere)
