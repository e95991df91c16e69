"""A stored instance: its path and its UIDs."""

from __future__ import annotations

from pathlib import Path
from typing import NamedTuple

from dicomkit.files.identifiers import Identifiers

__all__ = ["StoredFile"]


class StoredFile(NamedTuple):
    """The path of a stored instance, and its UIDs.

    Parameters
    ----------
    file
        The path, as a str.
    identifiers
        The UIDs in the data set.
    duplicate
        Whether the same instance had been stored before; then nothing was written.
    set_aside
        New name of an empty or truncated file that had this instance's name; usually empty.
    """

    file: str
    identifiers: Identifiers
    duplicate: bool = False
    set_aside: str = ""

    @property
    def path(self) -> Path:
        """The path, as a Path."""
        return Path(self.file)
