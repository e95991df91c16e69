"""A feed for arrivals that a program reports: a receiver in this process, a message queue, a test."""

from __future__ import annotations

import os
import threading
import time
from collections.abc import Callable, Hashable
from pathlib import Path
from typing import Protocol

from dicomkit.arrivals.study_watcher import StudyWatcher

__all__ = ["EventFeed"]


class StoredInstance(Protocol):
    """What a watcher needs to know about a stored instance."""

    @property
    def study_instance_uid(self) -> str:
        """(0020,000D)."""

    @property
    def sop_instance_uid(self) -> str:
        """(0008,0018)."""

    @property
    def path(self) -> Path:
        """The file."""


class ReceiverEvent(Protocol):
    """An event of a receiver: a protocol, so that this room need not import the network."""

    @property
    def kind(self) -> str:
        """``association opened``, ``instance stored`` or ``association closed``."""

    @property
    def association(self) -> int:
        """Number of the association."""

    @property
    def instance(self) -> StoredInstance | None:
        """The stored instance, if there is one."""


class EventFeed:
    """Collect arrivals from any thread, and deliver them to a watcher.

    This room does not know the network: a receiver calls these methods. The clock is the watcher's.

    Examples
    --------
    >>> feed = EventFeed()
    >>> feed.association_opened(1)
    >>> feed.stored("1.2.3", "1.2.3.1", "in/scp_1.2.3", association=1)
    >>> feed.association_closed(1)

    With a `StorageSCP` one line does all of this: ``scp.subscribe(feed.take)``.
    """

    def __init__(self, *, clock: Callable[[], float] = time.monotonic) -> None:
        self._clock = clock
        self._changed = threading.Condition()
        self._events: list[Callable[[StudyWatcher], None]] = []
        self._open: set[Hashable] = set()
        self._closed = False

    @property
    def finished(self) -> bool:
        """Whether no more arrivals will follow."""
        with self._changed:
            return self._closed and not self._events

    def take(self, event: ReceiverEvent) -> None:
        """Take an event of ``StorageSCP.subscribe``; use one feed for each receiver.

        Events about refused instances are ignored.
        """
        if event.kind == "association opened":
            self.association_opened(event.association)
        elif event.kind == "association closed":
            self.association_closed(event.association)
        elif event.kind == "instance stored" and event.instance is not None:
            self.stored(
                event.instance.study_instance_uid,
                event.instance.sop_instance_uid,
                event.instance.path.parent,
                association=event.association,
            )

    def stored(
        self,
        study_instance_uid: str,
        sop_instance_uid: str,
        folder: str | os.PathLike[str],
        *,
        association: Hashable = None,
        expected_count: int | None = None,
    ) -> None:
        """Report that an instance is completely stored; the parameters are those of `StudyWatcher.arrived`."""
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
        """Report that an association was accepted."""
        with self._changed:
            self._open.add(association)
        self._add(lambda watcher: watcher.association_opened(association))

    def association_closed(self, association: Hashable) -> None:
        """Report that an association was released, aborted or lost."""
        at_s = self._clock()
        with self._changed:
            self._open.discard(association)
        self._add(lambda watcher: watcher.association_closed(association, at_s=at_s))

    def deliver(self, watcher: StudyWatcher) -> None:
        """Pass the arrivals since the last call to the watcher, in order."""
        with self._changed:
            events, self._events = self._events, []
        for event in events:
            event(watcher)

    def look_again(self, study_instance_uids: list[str], watcher: StudyWatcher) -> None:
        """Do nothing: what was reported is certain."""

    def wait(self, timeout_s: float | None) -> None:
        """Wait for an arrival, at most `timeout_s` seconds."""
        with self._changed:
            self._changed.wait_for(
                lambda: bool(self._events) or (self._closed and timeout_s is None), timeout_s
            )

    def close(self) -> None:
        """Report that no more arrivals will follow: a watch ends once all studies have been announced."""
        with self._changed:
            still_open = list(self._open)
        for association in still_open:
            self.association_closed(association)
        with self._changed:
            self._closed = True
            self._changed.notify_all()

    def _add(self, event: Callable[[StudyWatcher], None]) -> None:
        with self._changed:
            self._events.append(event)
            self._changed.notify_all()
