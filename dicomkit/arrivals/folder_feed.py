"""A feed for a folder: the system reports changes, and the whole folder is scanned from time to time."""

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

_GROUP_MS = 100  # events within this time are reported together
_STEP_MS = 50
_READY_MS = 500
_POLL_S = 1.0
_SCAN_SHARE = 20  # scans take at most one twentieth of the time


class FolderFeed:
    """Deliver what arrives in a folder to a watcher, until it is closed.

    The operating system reports changes (inotify and the like, through ``watchfiles``). On a network share it reports
    only changes from this computer, and under load it may drop some. So the whole folder is also scanned from time to
    time; where the system reports nothing, it is only scanned.

    Parameters
    ----------
    folder
        The folder.
    clock
        The watcher's clock. With a `ManualClock` each delivery scans the folder, and nothing waits.
    rescan_s
        Interval between two scans, in seconds.
    polling
        Only scan, without the system's reports.
    on_notice
        Called with one sentence if the system cannot report changes.

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
        """False: files may always be added to a folder."""
        return False

    def deliver(self, watcher: StudyWatcher) -> None:
        """Pass the changes since the last call to the watcher.

        Raises
        ------
        FileAccessError
            If the folder has been removed.
        """
        if self._follower is not None and self._follower.ident is None:
            self._follower.start()  # not in __init__: an interrupt there could leave it running
        with self._changed:
            events, self._events = self._events, []
        for at_s, paths in events:
            self.scanner.look_at(paths, watcher, at_s=at_s)
        if time.monotonic() >= self._next_scan_s or isinstance(self._clock, ManualClock):
            self.scanner.scan(watcher)
            pause_s = max(self._rescan_s, _SCAN_SHARE * self.scanner.last_scan_s)
            self._next_scan_s = time.monotonic() + pause_s

    def look_again(self, study_instance_uids: list[str], watcher: StudyWatcher) -> None:
        """Check the files of studies that are about to be announced."""
        self.scanner.look_again(study_instance_uids, watcher)

    def wait(self, timeout_s: float | None) -> None:
        """Wait for a change or the next scan, at most `timeout_s` seconds."""
        until_scan_s = max(0.0, self._next_scan_s - time.monotonic())
        wait_s = until_scan_s if timeout_s is None else min(timeout_s, until_scan_s)
        with self._changed:
            self._changed.wait_for(lambda: bool(self._events), wait_s)

    def close(self) -> None:
        """Stop following the folder. Safe to call twice."""
        self._stop.set()
        if self._follower is not None and self._follower.ident is not None:
            self._follower.join()

    def _follow(self) -> None:
        import watchfiles  # noqa: PLC0415 - not every Python has it

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
                    # Scan again for what arrived between the first scan and the first report.
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
                f"it is scanned every {self._rescan_s:g} s"
            )
