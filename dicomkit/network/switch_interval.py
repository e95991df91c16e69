"""Python's thread switch interval while a receiver runs beside a cell that computes."""

from __future__ import annotations

import sys

__all__ = ["SwitchInterval"]

# 791 objects of 2 kB a second beside a busy cell, instead of 127 (tests/benchmarks/bench_network.py busy).
_SHORT_INTERVAL_S = 0.0002


class SwitchInterval:
    """Shorten the switch interval of this process while receivers run, and restore it.

    Attributes
    ----------
    before_s
        The interval to restore, in seconds.
    """

    def __init__(self) -> None:
        self.before_s = 0.0

    def shorten(self, running: SwitchInterval | None) -> None:
        """Let threads take turns every 0.2 ms.

        Parameters
        ----------
        running
            That of a receiver that runs already: the interval to restore is the one before the first receiver.
        """
        self.before_s = sys.getswitchinterval() if running is None else running.before_s
        sys.setswitchinterval(_SHORT_INTERVAL_S)

    def restore(self) -> None:
        """Set the interval from before the first receiver."""
        sys.setswitchinterval(self.before_s)
