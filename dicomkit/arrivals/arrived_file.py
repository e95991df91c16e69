"""Say which study and instance a file belongs to, and whether the whole of it is there yet.

DCMTK's storescp writes straight to the final name, so a folder that somebody else's receiver fills holds
half-written files. pydicom reads most of them without a word. Here each element's length is followed to
the end of the file, which shows whether anything is still missing.
"""

from __future__ import annotations

import os
import struct
from dataclasses import dataclass
from pathlib import Path

from dicomkit.errors import NotDicomError, TruncatedFileError
from dicomkit.files.elements import Kind, Token, elements
from dicomkit.files.layout import PREAMBLE_BYTES, PREFIX, file_layout

__all__ = ["ArrivedFile", "read_arrived_file"]

_SOP_INSTANCE_UID = 0x00080018
_STUDY_INSTANCE_UID = 0x0020000D
_NUMBER_OF_STUDY_RELATED_INSTANCES = 0x00201208
_WANTED = {_SOP_INSTANCE_UID, _STUDY_INSTANCE_UID, _NUMBER_OF_STUDY_RELATED_INSTANCES}
_VALUE_LIMIT_BYTES = 64  # PS3.5 section 9.1: a UID has at most 64 characters
# Where most data sets have everything but their pixels. What follows it is only measured, not read.
_HEAD_BYTES = 64 * 1024


@dataclass(frozen=True, slots=True)
class ArrivedFile:
    """What a watcher has to know of a file.

    Parameters
    ----------
    study_instance_uid, sop_instance_uid
        (0020,000D) and (0008,0018), empty where the file has none or it was not written yet.
    whole
        The file ends where its last element ends.
    expected_count
        (0020,1208) Number of Study Related Instances, where an instance carries it.
    """

    study_instance_uid: str
    sop_instance_uid: str
    whole: bool
    expected_count: int | None = None


def read_arrived_file(path: str | os.PathLike[str]) -> ArrivedFile | None:
    """Look at a file that may still be written; return None if it is no DICOM file, or not one yet.

    Parameters
    ----------
    path
        Any file.

    Raises
    ------
    OSError
        If it cannot be opened; it may be gone already.

    References
    ----------
    PS3.10 section 7.1, DICOM File Meta Information.
    """
    with Path(path).open("rb") as stream:
        size_bytes = os.fstat(stream.fileno()).st_size
        head = stream.read(_HEAD_BYTES)
        if head[PREAMBLE_BYTES : PREAMBLE_BYTES + len(PREFIX)] != PREFIX:
            return None
        if size_bytes > len(head):
            try:
                return _walk(head, size_bytes)
            except struct.error:
                # There is an element, or a fragment of compressed pixels, whose header lies further on.
                head += stream.read()
    try:
        return _walk(head, len(head))
    except NotDicomError:
        return None


def _walk(buffer: bytes, size_bytes: int) -> ArrivedFile | None:
    found: dict[int, str] = {}
    whole = True
    try:
        layout = file_layout(buffer)
        if layout.deflated_start is not None and size_bytes > len(buffer):
            raise struct.error  # a deflated data set can only be inflated as a whole
        end = size_bytes if layout.dataset is buffer else len(layout.dataset)
        for token in elements(layout.dataset, layout.dataset_start, end, layout.encoding):
            if token.depth == 0 and token.tag in _WANTED and token.kind is Kind.ELEMENT:
                found[token.tag] = _text(layout.dataset, token)
    except TruncatedFileError:
        whole = False
    # No study, no announcement; the file may still be too short to hold its study.
    return ArrivedFile(
        found.get(_STUDY_INSTANCE_UID, ""),
        found.get(_SOP_INSTANCE_UID, ""),
        whole,
        _count(found.get(_NUMBER_OF_STUDY_RELATED_INSTANCES, "")),
    )


def _text(buffer: bytes, token: Token) -> str:
    length = min(token.length, _VALUE_LIMIT_BYTES)
    return buffer[token.value_offset : token.value_offset + length].decode("latin-1").strip("\0 ")


def _count(text: str) -> int | None:
    # VR IS. Anything that is not a plain count is nobody's expectation.
    return int(text) if text.isascii() and text.isdecimal() and len(text) < len("1000000000") else None
