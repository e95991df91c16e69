"""Whether two files hold the same instance: the same data set, byte for byte, in the same transfer syntax."""

from __future__ import annotations

import hashlib
from pathlib import Path

from dicomkit.errors import NotDicomError
from dicomkit.files.part10 import read_file_head

__all__ = ["data_set_digest", "is_same_instance"]

_COMPARE_BYTES = 1 << 20
_HEAD_BYTES = 64 << 10  # far more than group 0002 ever takes


def is_same_instance(one: Path, other: Path) -> bool:
    """Tell whether two files hold the same data set in the same transfer syntax."""
    with one.open("rb") as first, other.open("rb") as second:
        try:
            heads = [read_file_head(stream.read(_HEAD_BYTES)) for stream in (first, second)]
        except NotDicomError:
            return False
        first.seek(heads[0].dataset_offset)
        second.seek(heads[1].dataset_offset)
        same = heads[0].transfer_syntax_uid == heads[1].transfer_syntax_uid
        while same and (piece := first.read(_COMPARE_BYTES)):
            same = piece == second.read(_COMPARE_BYTES)
        return same and not second.read(1)


def data_set_digest(path: Path) -> str:
    """Return a hash of the data set alone: who sent it makes no other instance of it."""
    with path.open("rb") as stream:
        stream.seek(read_file_head(stream.read(_HEAD_BYTES)).dataset_offset)
        return hashlib.file_digest(stream, "sha256").hexdigest()
