"""React to arrivals with a command, a Python callable or a cluster, and try again when that fails.

Each arrival is a job of its own. A job that fails waits out of the way until its next attempt; a job that
hangs is given up after its time; neither keeps another job from running.
"""

from __future__ import annotations

import heapq
import itertools
import threading
import time
from collections.abc import Callable, Sequence
from concurrent.futures import CancelledError, Executor, Future
from dataclasses import dataclass, field, replace
from typing import Any, Self

from dicomkit.abilities import has_threads
from dicomkit.errors import ReactionError, UsageError
from dicomkit.reactions.attempt import Arrival, make_attempt, name_of
from dicomkit.reactions.command_run import (
    ENDED_BY_OWNER,
    NOT_STARTED,
    ReactionResult,
)
from dicomkit.reactions.own_executors import CallExecutor, ThreadExecutor
from dicomkit.reactions.running_commands import RunningCommands

__all__ = ["Reactions"]

_FAILURES_KEPT = 1000
_NOT_RUN = "was not brought to its end by its executor"
_NOT_RUN_ADVICE = "see whether its workers live and its pool or cluster is open, and whether reaction, arrival and result can be pickled"


@dataclass(order=True)
class _Job:
    """One arrival on its way through its attempts."""

    ready_s: float
    number: int
    arrival: Any = field(compare=False)
    outcome: Future[ReactionResult] = field(compare=False, default_factory=Future)
    attempts: int = field(compare=False, default=0)
    deadline_s: float = field(compare=False, default=float("inf"))


