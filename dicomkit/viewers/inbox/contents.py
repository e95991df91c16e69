"""The state of an inbox: who sent which study, what was refused, and how long it has been quiet.

A receiver reports events from its own threads, and the kernel asks from another one; a lock serialises them. No value
of a data set is kept: the files are on disk, and are read when they are shown.
"""

from __future__ import annotations

import collections
import math
import threading
import time
from collections.abc import Callable, Iterable
from dataclasses import dataclass, field
from typing import Any

from dicomkit.arrivals import EventFeed, StudyWatcher
from dicomkit.network import ReceiverEvent, StoredInstance
from dicomkit.text import counted, escape_terminal
from dicomkit.viewers.inbox.mishaps import Mishap, Mishaps

__all__ = ["Delivery", "InboxContents"]

_KEPT_INSTANCES = 10_000  # as many as a receiver keeps
_KEPT_STUDIES = 1_000
_DESCRIBED_STUDIES = 40


@dataclass
class Delivery:
    """One study from one sender, a calling AE title; its number counts from 1 in the order of arrival."""

    number: int
    sender: str
    study_instance_uid: str
    count: int = 0
    series: set[str] = field(default_factory=set)
    uids: set[str] = field(default_factory=set)
    kept: dict[int, StoredInstance] = field(default_factory=dict)  # by number, from 1, as they arrived


class InboxContents:
    """Collects the events of a receiver.

    Parameters
    ----------
    quiet_period_s, clock
        See `StudyWatcher`.
    """

    def __init__(self, quiet_period_s: float, clock: Callable[[], float] = time.monotonic) -> None:
        self._watcher = StudyWatcher(quiet_period_s, clock=clock)
        self._feed = EventFeed(clock=clock)
        self._clock = clock
        self._lock = threading.RLock()
        self._deliveries: dict[tuple[str, str], Delivery] = {}
        self._mishaps = Mishaps()
        self._revisions: dict[str, int] = {}
        self._open: set[int] = set()
        self._begun = 0  # deliveries, including dropped ones
        self._counted = 0  # instances, including dropped ones
        self._order: collections.deque[tuple[Delivery, int]] = collections.deque()
        self._changes = 0

    def take(self, event: ReceiverEvent) -> None:
        """Process an event, in any thread."""
        with self._lock:
            self._changes += 1
            self._feed.take(event)
            self._feed.deliver(self._watcher)
            if event.kind == "association opened":
                self._open.add(event.association)
            elif event.kind == "association closed":
                self._open.discard(event.association)
            elif event.instance is not None:
                self._keep(event.instance)
            self._mishaps.take(event)

    def take_earlier(self, instances: Iterable[StoredInstance]) -> None:
        """Add instances that arrived before the inbox listened; they count as arrived now."""
        for instance in instances:
            # Their association is closed by now.
            self.take(ReceiverEvent("instance stored", 0, instance.calling_ae_title, instance))

    def _keep(self, instance: StoredInstance) -> None:
        key = instance.calling_ae_title, instance.study_instance_uid
        delivery = self._deliveries.get(key)
        if delivery is None:
            self._begun += 1
            delivery = self._deliveries[key] = Delivery(self._begun, *key)
            self._forget_old_studies()
        if instance.sop_instance_uid in delivery.uids:
            return
        delivery.uids.add(instance.sop_instance_uid)
        delivery.series.add(instance.series_instance_uid)
        delivery.count += 1
        self._counted += 1
        delivery.kept[delivery.count] = instance
        self._order.append((delivery, delivery.count))
        while len(self._order) > _KEPT_INSTANCES:
            oldest, number = self._order.popleft()
            oldest.kept.pop(number, None)

    def _forget_old_studies(self) -> None:
        """Drop the oldest deliveries that have arrived, so that memory stays bounded."""
        if len(self._deliveries) <= _KEPT_STUDIES:
            return
        self._look_at_the_clock()
        for key, delivery in self._deliveries.items():
            uid = delivery.study_instance_uid
            if self._watcher.deadline(uid) is None and delivery.count:
                del self._deliveries[key]
                if not any(other == uid for _, other in self._deliveries):
                    self._watcher.forget(uid)
                    self._revisions.pop(uid, None)
                delivery.kept.clear()
                delivery.uids.clear()
                return

    @property
    def totals(self) -> tuple[int, int]:
        """The numbers of instances and of studies so far, including dropped ones."""
        with self._lock:
            return self._counted, self._begun

    @property
    def changes(self) -> int:
        """A number that grows with every change, including the end of a quiet period."""
        with self._lock:
            self._look_at_the_clock()
            return self._changes

    @property
    def open_associations(self) -> int:
        """The number of open associations."""
        with self._lock:
            return len(self._open)

    @property
    def deliveries(self) -> list[Delivery]:
        """The deliveries, in the order of arrival."""
        with self._lock:
            return list(self._deliveries.values())

    @property
    def mishaps(self) -> list[Mishap]:
        """What was refused, rejected or aborted, by caller, the latest first."""
        with self._lock:
            return self._mishaps.listed()

    def instances(self, number: int) -> list[StoredInstance]:
        """Return the instances of a delivery in the order of arrival; [] if the number is unknown."""
        with self._lock:
            return [one for each in self.deliveries if each.number == number for one in each.kept.values()]

    def instance(self, number: int, place: int) -> StoredInstance | None:
        """Return one instance by the number of its delivery and its own, both counted from 1."""
        with self._lock:
            return next((one.kept.get(place) for one in self.deliveries if one.number == number), None)

    def progress(self, delivery: Delivery) -> dict[str, Any]:
        """Return the progress of a study: ``receiving``, ``waiting`` with the remaining seconds, or ``arrived``."""
        with self._lock:
            self._look_at_the_clock()
            revision = self._revisions.get(delivery.study_instance_uid, 0)
            deadline_s = self._watcher.deadline(delivery.study_instance_uid)
            if deadline_s is None:
                return {"state": "arrived", "revision": revision}
            if math.isinf(deadline_s):
                return {"state": "receiving", "revision": revision}
            left_s = max(0.0, round(deadline_s - self._clock(), 2))
            return {"state": "waiting", "revision": revision, "left_s": left_s}

    def _look_at_the_clock(self) -> None:
        for study in self._watcher.due():
            self._revisions[study.study_instance_uid] = study.revision
            self._changes += 1

    def describe(self) -> list[str]:
        """Return a line for each study and each refused caller, without values of a data set and without times."""
        shown = self.deliveries[-_DESCRIBED_STUDIES:]
        earlier = self.totals[1] - len(shown)
        lines = [f"{counted(earlier, 'earlier study')} not listed here"] if earlier else []
        for delivery in shown:
            series, instances = counted(len(delivery.series), "series"), counted(delivery.count, "instance")
            lines.append(
                f"from {escape_terminal(delivery.sender)}: study {delivery.number}, {series}, {instances}; "
                f"{in_words(self.progress(delivery))}"
            )
        with self._lock:
            return (lines or ["nothing has arrived yet"]) + self._mishaps.describe()


def in_words(progress: dict[str, Any]) -> str:
    """Return the progress of a study as text."""
    late = f" (revision {progress['revision']} was announced)" if progress["revision"] else ""
    if progress["state"] == "arrived":
        return f"arrived, revision {progress['revision']}"
    if progress["state"] == "receiving":
        return f"an association is still open{late}"
    return f"waiting until it has been quiet{late}"
