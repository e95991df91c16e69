"""The catalogue of an archive: the studies, series and instances in its folder.

It follows the files: a refresh checks each folder for changes and reads new files only. So it never has to be rebuilt,
cannot contradict the disk for long, and includes every file, whether a receiver, ``save_as`` or ``cp`` wrote it.
"""

from __future__ import annotations

import math
import os
import sys
import threading
import time
from collections import Counter
from collections.abc import Iterable, Iterator
from pathlib import Path

from dicomkit.archive.entities import Entity, Instance, PatientKey, Series, Study, indexed_values
from dicomkit.archive.folders import Change, FolderChanges
from dicomkit.archive.indexed_values import Head, read_head
from dicomkit.archive.levels import INDEXED, Level
from dicomkit.archive.query import Condition
from dicomkit.archive.query_error import CatalogueBusyError
from dicomkit.archive.value_index import ValueIndex
from dicomkit.errors import DicomKitError, FileAccessError
from dicomkit.files.tags import (
    SERIES_INSTANCE_UID,
    SOP_CLASS_UID,
    SOP_INSTANCE_UID,
    SPECIFIC_CHARACTER_SET,
    STUDY_INSTANCE_UID,
)

__all__ = ["Catalogue"]

_MAX_SHARED_VALUES = 200_000
_STEP_S = 0.2
_TAGS = frozenset(tag for tags in INDEXED.values() for tag in tags)
# Collected from lower levels: Modalities in Study from Modality, SOP Classes in Study from SOP Class UID.
_COLLECTED_FROM = {0x00080061: 0x00080060, 0x00080062: SOP_CLASS_UID}


