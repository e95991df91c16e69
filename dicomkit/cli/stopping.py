"""How a command that runs until it is stopped is told to: once to end in order, twice to end now."""

from __future__ import annotations

import contextlib
import os
import signal
import sys
import threading
import time
from collections.abc import Callable, Iterator
from types import FrameType

__all__ = [
    "StopFlag",
    "end_in_order",
    "leave_now",
    "stopped_by_signals",
    "wait_for",
]

_LOOK_S = 0.1  # how soon a second Ctrl-C is noticed
_LAST_CHANCE_S = 1.0


class StopFlag:
    """Say whether to stop. A signal handler may raise it: there is no lock that it could be caught in."""

    def __init__(self) -> None:
        self._is_set = False
        self.is_urgent = False  # asked for twice
        self.may_interrupt = False  # whether the second time may raise KeyboardInterrupt where it finds us

    def set(self) -> None:
        """Ask for the end."""
        self.is_urgent = self._is_set
        self._is_set = True

    def is_set(self) -> bool:
        """Tell whether the end was asked for."""
        return self._is_set


@contextlib.contextmanager
def stopped_by_signals() -> Iterator[StopFlag]:
    """Let the first Ctrl-C, SIGTERM or end of the terminal ask for the end, between two steps and never in the middle of one."""
    stop = StopFlag()
    hangup = getattr(signal, "SIGHUP", None)  # not on Windows

    def handle(number: int, frame: FrameType | None) -> None:  # noqa: ARG001 - what signal handlers are given
        if number == hangup and stop.is_set():
            return  # a terminal that closes says so more than once
        stop.set()
        if not stop.is_urgent:
            return
        for each in before:
            signal.signal(each, signal.SIG_IGN)  # a third one must not disturb the tidying up
        if stop.may_interrupt:
            raise KeyboardInterrupt

    if threading.current_thread() is not threading.main_thread():
        yield stop  # only the main thread may handle signals
        return
    before = {number: signal.signal(number, handle) for number in (signal.SIGINT, signal.SIGTERM)}
    if hangup is not None and signal.getsignal(hangup) == signal.SIG_DFL:  # nohup has it ignored
        before[hangup] = signal.signal(hangup, handle)
    try:
        yield stop
    finally:
        for number, handler in before.items():
            signal.signal(number, handler)


def wait_for(stop: StopFlag) -> None:
    """Wait until the end is asked for. The system may give a signal to another thread: look up now and then."""
    while not stop.is_set():
        time.sleep(_LOOK_S)


def end_in_order(stop: StopFlag, in_order: Callable[[], None], at_once: Callable[[], None]) -> bool:
    """End in order, or at once as soon as that is asked for; return whether it went in order.

    The waiting is another thread's: an interrupt that is raised in the middle of it could leave a lock held that
    nobody gives back.

    Parameters
    ----------
    stop
        Tells when a second Ctrl-C has come.
    in_order
        Lets what was begun come to its end.
    at_once
        Ends it; called while `in_order` is still at work, which has a second left then.
    """
    failures: list[BaseException] = []

    def work() -> None:
        try:
            in_order()
        except BaseException as error:  # noqa: BLE001 - it is raised again in the thread that asked
            failures.append(error)

    waiting = threading.Thread(target=work, name="dicomkit-ending", daemon=True)
    waiting.start()
    while waiting.is_alive() and not stop.is_urgent:
        waiting.join(_LOOK_S)
    if stop.is_urgent:
        at_once()
        waiting.join(_LAST_CHANCE_S)
        return False
    if failures:
        raise failures[0]
    return True


def leave_now(status: int) -> None:
    """End this process without waiting for its threads: they were told, and had their time."""
    sys.stdout.flush()
    sys.stderr.flush()
    os._exit(status)
