"""How a file that has an instance's name compares with the instance that just came.

The same instance is the same data set, byte for byte, in the same transfer syntax; who sent it does not count.
A power cut can leave a file empty or cut off, if nobody waited for the disk. Such a file has the name, but it is
no instance: the whole one is to have its place.
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

__all__ = ["Standing", "compare", "data_set_digest"]

_COMPARE_BYTES = 1 << 20
# Preamble, prefix, and tag, VR and length of (0002,0000): what this package begins a file with.
_BEGINNING = bytes(PREAMBLE_BYTES) + b"DICM" + b"\x02\x00\x00\x00UL\x04\x00"
_HEAD_BYTES = 64 << 10  # far more than group 0002 ever takes
# A pipe that has the name must not make the receiver wait, and a link must not lead elsewhere.
_LOOK = os.O_RDONLY | getattr(os, "O_NONBLOCK", 0) | getattr(os, "O_NOFOLLOW", 0) | getattr(os, "O_BINARY", 0)


class Standing(enum.Enum):
    """What stands under the name of an instance that just came."""

    SAME = "the same instance"
    OTHER = "something else"
    CUT = "the beginning of the same instance, or nothing"
    GONE = "it is not there any more"


def compare(standing: str, arrived: str) -> tuple[Standing, os.stat_result | None]:
    """Compare the file `standing` with the whole file `arrived`; also return which file it was that was read.

    Raises
    ------
    OSError
        If one of them cannot be read.
    """
    try:
        found = os.lstat(standing)
        if not stat.S_ISREG(found.st_mode):
            return Standing.OTHER, found
        descriptor = os.open(standing, _LOOK)
    except FileNotFoundError:
        return Standing.GONE, None
    with os.fdopen(descriptor, "rb") as first, Path(arrived).open("rb") as second:
        found = os.fstat(descriptor)
        if not stat.S_ISREG(found.st_mode):
            return Standing.OTHER, found
        return _compare(first, second, found.st_size), found


def _compare(first: BinaryIO, second: BinaryIO, size_bytes: int) -> Standing:
    start = first.read(_HEAD_BYTES)
    if not any(start) and _is_all_zero(first):
        return Standing.CUT  # nothing, or the zeros that a disk shows for what was never written
    if _ends_in_its_head(start, size_bytes):
        return Standing.CUT
    new = read_file_head(second.read(_HEAD_BYTES))
    try:
        old = read_file_head(start)
    except NotDicomError:
        return Standing.OTHER
    if old.transfer_syntax_uid != new.transfer_syntax_uid:
        return Standing.OTHER
    return _compare_data_sets(first, second, (old, new))


def _compare_data_sets(first: BinaryIO, second: BinaryIO, heads: tuple[FileHead, FileHead]) -> Standing:
    first.seek(heads[0].dataset_offset)
    second.seek(heads[1].dataset_offset)
    while piece := first.read(_COMPARE_BYTES):
        if piece != second.read(len(piece)):
            return Standing.OTHER
    if not second.read(1):
        return Standing.SAME
    # All that is there is right, and more was to come. If it ends where an instance may end, it is one.
    first.seek(0)
    return Standing.OTHER if _is_whole(first.read()) else Standing.CUT


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
    """Return whether a file that this kit began to write has no byte of a data set yet."""
    if not start.startswith(_BEGINNING[: len(start)]):
        return False
    if size_bytes < len(_BEGINNING) + 4:
        return True
    # Not by the group length: where it is too large, a whole instance would count for nothing.
    try:
        return read_meta(start).dataset_offset >= size_bytes
    except NotDicomError:
        return size_bytes <= len(start)


def data_set_digest(path: Path) -> str:
    """Return a hash of the data set alone: who sent it makes no other instance of it."""
    with path.open("rb") as stream:
        stream.seek(read_file_head(stream.read(_HEAD_BYTES)).dataset_offset)
        return hashlib.file_digest(stream, "sha256").hexdigest()
