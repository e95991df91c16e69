"""The announcement that a study has arrived."""

from __future__ import annotations

from dataclasses import dataclass, field
from pathlib import Path

__all__ = ["ArrivedStudy"]


@dataclass(frozen=True)
class ArrivedStudy:
    """A study that has been quiet long enough.

    Parameters
    ----------
    study_instance_uid
        (0020,000D). It identifies the study; the name of a folder does not.
    folder
        The innermost folder that holds all its files.
    instance_count
        Number of distinct instances so far, including those of earlier revisions.
    revision
        1 for the first announcement, 2 for the next one after late instances, and so on. Study and revision
        together identify an announcement.
    expected_count
        How many instances the study should have, if known; it is never guessed.
    instance_uids
        SOP Instance UIDs that are new in this revision.
    """

    study_instance_uid: str
    folder: Path
    instance_count: int
    revision: int = 1
    expected_count: int | None = None
    instance_uids: frozenset[str] = field(default=frozenset(), repr=False, compare=False)

    @property
    def complete(self) -> bool | None:
        """Whether all expected instances are there; None if their number is unknown."""
        return None if self.expected_count is None else self.instance_count >= self.expected_count

    def values(self) -> dict[str, str]:
        """Return the values for a reaction, by name (see ``dicomkit.reactions.PLACEHOLDERS``)."""
        return {
            "study_instance_uid": self.study_instance_uid,
            "folder": str(self.folder),
            "instance_count": str(self.instance_count),
            "revision": str(self.revision),
        }
