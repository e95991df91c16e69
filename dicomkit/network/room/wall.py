"""The wall of a room: which attendees are here, how much each has sent, and what was refused and why."""

from __future__ import annotations

import collections
import copy
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
_MAX_REASON = 160


@dataclass(slots=True)
class WallRow:
    """The state of one attendee.

    Parameters
    ----------
    title
        The AE title.
    has_called, open_associations
        Whether there was an association since the room was opened, and how many are open.
    instances, size_bytes
        How much is stored, since before a restart.
    refused, last_refusal
        How many instances were refused, and why the last one.
    last_file
        Path of the last stored file; empty if there is none.
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
    """A requestor that was rejected: its AE title, network address, and why."""

    title: str
    address: str
    reason: str


class Wall:
    """Collect the events of a room's receiver; its ``str`` is the wall as text.

    Parameters
    ----------
    titles
        The roster.
    """

    def __init__(self, titles: Sequence[str]) -> None:
        self._lock = threading.Lock()
        self._rows = {title: WallRow(title) for title in titles}
        self._reserved: dict[str, dict[int, int]] = {title: {} for title in titles}
        self._turned_away: collections.deque[TurnedAway] = collections.deque(maxlen=_KEPT_TURNED_AWAY)
        self._changes = 0

    @property
    def rows(self) -> list[WallRow]:
        """The states of all attendees, in the order of the roster."""
        with self._lock:
            return [copy.copy(row) for row in self._rows.values()]

    @property
    def turned_away(self) -> list[TurnedAway]:
        """The requestors that were rejected (the last 50)."""
        with self._lock:
            return list(self._turned_away)

    @property
    def changes(self) -> int:
        """A number that grows with each event."""
        with self._lock:
            return self._changes

    def add_existing(self, title: str, files: Sequence[Path]) -> None:
        """Count the files of an attendee from before a restart."""
        with self._lock:
            row = self._rows[title]
            row.instances += len(files)
            row.size_bytes += sum(path.stat().st_size for path in files)
            row.last_file = str(files[-1]) if files else row.last_file

    def record(self, event: ReceiverEvent) -> None:
        """Record an event; may be called from any thread."""
        with self._lock:
            self._changes += 1
            row = self._rows.get(event.calling_ae_title)
            if row is not None:  # the result of what this thread had reserved
                self._reserved[event.calling_ae_title].pop(threading.get_ident(), None)
            if event.kind in {"association rejected", "connection turned away"}:
                # Not counted against the attendee: the requestor was not authenticated.
                self._turned_away.append(
                    TurnedAway(event.calling_ae_title, event.calling_address, _reason(event))
                )
            elif row is None:
                return
            elif event.kind == "association opened":
                row.has_called = True
                row.open_associations += 1
            elif event.kind == "association closed":
                row.open_associations -= 1
            elif event.kind == "instance refused":
                row.refused += 1
                row.last_refusal = _reason(event)
            elif event.instance is not None:
                row.last_file = event.instance.file
                if not event.instance.duplicate:
                    row.instances += 1
                    row.size_bytes += event.instance.path.stat().st_size

    def open_associations(self, title: str) -> int:
        """Return how many associations of an attendee are open."""
        with self._lock:
            return self._rows[title].open_associations

    def reserve(self, title: str, size_bytes: int, limits: Limits) -> bool:
        """Reserve space for an instance that this thread is about to store; return whether the limits allow it.

        An attendee may send on several associations at once, each with its own thread, so reservations count as
        well. The event with the result of the instance ends the reservation.
        """
        with self._lock:
            row, reserved = self._rows[title], self._reserved[title]
            reserved.pop(threading.get_ident(), None)
            if (
                row.instances + len(reserved) >= limits.instances
                or row.size_bytes + sum(reserved.values()) + size_bytes > limits.size_bytes
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
    return "" if event.problem is None else shorten(event.problem.problem, _MAX_REASON)
