"""The file of a backlog: an SQLite database that its owner keeps locked, and what of it can be read if it is damaged."""

from __future__ import annotations

import contextlib
import json
import sqlite3
from pathlib import Path

from dicomkit.errors import FileAccessError

__all__ = ["damaged_name", "facts_in", "keep_aside", "open_list", "remove_list", "unusable"]

# AUTOINCREMENT: a number that was ended is not given again, or its successor would seem to have been taken.
_TABLE = "CREATE TABLE IF NOT EXISTS entry (number INTEGER PRIMARY KEY AUTOINCREMENT, facts TEXT NOT NULL)"
_COMPANIONS = ("-wal", "-shm", "-journal")  # of SQLite's own


def facts_in(database: sqlite3.Connection) -> tuple[list[str], bool]:
    """Return what can be read of a list, and whether there was something else."""
    facts: list[str] = []
    is_damaged = False
    try:
        for (text,) in database.execute("SELECT facts FROM entry ORDER BY number"):
            if _are_facts(text):
                facts.append(text)
            else:
                is_damaged = True
    except (sqlite3.DatabaseError, UnicodeDecodeError):
        is_damaged = True
    return facts, is_damaged


def _are_facts(text: object) -> bool:
    try:
        facts = json.loads(text) if isinstance(text, str) else None
    except ValueError:
        return False
    return isinstance(facts, dict) and all(isinstance(value, str) for value in facts.values())


def damaged_name(path: Path) -> Path:
    """Return under which name a damaged file is kept."""
    return path.with_suffix(".damaged")


def keep_aside(path: Path) -> None:
    """Move a damaged file away: before it is closed, so that nobody else takes it, and after, since Windows moves none that is open."""
    with contextlib.suppress(PermissionError, FileNotFoundError):
        path.replace(damaged_name(path))


def open_list(path: Path, *, durable: bool) -> sqlite3.Connection:
    """Open a list and keep it locked; the system gives the lock back when this process dies."""
    # Entries are put in by the receiver's threads and ended by others'; the backlog's own lock keeps them apart.
    database = sqlite3.connect(path, timeout=0, check_same_thread=False, isolation_level=None)
    try:
        database.execute("PRAGMA locking_mode = EXCLUSIVE")
        # In exclusive mode the write-ahead log needs no shared memory, which a network share does not have.
        database.execute("PRAGMA journal_mode = WAL")
        database.execute(f"PRAGMA synchronous = {'FULL' if durable else 'NORMAL'}")
        database.execute("BEGIN IMMEDIATE")
        database.execute(_TABLE)
        database.execute("COMMIT")
    except BaseException:
        database.close()
        raise
    return database


def remove_list(path: Path) -> None:
    """Remove a file that is closed, with what SQLite has put beside it."""
    for each in (path, *(path.with_name(path.name + ending) for ending in _COMPANIONS)):
        each.unlink(missing_ok=True)


def unusable(path: Path, done: str, error: sqlite3.Error) -> FileAccessError:
    """Return the error for a list that cannot be read or written, whichever was to be `done`."""
    reason = getattr(error, "sqlite_errorname", type(error).__name__)
    return FileAccessError(
        path,
        f"the list of waiting commands cannot be {done} ({reason})",
        "check the folder, its rights and the free space",
    )
