"""The counts of a receiver in one line, for its log."""

from __future__ import annotations

import collections
import threading
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from dicomkit.network import ReceiverEvent

__all__ = ["ReceptionCounts"]

# Kinds of `ReceiverEvent` and their names in the line, in order; zero counts are left out.
_WORDS = {
    "instance refused": "refused",
    "request refused": "requests refused",
    "association rejected": "associations rejected",
    "association aborted": "associations aborted",
    "association failed": "associations failed",
    "connection turned away": "connections turned away",
}


class ReceptionCounts:
    """Count a receiver's events; several threads may call it at once."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._counts: collections.Counter[str] = collections.Counter()

    def count(self, event: ReceiverEvent) -> None:
        """Count an event."""
        kind = event.kind
        if event.instance is not None:
            kind = "duplicate" if event.instance.duplicate else "received"
        with self._lock:
            self._counts[kind] += 1

    def summary(self, failed_hooks: int = 0) -> str:
        """Return the counts, for example ``received 1,204, duplicates 3, refused 2, commands failed 1``.

        Parameters
        ----------
        failed_hooks
            How many commands failed.
        """
        with self._lock:
            counts = self._counts.copy()
        parts = [f"received {counts['received']:,}", f"duplicates {counts['duplicate']:,}"]
        parts += [f"{word} {counts[kind]:,}" for kind, word in _WORDS.items() if counts[kind]]
        parts += [f"commands failed {failed_hooks:,}"] if failed_hooks else []
        return ", ".join(parts)
