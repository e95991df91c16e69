"""Watch a receiver: what has arrived, from whom, and when a study counts as arrived."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator, Mapping
from typing import Any

import traitlets

from dicomkit.arrivals import QUIET_PERIOD_S, ManualClock
from dicomkit.errors import StoreError, UsageError
from dicomkit.network import StorageSCP, StoredInstance
from dicomkit.text import counted, escape_terminal
from dicomkit.viewers.frame.front_end import front_end, styles
from dicomkit.viewers.frame.viewer import Answer, Viewer
from dicomkit.viewers.inbox.arrived_pictures import label_of, thumbnail_answer
from dicomkit.viewers.inbox.contents import Delivery, InboxContents

__all__ = ["Inbox"]

_MOST_STUDIES = 300  # the newest, which are sent to a browser
_MOST_PICTURES = 24  # of each study
_PAGE_STUDIES = 60  # with pictures in a page without a kernel


class Inbox(Viewer):
    """Show what a receiver has stored, while it arrives: by sender and study, with thumbnails.

    A light shows whether the receiver is running, and each study shows how much longer it must be quiet before it
    counts as arrived (see `StudyWatcher`). The receiver may be stopped and started again. What arrived before the inbox
    was made is shown too; its quiet period begins now.

    Parameters
    ----------
    scp
        The receiver.
    quiet_period_s, clock
        The time without new instances after which a study counts as arrived, and the clock to measure it.
    mask
        Whether to cover names and pictures of files in which Patient Identity Removed is not YES. Uncovered, they
        are on the screen and in exported pages.

    References
    ----------
    PS3.4 annex B, Storage Service Class; PS3.3 section C.7.1.1, Patient Module: Patient Identity
    Removed.

    Examples
    --------
    >>> import tempfile
    >>> with tempfile.TemporaryDirectory() as folder:
    ...     print(Inbox(StorageSCP(folder)))
    Inbox of DICOMKIT, stopped
    nothing has arrived yet
    """

    _esm = front_end("inbox/viewer")
    _css = styles("inbox")

    selection = traitlets.Int(0, help="the number of the study that is marked, from 1; 0 for none").tag(
        sync=True
    )

    def __init__(
        self,
        scp: StorageSCP,
        *,
        quiet_period_s: float = QUIET_PERIOD_S,
        clock: Callable[[], float] = time.monotonic,
        mask: bool = True,
    ) -> None:
        self._unsubscribe: Callable[[], None] = lambda: None  # for close(), if what follows fails
        if not isinstance(scp, StorageSCP):
            raise UsageError(type(scp).__name__, "this is no receiver", "give a StorageSCP: Inbox(scp)")
        self._scp = scp
        self._is_masked = mask
        self._period_s = quiet_period_s
        self._clock_runs = not isinstance(clock, ManualClock)
        self._contents = InboxContents(quiet_period_s, clock)
        self._labels: dict[int, str] = {}
        super().__init__()
        # First subscribe, then add earlier ones: what comes in between is counted once, by its SOP Instance UID.
        self._unsubscribe = scp.subscribe(self._contents.take)
        self._contents.take_earlier(scp.received)

    def close(self) -> None:
        """Unsubscribe from the receiver and remove the inbox from the page. A second call does nothing."""
        self._unsubscribe()
        super().close()

    @property
    def selected(self) -> list[StoredInstance]:
        """The instances of the selected study, in the order of arrival."""
        return self._contents.instances(self.selection)

    def answer(self, question: Mapping[str, Any]) -> Answer:
        """Answer with the whole state (``inbox``), a version of it (``news``), or one thumbnail (``picture``)."""
        kind = question["ask"]
        if kind == "picture":
            instance = self._contents.instance(int(question["study"]), int(question["number"]))
            if instance is None:
                return Answer({"why": "forgotten"})
            return thumbnail_answer(instance.path, is_masked=self._is_masked)
        if kind == "inbox":
            return Answer(self._everything())
        if kind == "news":
            version = self._version()
            return Answer({"version": version} if version == question["version"] else self._everything())
        raise UsageError("question", "an inbox knows no such question", "ask for inbox, news or picture")

    def questions(self) -> Iterator[dict[str, Any]]:
        """Yield the questions of a page without a kernel: the present state, and its pictures."""
        yield {"ask": "inbox"}
        for delivery in self._contents.deliveries[-_PAGE_STUDIES:]:
            for number in _shown_numbers(delivery):
                yield {"ask": "picture", "study": delivery.number, "number": number}

    def describe(self) -> str:
        """Return the inbox as text: senders, studies and refusals, without values of the files."""
        state = "running" if self._scp.is_running else "stopped"
        lines = self._contents.describe()
        if trouble := self._trouble():
            lines.append(f"trouble: {trouble}")
        return "\n".join([f"Inbox of {escape_terminal(self._scp.ae_title)}, {state}", *lines])

    def _version(self) -> str:
        problems = len(self._scp.problems)
        return f"{self._contents.changes} {self._scp.is_running} {self._scp.port} {problems}"

    def _everything(self) -> dict[str, Any]:
        version = self._version()
        deliveries = self._contents.deliveries
        shown = deliveries[: -_MOST_STUDIES - 1 : -1]
        senders: dict[str, list[dict[str, Any]]] = {}
        for delivery in shown:
            senders.setdefault(delivery.sender, []).append(self._study(delivery))
        self._labels = {one.number: self._labels[one.number] for one in shown}
        totals = self._contents.totals
        return {
            "version": version,
            "title": self._scp.ae_title,
            "host": self._scp.host,
            "port": self._scp.port,
            "is_running": self._scp.is_running,
            "open": self._contents.open_associations,
            "period_s": self._period_s,
            "clock_runs": self._clock_runs,
            "totals": list(totals),
            "earlier": totals[1] - len(shown),
            "trouble": self._trouble(),
            "mishaps": [
                {name: escape_terminal(text) for name, text in mishap._asdict().items()}
                for mishap in self._contents.mishaps
            ],
            "senders": [
                {"title": escape_terminal(title), "studies": studies} for title, studies in senders.items()
            ],
        }

    def _trouble(self) -> str:
        """Return the last problem other than a refusal; `StorageSCP.check` raises it."""
        # The first part of a message may name an instance, so it is left out.
        said = [
            f"{one.problem}; {one.remedy}" for one in self._scp.problems if not isinstance(one, StoreError)
        ]
        more = f" (and {len(said) - 1} more)" if len(said) > 1 else ""
        return f"{escape_terminal(said[-1])}{more}" if said else ""

    def _study(self, delivery: Delivery) -> dict[str, Any]:
        return {
            "number": delivery.number,
            "label": self._label(delivery),
            "count": counted(delivery.count, "instance"),
            "series": counted(len(delivery.series), "series"),
            "pictures": _shown_numbers(delivery),
            "more": delivery.count - len(_shown_numbers(delivery)),
            **self._contents.progress(delivery),
        }

    def _label(self, delivery: Delivery) -> str:
        """Return the label of a study from its first instance, if it may be shown; read only once."""
        if delivery.number not in self._labels:
            first = next(iter(self._contents.instances(delivery.number)), None)
            self._labels[delivery.number] = (
                label_of(first.path, is_masked=self._is_masked) if first is not None else ""
            )
        return self._labels[delivery.number]


def _shown_numbers(delivery: Delivery) -> list[int]:
    """Return the numbers of the instances that get a thumbnail: all, or every second, every fourth ..."""
    step = 1
    while -(-delivery.count // step) > _MOST_PICTURES:
        step *= 2
    return list(range(1, delivery.count + 1, step))
