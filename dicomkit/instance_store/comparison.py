"""Compare the file that already has an instance's name with the instance that has just arrived.

Two instances are the same if their data sets are, byte for byte, in the same transfer syntax; group 0002 does not
count. After a power cut, a file may be empty or truncated unless it was written durably. Such a file is replaced by
the complete instance.
"""

from __future__ import annotations

import enum
import hashlib
import os
import stat
from pathlib import Path
from typing import BinaryIO

from dicomkit.errors import DicomKitError, NotDicomError
from dicomkit.files.checking import MISSING_PIXELS, check_dicom
from dicomkit.files.part10 import PREAMBLE_BYTES, FileHead, read_file_head, read_meta

__all__ = ["Existing", "compare", "data_set_digest"]

_COMPARE_BYTES = 1 << 20
# Preamble, prefix, and tag, VR and length of (0002,0000), as this package writes them.
_BEGINNING = bytes(PREAMBLE_BYTES) + b"DICM" + b"\x02\x00\x00\x00UL\x04\x00"
_HEAD_BYTES = 64 << 10  # far more than group 0002 ever takes
# Neither wait for a named pipe nor follow a link.
_OPEN_FLAGS = (
    os.O_RDONLY | getattr(os, "O_NONBLOCK", 0) | getattr(os, "O_NOFOLLOW", 0) | getattr(os, "O_BINARY", 0)
)


class Existing(enum.Enum):
    """What the existing file is, compared with the instance that has arrived."""

    SAME = "the same instance"
    OTHER = "something else"
    TRUNCATED = "the beginning of the same instance, or empty"
    MISSING = "removed in the meantime"


def compare(existing: str, arrived: str) -> tuple[Existing, os.stat_result | None]:
    """Compare the file `existing` with the complete file `arrived`; also return the status of the file read.

    Raises
    ------
    OSError
        If one of them cannot be read.
    """
    try:
        found = os.lstat(existing)
        if not stat.S_ISREG(found.st_mode):
            return Existing.OTHER, found
        descriptor = os.open(existing, _OPEN_FLAGS)
    except FileNotFoundError:
        return Existing.MISSING, None
    with os.fdopen(descriptor, "rb") as first, Path(arrived).open("rb") as second:
        found = os.fstat(descriptor)
        if not stat.S_ISREG(found.st_mode):
            return Existing.OTHER, found
        return _compare(first, second, found.st_size), found


def _compare(first: BinaryIO, second: BinaryIO, size_bytes: int) -> Existing:
    start = first.read(_HEAD_BYTES)
    if not any(start) and _is_all_zero(first):
        return Existing.TRUNCATED  # empty, or the zeros that some file systems show for blocks never written
    if _ends_in_its_head(start, size_bytes):
        return Existing.TRUNCATED
    new = read_file_head(second.read(_HEAD_BYTES))
    try:
        old = read_file_head(start)
    except NotDicomError:
        return Existing.OTHER
    if old.transfer_syntax_uid != new.transfer_syntax_uid:
        return Existing.OTHER
    return _compare_data_sets(first, second, (old, new))


def _compare_data_sets(first: BinaryIO, second: BinaryIO, heads: tuple[FileHead, FileHead]) -> Existing:
    first.seek(heads[0].dataset_offset)
    second.seek(heads[1].dataset_offset)
    while piece := first.read(_COMPARE_BYTES):
        if piece != second.read(len(piece)):
            return Existing.OTHER
    if not second.read(1):
        return Existing.SAME
    # The existing file is a prefix of the other. It is an instance of its own if it ends at the end of an element.
    first.seek(0)
    return Existing.OTHER if _is_whole(first.read()) else Existing.TRUNCATED


def _is_whole(content: bytes) -> bool:
    try:
        remarks = check_dicom(content)
    except DicomKitError:
        return False
    return MISSING_PIXELS not in remarks


def _is_all_zero(stream: BinaryIO) -> bool:
    while piece := stream.read(_COMPARE_BYTES):
        if any(piece):
            return False
    return True


def _ends_in_its_head(start: bytes, size_bytes: int) -> bool:
    """Return whether a file of this package ends before its data set."""
    if not start.startswith(_BEGINNING[: len(start)]):
        return False
    if size_bytes < len(_BEGINNING) + 4:
        return True
    # Not by (0002,0000): if that is too large, a complete instance would be taken for a truncated one.
    try:
        return read_meta(start).dataset_offset >= size_bytes
    except NotDicomError:
        return size_bytes <= len(start)


def data_set_digest(path: Path) -> str:
    """Return the SHA-256 of the data set, without preamble and group 0002."""
    with path.open("rb") as stream:
        stream.seek(read_file_head(stream.read(_HEAD_BYTES)).dataset_offset)
        return hashlib.file_digest(stream, "sha256").hexdigest()
