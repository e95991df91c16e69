"""What this learner has done, kept in one file on this machine; `sharing` alone reads it for others, if asked to.

The file is a journal: one line of JSON for each thing that happened, only ever appended. Two kernels that
write at the same time therefore cannot undo each other's lines, and a line that was cut off by a power
failure costs nothing but itself. Delete the file to start afresh.
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
MET = "met"  # a misconception, whose name follows behind a blank

STATE_FOLDER_VARIABLE = "DICOMKIT_STATE_FOLDER"
_FILE_NAME = "progress.jsonl"
_MAX_BYTES = 1_000_000  # far more than a workshop writes; a file that long is not ours


@dataclasses.dataclass(frozen=True)
class Record:
    """What the journal says.

    Parameters
    ----------
    passed, tried
        Ids of exercises that were passed, and of those with at least one RETRY.
    hints
        How many hints were shown, by id.
    met
        Pairs of an id and the name of a misconception that was met there.
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
    """Return where the journal lies."""
    return state_folder() / _FILE_NAME


def read_record() -> Record:
    """Read the journal. A missing or unreadable one is an empty one."""
    happened: Counter[tuple[str, str]] = Counter()
    try:
        with record_path().open("rb") as stream:
            lines = stream.read(_MAX_BYTES).splitlines()
    except (OSError, RuntimeError):  # RuntimeError: this account has no home folder
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
    """Add a line to the journal, unless it would say nothing new.

    Returns
    -------
    bool
        False if nothing can be kept on this machine. A lesson goes on without it.
    """
    record = read_record()
    known = {PASSED: record.passed, TRIED: record.tried}.get(event, frozenset())
    if exercise in known or (exercise, event.removeprefix(f"{MET} ")) in record.met:
        return True
    # The leading line feed ends a line that was cut off; one write call makes the line one piece.
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
