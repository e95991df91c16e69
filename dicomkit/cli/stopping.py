"""How a command that runs until it is stopped is stopped: a first signal ends it in order, a second at once."""

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
    """A flag that a signal handler can set: without a lock, which could be held when the signal arrives."""

    def __init__(self) -> None:
        self._is_set = False
        self.is_urgent = False  # asked for twice
        self.may_interrupt = False  # whether the second signal may raise KeyboardInterrupt

    def set(self) -> None:
        """Request the end."""
        self.is_urgent = self._is_set
        self._is_set = True

    def is_set(self) -> bool:
        """Return whether the end was requested."""
        return self._is_set


@contextlib.contextmanager
def stopped_by_signals() -> Iterator[StopFlag]:
    """Let the first Ctrl-C, SIGTERM or hang-up of the terminal set a flag, so that no step is interrupted."""
    stop = StopFlag()
    hangup = getattr(signal, "SIGHUP", None)  # not on Windows

    def handle(number: int, frame: FrameType | None) -> None:  # noqa: ARG001 - what signal handlers are given
        if number == hangup and stop.is_set():
            return  # a terminal sends several signals when it closes
        stop.set()
        if not stop.is_urgent:
            return
        for each in before:
            signal.signal(each, signal.SIG_IGN)  # a third one must not interrupt the cleanup
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
    """Wait until the end is requested, polling because another thread may get the signal."""
    while not stop.is_set():
        time.sleep(_LOOK_S)


def end_in_order(stop: StopFlag, in_order: Callable[[], None], at_once: Callable[[], None]) -> bool:
    """End in order, or at once after a second signal; return whether it ended in order.

    Another thread does the waiting: an interrupt in the middle of it could leave a lock held for ever.

    `in_order` waits for work in progress; `at_once` aborts it while `in_order` is running, which then has a second left.
    """
    failures: list[BaseException] = []

    def work() -> None:
        try:
            in_order()
        except BaseException as error:  # noqa: BLE001 - raised again in the calling thread
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
    """End this process without waiting for threads that were asked to stop."""
    sys.stdout.flush()
    sys.stderr.flush()
    os._exit(status)
