"""Keep which revisions were announced and which reactions still have to run, even after a crash.

The journal is a small SQLite file in the watched folder. A transaction is written completely or not at all, even if the
process is killed. The file is locked while it is open, and the system releases the lock when its owner dies: so of two
watchers on one folder, one announces and the other waits to take over.
"""

from __future__ import annotations

import contextlib
import itertools
import os
import sqlite3
import threading
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import NamedTuple, Self

from dicomkit.arrivals.study_watcher import ArrivedStudy, StudyWatcher
from dicomkit.errors import FileAccessError, reason_of
from dicomkit.files.foreign_names import JOURNAL_NAME

__all__ = ["JOURNAL_NAME", "FailedReaction", "Journal", "JournalInUse"]

_VERSION = 1
_OUTPUT_LIMIT = 4096  # characters of a failed reaction's output that are kept

_TABLES = f"""
CREATE TABLE revision (
    study_instance_uid TEXT NOT NULL,
    revision INTEGER NOT NULL,
    folder BLOB NOT NULL,
    instance_count INTEGER NOT NULL,
    expected_count INTEGER,
    reaction TEXT NOT NULL CHECK (reaction IN ('none', 'open', 'done', 'failed')),
    error TEXT NOT NULL DEFAULT '',
    output TEXT NOT NULL DEFAULT '',
    PRIMARY KEY (study_instance_uid, revision)
) WITHOUT ROWID;
CREATE TABLE instance (
    study_instance_uid TEXT NOT NULL,
    sop_instance_uid TEXT NOT NULL,
    revision INTEGER NOT NULL,
    PRIMARY KEY (study_instance_uid, sop_instance_uid)
) WITHOUT ROWID;
PRAGMA user_version = {_VERSION};
"""


class FailedReaction(NamedTuple):
    """A reaction that failed in all attempts: study and revision, error, and output."""

    study_instance_uid: str
    revision: int
    error: str
    output: str


class Journal:
    """The journal of one watched folder; use it in a ``with`` statement or close it.

    `on_notice` is called with one sentence if a damaged journal had to be moved aside.

    Raises
    ------
    FileAccessError
        If the journal cannot be written.
    JournalInUse
        If another watcher has it open. Try again later: the lock ends with its owner.
    """

    def __init__(
        self, folder: str | os.PathLike[str], *, on_notice: Callable[[str], None] = lambda _: None
    ) -> None:
        self.path = Path(folder) / JOURNAL_NAME
        self._lock = threading.Lock()
        try:
            self._database = _open(self.path)
        except sqlite3.DatabaseError as error:
            _raise_unless_damaged(self.path, error)
            aside = _put_aside(self.path)
            on_notice(
                f"the journal was damaged, so a new one is begun; studies announced before will be "
                f"announced again (the old one is kept as {aside.name})"
            )
            self._database = _open(self.path)

    def restore(self, watcher: StudyWatcher) -> None:
        """Pass the revisions that were announced before to a new watcher."""
        with self._lock:
            studies = self._database.execute(
                "SELECT study_instance_uid, max(revision) FROM revision GROUP BY study_instance_uid"
            ).fetchall()
            for study_instance_uid, revision in studies:
                instances = self._database.execute(
                    "SELECT sop_instance_uid FROM instance WHERE study_instance_uid = ?", [study_instance_uid]
                )
                watcher.known(study_instance_uid, (row[0] for row in instances), revision=revision)

    def announced(self, study: ArrivedStudy, *, reaction: bool = False) -> None:
        """Record, in one transaction, that a revision was announced, with its new instances.

        With `reaction`, one has to run for it; it is open until `reaction_ended`.
        """
        with self._transaction():
            self._database.execute(
                "INSERT OR REPLACE INTO revision VALUES (?, ?, ?, ?, ?, ?, '', '')",
                [
                    study.study_instance_uid,
                    study.revision,
                    os.fsencode(study.folder),
                    study.instance_count,
                    study.expected_count,
                    "open" if reaction else "none",
                ],
            )
            self._database.executemany(
                "INSERT OR IGNORE INTO instance VALUES (?, ?, ?)",
                [(study.study_instance_uid, uid, study.revision) for uid in study.instance_uids],
            )

    def reaction_ended(self, study: ArrivedStudy, *, error: str = "", output: str = "") -> None:
        """Record that the reaction to a revision has ended; without an `error`, it was a success."""
        with self._transaction():
            self._database.execute(
                "UPDATE revision SET reaction = ?, error = ?, output = ? WHERE study_instance_uid = ? AND revision = ?",
                [
                    "failed" if error else "done",
                    error,
                    output[:_OUTPUT_LIMIT],
                    study.study_instance_uid,
                    study.revision,
                ],
            )

    def open_reactions(self) -> list[ArrivedStudy]:
        """Return the revisions whose reaction was interrupted or did not begin: it has to run again."""
        with self._lock:
            rows = self._database.execute(
                "SELECT study_instance_uid, folder, instance_count, revision, expected_count FROM revision "
                "WHERE reaction = 'open' ORDER BY study_instance_uid, revision"
            ).fetchall()
        return [ArrivedStudy(uid, Path(os.fsdecode(folder)), *numbers) for uid, folder, *numbers in rows]

    def failures(self) -> list[FailedReaction]:
        """Return the failed reactions with their output."""
        with self._lock:
            rows = self._database.execute(
                "SELECT study_instance_uid, revision, error, output FROM revision WHERE reaction = 'failed' "
                "ORDER BY study_instance_uid, revision"
            ).fetchall()
        return [FailedReaction(*row) for row in rows]

    def close(self) -> None:
        """Close the journal and release its lock. Safe to call twice."""
        with self._lock:
            self._database.close()

    @contextlib.contextmanager
    def _transaction(self) -> Iterator[None]:
        try:
            with self._lock, self._database:
                yield
        except sqlite3.Error as error:
            raise FileAccessError(
                self.path, "cannot be written any more", "check the folder's rights and the free space"
            ) from error

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()


