"""How often the threads of this process take turns while a receiver runs beside a cell that computes."""

from __future__ import annotations

import sys

__all__ = ["ThreadTurns"]

# 791 objects of 2 kB a second beside a busy cell, instead of 127 (tests/benchmarks/bench_network.py busy).
_SWITCH_INTERVAL_S = 0.0002


class ThreadTurns:
    """Python's switch interval, made shorter while receivers run.

    Attributes
    ----------
    before_s
        The interval in seconds to go back to.
    """

    def __init__(self) -> None:
        self.before_s = 0.0

    def quicken(self, running: ThreadTurns | None) -> None:
        """Let threads take turns every 0.2 ms.

        Parameters
        ----------
        running
            Of a receiver that runs already: what is restored in the end is what was set before the first one started.
        """
        self.before_s = sys.getswitchinterval() if running is None else running.before_s
        sys.setswitchinterval(_SWITCH_INTERVAL_S)

    def restore(self) -> None:
        """Let threads take turns as before."""
        sys.setswitchinterval(self.before_s)
