"""What is announced when a study has arrived."""

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
        (0020,000D), the study's identity. The name of a folder is not.
    folder
        The innermost folder that holds all its files.
    instance_count
        How many different instances are there now, those of earlier revisions included.
    revision
        1 for the first announcement, 2 for the next one after late instances, and so on. Study and revision
        together name an announcement once and for all.
    expected_count
        How many instances there should be, if somebody said so; it is never guessed.
    instance_uids
        The instances that are new in this revision.
    """

    study_instance_uid: str
    folder: Path
    instance_count: int
    revision: int = 1
    expected_count: int | None = None
    instance_uids: frozenset[str] = field(default=frozenset(), repr=False, compare=False)

    @property
    def complete(self) -> bool | None:
        """Tell whether all expected instances are there; None if nobody said how many to expect."""
        return None if self.expected_count is None else self.instance_count >= self.expected_count

    def values(self) -> dict[str, str]:
        """Return the facts that a reaction is given, by name (see ``dicomkit.reactions.PLACEHOLDERS``)."""
        return {
            "study_instance_uid": self.study_instance_uid,
            "folder": str(self.folder),
            "instance_count": str(self.instance_count),
            "revision": str(self.revision),
        }
