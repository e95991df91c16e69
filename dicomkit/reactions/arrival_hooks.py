"""React to each arrival in the background, and lose none: what has not been done yet waits on disk.

Whoever hands an arrival in never waits for a reaction. A receiver that ran its commands before it answered would
let the sender wait for them, and a sender that waits too long sends again.
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
    """Run one reaction for each arrival, a few at a time; those that wait survive the end of this process.

    Parameters
    ----------
    reaction
        A callable that takes the facts (an object with ``values()``), or a program and its arguments with
        placeholders.
    folder
        Where the list of those that wait is kept: a hidden file.
    name
        What kind of reaction this is, if there are several in one folder: letters and hyphens.
    concurrency, timeout_s
        As in `Reactions`.
    limit
        How many may wait. What comes then is not reacted to, and `on_dropped` is told.
    durable
        Wait for the disk at each arrival, so that also a power cut takes none.
    starts
        Whether reactions run from now on; otherwise from `start` on.
    on_result
        Is told what came of each reaction, with the facts of the arrival.
    on_dropped
        Is told the facts of an arrival that cannot be put on the list.
    on_notice
        Is told, in one sentence, what went wrong with the list itself.

    Attributes
    ----------
    taken_over_count
        How many arrivals a process that is no more had left; their reactions run first.
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
        # It is given only as many as can run: the others wait on disk, where they cost no memory.
        self._reactions = Reactions(
            reaction, concurrency=concurrency, attempts=1, timeout_s=timeout_s, queue_limit=concurrency
        )
        self._feeder = threading.Thread(target=self._feed, name="dicomkit-hooks", daemon=True)
        self._runs_at_once = False
        if starts:
            self.start()

    def start(self) -> None:
        """Run reactions from now on; what was submitted before has waited for it."""
        if has_threads():
            self._feeder.start()
        else:
            self._runs_at_once = True
            self._feed()

    @property
    def waiting(self) -> int:
        """How many arrivals are not done yet, those that run included."""
        return len(self._backlog)

    @property
    def running(self) -> int:
        """How many reactions run at this moment."""
        return self._reactions.running

    def submit(self, arrival: Arrival) -> None:
        """Put an arrival on the list; this raises nothing, and waits for no reaction where there are threads."""
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
        """End, and return how many are left on disk for the next start; closing again returns 0.

        Parameters
        ----------
        drains
            Whether those that wait get their turn first. Otherwise what runs is ended too, with all that it
            started, and both are left for the next start.
        """
        try:
            self._backlog.finish(drop_waiting=not drains)
            if not drains:
                self._reactions.close(0)
            if self._feeder.ident is not None:  # it was started
                self._feeder.join()
            self._reactions.close()
        except BaseException:  # an interrupt while those that wait get their turn
            if drains:
                self.close(drains=False)
            raise
        return self._backlog.close()

    def _feed(self) -> None:
        while (entry := self._backlog.take(waits=not self._runs_at_once)) is not None:
            try:
                future = self._reactions.submit(entry)
            except DicomKitError:
                return  # closed meanwhile: it stays on disk
            future.add_done_callback(lambda done, entry=entry: self._settle(entry, done.result()))  # type: ignore[misc]

    def _settle(self, entry: BacklogEntry, result: ReactionResult) -> None:
        try:
            self._on_result(entry, result)
        finally:  # that nobody could be told makes it no less done
            if not result.interrupted:
                self._end(entry)

    def _end(self, entry: BacklogEntry) -> None:
        try:
            self._backlog.ended(entry)
        except DicomKitError as error:
            self._on_notice(f"{error}; this command may run once more")

    def __enter__(self) -> Self:
        return self

    def __exit__(self, kind: object, *_: object) -> None:
        self.close(drains=kind is None)
