"""The progress of a class: which exercises were passed or tried, and which misconceptions were met.

Attendees share it voluntarily. A step is the number of an exercise, one of three words and the name of a reply; anything
else is refused. The progress is kept in memory only, until the room is closed.
"""

from __future__ import annotations

import collections
import re
import threading
from collections.abc import Iterable, Sequence
from typing import NamedTuple

from dicomkit.errors import UsageError

__all__ = ["MAX_STEPS", "ClassProgress", "Step", "format_step", "parse_steps"]

MAX_STEPS = 500
_STEP = re.compile(r"([0-9]{2}\.[0-9]{1,2}) (passed|tried|met)(?: ([a-z][a-z0-9_]{0,39}))?")
_SIGNS = {"passed": "✓", "tried": "·"}
_SHOWN_MET = 5


class Step(NamedTuple):
    """The state of an exercise: ``passed``, ``tried``, or ``met`` with the name of a misconception."""

    exercise: str
    event: str
    misconception: str = ""


def format_step(step: Step) -> str:
    """Return a step as a string of at most 53 characters, which fits VR LO.

    Examples
    --------
    >>> format_step(Step("06.1", "met", "titles_swapped"))
    '06.1 met titles_swapped'
    """
    return " ".join(filter(None, step))


def parse_steps(texts: Sequence[str]) -> tuple[Step, ...]:
    """Read steps, each as `format_step` writes it.

    Raises
    ------
    UsageError
        If there are more than 500, or one has another form.
    """
    found = [_STEP.fullmatch(text) for text in texts]
    if len(found) > MAX_STEPS or any(one is None or (one[2] == "met") != bool(one[3]) for one in found):
        raise UsageError(
            "progress", "is no list of exercises", "share what progress() of dicomkit.lessons knows"
        )
    return tuple(Step(one[1], one[2], one[3] or "") for one in found if one is not None)


class ClassProgress:
    """The progress of all who share it; its ``str`` is a table.

    Parameters
    ----------
    titles
        The roster.

    Examples
    --------
    >>> progress = ClassProgress(["ANNA", "BERT"])
    >>> progress.take("ANNA", [Step("06.1", "met", "roles"), Step("06.1", "passed"), Step("06.2", "tried")])
    >>> print(progress)
    1 of 2 share their progress
          06.1 06.2
    ANNA  ✓    ·
    met most: 06.1 roles (1)
    """

    def __init__(self, titles: Sequence[str]) -> None:
        self._lock = threading.Lock()
        self._count = len(titles)
        self._order = {title: number for number, title in enumerate(titles)}
        self._steps: dict[str, tuple[Step, ...]] = {}
        self._changes = 0

    @property
    def changes(self) -> int:
        """A number that grows with each change."""
        with self._lock:
            return self._changes

    @property
    def shared(self) -> dict[str, dict[str, str]]:
        """State of each exercise by AE title, in the order of the roster."""
        return {title: _best(steps) for title, steps in self._shared()}

    @property
    def exercises(self) -> list[str]:
        """All exercises that at least one attendee has tried."""
        return sorted({exercise for states in self.shared.values() for exercise in states}, key=_in_order)

    @property
    def met(self) -> list[tuple[str, str, int]]:
        """Exercise, misconception and number of attendees who met it; the most frequent first."""
        counts = collections.Counter(
            (step.exercise, step.misconception)
            for _, steps in self._shared()
            for step in set(steps)
            if step.event == "met"
        )
        ordered = sorted(counts.items(), key=lambda item: (-item[1], _in_order(item[0][0]), item[0][1]))
        return [(exercise, name, count) for (exercise, name), count in ordered]

    def take(self, title: str, steps: Iterable[Step]) -> None:
        """Replace the progress of an attendee; without steps, remove it."""
        with self._lock:
            self._changes += 1
            self._steps[title] = tuple(steps)
            if not self._steps[title]:
                del self._steps[title]

    def _shared(self) -> list[tuple[str, tuple[Step, ...]]]:
        with self._lock:
            return sorted(self._steps.items(), key=lambda item: self._order[item[0]])

    def __str__(self) -> str:
        shared, exercises = self.shared, self.exercises
        lines = [f"{len(shared)} of {self._count} share their progress"]
        if shared:
            width = max(map(len, shared))
            lines.append(f"{'':<{width}}  " + " ".join(exercises))
            for title, states in shared.items():
                signs = [
                    _SIGNS.get(states.get(exercise, ""), "").ljust(len(exercise)) for exercise in exercises
                ]
                lines.append(f"{title:<{width}}  {' '.join(signs)}".rstrip())
        if met := self.met[:_SHOWN_MET]:
            lines.append(
                "met most: " + ", ".join(f"{exercise} {name} ({count})" for exercise, name, count in met)
            )
        return "\n".join(lines)


def _best(steps: Iterable[Step]) -> dict[str, str]:
    states: dict[str, str] = {}
    for step in steps:
        if step.event == "passed" or states.get(step.exercise) != "passed":
            states[step.exercise] = "passed" if step.event == "passed" else "tried"
    return states


def _in_order(exercise: str) -> tuple[int, ...]:
    return tuple(map(int, exercise.split(".")))
