"""The problems of a server, which happen in its threads and are raised in its owner's."""

from __future__ import annotations

import collections
import threading

from dicomkit.errors import DicomKitError

__all__ = ["Problems"]

_MAX_KEPT = 1_000


class Problems:
    """Keep the last 1,000 problems until `check` raises them; safe to use from several threads."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._kept: collections.deque[DicomKitError] = collections.deque(maxlen=_MAX_KEPT)

    @property
    def all(self) -> list[DicomKitError]:
        """The problems since the last `check`, oldest first."""
        with self._lock:
            return list(self._kept)

    def add(self, problem: DicomKitError, cause: BaseException | None = None) -> None:
        """Keep a problem, with the exception that caused it."""
        if cause is not None:
            problem.__cause__ = cause
        with self._lock:
            self._kept.append(problem)

    def check(self) -> None:
        """Raise the first problem since the last call, with a note that counts the others.

        Raises
        ------
        DicomKitError
            If there is one.
        """
        with self._lock:
            kept = list(self._kept)
            self._kept.clear()
        if kept:
            if len(kept) > 1:
                kept[0].add_note(f"and {len(kept) - 1} more")
            raise kept[0]