class JournalInUse(FileAccessError):  # noqa: N818 - a temporary state, not an error
    """Another watcher has this folder's journal open."""


def _open(path: Path) -> sqlite3.Connection:
    # Reactions end in other threads; the journal's own lock keeps them apart.
    database = sqlite3.connect(path, timeout=0, check_same_thread=False)
    try:
        database.execute("PRAGMA locking_mode = EXCLUSIVE")
        # The write-ahead log survives a killed process without waiting for the disk at each commit. In
        # exclusive mode it needs no shared memory, which a network share does not support.
        database.execute("PRAGMA journal_mode = WAL")
        database.execute("PRAGMA synchronous = NORMAL")
        database.execute("BEGIN IMMEDIATE")  # takes the lock, which is held until the journal is closed
        version = database.execute("PRAGMA user_version").fetchone()[0]
        if version == 0:
            for statement in filter(str.strip, _TABLES.split(";")):
                database.execute(statement)
        database.commit()
        # Missing columns and damaged pages raise here, and not later.
        database.execute("SELECT reaction, output FROM revision LEFT JOIN instance USING (revision) LIMIT 0")
        if database.execute("PRAGMA quick_check").fetchone()[0] != "ok":
            raise sqlite3.DatabaseError("quick_check")  # noqa: TRY301 - the caller handles any damage
    except BaseException:
        database.close()
        raise
    return database


def _raise_unless_damaged(path: Path, error: sqlite3.DatabaseError) -> None:
    """Raise an error of this package unless the journal is damaged; then return."""
    code = getattr(error, "sqlite_errorcode", sqlite3.SQLITE_CORRUPT) & 0xFF
    if code in {sqlite3.SQLITE_BUSY, sqlite3.SQLITE_LOCKED}:
        raise JournalInUse(
            path.parent, "another watcher is at work in this folder", "wait until it ends, or end it"
        ) from error
    if code not in {sqlite3.SQLITE_CORRUPT, sqlite3.SQLITE_NOTADB, sqlite3.SQLITE_ERROR}:
        raise FileAccessError(
            path.parent,
            "the journal of arrivals cannot be written there",
            "check the folder's rights and space",
        ) from error


def _put_aside(path: Path) -> Path:
    names = (path.with_name(f"{path.name}.damaged-{number}") for number in itertools.count(1))
    aside = next(name for name in names if not name.exists())
    try:
        path.rename(aside)
        for suffix in ("-wal", "-shm", "-journal"):
            with contextlib.suppress(FileNotFoundError):
                path.with_name(path.name + suffix).unlink()
    except OSError as error:
        raise FileAccessError(
            path,
            f"is damaged and cannot be put aside ({reason_of(error)})",
            "delete it, with the watcher stopped",
        ) from error
    return aside
