"""Take arrivals from whoever has them: a receiver in this process, a message queue, a test."""

from __future__ import annotations

import os
import threading
import time
from collections.abc import Callable, Hashable

from dicomkit.arrivals.study_watcher import StudyWatcher

__all__ = ["EventFeed"]


class EventFeed:
    """Collect what a receiver tells, from any thread, and hand it to a watcher.

    This room knows nothing of the network. Whoever receives calls these methods.

    Parameters
    ----------
    clock
        The watcher's clock.

    Examples
    --------
    >>> feed = EventFeed()
    >>> feed.association_opened("CTSCANNER 1")
    >>> feed.stored("1.2.3", "1.2.3.1", "in/scp_1.2.3", association="CTSCANNER 1")
    >>> feed.association_closed("CTSCANNER 1")
    """

    def __init__(self, *, clock: Callable[[], float] = time.monotonic) -> None:
        self._clock = clock
        self._changed = threading.Condition()
        self._events: list[Callable[[StudyWatcher], None]] = []
        self._open: set[Hashable] = set()
        self._closed = False

    @property
    def finished(self) -> bool:
        """Tell whether nothing more will come."""
        with self._changed:
            return self._closed and not self._events

    def stored(
        self,
        study_instance_uid: str,
        sop_instance_uid: str,
        folder: str | os.PathLike[str],
        *,
        association: Hashable = None,
        expected_count: int | None = None,
    ) -> None:
        """Say that an instance is on disk, whole.

        Parameters
        ----------
        study_instance_uid, sop_instance_uid
            (0020,000D) and (0008,0018).
        folder
            Where its file lies.
        association
            What identifies the association it came on.
        expected_count
            How many instances the study has, if that is known.
        """
        at_s = self._clock()
        self._add(
            lambda watcher: watcher.arrived(
                study_instance_uid,
                sop_instance_uid,
                folder=folder,
                association=association,
                expected_count=expected_count,
                at_s=at_s,
            )
        )

    def association_opened(self, association: Hashable) -> None:
        """Say that an association was accepted."""
        self._open.add(association)
        self._add(lambda watcher: watcher.association_opened(association))

    def association_closed(self, association: Hashable) -> None:
        """Say that an association was released, aborted or lost."""
        at_s = self._clock()
        self._open.discard(association)
        self._add(lambda watcher: watcher.association_closed(association, at_s=at_s))

    def deliver(self, watcher: StudyWatcher) -> None:
        """Tell the watcher what has happened since the last time, in that order."""
        with self._changed:
            events, self._events = self._events, []
        for event in events:
            event(watcher)

    def look_again(self, study_instance_uids: list[str], watcher: StudyWatcher) -> None:
        """Do nothing: what was told is certain."""

    def wait(self, timeout_s: float | None) -> None:
        """Wait until something happens, but no longer than `timeout_s`."""
        with self._changed:
            self._changed.wait_for(
                lambda: bool(self._events) or (self._closed and timeout_s is None), timeout_s
            )

    def close(self) -> None:
        """Say that nothing more will come: a watch ends when what is there has been announced."""
        for association in list(self._open):
            self.association_closed(association)
        with self._changed:
            self._closed = True
            self._changed.notify_all()

    def _add(self, event: Callable[[StudyWatcher], None]) -> None:
        with self._changed:
            self._events.append(event)
            self._changed.notify_all()
