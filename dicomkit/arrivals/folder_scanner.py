"""Scan a folder that another program fills, and report new instances to a watcher."""

from __future__ import annotations

import os
import stat
import time
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, replace
from pathlib import Path

from dicomkit.arrivals.arrived_file import ArrivedFile, read_arrived_file
from dicomkit.arrivals.study_watcher import StudyWatcher
from dicomkit.errors import FileAccessError
from dicomkit.files.folder_files import files_in
from dicomkit.files.foreign_names import foreign_reason, is_own

__all__ = ["FolderScanner"]

# Size, modification time and inode: an unchanged signature means an unchanged file.
Signature = tuple[int, int, int]


@dataclass(slots=True)
class _Seen:
    """A file as it was when it was last read."""

    signature: Signature
    content: ArrivedFile | None

    @property
    def instance(self) -> tuple[str, str] | None:
        """Study and instance UID, if the file is a complete instance of a study."""
        if self.content is None or not self.content.whole or not self.content.study_instance_uid:
            return None
        return self.content.study_instance_uid, self.content.sop_instance_uid


class FolderScanner:
    """Compare a folder with its former state, file by file.

    Studies are distinguished by the UIDs in the files, not by the names of folders. Hidden files and folders are
    ignored, and so are other names that no instance has (`dicomkit.files.foreign_names`): receivers, including this
    package, use them for partial files. All subfolders are scanned.

    Raises
    ------
    FileAccessError
        If there is no such folder.
    """

    def __init__(self, folder: str | os.PathLike[str]) -> None:
        self.folder = Path(folder).absolute()
        if not self.folder.is_dir():
            problem = "is a file, not a folder" if self.folder.exists() else "there is no such folder"
            raise FileAccessError(folder, problem, "give the folder that the receiver fills")
        self._seen: dict[str, _Seen] = {}
        self._paths: dict[str, set[str]] = {}  # the files of each study
        self.last_scan_s = 0.0

    def left_over(self) -> list[tuple[Path, str]]:
        """Return the DICOM files that are not counted, each with the reason."""
        found = [(Path(path), seen.content) for path, seen in self._seen.items() if seen.content is not None]
        unfinished = "is not whole, or cannot be followed to its end"
        return [(path, unfinished) for path, content in found if not content.whole] + [
            (path, "has no Study Instance UID")
            for path, content in found
            if content.whole and not content.study_instance_uid
        ]

    def passed_over(self) -> Iterator[str]:
        """Yield the reason for each file that is not counted as an instance, without its name."""
        for found in files_in(self.folder):
            if found.refusal and not is_own(Path(found.name).name):
                yield found.refusal
        instances = [seen.instance for seen in self._seen.values() if seen.instance is not None]
        repetitions = len(instances) - len(set(instances))
        yield from ["it is another file of an instance that is counted"] * repetitions
        others = sum(seen.content is None for seen in self._seen.values())
        yield from ["there is no 'DICM' after 128 bytes"] * others

    def scan(self, watcher: StudyWatcher, *, at_s: float | None = None) -> None:
        """Scan all files and report new instances to the watcher, with `at_s` as in `StudyWatcher.arrived`.

        Raises
        ------
        FileAccessError
            If the folder has been removed.
        """
        started = time.perf_counter()
        if not self.folder.is_dir():
            raise FileAccessError(self.folder, "the folder is gone", "make it again, then start again")
        present = set()
        for path in _files_below(self.folder):
            present.add(path)
            self._look_at(path, watcher, at_s)
        for path in self._seen.keys() - present:
            self._forget(path, watcher)
        self.last_scan_s = time.perf_counter() - started

    def look_at(self, paths: Iterable[str], watcher: StudyWatcher, *, at_s: float | None = None) -> None:
        """Check some files and folders only, for example those of a reported change."""
        for path in paths:
            if self._is_hidden(path):
                continue
            if not os.path.isdir(path):  # noqa: PTH112 - plain names: this runs once for each event
                self._look_at(path, watcher, at_s)
                continue
            for below in _files_below(Path(path)):
                self._look_at(below, watcher, at_s)

    def look_again(self, study_instance_uids: Iterable[str], watcher: StudyWatcher) -> None:
        """Check the files of studies that are about to be announced.

        A report may have been lost; a file may have grown since, or been moved.
        """
        studies = list(study_instance_uids)
        paths = {path for study in studies for path in self._paths.get(study, ())}
        # A flat folder may hold many studies: list each folder once.
        for folder in {os.path.dirname(path) for path in paths}:  # noqa: PTH120 - as above
            paths.update(_files_of(folder))
        for path in paths:
            self._look_at(path, watcher, None)
        for study in studies:
            folders = {os.path.dirname(path) for path in self._paths.get(study, ())}  # noqa: PTH120 - as above
            if folders:
                watcher.located(study, os.path.commonpath(folders))

    def _look_at(self, path: str, watcher: StudyWatcher, at_s: float | None) -> None:
        try:
            status = os.stat(path)  # noqa: PTH116 - as above
            if not stat.S_ISREG(status.st_mode):
                return  # opening a named pipe would block
            signature = (status.st_size, status.st_mtime_ns, status.st_ino)
            seen = self._seen.get(path)
            if seen is not None and seen.signature == signature:
                return
            content = read_arrived_file(path)
        except OSError:
            self._forget(path, watcher)
            return
        if content is not None and content.whole and not content.sop_instance_uid:
            # Without a SOP Instance UID, the file name identifies the instance.
            name = os.fsencode(os.path.relpath(path, self.folder)).decode("utf-8", "backslashreplace")
            content = replace(content, sop_instance_uid=f"file {name}")
        new = _Seen(signature, content)
        if seen is not None and seen.instance not in {None, new.instance}:
            self._forget(path, watcher)
        self._seen[path] = new
        if content is not None and content.study_instance_uid:
            self._report(path, new, content, watcher, at_s)

    def _report(
        self, path: str, seen: _Seen, content: ArrivedFile, watcher: StudyWatcher, at_s: float | None
    ) -> None:
        if seen.instance is None:
            watcher.stirred(content.study_instance_uid, at_s=at_s)
            return
        self._paths.setdefault(content.study_instance_uid, set()).add(path)
        watcher.arrived(
            *seen.instance,
            folder=os.path.dirname(path),  # noqa: PTH120 - as above
            expected_count=content.expected_count,
            at_s=at_s,
        )

    def _forget(self, path: str, watcher: StudyWatcher) -> None:
        seen = self._seen.pop(path, None)
        if seen is None or seen.instance is None:
            return
        study_instance_uid, sop_instance_uid = seen.instance
        paths = self._paths[study_instance_uid]
        paths.discard(path)
        # The file may have been moved, and a second file may hold the same instance.
        if not any(self._seen[other].instance == seen.instance for other in paths):
            watcher.withdrawn(study_instance_uid, sop_instance_uid)

    def _is_hidden(self, path: str) -> bool:
        return any(map(foreign_reason, Path(os.path.relpath(path, self.folder)).parts))


def _files_below(folder: Path) -> Iterator[str]:
    """Yield every file that is not hidden. Links to folders are not followed: they may form a cycle."""
    for parent, folders, names in os.walk(folder):
        folders[:] = [name for name in folders if not foreign_reason(name)]
        for name in names:
            if not foreign_reason(name):
                yield os.path.join(parent, name)  # noqa: PTH118 - as above


def _files_of(folder: str) -> Iterator[str]:
    try:
        with os.scandir(folder) as entries:
            yield from [
                entry.path for entry in entries if not foreign_reason(entry.name) and not entry.is_dir()
            ]
    except OSError:
        return  # the folder was moved or removed
