"""React to arrivals with a command, a Python callable or a cluster, with retries.

Each arrival is a job. A failed job waits for its next attempt, and a hanging one is given up after its time-out;
neither keeps other jobs from running.
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
from dicomkit.reactions.attempt import Arrival, CallExecutor, ThreadExecutor, make_attempt, name_of
from dicomkit.reactions.command_run import ENDED_BY_OWNER, NOT_STARTED, ReactionResult
from dicomkit.reactions.running_commands import RunningCommands

__all__ = ["Reactions"]

_MAX_KEPT_FAILURES = 1000
_NOT_RUN = "was not completed by its executor"
_NOT_RUN_ADVICE = "check that its workers are alive, its pool or cluster is open, and reaction, arrival and result can be pickled"


@dataclass(order=True)
class _Job:
    """One arrival with its attempts."""

    ready_s: float
    number: int
    arrival: Any = field(compare=False)
    outcome: Future[ReactionResult] = field(compare=False, default_factory=Future)
    attempts: int = field(compare=False, default=0)
    deadline_s: float = field(compare=False, default=float("inf"))


class Reactions:
    """Run one reaction for each submitted arrival, a few at a time, in the background.

    Parameters
    ----------
    reaction
        A callable that takes the arrival, or a program and its arguments with placeholders (``#p``), which is run
        without a shell. For other processes or computers, both have to be picklable.
    executor
        Any ``concurrent.futures.Executor``, for example a process pool, or a cluster through
        ``dask.distributed.Client.get_executor()``. Its owner has to shut it down. None means threads of this process.
    concurrency
        How many reactions run at the same time: the number of workers of the executor.
    attempts
        Maximum number of attempts.
    backoff_s
        Delay before the second attempt, in seconds; it doubles with each further one.
    timeout_s
        Time for one attempt, in seconds. A command is then killed and tried again. A callable cannot be killed: it
        counts as failed, and is not tried again because it may still be running.
    queue_limit
        How many may be pending or running; at this limit, `submit` blocks.

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
        limits = {"concurrency": concurrency, "attempts": attempts, "queue_limit": queue_limit}
        for name, number in limits.items():
            if number < 1:
                raise UsageError(f"{name} {number}", "is below 1", "give 1 or more")
        if backoff_s < 0 or (timeout_s is not None and timeout_s <= 0):
            raise UsageError(
                f"back-off {backoff_s} s, time-out {timeout_s} s",
                "are no valid times",
                "give positive numbers",
            )
        if isinstance(reaction, str):
            raise UsageError(reaction, "is one string, not a list of arguments", "use split_command() on it")
        self._reaction = reaction
        own = ThreadExecutor() if has_threads() else CallExecutor()
        self._executor = own if executor is None else executor
        # Only a child of this process can be killed.
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
        """The number of running reactions."""
        with self._changed:
            return len(self._running)

    @property
    def failures(self) -> list[ReactionResult]:
        """The results of reactions that failed in all attempts, oldest first (the last 1000)."""
        with self._changed:
            return list(self._failures)

    def submit(self, arrival: Arrival) -> Future[ReactionResult]:
        """Queue an arrival. A callable gets it as it is; a command gets its ``values()``.

        Returns
        -------
        Future
            Its result is a :class:`ReactionResult`, even if all attempts failed. Without threads it is done.

        Raises
        ------
        ReactionError
            After `close`.
        """
        with self._changed:
            self._changed.wait_for(lambda: self._closed or self._load() < self._queue_limit)
            if self._closed:
                raise ReactionError("reaction", "cannot run any more", "submit before close()")
            job = _Job(0.0, next(self._numbers), arrival)
            job.outcome.set_running_or_notify_cancel()  # only close() cancels it, not its Future
            heapq.heappush(self._waiting, job)
            self._changed.notify_all()
        while self._dispatcher is None and not job.outcome.done():
            self._step()
        return job.outcome

    def close(self, timeout_s: float | None = None, *, start_waiting: bool = True) -> None:
        """Wait for submitted reactions, kill those that are not done in time, and return.

        Parameters
        ----------
        timeout_s
            How long to wait; None for no limit, 0 to kill everything now. The result of a killed reaction is
            ``interrupted``.
        start_waiting
            Whether pending reactions are still started. Otherwise only the running ones are waited for.
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
        """Start jobs, or report ended ones; return False once all are done and `close` was called."""
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
        """Remove the jobs that have ended; those with an attempt left are queued again."""
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
        self._failures = [*self._failures, *failed][-_MAX_KEPT_FAILURES:]
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
        except (Exception, CancelledError) as error:  # noqa: BLE001 - a broken pool may raise anything
            # An exception of the reaction is a result already: this is a dead worker or a closed cluster.
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
            except Exception as error:  # noqa: BLE001 - a broken pool may raise anything
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
