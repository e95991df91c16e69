"""How a command that comes to an end by itself is interrupted: by Ctrl-C or SIGTERM, once."""

from __future__ import annotations

import contextlib
import signal
from collections.abc import Iterator
from types import FrameType

__all__ = ["STATUS_INTERRUPTED", "Interruption", "ignore_signals", "interrupted_by_signals"]

STATUS_INTERRUPTED = 130  # as a shell reports a program that Ctrl-C ended


class Interruption:
    """Which signal interrupted a command, for its exit status: 128 and the signal's number, as shells count."""

    def __init__(self) -> None:
        self.status = STATUS_INTERRUPTED


@contextlib.contextmanager
def interrupted_by_signals() -> Iterator[Interruption]:
    """Let SIGTERM raise KeyboardInterrupt as Ctrl-C does: ended either way, a command says what is done and what is not."""
    interruption = Interruption()

    def handle(number: int, frame: FrameType | None) -> None:  # noqa: ARG001 - what signal handlers are given
        interruption.status = 128 + number
        raise KeyboardInterrupt

    is_ours = signal.getsignal(signal.SIGTERM) == signal.SIG_DFL  # else somebody wants it otherwise
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
    """Let one more Ctrl-C no longer disturb a command that is done: Python would complain in the middle of ending."""
    with contextlib.suppress(ValueError):  # not the main thread
        signal.signal(signal.SIGINT, signal.SIG_IGN)
