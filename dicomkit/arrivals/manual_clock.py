"""A clock for lessons and tests that is advanced by hand."""

from __future__ import annotations

from dicomkit.errors import UsageError

__all__ = ["ManualClock"]


class ManualClock:
    """A clock that stands still, at first at `now_s` seconds, until it is told to advance.

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
        """Advance the time by `seconds`; a monotonic clock never goes back."""
        if seconds < 0:
            raise UsageError(f"{seconds} s", "a monotonic clock never goes back", "give 0 or more")
        self._now_s += seconds
