"""The catalogue of an archive: which studies, series and instances lie in its folder.

It is made of the files, and kept up to date with them: each look costs a glance at each folder, and only what is
new is read. So it never has to be rebuilt, it cannot contradict the disk for long, and whatever writes a file
there, a receiver, ``save_as`` or ``cp``, has put it into the archive.
"""

from __future__ import annotations

import os
import sys
import threading
from collections import Counter
from collections.abc import Iterator
from pathlib import Path

from dicomkit.archive.entities import Instance, Series, Study, indexed_values
from dicomkit.archive.folders import Change, FolderChanges
from dicomkit.archive.heads import Head, read_head
from dicomkit.archive.levels import Level
from dicomkit.errors import DicomKitError, FileAccessError

__all__ = ["Catalogue"]

_CHARACTER_SET = 0x00080005
_STUDY, _SERIES, _INSTANCE = 0x0020000D, 0x0020000E, 0x00080018
_SHARED_VALUES = 200_000


class Catalogue:
    """Know what lies in a folder, at each level.

    Safe to use from several threads: what is being asked while files arrive sees them or does not.

    Parameters
    ----------
    folder
        An existing folder.

    Attributes
    ----------
    left_out : dict
        Files that are no instances of the archive, by path, with the reason.

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
        self.studies: dict[str, Study] = {}
        self.left_out: dict[str, str] = {}
        self._lock = threading.Lock()
        self._changes = FolderChanges(self.folder)
        self._by_path: dict[str, Instance] = {}
        self._by_uid: dict[str, Instance] = {}
        self._doubles: dict[tuple[str, str], list[Change]] = {}
        self._shared: dict[bytes, bytes] = {}
        self._syntaxes: Counter[tuple[str, str]] = Counter()

    @property
    def instance_count(self) -> int:
        """How many instances there are."""
        return len(self._by_path)

    def refresh(self) -> int:
        """Take note of what has come and gone since the last time, and return how many files that were."""
        with self._lock:
            count = 0
            for change in self._changes.take():
                count += 1
                if change.is_new:
                    self._add(change)
                else:
                    self._remove(change)
            return count

    def transfer_syntaxes(self, sop_class_uid: str) -> list[str]:
        """Return the transfer syntaxes in which instances of a SOP class are kept, the most frequent first."""
        with self._lock:
            found = [(n, uid) for (kind, uid), n in self._syntaxes.items() if kind == sop_class_uid and n > 0]
        return [uid for _, uid in sorted(found, reverse=True)]

    def patients(self) -> Iterator[list[Study]]:
        """Yield the studies of each patient."""
        patients: dict[tuple[str, bytes | None], list[Study]] = {}
        for study in list(self.studies.values()):
            patients.setdefault(study.patient_key, []).append(study)
        yield from patients.values()

    def instance(self, sop_instance_uid: str, sop_class_uid: str = "") -> Instance | None:
        """Return the instance with that UID, wherever it belongs; None if there is none, or of another class."""
        found = self._by_uid.get(sop_instance_uid)
        return found if found is not None and sop_class_uid in {"", found.sop_class_uid} else None

    def _add(self, change: Change) -> None:
        path = f"{change.folder}{change.name}"
        try:
            head = read_head(path)
        except DicomKitError as error:
            self.left_out[path] = error.problem
            return
        series = self._series_of(head)
        uid = self._uid(head, _INSTANCE)
        if uid in series.instances:
            # The same instance under another name: it is in the archive once.
            self._doubles.setdefault((series.uid, uid), []).append(change)
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
        self._by_uid.setdefault(uid, instance)
        self._syntaxes[instance.sop_class_uid, instance.transfer_syntax_uid] += 1

    def _series_of(self, head: Head) -> Series:
        """Return the series of a file; it and its study are made of the first file that belongs to them."""
        study_uid, series_uid = self._uid(head, _STUDY), self._uid(head, _SERIES)
        study = self.studies.get(study_uid)
        if study is None:
            values = indexed_values(Level.STUDY, head.values, self._share)
            study = self.studies[study_uid] = Study(study_uid, values, self._terms(head))
        series = study.series.get(series_uid)
        if series is None:
            values = indexed_values(Level.SERIES, head.values, self._share)
            series = study.series[series_uid] = Series(series_uid, values, self._terms(head), study)
        return series

    def _remove(self, change: Change) -> None:
        path = f"{change.folder}{change.name}"
        self.left_out.pop(path, None)
        instance = self._by_path.pop(path, None)
        if instance is None:
            return
        self._syntaxes[instance.sop_class_uid, instance.transfer_syntax_uid] -= 1
        if self._by_uid.get(instance.uid) is instance:
            del self._by_uid[instance.uid]
        series = instance.series
        del series.instances[instance.uid]
        if not series.instances:
            del series.study.series[series.uid]
        if not series.study.series:
            del self.studies[series.study.uid]
        for double in self._doubles.pop((series.uid, instance.uid), []):
            if self.left_out.pop(f"{double.folder}{double.name}", None) is not None:
                self._add(double)

    def _uid(self, head: Head, tag: int) -> str:
        return head.values[tag].decode("latin-1").strip(" \0")

    def _terms(self, head: Head) -> bytes:
        return self._share(head.values.get(_CHARACTER_SET, b""))

    def _share(self, raw: bytes) -> bytes:
        """Return an equal value that is kept already."""
        if len(self._shared) > _SHARED_VALUES:
            self._shared.clear()
        return self._shared.setdefault(raw, raw)
