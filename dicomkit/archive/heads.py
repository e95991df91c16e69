"""Read the indexed values of a file from its first bytes.

The first 4 kB of most files hold all of them. Otherwise the whole file is read, by `dicomkit.files.walk`.
"""

from __future__ import annotations

import mmap
import os
from typing import NamedTuple

from dicomkit.archive.elements import Item, read_item
from dicomkit.archive.levels import INDEXED
from dicomkit.errors import FileAccessError, NotDicomError, reason_of
from dicomkit.files.encoding import Encoding, native_syntax, transfer_syntax
from dicomkit.files.layout import file_layout
from dicomkit.files.part10 import has_prefix, read_file_head
from dicomkit.files.skim import Skimmer
from dicomkit.files.tags import (
    SERIES_INSTANCE_UID,
    SOP_CLASS_UID,
    SOP_INSTANCE_UID,
    SPECIFIC_CHARACTER_SET,
    STUDY_INSTANCE_UID,
)
from dicomkit.files.tokens import PIXEL_DATA

__all__ = ["Head", "read_elements", "read_head"]

_FIRST_BYTES = 4096
_NEEDED = {
    SOP_CLASS_UID: "SOP Class UID",
    SOP_INSTANCE_UID: "SOP Instance UID",
    STUDY_INSTANCE_UID: "Study Instance UID",
    SERIES_INSTANCE_UID: "Series Instance UID",
}
_TAGS = frozenset({SPECIFIC_CHARACTER_SET, *(tag for tags in INDEXED.values() for tag in tags)})
_LAST = max(_TAGS)
_SKIMMER = Skimmer(_TAGS, last_group=_LAST >> 16)
_MEDIA_STORAGE_DIRECTORY = "1.2.840.10008.1.3.10"


class Head(NamedTuple):
    """The indexed values of a file: raw values by tag, in Little Endian, and the transfer syntax."""

    values: dict[int, bytes]
    transfer_syntax_uid: str


def read_head(path: str) -> Head:
    """Read the indexed values of a file.

    Raises
    ------
    DicomKitError
        If it is no instance of a series: not DICOM, a DICOMDIR, or without one of the four UIDs.
    """
    try:
        handle = os.open(path, os.O_RDONLY | getattr(os, "O_BINARY", 0))
        try:
            start = os.read(handle, _FIRST_BYTES)
        finally:
            os.close(handle)
    except OSError as error:
        raise FileAccessError(path, f"cannot be read ({reason_of(error)})", "check its rights") from error
    head = _skimmed(start) if has_prefix(start) else None
    if head is None:
        head = _walked(path)
    missing = [name for tag, name in _NEEDED.items() if not head.values.get(tag, b"").strip(b" \0")]
    if missing:
        raise NotDicomError(path, f"it has no {' and no '.join(missing)}", "give it what is missing")
    return head


def _skimmed(start: bytes) -> Head | None:
    try:
        meta = read_file_head(start)
    except NotDicomError:
        return None
    syntax = transfer_syntax(meta.transfer_syntax_uid)
    if syntax.is_deflated:
        return None
    found = _SKIMMER.skim(start, meta.dataset_offset, syntax.encoding)
    is_whole = len(start) < _FIRST_BYTES
    if found is None or found.end > len(start) or (found.end == len(start) and not is_whole):
        return None  # an indexed element may follow
    found.values.pop(PIXEL_DATA, None)
    return Head(found.values, meta.transfer_syntax_uid)


def _walked(path: str) -> Head:
    content, offset, encoding, uid = _opened(path)
    item = read_item(content, offset, encoding, wanted=_TAGS, last=_LAST, given=path)
    values = {tag: one.value for tag, one in item.items() if isinstance(one.value, bytes)}
    return Head(values, uid)


def read_elements(path: str, tags: frozenset[int]) -> Item:
    """Return some elements of a file's data set, and its Specific Character Set.

    Raises
    ------
    DicomKitError
        If it cannot be read.
    """
    content, offset, encoding, _ = _opened(path)
    last = min(max(tags), PIXEL_DATA - 1)
    return read_item(content, offset, encoding, wanted=tags | {SPECIFIC_CHARACTER_SET}, last=last, given=path)


def _opened(path: str) -> tuple[bytes, int, Encoding, str]:
    """Return the bytes, the offset of the data set, its encoding and transfer syntax UID."""
    try:
        with open(path, "rb") as stream:  # noqa: PTH123 - a text
            if os.fstat(stream.fileno()).st_size == 0:
                raise NotDicomError(path, "it is empty", "copy it again")
            buffer: bytes = mmap.mmap(stream.fileno(), 0, access=mmap.ACCESS_READ)  # type: ignore[assignment] # - read like bytes
    except OSError as error:
        raise FileAccessError(path, f"cannot be read ({reason_of(error)})", "check its rights") from error
    if read_file_head(buffer, given=path).sop_class_uid == _MEDIA_STORAGE_DIRECTORY:
        raise NotDicomError(path, "it is a DICOMDIR, which lists instances and is none", "leave it out")
    layout = file_layout(buffer, given=path)
    uid = layout.transfer_syntax_uid
    if transfer_syntax(uid).encoding != layout.encoding:
        uid = native_syntax(layout.encoding)  # the bytes are right, as for a sender
    return layout.dataset, layout.dataset_start, layout.encoding, uid
