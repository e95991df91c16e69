"""Decide when a study has arrived: pure logic, with the time handed in from outside.

Nothing in DICOM says that a study is complete. C-STORE transfers one instance; there is no "end of study", and the
end of an association is not one either: a sender may open one for each instance, or send the second half of a study
after lunch. So a receiver waits until a study has been *quiet* for some time. That is a heuristic: a pause longer than
the quiet period looks like the end. Late instances are announced as the next revision of the study; they are neither
lost nor added silently.
"""

from __future__ import annotations

import os
import time
from collections.abc import Callable, Hashable, Iterable
from dataclasses import dataclass, field
from pathlib import Path

from dicomkit.errors import UsageError

__all__ = ["ArrivedStudy", "StudyWatcher"]


@dataclass(frozen=True)
class ArrivedStudy:
    """A study that has been quiet long enough.

    Parameters
    ----------
    study_instance_uid
        (0020,000D). It identifies the study; the name of a folder does not.
    folder
        The innermost folder that holds all its files.
    instance_count
        Number of distinct instances so far, including those of earlier revisions.
    revision
        1 for the first announcement, 2 for the next one after late instances, and so on. Study and revision
        together identify an announcement.
    expected_count
        How many instances the study should have, if known; it is never guessed.
    instance_uids
        SOP Instance UIDs that are new in this revision.
    """

    study_instance_uid: str
    folder: Path
    instance_count: int
    revision: int = 1
    expected_count: int | None = None
    instance_uids: frozenset[str] = field(default=frozenset(), repr=False, compare=False)

    @property
    def complete(self) -> bool | None:
        """Whether all expected instances are there; None if their number is unknown."""
        return None if self.expected_count is None else self.instance_count >= self.expected_count

    def values(self) -> dict[str, str]:
        """Return the values for a reaction, by name (see ``dicomkit.reactions.PLACEHOLDERS``)."""
        return {
            "study_instance_uid": self.study_instance_uid,
            "folder": str(self.folder),
            "instance_count": str(self.instance_count),
            "revision": str(self.revision),
        }


@dataclass
class _Study:
    """The state of one study."""

    folder: Path
    last_activity_s: float
    revision: int = 0
    expected_count: int | None = None
    announced: set[str] = field(default_factory=set)
    fresh: set[str] = field(default_factory=set)
    open_associations: set[Hashable] = field(default_factory=set)
    all_closed_s: float | None = None  # when the last association was closed, unless more has arrived since


