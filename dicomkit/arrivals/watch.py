"""Turn arrivals into announcements: a loop that sleeps until something arrives or a study is due."""

from __future__ import annotations

import os
import time
from collections.abc import Callable, Generator, Iterator
from pathlib import Path
from typing import Protocol, Self

from dicomkit.abilities import has_threads
from dicomkit.arrivals.event_feed import EventFeed
from dicomkit.arrivals.folder_feed import FolderFeed
from dicomkit.arrivals.journal import Journal, JournalInUse
from dicomkit.arrivals.manual_clock import ManualClock
from dicomkit.arrivals.study_watcher import ArrivedStudy, StudyWatcher
from dicomkit.errors import UsageError

__all__ = ["QUIET_PERIOD_S", "Arrivals", "watch"]

QUIET_PERIOD_S = 16.0
_STOP_CHECK_S = 0.1  # the stop event is polled: one cannot wait for it and an arrival at once
_LOCK_CHECK_S = 0.5


class StopEvent(Protocol):
    """A signal to end a loop, such as `threading.Event`."""

    def is_set(self) -> bool:
        """Return whether to end."""


class Feed(Protocol):
    """A source of arrivals."""

    @property
    def finished(self) -> bool:
        """Whether no more arrivals will follow."""

    def deliver(self, watcher: StudyWatcher) -> None:
        """Pass the arrivals since the last call to the watcher."""

    def look_again(self, study_instance_uids: list[str], watcher: StudyWatcher) -> None:
        """Check the files of studies that are about to be announced."""

    def wait(self, timeout_s: float | None) -> None:
        """Wait for an arrival, at most `timeout_s` seconds."""

    def close(self) -> None:
        """Stop delivering."""


def watch(
    source: str | os.PathLike[str] | EventFeed,
    quiet_period_s: float = QUIET_PERIOD_S,
    *,
    stop_event: StopEvent | None = None,
    once: bool = False,
    journal: str | os.PathLike[str] | bool = True,
    grace_s: float | None = None,
    clock: Callable[[], float] = time.monotonic,
    polling: bool = False,
    on_notice: Callable[[str], None] = lambda _: None,
) -> Generator[ArrivedStudy]:
    """Yield each study once it has been quiet, and its next revision after late instances.

    A study counts as announced when the loop asks for the next one. If the loop ends before that, by an exception, by
    ``break`` or because the process was killed, the same revision is yielded again after a restart: the body of the
    loop runs at least once. ``ArrivedStudy.study_instance_uid`` with ``.revision`` identifies a repetition.

    Parameters
    ----------
    source
        A folder that a receiver fills, or the feed of a receiver.
    quiet_period_s
        How long nothing may arrive before a study counts as arrived, in seconds.
    stop_event
        Ends the iteration when it is set.
    once
        End when all studies have been announced.
    journal
        The folder of the journal, which prevents repetitions after a restart. True means the watched
        folder (and no journal for an `EventFeed`), False none.
    grace_s
        See `StudyWatcher`.
    clock
        A monotonic clock, in seconds. A `ManualClock` is advanced instead of waiting.
    polling
        Scan the folder every second instead of relying on the system's reports.
    on_notice
        Called with one sentence that a person should read.

    Yields
    ------
    ArrivedStudy
        In the order in which they become due.

    Raises
    ------
    FileAccessError
        If the folder is missing, or the journal cannot be written.
    """
    arrivals = Arrivals(
        source,
        quiet_period_s,
        stop_event=stop_event,
        journal=journal,
        grace_s=grace_s,
        clock=clock,
        polling=polling,
        on_notice=on_notice,
    )
    with arrivals:
        for study in arrivals.announcements(once=once):
            yield study
            # Not in a "finally": after an exception in the loop, the study is announced again.
            arrivals.confirm(study)


