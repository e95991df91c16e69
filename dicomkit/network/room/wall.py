"""What is on the wall: who is here, who has sent how much, what was not taken of whom and why."""

from __future__ import annotations

import collections
import threading
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import NamedTuple

from dicomkit.network.records import ReceiverEvent
from dicomkit.network.room.limits import Limits
from dicomkit.text import counted, escape_terminal, shorten

__all__ = ["TurnedAway", "Wall", "WallRow"]

_KEPT_TURNED_AWAY = 50
_LONGEST_REASON = 160


@dataclass(frozen=True, slots=True)
class WallRow:
    """One attendee.

    Parameters
    ----------
    title
        The AE title.
    has_called, open_associations
        Whether it has called since the room was opened, and how many of its associations are open.
    instances, size_bytes
        How much of it is here, from before a restart too.
    refused, last_refusal
        How many instances were not taken, and why the last one.
    last_file
        The file that came last; empty if none has.
    """

    title: str
    has_called: bool = False
    open_associations: int = 0
    instances: int = 0
    size_bytes: int = 0
    refused: int = 0
    last_refusal: str = ""
    last_file: str = ""

    @property
    def state(self) -> str:
        """One of ``sending``, ``here`` and ``not here yet``."""
        return "sending" if self.open_associations else "here" if self.has_called else "not here yet"


class TurnedAway(NamedTuple):
    """Somebody who was not let in: the title it gave, where it called from, and why."""

    title: str
    address: str
    reason: str


@dataclass
class _Place:
    has_called: bool = False
    open_associations: int = 0
    instances: int = 0
    size_bytes: int = 0
    refused: int = 0
    last_refusal: str = ""
    last_file: str = ""


class Wall:
    """Take note of what the receiver of a room tells; printed, it is the wall as a text.

    Parameters
    ----------
    titles
        The roster.
    """

    def __init__(self, titles: Sequence[str]) -> None:
        self._lock = threading.Lock()
        self._places = {title: _Place() for title in titles}
        self._reserved: dict[str, dict[int, int]] = {title: {} for title in titles}
        self._turned_away: collections.deque[TurnedAway] = collections.deque(maxlen=_KEPT_TURNED_AWAY)
        self._changes = 0

    @property
    def rows(self) -> list[WallRow]:
        """Everybody on the roster, in its order."""
        with self._lock:
            return [WallRow(title, **vars(place)) for title, place in self._places.items()]

    @property
    def turned_away(self) -> list[TurnedAway]:
        """Who was not let in: the last 50."""
        with self._lock:
            return list(self._turned_away)

    @property
    def changes(self) -> int:
        """A number that grows with everything that happens."""
        with self._lock:
            return self._changes

    def take_earlier(self, title: str, files: Sequence[Path]) -> None:
        """Take note of what lies in the folder from before."""
        with self._lock:
            place = self._places[title]
            place.instances += len(files)
            place.size_bytes += sum(path.stat().st_size for path in files)
            place.last_file = str(files[-1]) if files else place.last_file

    def take(self, event: ReceiverEvent) -> None:
        """Take note of an event, in whatever thread it happened."""
        with self._lock:
            self._changes += 1
            place = self._places.get(event.calling_ae_title)
            if place is not None:  # whatever became of what this thread had on its way
                self._reserved[event.calling_ae_title].pop(threading.get_ident(), None)
            if event.kind in {"association rejected", "connection turned away"}:
                # Not the attendee of that title: nobody has shown to be that.
                self._turned_away.append(
                    TurnedAway(event.calling_ae_title, event.calling_address, _reason(event))
                )
            elif place is None:
                return
            elif event.kind == "association opened":
                place.has_called = True
                place.open_associations += 1
            elif event.kind == "association closed":
                place.open_associations -= 1
            elif event.kind == "instance refused":
                place.refused += 1
                place.last_refusal = _reason(event)
            elif event.instance is not None:
                place.last_file = event.instance.file
                if not event.instance.duplicate:
                    place.instances += 1
                    place.size_bytes += event.instance.path.stat().st_size

    def open_associations(self, title: str) -> int:
        """Return how many associations of an attendee are open."""
        with self._lock:
            return self._places[title].open_associations

    def reserve(self, title: str, size_bytes: int, limits: Limits) -> bool:
        """Reserve a place for an instance that this thread is about to store, if there is one.

        An attendee may send on several associations at once, each with a thread of its own; so what is on its way
        counts as well. The event that tells what became of it ends the reservation.
        """
        with self._lock:
            place, reserved = self._places[title], self._reserved[title]
            reserved.pop(threading.get_ident(), None)
            if (
                place.instances + len(reserved) >= limits.instances
                or place.size_bytes + sum(reserved.values()) + size_bytes > limits.size_bytes
            ):
                return False
            reserved[threading.get_ident()] = size_bytes
            return True

    def __str__(self) -> str:
        rows, turned_away = self.rows, self.turned_away
        width = max(len(row.title) for row in rows)
        here = sum(row.has_called for row in rows)
        sent = sum(row.instances > 0 for row in rows)
        total = counted(sum(row.instances for row in rows), "instance")
        refused = sum(row.refused for row in rows)
        lines = [f"{here} of {len(rows)} here, {sent} have sent, {total}, {refused} not taken"]
        for row in rows:
            line = f"{row.title:<{width}}  {row.state:<12}  {counted(row.instances, 'instance')}"
            if row.refused:
                line += f"  {row.refused} not taken: {row.last_refusal}"
            lines.append(line)
        lines += [
            f"turned away: {escape_terminal(one.title) or 'somebody'} from {one.address}: {one.reason}"
            for one in turned_away
        ]
        return "\n".join(lines)


def _reason(event: ReceiverEvent) -> str:
    return "" if event.problem is None else shorten(event.problem.problem, _LONGEST_REASON)