class StudyWatcher:
    """Announce each study once it has been quiet, and again, as its next revision, after late instances.

    Parameters
    ----------
    quiet_period_s
        How long nothing may arrive before a study counts as arrived, in seconds.
    clock
        Returns the time in seconds; must be monotonic, because a wall clock may jump.
    grace_s
        Replaces the quiet period once all associations that delivered the study are closed. Leave it out for
        senders that open an association for each instance.

    Raises
    ------
    UsageError
        If a period is not positive.

    References
    ----------
    PS3.4 annex B, Storage Service Class: a C-STORE concerns one instance.

    Examples
    --------
    >>> from dicomkit.arrivals import ManualClock
    >>> clock = ManualClock()
    >>> watcher = StudyWatcher(16, clock=clock)
    >>> watcher.arrived("1.2.3", "1.2.3.1", folder="in")
    >>> clock.advance(15)
    >>> watcher.due()
    []
    >>> clock.advance(1)
    >>> [(study.study_instance_uid, study.revision) for study in watcher.due()]
    [('1.2.3', 1)]
    """

    def __init__(
        self,
        quiet_period_s: float,
        *,
        clock: Callable[[], float] = time.monotonic,
        grace_s: float | None = None,
    ) -> None:
        for name, period_s in (("quiet period", quiet_period_s), ("grace", grace_s)):
            if period_s is not None and not 0 < period_s < float("inf"):
                raise UsageError(
                    f"{name} {period_s} s", "is no time to wait", "give a number of seconds above 0"
                )
        self._quiet_period_s = quiet_period_s
        self._grace_s = grace_s
        self._clock = clock
        self._studies: dict[str, _Study] = {}
        # Only these can become due, so announced studies cost no time.
        self._pending: dict[str, _Study] = {}
        self._deliveries: dict[Hashable, set[str]] = {}  # studies by open association

    @property
    def pending(self) -> list[str]:
        """The UIDs of studies with instances that were not announced yet."""
        return list(self._pending)

    def arrived(
        self,
        study_instance_uid: str,
        sop_instance_uid: str,
        *,
        folder: str | os.PathLike[str],
        association: Hashable = None,
        expected_count: int | None = None,
        at_s: float | None = None,
    ) -> None:
        """Add an instance. The same instance again restarts the quiet period, and is counted once.

        Parameters
        ----------
        study_instance_uid, sop_instance_uid
            (0020,000D) and (0008,0018).
        folder
            Folder of the file.
        association
            Identifies the association on which it arrived, as for `association_opened`.
        expected_count
            Number of instances of the study, from (0020,1208) or the caller.
        at_s
            Time of arrival on the clock, in seconds; by default now.
        """
        now_s = self._clock() if at_s is None else at_s
        study = self._studies.get(study_instance_uid)
        if study is None:
            study = self._studies[study_instance_uid] = _Study(Path(folder), now_s)
        if expected_count is not None:
            study.expected_count = expected_count
        study.folder = _common_folder(study.folder, Path(folder))
        study.last_activity_s = max(study.last_activity_s, now_s)
        study.all_closed_s = None
        if association in self._deliveries:  # unless it was closed while its last instance was stored
            self._deliveries[association].add(study_instance_uid)
            study.open_associations.add(association)
        if sop_instance_uid not in study.announced:
            study.fresh.add(sop_instance_uid)
            self._pending[study_instance_uid] = study

    def stirred(self, study_instance_uid: str, *, at_s: float | None = None) -> None:
        """Restart the quiet period of a study: part of it is arriving, for example a partial file."""
        study = self._studies.get(study_instance_uid)
        if study is not None:
            study.last_activity_s = max(study.last_activity_s, self._clock() if at_s is None else at_s)

    def withdrawn(self, study_instance_uid: str, sop_instance_uid: str) -> None:
        """Remove an instance that was not announced yet."""
        study = self._studies.get(study_instance_uid)
        if study is not None:
            study.fresh.discard(sop_instance_uid)
            if not study.fresh:
                self._pending.pop(study_instance_uid, None)

    def located(self, study_instance_uid: str, folder: str | os.PathLike[str]) -> None:
        """Set the folder of a study whose files were moved."""
        if study_instance_uid in self._studies:
            self._studies[study_instance_uid].folder = Path(folder)

    def association_opened(self, association: Hashable) -> None:
        """Add an association; until it is closed, no study that it delivers is due."""
        self._deliveries.setdefault(association, set())

    def association_closed(self, association: Hashable, *, at_s: float | None = None) -> None:
        """Remove an association that was released or aborted."""
        now_s = self._clock() if at_s is None else at_s
        for study_instance_uid in self._deliveries.pop(association, ()):
            study = self._studies.get(study_instance_uid)
            if study is None:
                continue  # removed by `forget`
            study.open_associations.discard(association)
            if not study.open_associations:
                study.all_closed_s = now_s

    def expect(self, study_instance_uid: str, expected_count: int) -> None:
        """Set the number of instances of a study, for example from a query."""
        study = self._studies.get(study_instance_uid)
        if study is None:
            study = self._studies[study_instance_uid] = _Study(Path(), self._clock())
        study.expected_count = expected_count

    def known(self, study_instance_uid: str, instance_uids: Iterable[str], *, revision: int) -> None:
        """Restore what was announced before, from a journal: all instances, and the last revision."""
        study = self._studies.setdefault(study_instance_uid, _Study(Path(), self._clock()))
        study.revision = max(study.revision, revision)
        study.announced.update(instance_uids)
        study.fresh -= study.announced
        if not study.fresh:
            self._pending.pop(study_instance_uid, None)

    def forget(self, study_instance_uid: str) -> None:
        """Remove a study that has nothing to announce; if it arrives again, it is new."""
        if study_instance_uid not in self._pending:
            self._studies.pop(study_instance_uid, None)

    def ripe(self) -> list[str]:
        """Return the UIDs of the studies that are due now, without announcing them."""
        now_s = self._clock()
        return [uid for uid, study in self._pending.items() if self._deadline_s(study) <= now_s]

    def due(self, study_instance_uid: str | None = None) -> list[ArrivedStudy]:
        """Announce each study whose quiet period is over, or only this one. Nothing is ever returned twice."""
        if study_instance_uid is None:
            ripe = self.ripe()
        else:
            study = self._pending.get(study_instance_uid)
            is_due = study is not None and self._deadline_s(study) <= self._clock()
            ripe = [study_instance_uid] if is_due else []
        return [self._announce(uid, self._pending.pop(uid)) for uid in ripe]

    def deadline(self, study_instance_uid: str) -> float | None:
        """Return when a study will be due if nothing more arrives, in seconds on the clock.

        None means that it has nothing to announce, infinity that an association still delivers it.
        """
        study = self._pending.get(study_instance_uid)
        return None if study is None else self._deadline_s(study)

    def next_deadline(self) -> float | None:
        """Return when the next study will be due if nothing more arrives, in seconds on the clock; None for never."""
        deadlines = [self._deadline_s(study) for study in self._pending.values()]
        first_s = min(deadlines, default=float("inf"))
        return None if first_s == float("inf") else first_s

    def _deadline_s(self, study: _Study) -> float:
        if study.open_associations:
            return float("inf")
        quiet_s = study.last_activity_s + self._quiet_period_s
        if self._grace_s is None or study.all_closed_s is None:
            return quiet_s
        return min(quiet_s, study.all_closed_s + self._grace_s)

    def _announce(self, study_instance_uid: str, study: _Study) -> ArrivedStudy:
        study.revision += 1
        study.announced |= study.fresh
        fresh, study.fresh = frozenset(study.fresh), set()
        return ArrivedStudy(
            study_instance_uid,
            study.folder,
            len(study.announced),
            study.revision,
            study.expected_count,
            fresh,
        )


def _common_folder(one: Path, other: Path) -> Path:
    if one == other or one == Path():
        return other
    try:
        return Path(os.path.commonpath([one, other]))
    except ValueError:  # two drives, or one of them relative
        return other
