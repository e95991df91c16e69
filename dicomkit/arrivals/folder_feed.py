"""Follow a folder: be woken when something changes in it, and look for oneself now and then."""

from __future__ import annotations

import os
import threading
import time
from collections.abc import Callable

from dicomkit.abilities import has_threads
from dicomkit.arrivals.folder_scanner import FolderScanner
from dicomkit.arrivals.manual_clock import ManualClock
from dicomkit.arrivals.study_watcher import StudyWatcher
from dicomkit.errors import reason_of

__all__ = ["FolderFeed"]

_GROUP_MS = 100  # events that come this close together are told as one
_STEP_MS = 50
_READY_MS = 500
_POLL_S = 1.0
_SCAN_SHARE = 20  # looking at everything takes at most one part in so many of the time


class FolderFeed:
    """Deliver what arrives in a folder to a watcher; close it when it is not needed any more.

    The operating system reports changes (inotify and its kin, through ``watchfiles``). On a network share
    it reports only those made on this machine, and under load it may drop some; so the folder is also
    looked at as a whole now and then, and only that is done where no reports can be had.

    Parameters
    ----------
    folder
        The folder.
    clock
        The watcher's clock. With a `ManualClock` every delivery looks at the folder and nothing waits.
    rescan_s
        How long to go without looking at the whole folder.
    polling
        Do without the system's reports.
    on_notice
        Is told, in one sentence, if the system's reports cannot be had.

    Raises
    ------
    FileAccessError
        If there is no such folder.
    """

    def __init__(
        self,
        folder: str | os.PathLike[str],
        *,
        clock: Callable[[], float] = time.monotonic,
        rescan_s: float = 8.0,
        polling: bool = False,
        on_notice: Callable[[str], None] = lambda _: None,
    ) -> None:
        self.scanner = FolderScanner(folder)
        self._clock = clock
        polling = polling or not has_threads()
        self._rescan_s = min(rescan_s, _POLL_S) if polling else rescan_s
        self._on_notice = on_notice
        self._changed = threading.Condition()
        self._events: list[tuple[float, set[str]]] = []
        self._next_scan_s = time.monotonic()
        self._stop = threading.Event()
        self._follower: threading.Thread | None = None
        if not polling and not isinstance(clock, ManualClock):
            self._follower = threading.Thread(target=self._follow, name="dicomkit-folder", daemon=True)

    @property
    def finished(self) -> bool:
        """Tell whether nothing more will come: of a folder nobody can know."""
        return False

    def deliver(self, watcher: StudyWatcher) -> None:
        """Tell the watcher what has changed since the last time.

        Raises
        ------
        FileAccessError
            If the folder is gone.
        """
        if self._follower is not None and self._follower.ident is None:
            self._follower.start()  # not before: an interrupt can only come between here and close()
        with self._changed:
            events, self._events = self._events, []
        for at_s, paths in events:
            self.scanner.look_at(paths, watcher, at_s=at_s)
        if time.monotonic() >= self._next_scan_s or isinstance(self._clock, ManualClock):
            self.scanner.scan(watcher)
            pause_s = max(self._rescan_s, _SCAN_SHARE * self.scanner.last_scan_s)
            self._next_scan_s = time.monotonic() + pause_s

    def look_again(self, study_instance_uids: list[str], watcher: StudyWatcher) -> None:
        """Look once more at studies that are about to be announced."""
        self.scanner.look_again(study_instance_uids, watcher)

    def wait(self, timeout_s: float | None) -> None:
        """Wait until something changes, or it is time to look, but no longer than `timeout_s`."""
        until_scan_s = max(0.0, self._next_scan_s - time.monotonic())
        wait_s = until_scan_s if timeout_s is None else min(timeout_s, until_scan_s)
        with self._changed:
            self._changed.wait_for(lambda: bool(self._events), wait_s)

    def close(self) -> None:
        """Stop following the folder. Twice is fine."""
        self._stop.set()
        if self._follower is not None and self._follower.ident is not None:
            self._follower.join()

    def _follow(self) -> None:
        import watchfiles  # noqa: PLC0415 - not every Python has it; without threads nobody follows

        changes = watchfiles.watch(
            self.scanner.folder,
            watch_filter=None,
            debounce=_GROUP_MS,
            step=_STEP_MS,
            stop_event=self._stop,
            rust_timeout=_READY_MS,
            yield_on_timeout=True,
            raise_interrupt=False,
            ignore_permission_denied=True,
        )
        ready = False
        try:
            for group in changes:
                paths = {path for _, path in group}
                if not ready:
                    # What came between the first look and the first report was seen by neither.
                    ready, paths = True, {str(self.scanner.folder)}
                if paths:
                    with self._changed:
                        self._events.append((self._clock(), paths))
                        self._changed.notify_all()
        except (OSError, RuntimeError) as error:
            self._rescan_s = min(self._rescan_s, _POLL_S)
            self._next_scan_s = time.monotonic()
            self._on_notice(
                f"the system does not report changes in the folder ({reason_of(error)}); "
                f"it is looked at every {self._rescan_s:g} s"
            )