class Catalogue:
    """List the patients, studies, series and instances in an existing folder.

    Safe to use from several threads. A query may or may not see files that arrive while it runs.

    Attributes
    ----------
    left_out : dict
        Files that are not in the archive, by path, with the reason.

    Raises
    ------
    FileAccessError
        If the folder does not exist.

    Examples
    --------
    >>> import tempfile
    >>> with tempfile.TemporaryDirectory() as folder:
    ...     Catalogue(folder).refresh()
    0
    """

    def __init__(self, folder: str | os.PathLike[str]) -> None:
        self.folder = Path(folder).resolve()
        if not self.folder.is_dir():
            raise FileAccessError(folder, "is not a folder", "make it first, for example with mkdir")
        self._lock = threading.Lock()
        self._reset()

    def _reset(self) -> None:
        """Empty the catalogue; the next refresh reads all files."""
        self.studies: dict[str, Study] = {}
        self.left_out: dict[str, str] = {}
        self._changes = FolderChanges(self.folder)
        self._current: Iterator[Change] | None = None
        self._refreshes = 0
        self._arrivals = 0
        self._by_path: dict[str, Instance] = {}
        self._by_uid: dict[str, Instance] = {}
        self._by_patient: dict[PatientKey, dict[str, Study]] = {}
        self._by_value: dict[int, ValueIndex] = {}
        self._duplicates: dict[tuple[str, str], list[Change]] = {}
        self._shared: dict[bytes, bytes] = {}
        self._syntaxes: Counter[tuple[str, str]] = Counter()

    @property
    def instance_count(self) -> int:
        """The number of instances."""
        return len(self._by_path)

    def refresh(self) -> int:
        """Add new files and remove missing ones; return the number of changed files."""
        return sum(self.refreshing())

    def refreshing(self, *, within_s: float = math.inf) -> Iterator[int]:
        """Refresh in steps of a fraction of a second; yield the number of changed files of each.

        The first refresh reads all files. Several callers share the work, and each may stop between two steps.

        Raises
        ------
        CatalogueBusyError
            If it takes longer than `within_s`. What was read is kept.
        """
        deadline = time.monotonic() + within_s
        with self._lock:
            # A refresh in progress may have passed files that arrived before this call: wait for another.
            enough = self._refreshes + (1 if self._current is None else 2)
        while self._refreshes < enough:
            if time.monotonic() > deadline:
                raise CatalogueBusyError(self.instance_count + len(self.left_out))
            with self._lock:
                count = self._step(time.monotonic() + _STEP_S) if self._refreshes < enough else 0
            yield count

    def _step(self, deadline: float) -> int:
        """Continue the current refresh, or begin one; return the number of changed files."""
        if self._current is None:
            self._current = self._changes.take()
        count = 0
        try:
            for change in self._current:
                count += 1
                if change.is_new:
                    self._add(change)
                else:
                    self._remove(change)
                if time.monotonic() > deadline:
                    return count
        except BaseException:  # after an interrupt, the catalogue may be inconsistent
            self._reset()
            raise
        self._current = None
        self._refreshes += 1
        return count

    def narrowed(self, conditions: Iterable[Condition]) -> list[Study] | None:
        """Return the studies that may match, in order of arrival; None if the conditions exclude none.

        A condition on series or instances applies to those of a study.
        """
        found: set[Study] | None = None
        with self._lock:
            for condition in conditions:
                index = self._index_of(condition.tag)
                studies = None if index is None else index.studies(condition)
                if studies is not None:
                    found = studies if found is None else found & studies
        return None if found is None else sorted(found, key=lambda study: study.arrival)

    def _index_of(self, tag: int) -> ValueIndex | None:
        """Return the index of an attribute, made at its first use; None for an attribute that is not indexed."""
        tag = _COLLECTED_FROM.get(tag, tag)
        if tag not in self._by_value and tag in _TAGS:
            index = self._by_value[tag] = ValueIndex(tag)
            for study in self.studies.values():
                for entity in study.entities_with(tag):
                    index.add(entity.raw(tag), entity.terms, study)
        return self._by_value.get(tag)

    def transfer_syntaxes(self, sop_class_uid: str) -> list[str]:
        """Return the transfer syntaxes in which instances of a SOP class are stored, the most frequent first."""
        # Without the lock, so that an association request does not wait for a refresh.
        counts = self._syntaxes.copy()
        found = [(n, uid) for (kind, uid), n in counts.items() if kind == sop_class_uid and n > 0]
        return [uid for _, uid in sorted(found, reverse=True)]

    def patients(self) -> Iterator[list[Study]]:
        """Yield the studies of each patient."""
        for studies in list(self._by_patient.values()):
            yield list(studies.values())

    def studies_of(self, patient_key: PatientKey) -> list[Study]:
        """Return the studies of a patient (`Study.patient_key`)."""
        return list(self._by_patient.get(patient_key, {}).values())

    def instance(self, sop_instance_uid: str, sop_class_uid: str = "") -> Instance | None:
        """Return the instance with a UID; None if there is none, or of another SOP class."""
        found = self._by_uid.get(sop_instance_uid)
        return found if found is not None and sop_class_uid in {"", found.sop_class_uid} else None

    def _add(self, change: Change) -> None:
        path = change.path
        try:
            head = read_head(path)
        except DicomKitError as error:
            self.left_out[path] = error.problem
            return
        series = self._series_of(head)
        uid = self._uid(head, SOP_INSTANCE_UID)
        if uid in series.instances:
            # The same instance in another file counts once.
            self._duplicates.setdefault((series.uid, uid), []).append(change)
            self.left_out[path] = "an instance with its SOP Instance UID is in the archive already"
            return
        instance = Instance(
            uid,
            indexed_values(Level.IMAGE, head.values, self._share),
            self._terms(head),
            series,
            folder=change.folder,
            name=change.name,
            transfer_syntax_uid=sys.intern(head.transfer_syntax_uid),
            inode=change.inode,
        )
        self._by_path[path] = series.instances[uid] = instance
        self._index_values(instance, series.study)
        self._by_uid.setdefault(uid, instance)
        self._syntaxes[instance.sop_class_uid, instance.transfer_syntax_uid] += 1

    def _series_of(self, head: Head) -> Series:
        """Return the series of a file; the first file of a series or study supplies its values."""
        study_uid, series_uid = self._uid(head, STUDY_INSTANCE_UID), self._uid(head, SERIES_INSTANCE_UID)
        study = self.studies.get(study_uid)
        if study is None:
            values = indexed_values(Level.STUDY, head.values, self._share)
            self._arrivals += 1
            study = self.studies[study_uid] = Study(study_uid, values, self._terms(head), self._arrivals)
            self._by_patient.setdefault(study.patient_key, {})[study_uid] = study
            self._index_values(study, study)
        series = study.series.get(series_uid)
        if series is None:
            values = indexed_values(Level.SERIES, head.values, self._share)
            series = study.series[series_uid] = Series(series_uid, values, self._terms(head), study)
            self._index_values(series, study)
        return series

    def _index_values(self, entity: Entity, study: Study) -> None:
        for tag, index in self._by_value.items():
            if tag in entity.places:
                index.add(entity.raw(tag), entity.terms, study)

    def _unindex_values(self, entity: Entity, study: Study) -> None:
        for tag, index in self._by_value.items():
            if tag in entity.places:
                index.remove(entity.raw(tag), entity.terms, study)

    def _remove(self, change: Change) -> None:
        self.left_out.pop(change.path, None)
        instance = self._by_path.pop(change.path, None)
        if instance is None:
            return
        self._syntaxes[instance.sop_class_uid, instance.transfer_syntax_uid] -= 1
        if self._by_uid.get(instance.uid) is instance:
            del self._by_uid[instance.uid]
        series, study = instance.series, instance.series.study
        del series.instances[instance.uid]
        self._unindex_values(instance, study)
        if not series.instances:
            del study.series[series.uid]
            self._unindex_values(series, study)
        if not study.series:
            del self.studies[study.uid]
            self._unindex_values(study, study)
            self._remove_from_patient(study)
        for duplicate in self._duplicates.pop((series.uid, instance.uid), []):
            if self.left_out.pop(duplicate.path, None) is not None:
                self._add(duplicate)

    def _remove_from_patient(self, study: Study) -> None:
        studies = self._by_patient[study.patient_key]
        del studies[study.uid]
        if not studies:
            del self._by_patient[study.patient_key]

    def _uid(self, head: Head, tag: int) -> str:
        return head.values[tag].decode("latin-1").strip(" \0")

    def _terms(self, head: Head) -> bytes:
        return self._share(head.values.get(SPECIFIC_CHARACTER_SET, b""))

    def _share(self, raw: bytes) -> bytes:
        """Return the same object for equal values, to save memory."""
        if len(self._shared) > _MAX_SHARED_VALUES:
            self._shared.clear()
        return self._shared.setdefault(raw, raw)
