"""How a command that ends by itself is interrupted: by Ctrl-C or SIGTERM."""

from __future__ import annotations

import contextlib
import signal
from collections.abc import Iterator
from types import FrameType

__all__ = ["STATUS_INTERRUPTED", "Interruption", "ignore_signals", "interrupted_by_signals"]

STATUS_INTERRUPTED = 130  # as a shell reports a program that Ctrl-C ended


class Interruption:
    """The signal that interrupted a command, for its exit status: 128 plus the signal's number, as in shells."""

    def __init__(self) -> None:
        self.status = STATUS_INTERRUPTED


@contextlib.contextmanager
def interrupted_by_signals() -> Iterator[Interruption]:
    """Let SIGTERM raise KeyboardInterrupt like Ctrl-C, so that a command reports what is done and what is not."""
    interruption = Interruption()

    def handle(number: int, frame: FrameType | None) -> None:  # noqa: ARG001 - what signal handlers are given
        interruption.status = 128 + number
        raise KeyboardInterrupt

    is_ours = signal.getsignal(signal.SIGTERM) == signal.SIG_DFL  # unless another handler is set
    if is_ours:
        try:
            signal.signal(signal.SIGTERM, handle)
        except ValueError:  # only the main thread may; to ask which one this is would import threading
            is_ours = False
    try:
        yield interruption
    finally:
        if is_ours:
            signal.signal(signal.SIGTERM, signal.SIG_DFL)


def ignore_signals() -> None:
    """Ignore a Ctrl-C after a command is done: Python would print a traceback at exit."""
    with contextlib.suppress(ValueError):  # not the main thread
        signal.signal(signal.SIGINT, signal.SIG_IGN)
