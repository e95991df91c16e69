"""Detect that a study has arrived: wait until it is quiet, announce it once, and keep that in a journal."""

from dicomkit.arrivals.event_feed import EventFeed
from dicomkit.arrivals.folder_feed import FolderFeed
from dicomkit.arrivals.folder_scanner import FolderScanner
from dicomkit.arrivals.journal import JOURNAL_NAME, FailedReaction, Journal, JournalInUse
from dicomkit.arrivals.manual_clock import ManualClock
from dicomkit.arrivals.react import react
from dicomkit.arrivals.study_watcher import ArrivedStudy, StudyWatcher
from dicomkit.arrivals.watch import QUIET_PERIOD_S, Arrivals, watch

__all__ = [
    "JOURNAL_NAME",
    "QUIET_PERIOD_S",
    "Arrivals",
    "ArrivedStudy",
    "EventFeed",
    "FailedReaction",
    "FolderFeed",
    "FolderScanner",
    "Journal",
    "JournalInUse",
    "ManualClock",
    "StudyWatcher",
    "react",
    "watch",
]
