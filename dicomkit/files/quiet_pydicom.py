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


@contextlib.contextmanager
def quiet_pydicom() -> Iterator[None]:
    """Silence what pydicom says in this thread until the block ends."""
    thread = threading.get_ident()

    def is_from_elsewhere(record: logging.LogRecord) -> bool:
        return record.thread != thread

    logger = logging.getLogger("pydicom")
    logger.addFilter(is_from_elsewhere)
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            yield
    finally:
        logger.removeFilter(is_from_elsewhere)
