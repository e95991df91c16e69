"""The file of a backlog: an SQLite database that its owner locks, and how to read a damaged one."""

from __future__ import annotations

import contextlib
import json
import sqlite3
from pathlib import Path

from dicomkit.errors import FileAccessError

__all__ = ["damaged_name", "facts_in", "keep_aside", "open_list", "remove_list", "unusable"]

# AUTOINCREMENT: numbers are not reused, or a new entry could be taken for one that was handled.
_TABLE = "CREATE TABLE IF NOT EXISTS entry (number INTEGER PRIMARY KEY AUTOINCREMENT, facts TEXT NOT NULL)"
_COMPANIONS = ("-wal", "-shm", "-journal")  # files of SQLite


def facts_in(database: sqlite3.Connection) -> tuple[list[str], bool]:
    """Return the readable entries of a backlog as JSON, and whether others are damaged."""
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
    """Return the name for keeping a damaged file."""
    return path.with_suffix(".damaged")


def keep_aside(path: Path) -> None:
    """Rename a damaged file. Call it before closing the file, so that no other process opens it, and after, for Windows."""
    with contextlib.suppress(PermissionError, FileNotFoundError):
        path.replace(damaged_name(path))


def open_list(path: Path, *, durable: bool) -> sqlite3.Connection:
    """Open a backlog and lock it; the system releases the lock when this process ends."""
    # Several threads use the connection; the backlog's lock keeps them apart.
    database = sqlite3.connect(path, timeout=0, check_same_thread=False, isolation_level=None)
    try:
        database.execute("PRAGMA locking_mode = EXCLUSIVE")
        # In exclusive mode the write-ahead log needs no shared memory, which a network share does not support.
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
    """Remove a closed backlog, with SQLite's companion files."""
    for each in (path, *(path.with_name(path.name + ending) for ending in _COMPANIONS)):
        each.unlink(missing_ok=True)


def unusable(path: Path, done: str, error: sqlite3.Error) -> FileAccessError:
    """Return the error for a backlog that cannot be `done`: read or written."""
    reason = getattr(error, "sqlite_errorname", type(error).__name__)
    return FileAccessError(
        path,
        f"the list of waiting commands cannot be {done} ({reason})",
        "check the folder, its rights and the free space",
    )
