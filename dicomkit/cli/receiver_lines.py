"""The lines that ``storescp`` and ``archive`` print: events of their receiver as they happen, and counts at the end."""

from __future__ import annotations

import collections
import sys
import threading
from typing import TYPE_CHECKING, TextIO

from dicomkit.text import escape_terminal

if TYPE_CHECKING:
    from dicomkit.network import ReceiverEvent

__all__ = ["CAUSED_BY_PEERS", "ReceptionCounts", "Speaker", "print_event"]

# Events that anybody on the network can cause; printed only in verbose mode.
CAUSED_BY_PEERS = {
    "request refused",
    "association rejected",
    "association aborted",
    "connection turned away",
}
# Kinds of `ReceiverEvent` and their names in the line, in order; zero counts are left out.
_WORDS = {
    "instance refused": "refused",
    "request refused": "requests refused",
    "association rejected": "associations rejected",
    "association aborted": "associations aborted",
    "association failed": "associations failed",
    "connection turned away": "connections turned away",
}


class Speaker:
    """Print whole lines from any thread."""

    def __init__(self, *, verbose: bool, name: str = "storescp") -> None:
        self._verbose = verbose
        self._name = name
        self.has_complained = False
        self._lock = threading.Lock()

    def say(self, text: str, *, always: bool = False) -> None:
        """Print a line on stdout, if the command is verbose."""
        if always or self._verbose:
            self._print(text, sys.stdout)

    def warn(self, text: str) -> None:
        """Print a line on stderr."""
        self._print(text, sys.stderr)

    def complain(self, text: str) -> None:
        """Print an error on stderr, and remember it for the exit status."""
        self.has_complained = True
        self._print(text, sys.stderr)

    def _print(self, text: str, stream: TextIO) -> None:
        with self._lock:
            print(f"{self._name}: {escape_terminal(text)}", file=stream, flush=True)


def print_event(event: ReceiverEvent, speaker: Speaker) -> None:
    """Print an event: on stderr if the owner should know it, otherwise in verbose mode only."""
    if event.kind in CAUSED_BY_PEERS:
        speaker.say(f"{event.problem}")
    elif event.problem is not None:
        sender = f"from {event.calling_ae_title}: " if event.calling_ae_title else ""
        speaker.warn(f"{sender}{event.problem}")
    elif event.instance is not None:
        instance = event.instance
        state = "stored before" if instance.duplicate else "stored"
        speaker.say(f"{state} {instance.path.parent.name}/{instance.path.name}")
        if instance.set_aside:
            speaker.warn(
                f"{instance.path.name} was empty or cut off; the whole one has its place, and it is kept as "
                f"{instance.set_aside}"
            )
    else:
        speaker.say(f"{event.kind}, number {event.association}, from {event.calling_ae_title}")


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
        """Return the counts, for example ``received 1,204, duplicates 3, refused 2, commands failed 1``."""
        with self._lock:
            counts = self._counts.copy()
        parts = [f"received {counts['received']:,}", f"duplicates {counts['duplicate']:,}"]
        parts += [f"{word} {counts[kind]:,}" for kind, word in _WORDS.items() if counts[kind]]
        parts += [f"commands failed {failed_hooks:,}"] if failed_hooks else []
        return ", ".join(parts)
