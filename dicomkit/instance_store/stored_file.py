"""Where an instance lies, and what it is part of."""

from __future__ import annotations

from pathlib import Path
from typing import NamedTuple

from dicomkit.files.identifiers import Identifiers

__all__ = ["StoredFile"]


class StoredFile(NamedTuple):
    """Say where an instance lies and what it is part of.

    Parameters
    ----------
    file
        The path, as a text.
    identifiers
        Its UIDs, as they stand in the data set.
    duplicate
        The very same instance had been stored before; nothing was written.
    set_aside
        Name of the file that had this instance's name though it was empty or cut off; usually empty.
    """

    file: str
    identifiers: Identifiers
    duplicate: bool = False
    set_aside: str = ""

    @property
    def path(self) -> Path:
        """The path."""
        return Path(self.file)
