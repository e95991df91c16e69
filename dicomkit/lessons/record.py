"""The learner's record of exercises in a file on this computer; only `sharing` passes it on, if switched on.

The file is a journal: a line of JSON is appended for each event. So two kernels that write at the same time cannot
undo each other's lines, and a line that is truncated by a power failure affects no other. Delete the file to start
again.
"""

from __future__ import annotations

import dataclasses
import json
import os
from collections import Counter
from pathlib import Path

__all__ = [
    "HINTED",
    "MET",
    "PASSED",
    "TRIED",
    "Record",
    "read_record",
    "record_path",
    "remember",
    "state_folder",
]

PASSED = "passed"
TRIED = "tried"
HINTED = "hinted"
MET = "met"  # followed by a blank and the name of the misconception

STATE_FOLDER_VARIABLE = "DICOMKIT_STATE_FOLDER"
_FILE_NAME = "progress.jsonl"
_MAX_BYTES = 1_000_000  # far more than a workshop writes


@dataclasses.dataclass(frozen=True)
class Record:
    """A summary of the journal.

    Parameters
    ----------
    passed, tried
        Ids of exercises that were passed, and of those with at least one RETRY.
    hints
        How many hints were shown, by id.
    met
        Pairs of an exercise id and the name of a misconception.
    """

    passed: frozenset[str]
    tried: frozenset[str]
    hints: dict[str, int]
    met: frozenset[tuple[str, str]] = frozenset()


def state_folder() -> Path:
    """Return ``$DICOMKIT_STATE_FOLDER``, otherwise ``~/.dicomkit``."""
    folder = os.environ.get(STATE_FOLDER_VARIABLE)
    return Path(folder) if folder else Path.home() / ".dicomkit"


def record_path() -> Path:
    """Return the path of the journal."""
    return state_folder() / _FILE_NAME


def read_record() -> Record:
    """Read the journal; a missing or unreadable one counts as empty."""
    happened: Counter[tuple[str, str]] = Counter()
    try:
        with record_path().open("rb") as stream:
            lines = stream.read(_MAX_BYTES).splitlines()
    except (OSError, RuntimeError):  # RuntimeError: without a home folder
        lines = []
    for line in lines:
        entry = _entry(line)
        if entry is not None:
            happened[entry] += 1
    return Record(
        passed=frozenset(exercise for exercise, event in happened if event == PASSED),
        tried=frozenset(exercise for exercise, event in happened if event == TRIED),
        hints={exercise: count for (exercise, event), count in happened.items() if event == HINTED},
        met=frozenset(
            (exercise, event.removeprefix(f"{MET} "))
            for exercise, event in happened
            if event.startswith(f"{MET} ")
        ),
    )


def remember(exercise: str, event: str) -> bool:
    """Append an event to the journal, unless it is there.

    Returns
    -------
    bool
        False if the journal cannot be written; a lesson goes on without it.
    """
    record = read_record()
    known = {PASSED: record.passed, TRIED: record.tried}.get(event, frozenset())
    if exercise in known or (exercise, event.removeprefix(f"{MET} ")) in record.met:
        return True
    # The leading line feed ends a truncated line; a single write keeps the line in one piece.
    line = "\n" + json.dumps({"exercise": exercise, "event": event}) + "\n"
    try:
        path = record_path()
        path.parent.mkdir(parents=True, exist_ok=True)
        handle = os.open(path, os.O_WRONLY | os.O_APPEND | os.O_CREAT, 0o600)
        try:
            os.write(handle, line.encode("ascii"))
        finally:
            os.close(handle)
    except (OSError, RuntimeError):
        return False
    return True


def _entry(line: bytes) -> tuple[str, str] | None:
    try:
        entry = json.loads(line)
    except (ValueError, RecursionError):
        return None
    if not isinstance(entry, dict):
        return None
    exercise, event = entry.get("exercise"), entry.get("event")
    return (exercise, event) if isinstance(exercise, str) and isinstance(event, str) else None
