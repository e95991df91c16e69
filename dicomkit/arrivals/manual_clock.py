"""A clock for lessons and tests: sixteen seconds pass when somebody says so."""

from __future__ import annotations

from dicomkit.errors import UsageError

__all__ = ["ManualClock"]


class ManualClock:
    """A clock that stands still until it is told to advance, for lessons and tests.

    Parameters
    ----------
    now_s
        What it shows first, in seconds.

    Examples
    --------
    >>> clock = ManualClock()
    >>> clock.advance(16)
    >>> clock()
    16.0
    """

    def __init__(self, now_s: float = 0.0) -> None:
        self._now_s = float(now_s)

    def __call__(self) -> float:
        """Return the time in seconds."""
        return self._now_s

    def advance(self, seconds: float) -> None:
        """Let `seconds` pass. Like every monotonic clock it never goes back."""
        if seconds < 0:
            raise UsageError(f"{seconds} s", "a monotonic clock never goes back", "give 0 or more")
        self._now_s += seconds
