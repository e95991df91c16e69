"""Pending arrivals on disk, which survive a killed process or a power cut.

Each process has a file of its own in the folder, which it locks while it runs. The next process takes over the entries
of one that has ended, so that none waits for ever and none is handled twice.
"""

from __future__ import annotations

import contextlib
import json
import os
import secrets
import sqlite3
import threading
from collections.abc import Callable, Iterator, Mapping
from pathlib import Path
from typing import NamedTuple

from dicomkit.files.foreign_names import HOOKS_PREFIX
from dicomkit.reactions.backlog_file import (
    damaged_name,
    facts_in,
    keep_aside,
    open_list,
    remove_list,
    unusable,
)

__all__ = ["Backlog", "BacklogEntry"]

_SUFFIX = ".sqlite"
_BATCH = 100  # entries that are read at once
_RETRY_S = 5.0  # after a read error
_DAMAGED = "a list of waiting commands was damaged and is kept as"


class BacklogEntry(NamedTuple):
    """A pending arrival: its number in the backlog, and its values by name."""

    number: int
    facts: Mapping[str, str]

    def values(self) -> Mapping[str, str]:
        """Return the values for a reaction."""
        return self.facts


class Backlog:
    """A queue of pending arrivals in a file.

    The parameters are those of `ArrivalHooks`. Only files with the same name are taken over, `put` refuses more entries
    than `limit`, and `on_notice` is called if a file cannot be read, or only in part.

    Raises
    ------
    FileAccessError
        If the folder cannot be written.
    """

    def __init__(
        self,
        folder: str | os.PathLike[str],
        name: str = "arrivals",
        *,
        limit: int = 1_000_000,
        durable: bool = False,
        on_notice: Callable[[str], None] = lambda _: None,
    ) -> None:
        self._folder = Path(folder)
        self._limit = limit
        self._changed = threading.Condition()
        self._pattern = f"{HOOKS_PREFIX}{name}-*{_SUFFIX}"
        self._path = self._folder / f"{HOOKS_PREFIX}{name}-{secrets.token_hex(6)}{_SUFFIX}"
        self._fetched: list[BacklogEntry] = []
        self._last_fetched = 0
        self._unwritten: list[tuple[int]] = []  # numbers of those that have ended and are still in the file
        self._closed = self._drops_waiting = self._is_file_closed = self._has_complained = False
        self._on_notice = on_notice
        with self._writing():
            self._database = open_list(self._path, durable=durable)
        self._count = self.taken_over_count = self._take_over()

    def __len__(self) -> int:
        """Return the number of entries that have not been handled."""
        with self._changed:
            return self._count

    def put(self, facts: Mapping[str, str]) -> bool:
        """Add an entry; return False if the backlog is full or finished.

        Raises
        ------
        FileAccessError
            If it cannot be written.
        """
        text = json.dumps(dict(facts))
        with self._changed:
            if self._closed or self._count >= self._limit:
                return False
            with self._writing():
                self._database.execute("INSERT INTO entry (facts) VALUES (?)", [text])
            self._count += 1
            self._changed.notify_all()
        return True

    def take(self, *, waits: bool = True) -> BacklogEntry | None:
        """Wait for the next entry and return it; None after `finish` once there are no more.

        Without `waits`, None also means that there is no entry now.
        """
        with self._changed:
            while not self._fetched:
                if self._drops_waiting:
                    return None
                can_read = self._fetch()
                if (self._closed or not waits) and not self._fetched:
                    return None
                if not self._fetched:
                    self._changed.wait(None if can_read else _RETRY_S)
            return self._fetched.pop(0)

    def ended(self, entry: BacklogEntry) -> None:
        """Remove an entry that was handled.

        Raises
        ------
        FileAccessError
            If that cannot be written; the entry may then be handled once more.
        """
        with self._changed:
            if self._is_file_closed:
                return  # too late to write: it may be handled once more
            self._count -= 1
            self._unwritten.append((entry.number,))
            with self._writing():
                self._write_ended()

    def finish(self, *, drop_waiting: bool = False) -> None:
        """Accept no more entries; `take` returns the existing ones, or none. The rest stays on disk."""
        with self._changed:
            self._closed = True
            if drop_waiting:
                self._fetched.clear()
                self._drops_waiting = True
            self._changed.notify_all()

    def close(self) -> int:
        """Close the file and return how many entries are left in it; an empty one is removed.

        Closing again changes nothing and returns 0.
        """
        with self._changed:
            self._closed = self._drops_waiting = True
            self._changed.notify_all()
            if self._is_file_closed:
                return 0
            self._is_file_closed = True
            with contextlib.suppress(sqlite3.Error):  # reported when it was first tried
                self._write_ended()
            self._count += len(self._unwritten)
            self._database.close()
            if not self._count:
                remove_list(self._path)
            return self._count

    @contextlib.contextmanager
    def _writing(self) -> Iterator[None]:
        try:
            yield
        except sqlite3.Error as error:
            raise unusable(self._path, "written", error) from error

    def _write_ended(self) -> None:
        """Remove handled entries, including those that a full disk kept from being removed before."""
        self._database.executemany("DELETE FROM entry WHERE number = ?", self._unwritten)
        self._unwritten.clear()

    def _fetch(self) -> bool:
        """Read the next entries; return False, and tell it once, if the disk does not give them."""
        try:
            rows = self._database.execute(
                "SELECT number, facts FROM entry WHERE number > ? ORDER BY number LIMIT ?",
                [self._last_fetched, _BATCH],
            ).fetchall()
        except sqlite3.Error as error:
            if not self._has_complained:
                self._on_notice(
                    f"{unusable(self._path, 'read', error)}; what waits is tried again, and stays there"
                )
            self._has_complained = True
            return False
        self._has_complained = False
        self._fetched = [BacklogEntry(number, json.loads(facts)) for number, facts in rows]
        if rows:
            self._last_fetched = rows[-1][0]
        return True

    def _take_over(self) -> int:
        """Copy the entries of processes that are no more, then remove their files."""
        taken = 0
        for path in sorted(self._folder.glob(self._pattern)):
            if path == self._path:
                continue
            try:
                other = open_list(path, durable=True)
            except sqlite3.OperationalError:
                continue  # its owner is alive
            except sqlite3.DatabaseError:
                keep_aside(path)
                self._on_notice(f"{_DAMAGED} {damaged_name(path).name}; they are not run")
                continue
            with contextlib.closing(other):
                facts, is_damaged = facts_in(other)
                with self._writing():
                    self._database.executemany(
                        "INSERT INTO entry (facts) VALUES (?)", [[text] for text in facts]
                    )
                # Taken away while it is still locked: nobody else can take the same ones.
                if is_damaged:
                    keep_aside(path)
                else:
                    other.execute("DELETE FROM entry")
            if is_damaged:
                keep_aside(path)
                self._on_notice(
                    f"{_DAMAGED} {damaged_name(path).name}; {len(facts)} that can be read are run"
                )
            remove_list(path)
            taken += len(facts)
        return taken
