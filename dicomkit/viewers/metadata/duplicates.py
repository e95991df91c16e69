"""Entries that hold the same instance: one SOP Instance UID stands in several of them."""

from __future__ import annotations

from collections.abc import Sequence
from hashlib import sha256
from typing import NamedTuple

from dicomkit.errors import DicomKitError
from dicomkit.files.indexing import IndexRow
from dicomkit.text import counted

__all__ = ["Duplicates", "describe_duplicates", "find_duplicates"]

_MOST_COMPARED_BYTES = 256 * 1024 * 1024  # of all groups together; more would keep a notebook waiting


class Duplicates(NamedTuple):
    """The numbers of the entries that have one SOP Instance UID, the first is 0, and how they compare."""

    entries: list[int]
    says: str


def find_duplicates(rows: Sequence[IndexRow]) -> list[Duplicates]:
    """Return a group for each SOP Instance UID that several readable entries have.

    Equal content is a copy; different content under one UID is a mistake of whoever made it, for each
    instance has a UID of its own.

    References
    ----------
    PS3.5 section 9, Unique Identifiers (UIDs); PS3.3 section C.12.1, SOP Common Module.
    """
    by_uid: dict[str, list[int]] = {}
    for number, row in enumerate(rows):
        uid = row.text("SOPInstanceUID") if row.outcome != "rejected" else ""
        if uid:
            by_uid.setdefault(uid, []).append(number)
    groups = [numbers for numbers in by_uid.values() if len(numbers) > 1]
    left_bytes = _MOST_COMPARED_BYTES
    found = []
    for numbers in groups:
        same = [rows[number] for number in numbers]
        left_bytes -= sum(row.size_bytes for row in same)
        compared = _compare(same) if left_bytes >= 0 else "not compared, there are too many"
        found.append(
            Duplicates(numbers, f"one SOP Instance UID in {counted(len(numbers), 'entry')}, {compared}")
        )
    return found


def _compare(rows: Sequence[IndexRow]) -> str:
    if len({row.size_bytes for row in rows}) == len(rows):
        return "different content"
    try:
        kinds = len({sha256(row.entry.read_content()).digest() for row in rows})
    except DicomKitError:
        return "not compared, one cannot be read any more"
    if kinds == 1:
        return "equal content"
    return "different content" if kinds == len(rows) else counted(kinds, "different content")


def describe_duplicates(found: Sequence[Duplicates]) -> str:
    """Return one line that says how many there are and how they compare; "" if there are none."""
    if not found:
        return ""
    extra = sum(len(group.entries) - 1 for group in found)
    said = dict.fromkeys(group.says for group in found)
    return f"{counted(extra, 'duplicate')}: {'; '.join(said)}"
