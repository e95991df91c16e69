"""Files that a browser hands over, piece by piece: they are kept in memory and never on disk."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from dicomkit.errors import UsageError
from dicomkit.text import counted

__all__ = ["MAX_UPLOAD_BYTES", "Uploads"]

MAX_UPLOAD_BYTES = 512 * 1024 * 1024
_MAX_FILES = 10_000


class Uploads:
    """Collect the pieces of several files until all of them are whole.

    Each piece states which file of how many it belongs to, and how long that file will be.
    """

    def __init__(self) -> None:
        self._files: list[tuple[str, int, bytearray]] = []

    def add(self, piece: Mapping[str, Any], buffers: Sequence[bytes]) -> dict[str, bytes] | None:
        """Add one piece; return all files by name once the last one is whole, and None before that.

        Parameters
        ----------
        piece
            ``file`` is the number of the file, counted from 0, ``of`` how many there are, ``name`` and ``size``
            are the file's, ``start`` is where in the file the piece belongs, in bytes.
        buffers
            The bytes of the piece.

        Raises
        ------
        UsageError
            If the pieces do not fit together, or exceed `MAX_UPLOAD_BYTES`.
        """
        number, of, start, size = (int(piece[name]) for name in ("file", "of", "start", "size"))
        if number == 0 and start == 0:
            self.clear()
        if start == 0 and number == len(self._files):
            self._files.append((str(piece["name"]), size, bytearray()))
        kept = sum(len(content) for _, _, content in self._files)
        content = self._files[-1][2] if self._files else bytearray()
        arriving = b"".join(buffers)
        if number != len(self._files) - 1 or start != len(content) or start + len(arriving) > size:
            self.clear()
            raise UsageError("upload", "its pieces do not follow each other", "start it again")
        if kept + len(arriving) > MAX_UPLOAD_BYTES or number >= _MAX_FILES:
            self.clear()
            limit = f"more than {MAX_UPLOAD_BYTES // 1024**2} MB or {counted(_MAX_FILES, 'file')}"
            raise UsageError("upload", limit, "give MetadataViewer the folder's path instead")
        content += arriving
        if number + 1 < of or len(content) < size:
            return None
        files = {
            f"upload {place}: {name}": bytes(whole) for place, (name, _, whole) in enumerate(self._files, 1)
        }
        self.clear()
        return files

    def clear(self) -> None:
        """Forget everything that has arrived, as when an upload is cancelled."""
        self._files.clear()
