"""Run a reaction for each arrival in the background; pending arrivals are kept on disk, so that none is lost.

Submitting an arrival does not wait for its reaction. If a receiver ran its commands before it answered, the sender
would wait for them, time out and send again.
"""

from __future__ import annotations

import os
import threading
from collections.abc import Callable, Sequence
from typing import Any, Self

from dicomkit.abilities import has_threads
from dicomkit.errors import DicomKitError
from dicomkit.reactions.attempt import Arrival
from dicomkit.reactions.backlog import Backlog, BacklogEntry
from dicomkit.reactions.command_run import ReactionResult
from dicomkit.reactions.reactions import Reactions

__all__ = ["ArrivalHooks"]


class ArrivalHooks:
    """Run one reaction for each arrival, a few at a time; pending arrivals survive the end of this process.

    Parameters
    ----------
    reaction
        A callable that takes the arrival (an object with ``values()``), or a program and its arguments with
        placeholders.
    folder
        Folder of the backlog, a hidden file.
    name
        Name of the backlog, if there are several in one folder: letters and hyphens.
    concurrency, timeout_s
        As in `Reactions`.
    limit
        How many arrivals may be pending. Further ones are dropped, which `on_dropped` reports.
    durable
        Wait for the disk at each arrival, so that a power cut loses none.
    starts
        Whether reactions run from now on; otherwise from `start` on.
    on_result
        Called with each arrival and the result of its reaction.
    on_dropped
        Called with an arrival that cannot be added to the backlog.
    on_notice
        Called with one sentence on a problem with the backlog.

    Attributes
    ----------
    taken_over_count
        How many arrivals of an ended process were taken over; their reactions run first.
    """

    def __init__(
        self,
        reaction: Callable[[Any], object] | Sequence[str],
        folder: str | os.PathLike[str],
        name: str = "arrivals",
        *,
        concurrency: int = 4,
        timeout_s: float | None = None,
        limit: int = 1_000_000,
        durable: bool = False,
        starts: bool = True,
        on_result: Callable[[BacklogEntry, ReactionResult], None] = lambda _entry, _result: None,
        on_dropped: Callable[[Arrival], None] = lambda _: None,
        on_notice: Callable[[str], None] = lambda _: None,
    ) -> None:
        self._on_result = on_result
        self._on_dropped = on_dropped
        self._on_notice = on_notice
        self._backlog = Backlog(folder, name, limit=limit, durable=durable, on_notice=on_notice)
        self.taken_over_count = self._backlog.taken_over_count
        # Only as many as can run; the others stay on disk, where they take no memory.
        self._reactions = Reactions(
            reaction, concurrency=concurrency, attempts=1, timeout_s=timeout_s, queue_limit=concurrency
        )
        self._feeder = threading.Thread(target=self._feed, name="dicomkit-hooks", daemon=True)
        self._runs_at_once = False
        if starts:
            self.start()

    def start(self) -> None:
        """Start to run reactions, also for arrivals that were submitted before."""
        if has_threads():
            self._feeder.start()
        else:
            self._runs_at_once = True
            self._feed()

    @property
    def waiting(self) -> int:
        """The number of pending and running arrivals."""
        return len(self._backlog)

    @property
    def running(self) -> int:
        """The number of running reactions."""
        return self._reactions.running

    def submit(self, arrival: Arrival) -> None:
        """Add an arrival to the backlog. Never raises; with threads, never waits for a reaction."""
        try:
            is_on_list = self._backlog.put(arrival.values())
        except DicomKitError as error:
            self._on_notice(str(error))
            is_on_list = False
        if not is_on_list:
            self._on_dropped(arrival)
        elif self._runs_at_once:
            self._feed()

    def close(self, *, drains: bool = True) -> int:
        """Stop, and return how many arrivals are left on disk for the next start; closing again returns 0.

        Parameters
        ----------
        drains
            Whether to run the reactions of all pending arrivals first. Otherwise running commands are killed, with
            all their child processes, and stay in the backlog, too.
        """
        try:
            self._backlog.finish(drop_waiting=not drains)
            if not drains:
                self._reactions.close(0)
            if self._feeder.ident is not None:  # it was started
                self._feeder.join()
            self._reactions.close()
        except BaseException:  # an interrupt while the backlog is drained
            if drains:
                self.close(drains=False)
            raise
        return self._backlog.close()

    def _feed(self) -> None:
        while (entry := self._backlog.take(waits=not self._runs_at_once)) is not None:
            try:
                future = self._reactions.submit(entry)
            except DicomKitError:
                return  # closed: the arrival stays on disk
            future.add_done_callback(lambda done, entry=entry: self._settle(entry, done.result()))  # type: ignore[misc]

    def _settle(self, entry: BacklogEntry, result: ReactionResult) -> None:
        try:
            self._on_result(entry, result)
        finally:  # the reaction has run, even if the callback fails
            try:
                if not result.interrupted:
                    self._backlog.ended(entry)
            except DicomKitError as error:
                self._on_notice(f"{error}; this command may run once more")

    def __enter__(self) -> Self:
        return self

    def __exit__(self, kind: object, *_: object) -> None:
        self.close(drains=kind is None)
