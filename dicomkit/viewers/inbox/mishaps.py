"""What a receiver refused: the caller, its address, the count, and the last reason."""

from __future__ import annotations

import collections
from typing import NamedTuple

from dicomkit.errors import DicomKitError, StoreError
from dicomkit.network import ReceiverEvent, explain_status
from dicomkit.text import counted, escape_terminal

__all__ = ["Mishap", "Mishaps"]

# By kind of `ReceiverEvent`: the noun to count, and what happened to it.
_WORDS = {
    "instance refused": ("instance", "refused"),
    "request refused": ("request", "refused"),
    "association rejected": ("association", "rejected"),
    "association aborted": ("association", "aborted"),
    "association failed": ("association", "failed"),
    "connection turned away": ("connection", "turned away"),
}
_KEPT = 100  # callers; a limit, since anybody may call with any title
_DESCRIBED = 20


class Mishap(NamedTuple):
    """The refusals of one caller.

    ``what`` is, for example, ``2 associations rejected``, ``who`` the calling AE title and the address, as far as they are
    known, and ``reason`` that of the last one.
    """

    what: str
    who: str
    reason: str

    def __str__(self) -> str:
        return escape_terminal(f"from {self.who}: {self.what}; last reason: {self.reason}")


class Mishaps:
    """Refusals by kind and by caller, the latest last."""

    def __init__(self) -> None:
        self._counts: dict[tuple[str, str, str], tuple[int, str]] = {}
        self._totals: collections.Counter[str] = collections.Counter()

    def take(self, event: ReceiverEvent) -> None:
        """Count an event, if it is a refusal."""
        if event.kind not in _WORDS or event.problem is None:
            return
        key = event.kind, event.calling_ae_title, event.calling_address
        number, _ = self._counts.pop(key, (0, ""))
        self._counts[key] = number + 1, _reason(event.problem)
        self._totals[event.kind] += 1
        if len(self._counts) > _KEPT:
            del self._counts[next(iter(self._counts))]

    def listed(self) -> list[Mishap]:
        """Return the refusals by caller, the latest first."""
        return [
            Mishap(_count_text(kind, number), _caller(title, address), reason)
            for (kind, title, address), (number, reason) in reversed(self._counts.items())
        ]

    def describe(self) -> list[str]:
        """Return a line for each caller, and a summary if there are many."""
        mishaps = self.listed()
        lines = [str(mishap) for mishap in mishaps[:_DESCRIBED]]
        if len(mishaps) > _DESCRIBED:
            lines.append(f"in all: {self.summary()}")
        return lines

    def summary(self) -> str:
        """Return the number of each kind as text; "" if there are none."""
        return ", ".join(_count_text(kind, self._totals[kind]) for kind in _WORDS if self._totals[kind])


def _count_text(kind: str, number: int) -> str:
    noun, verb = _WORDS[kind]
    return f"{counted(number, noun)} {verb}"


def _caller(title: str, address: str) -> str:
    if not (title and address):
        return title or address or "an unknown caller"
    return f"{title} at {address}"


def _reason(problem: DicomKitError) -> str:
    """Return the reason, without the part of the message that quotes an instance."""
    return explain_status(problem.status).meaning if isinstance(problem, StoreError) else problem.problem