class Reactions:
    """Run one reaction for each arrival that is submitted, a few at a time, in the background.

    Parameters
    ----------
    reaction
        A callable that takes the arrival, or a program and its arguments with placeholders (``#p``): run
        without a shell. What goes to other processes or machines has to be picklable.
    executor
        Where it runs: any ``concurrent.futures.Executor``, for example a process pool, or a whole cluster
        through ``dask.distributed.Client.get_executor()``. It stays its owner's to shut down. None means
        threads of this process.
    concurrency
        How many run at the same time; give the number of workers of your executor.
    attempts
        How often a failing reaction is tried in all.
    backoff_s
        How long to wait before the second attempt; it doubles with each further one.
    timeout_s
        How long one attempt may take. A command is then ended and tried again. A callable cannot be ended
        in Python: it is given up, counted as failed and not tried again while it may still be running.
    queue_limit
        How many may wait or run; beyond it `submit` waits.

    Examples
    --------
    >>> class Instance:
    ...     def values(self):
    ...         return {"folder": "in"}
    >>> with Reactions(["echo", "#p"]) as reactions:
    ...     reactions.submit(Instance()).result().output.strip()
    'in'
    """

    def __init__(
        self,
        reaction: Callable[[Any], object] | Sequence[str],
        *,
        executor: Executor | None = None,
        concurrency: int = 4,
        attempts: int = 3,
        backoff_s: float = 1.0,
        timeout_s: float | None = None,
        queue_limit: int = 1000,
    ) -> None:
        for name, number in (
            ("concurrency", concurrency),
            ("attempts", attempts),
            ("queue_limit", queue_limit),
        ):
            if number < 1:
                raise UsageError(f"{name} {number}", "is below 1", "give 1 or more")
        if backoff_s < 0 or (timeout_s is not None and timeout_s <= 0):
            raise UsageError(
                f"back-off {backoff_s} s, time-out {timeout_s} s", "make no sense", "give numbers above 0"
            )
        if isinstance(reaction, str):
            raise UsageError(reaction, "is one text, not a list of arguments", "use split_command() on it")
        self._reaction = reaction
        own = ThreadExecutor() if has_threads() else CallExecutor()
        self._executor = own if executor is None else executor
        # Only a command that is a child of this process can be ended by us.
        self._owns_commands = executor is None and not callable(reaction)
        self._concurrency = concurrency
        self._attempts = attempts
        self._backoff_s = backoff_s
        self._timeout_s = timeout_s
        self._queue_limit = queue_limit
        self._commands = RunningCommands()
        self._changed = threading.Condition()
        self._numbers = itertools.count()
        self._waiting: list[_Job] = []
        self._running: dict[Future[ReactionResult], _Job] = {}
        self._failures: list[ReactionResult] = []
        self._closed = self._stopped = self._drops_waiting = False
        self._dispatcher: threading.Thread | None = None
        if has_threads():
            self._dispatcher = threading.Thread(target=self._dispatch, name="dicomkit-reactions", daemon=True)
            self._dispatcher.start()

    @property
    def running(self) -> int:
        """Return how many run at this moment."""
        with self._changed:
            return len(self._running)

    @property
    def failures(self) -> list[ReactionResult]:
        """Return what failed for good, the oldest first, with its output (the last 1000)."""
        with self._changed:
            return list(self._failures)

    def submit(self, arrival: Arrival) -> Future[ReactionResult]:
        """React to an arrival as soon as its turn comes.

        Parameters
        ----------
        arrival
            Handed to a callable as it is; a command is given its ``values()``.

        Returns
        -------
        Future
            Where there are no threads it has ended by then. It ends with a :class:`ReactionResult`, also when every attempt failed.

        Raises
        ------
        ReactionError
            If these reactions have been closed.
        """
        with self._changed:
            self._changed.wait_for(lambda: self._closed or self._load() < self._queue_limit)
            if self._closed:
                raise ReactionError("reaction", "cannot run any more", "submit before close()")
            job = _Job(0.0, next(self._numbers), arrival)
            job.outcome.set_running_or_notify_cancel()  # it is ended by close(), not by its Future
            heapq.heappush(self._waiting, job)
            self._changed.notify_all()
        while self._dispatcher is None and not job.outcome.done():
            self._step()
        return job.outcome

    def close(self, timeout_s: float | None = None, *, start_waiting: bool = True) -> None:
        """Let what was submitted come to its end, end what is not done in time, and return.

        Parameters
        ----------
        timeout_s
            How long to wait; None means as long as it takes, 0 means to end everything now. What was ended
            has a result that is ``interrupted``.
        start_waiting
            Whether those that wait for their turn still get it. Otherwise only what runs comes to its end.
        """
        try:
            with self._changed:
                self._closed = True
                self._drops_waiting |= not start_waiting
                self._changed.notify_all()
                self._changed.wait_for(lambda: not self._load(), timeout_s)
        finally:  # also when the waiting is interrupted
            with self._changed:
                self._stopped = self._drops_waiting = True
                self._changed.notify_all()
            self._commands.stop_all(ENDED_BY_OWNER)
            if self._dispatcher is not None:
                self._dispatcher.join()
            self._commands.close()

    def _load(self) -> int:
        return len(self._waiting) + len(self._running)

    def _dispatch(self) -> None:
        while self._step():
            pass

    def _step(self) -> bool:
        """Start what can start, or tell of what has ended; return False once all is done and closed."""
        with self._changed:
            if self._closed and not self._load():
                return False
            ended = self._take_ended()
            if not ended:
                self._start_ready()
                self._changed.wait(self._pause_s())
        for job, result in ended:
            job.outcome.set_result(result)
        if ended:
            with self._changed:
                self._changed.notify_all()
        return True

    def _take_ended(self) -> list[tuple[_Job, ReactionResult]]:
        """Take out the jobs that are over; those with an attempt left go back to wait."""
        now_s = time.monotonic()
        ended: list[tuple[_Job, ReactionResult]] = []
        for future, job in list(self._running.items()):
            result = self._result_of(future, job, now_s)
            if result is None:
                continue
            del self._running[future]
            may_retry = (
                not result.succeeded and future.done() and not result.interrupted and not self._drops_waiting
            )
            if may_retry and job.attempts < self._attempts:
                job.ready_s = now_s + self._backoff_s * 2 ** (job.attempts - 1)
                heapq.heappush(self._waiting, job)
            else:
                ended.append((job, replace(result, attempts=job.attempts)))
        if self._drops_waiting:
            ended += [(job, self._failed(NOT_STARTED)) for job in self._waiting]
            self._waiting = []
        failed = [result for _, result in ended if not (result.succeeded or result.interrupted)]
        self._failures = [*self._failures, *failed][-_FAILURES_KEPT:]
        return ended

    def _result_of(self, future: Future[ReactionResult], job: _Job, now_s: float) -> ReactionResult | None:
        if not future.done():
            if self._stopped and not self._owns_commands:
                future.cancel()
                return self._failed(ENDED_BY_OWNER)
            if now_s >= job.deadline_s:
                future.cancel()
                return self._failed(f"took longer than {self._timeout_s} s and was given up")
            return None
        try:
            return future.result()
        except (Exception, CancelledError) as error:  # noqa: BLE001 - a broken pool raises what it likes
            # What the reaction itself raises is a result by now: this is a worker that died, or a closed cluster.
            return self._failed(f"{_NOT_RUN} ({type(error).__name__}); {_NOT_RUN_ADVICE}")

    def _start_ready(self) -> None:
        own = self._commands if self._owns_commands else None
        now_s = time.monotonic()
        while self._waiting and len(self._running) < self._concurrency and self._waiting[0].ready_s <= now_s:
            job = heapq.heappop(self._waiting)
            job.attempts += 1
            try:
                future = self._executor.submit(
                    make_attempt(self._reaction, job.arrival, timeout_s=self._timeout_s, running=own)
                )
            except Exception as error:  # noqa: BLE001 - a broken pool raises what it likes
                future = Future()
                future.set_exception(error)
            if self._timeout_s is not None and callable(self._reaction):
                job.deadline_s = now_s + self._timeout_s
            self._running[future] = job
            future.add_done_callback(self._wake)

    def _failed(self, error: str) -> ReactionResult:
        return ReactionResult((name_of(self._reaction),), None, "", error)

    def _pause_s(self) -> float | None:
        moments = [job.deadline_s for job in self._running.values()]
        if self._waiting and len(self._running) < self._concurrency:
            moments.append(self._waiting[0].ready_s)
        first_s = min(moments, default=float("inf"))
        if any(future.done() for future in self._running):
            return 0.0
        return None if first_s == float("inf") else max(0.0, first_s - time.monotonic())

    def _wake(self, _: Future[ReactionResult]) -> None:
        with self._changed:
            self._changed.notify_all()

    def __enter__(self) -> Self:
        return self

    def __exit__(self, kind: object, *_: object) -> None:
        self.close(timeout_s=None if kind is None else 0)
