"""Run a command for each arrival, a few at a time, in the background, and own every one of them."""

from __future__ import annotations

import threading
import time
from collections.abc import Mapping, Sequence
from concurrent.futures import Future, ThreadPoolExecutor
from typing import Self

from dicomkit.errors import ReactionError, UsageError
from dicomkit.reactions.command_run import (
    ENDED_BY_OWNER,
    NOT_STARTED,
    ReactionResult,
    RunningCommands,
    run_command,
)

__all__ = ["CommandReactions"]

_FAILURES_KEPT = 1000


class CommandReactions:
    r"""Run commands in the background: never more than a few at once, none forgotten, none orphaned.

    DCMTK starts one process for each instance, without a bound and without looking at what became of it.

    Parameters
    ----------
    concurrency
        How many commands run at the same time.
    timeout_s
        After how many seconds a command, with all that it started, is ended; None means never.
    queue_limit
        How many commands may wait or run. Beyond it `submit` waits for a place, so that a sender that
        is faster than the hook is slowed down and nothing is dropped.

    Examples
    --------
    >>> with CommandReactions(timeout_s=30) as reactions:
    ...     result = reactions.submit(["echo", "arrived"], values={"revision": "1"}).result()
    >>> result.exit_status, result.output
    (0, 'arrived\n')
    """

    def __init__(
        self, *, concurrency: int = 4, timeout_s: float | None = None, queue_limit: int = 1000
    ) -> None:
        if concurrency < 1 or queue_limit < 1:
            raise UsageError(
                f"concurrency {concurrency}, queue limit {queue_limit}",
                "neither can be below 1",
                "give 1 or more",
            )
        if timeout_s is not None and timeout_s <= 0:
            raise UsageError(f"time-out {timeout_s} s", "is not above 0", "give a number of seconds, or None")
        self._timeout_s = timeout_s
        self._queue_limit = queue_limit
        self._pool = ThreadPoolExecutor(concurrency, thread_name_prefix="dicomkit-reaction")
        self._changed = threading.Condition()
        self._open: set[Future[ReactionResult]] = set()
        self._running = RunningCommands()
        self._failures: list[ReactionResult] = []
        self._closed = False

    @property
    def failures(self) -> list[ReactionResult]:
        """Return what failed so far, the oldest first (the last 1000)."""
        with self._changed:
            return list(self._failures)

    def submit(self, argv: Sequence[str], *, values: Mapping[str, str]) -> Future[ReactionResult]:
        """Run a command as soon as its turn comes.

        Parameters
        ----------
        argv
            The program and its arguments, already substituted (see :func:`substitute`).
        values
            The same facts by name or by placeholder; see :func:`run_command`.

        Returns
        -------
        Future
            It ends with a :class:`ReactionResult`, also when the command failed.

        Raises
        ------
        ReactionError
            If these reactions have been closed.
        """
        with self._changed:
            self._changed.wait_for(lambda: self._closed or len(self._open) < self._queue_limit)
            if self._closed:
                raise ReactionError(
                    argv[0] if argv else "command", "cannot run any more", "submit before close()"
                )
            future = self._pool.submit(self._run, tuple(argv), dict(values))
            self._open.add(future)
        future.add_done_callback(self._settle)
        return future

    def close(self, timeout_s: float | None = None) -> None:
        """Let what was submitted come to its end, end what is not done in time, and return.

        Parameters
        ----------
        timeout_s
            How long to wait; None means as long as it takes, 0 means to end everything now. What did not
            get its turn is reported as failed.
        """
        deadline = None if timeout_s is None else time.monotonic() + timeout_s
        with self._changed:
            self._closed = True
            self._changed.notify_all()
            while self._open:
                left = None if deadline is None else deadline - time.monotonic()
                if left is not None and left <= 0:
                    break
                self._changed.wait(left)
        self._running.stop_all(ENDED_BY_OWNER)
        self._pool.shutdown(wait=True)

    def _run(self, argv: tuple[str, ...], values: dict[str, str]) -> ReactionResult:
        if self._running.stopped_because is not None:
            return ReactionResult(argv, None, "", NOT_STARTED)
        try:
            return run_command(argv, values, timeout_s=self._timeout_s, running=self._running)
        except Exception as error:  # noqa: BLE001 - whatever it was, it belongs to this one reaction
            return ReactionResult(argv, None, "", f"could not be run ({type(error).__name__})")

    def _settle(self, future: Future[ReactionResult]) -> None:
        result = None if future.cancelled() else future.result()
        with self._changed:
            self._open.discard(future)
            if result is not None and result.error is not None:
                self._failures = [*self._failures, result][-_FAILURES_KEPT:]
            self._changed.notify_all()

    def __enter__(self) -> Self:
        return self

    def __exit__(self, kind: object, *_: object) -> None:
        self.close(timeout_s=None if kind is None else 0)
