"""How much of a room one attendee may have, so that nobody drowns the others."""

from __future__ import annotations

import threading
import time
from collections.abc import Callable
from typing import NamedTuple

__all__ = ["Limits", "Pace"]

_BURST_S = 2.0  # for so long somebody may be faster


class Limits(NamedTuple):
    """What one attendee may send: so many instances and bytes in all, so many a second, on so many associations."""

    instances: int = 2000
    size_bytes: int = 1 << 30
    per_second: float = 50.0
    associations: int = 4


class Pace:
    """Say how long an attendee has to wait: whoever sends too fast is answered later, and nothing is lost.

    Parameters
    ----------
    per_second
        How many instances a second, in the long run.
    clock
        Returns the time in seconds.
    """

    def __init__(self, per_second: float, clock: Callable[[], float] = time.monotonic) -> None:
        self._per_second = per_second
        self._clock = clock
        self._lock = threading.Lock()
        self._due: dict[str, float] = {}  # when each would be done, had he kept to the pace

    def delay_s(self, title: str) -> float:
        """Take note of one more instance, and return for how many seconds its answer has to wait.

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
