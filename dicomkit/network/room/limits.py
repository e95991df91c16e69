"""Limits for one attendee, so that nobody keeps the others from sending."""

from __future__ import annotations

import threading
import time
from collections.abc import Callable
from typing import NamedTuple

__all__ = ["Limits", "Pace"]

_BURST_S = 2.0  # delays begin after this


class Limits(NamedTuple):
    """Limits for one attendee: instances and bytes in all, instances per second, open associations."""

    instances: int = 2000
    size_bytes: int = 1 << 30
    per_second: float = 50.0
    associations: int = 4


class Pace:
    """Delay the responses to an attendee who sends too fast; nothing is lost.

    Parameters
    ----------
    per_second
        Instances per second, on average.
    clock
        Returns the time in seconds.
    """

    def __init__(self, per_second: float, clock: Callable[[], float] = time.monotonic) -> None:
        self._per_second = per_second
        self._clock = clock
        self._lock = threading.Lock()
        self._due: dict[str, float] = {}  # when each attendee would be done at the allowed pace

    def delay_s(self, title: str) -> float:
        """Count one more instance, and return by how many seconds to delay its response.

        Examples
        --------
        >>> pace = Pace(1.0, clock=lambda: 100.0)
        >>> [pace.delay_s("ANNA") for _ in range(4)], pace.delay_s("BERT")
        ([0.0, 0.0, 1.0, 2.0], 0.0)
        """
        with self._lock:
            now = self._clock()
            due = max(self._due.get(title, now), now) + 1 / self._per_second
            self._due[title] = due
            return max(0.0, due - now - _BURST_S)