class Arrivals:
    """A watcher with its feed and its journal.

    The parameters are those of `watch`, which most programs use. Use this class, in a ``with`` statement, if announcing
    and reacting are two steps.
    """

    def __init__(
        self,
        source: str | os.PathLike[str] | EventFeed,
        quiet_period_s: float = QUIET_PERIOD_S,
        *,
        stop_event: StopEvent | None = None,
        journal: str | os.PathLike[str] | bool = True,
        grace_s: float | None = None,
        clock: Callable[[], float] = time.monotonic,
        polling: bool = False,
        on_notice: Callable[[str], None] = lambda _: None,
    ) -> None:
        self.watcher = StudyWatcher(quiet_period_s, clock=clock, grace_s=grace_s)
        self.journal: Journal | None = None
        self._clock = clock
        self._stop_event = stop_event
        self.on_notice = on_notice
        self._owns_feed = not isinstance(source, EventFeed)
        if isinstance(source, EventFeed):
            self.feed: Feed = source
            self._journal_folder = None if isinstance(journal, bool) else Path(journal)
        else:
            self.feed = FolderFeed(
                source,
                clock=clock,
                rescan_s=max(1.0, quiet_period_s / 2),
                polling=polling,
                on_notice=on_notice,
            )
            folder = source if journal is True else journal
            self._journal_folder = None if isinstance(folder, bool) else Path(folder)

    def announcements(self, *, once: bool = False) -> Iterator[ArrivedStudy]:
        """Yield each revision that is due; the caller confirms with `confirm` that it was announced.

        With `once`, end when all studies have been announced.
        """
        if not self.open_journal():
            return
        while not self.stopped():
            self.feed.deliver(self.watcher)
            if ripe := self.watcher.ripe():
                self.feed.look_again(ripe, self.watcher)
                yield from self._due()
            elif (once or self.feed.finished) and not self.watcher.pending:
                return
            else:
                self._wait(self.watcher.next_deadline())

    def open_journal(self) -> bool:
        """Open the journal, or wait until another watcher closes it; return False if the stop event is set."""
        told = False
        while self._journal_folder is not None and self.journal is None:
            if self.stopped():
                return False
            try:
                self.journal = Journal(self._journal_folder, on_notice=self.on_notice)
            except JournalInUse as error:
                if not told:
                    self.on_notice(f"{error.problem}; this one waits and takes over when it ends")
                    told = True
                time.sleep(_LOCK_CHECK_S)
            else:
                self.journal.restore(self.watcher)
        return True

    def confirm(self, study: ArrivedStudy, *, reaction: bool = False) -> None:
        """Record in the journal that a revision was announced, and whether a reaction has to follow."""
        if self.journal is not None:
            self.journal.announced(study, reaction=reaction)

    def stopped(self) -> bool:
        """Return whether the stop event is set."""
        return self._stop_event is not None and self._stop_event.is_set()

    def left_over(self) -> list[tuple[Path, str]]:
        """Return the DICOM files that were not counted, each with the reason."""
        return self.feed.scanner.left_over() if isinstance(self.feed, FolderFeed) else []

    def passed_over(self) -> list[str]:
        """Return the reason for each other file that is not counted: not DICOM, hidden, or a duplicate."""
        return list(self.feed.scanner.passed_over()) if isinstance(self.feed, FolderFeed) else []

    def close(self) -> None:
        """Stop following the source and close the journal. Safe to call twice."""
        if self._owns_feed:
            self.feed.close()
        if self.journal is not None:
            self.journal.close()

    def _due(self) -> Iterator[ArrivedStudy]:
        # One at a time: if the caller stops, the others are not announced.
        for study_instance_uid in self.watcher.ripe():
            if self.stopped():
                return
            yield from self.watcher.due(study_instance_uid)

    def _wait(self, deadline_s: float | None) -> None:
        if deadline_s is None and not has_threads():
            raise UsageError(
                "watch",
                "all studies have been announced, and in a browser nothing can arrive while it waits",
                "use once=True; to watch beside a receiver, install the kit: dicomkit lab",
            )
        wait_s = None if deadline_s is None else max(0.0, deadline_s - self._clock())
        if isinstance(self._clock, ManualClock):
            if wait_s is not None:
                self._clock.advance(wait_s)
                return
            wait_s = _STOP_CHECK_S  # nothing is pending: only another thread can add something
        if self._stop_event is not None:
            wait_s = _STOP_CHECK_S if wait_s is None else min(wait_s, _STOP_CHECK_S)
        self.feed.wait(wait_s)

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()
