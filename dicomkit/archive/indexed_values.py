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
from dicomkit.files.encoding import native_syntax, transfer_syntax
from dicomkit.files.layout import FileLayout, file_layout
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
from dicomkit.uids import MEDIA_STORAGE_DIRECTORY

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
_LAST_OF_ALL = 0xFFFFFFFF
_SKIMMER = Skimmer(_TAGS, last_group=_LAST >> 16)


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
    if head is None or _missing(head):
        head = _walked(path, _LAST)
    if _missing(head):  # in odd files they follow a higher tag
        head = _walked(path, _LAST_OF_ALL)
    if missing := _missing(head):
        raise NotDicomError(path, f"it has no {' and no '.join(missing)}", "give it what is missing")
    return head


def _missing(head: Head) -> list[str]:
    return [name for tag, name in _NEEDED.items() if not head.values.get(tag, b"").strip(b" \0")]


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


def _walked(path: str, last: int) -> Head:
    layout = _opened(path)
    item = read_item(
        layout.dataset, layout.dataset_start, layout.encoding, wanted=_TAGS, last=last, given=path
    )
    values = {tag: one.value for tag, one in item.items() if isinstance(one.value, bytes)}
    uid = layout.transfer_syntax_uid
    is_as_stated = transfer_syntax(uid).encoding == layout.encoding
    return Head(values, uid if is_as_stated else native_syntax(layout.encoding))


def read_elements(path: str, tags: frozenset[int]) -> Item:
    """Return some elements of a file's data set, and its Specific Character Set.

    Raises
    ------
    DicomKitError
        If it cannot be read.
    """
    layout = _opened(path)
    wanted, last = tags | {SPECIFIC_CHARACTER_SET}, min(max(tags), PIXEL_DATA - 1)
    return read_item(
        layout.dataset, layout.dataset_start, layout.encoding, wanted=wanted, last=last, given=path
    )


def _opened(path: str) -> FileLayout:
    try:
        with open(path, "rb") as stream:  # noqa: PTH123 - a text
            if os.fstat(stream.fileno()).st_size == 0:
                raise NotDicomError(path, "it is empty", "copy it again")
            buffer: bytes = mmap.mmap(stream.fileno(), 0, access=mmap.ACCESS_READ)  # type: ignore[assignment] # - read like bytes
    except OSError as error:
        raise FileAccessError(path, f"cannot be read ({reason_of(error)})", "check its rights") from error
    meta = read_file_head(buffer, given=path)
    if meta.sop_class_uid == MEDIA_STORAGE_DIRECTORY:
        raise NotDicomError(path, "it is a DICOMDIR, which lists instances and is none", "leave it out")
    return file_layout(buffer, given=path)
