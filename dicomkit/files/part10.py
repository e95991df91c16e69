"""The head of a DICOM file: preamble, ``DICM`` and group 0002, as bytes.

A data set travels without this head; a receiver puts one in front of it before it writes a file, and a
sender takes it off again. Both halves are here, so that everything behind the head can stay untouched.

References
----------
PS3.10 section 7.1, DICOM File Meta Information: group 0002 is always Explicit VR Little Endian. It ends where
another group begins; its group length (0002,0000) says so too, but in real files it is missing or wrong.
"""

from __future__ import annotations

import mmap
from collections.abc import Mapping
from typing import NamedTuple

from dicomkit.errors import NotDicomError
from dicomkit.files.encoding import EXPLICIT_LITTLE, PAD_BYTES, element_header
from dicomkit.files.skim import Skimmer
from dicomkit.files.tokens import Kind
from dicomkit.files.walk import walk
from dicomkit.uids import IMPLEMENTATION_CLASS_UID, IMPLEMENTATION_VERSION_NAME

__all__ = [
    "META_START",
    "PREAMBLE_BYTES",
    "PREFIX",
    "FileHead",
    "encode_file_head",
    "has_prefix",
    "read_file_head",
    "read_meta",
]

PREAMBLE_BYTES = 128
PREFIX = b"DICM"
META_START = PREAMBLE_BYTES + len(PREFIX)

_META_GROUP = 0x0002
_META_GROUP_START = b"\x02\x00"
_GROUP_LENGTH, _VERSION = 0x00020000, 0x00020001
_SOP_CLASS, _SOP_INSTANCE, _TRANSFER_SYNTAX = 0x00020002, 0x00020003, 0x00020010
_IMPLEMENTATION_CLASS, _IMPLEMENTATION_VERSION, _SOURCE_AE_TITLE = 0x00020012, 0x00020013, 0x00020016
_META = Skimmer(
    (_SOP_CLASS, _SOP_INSTANCE, _TRANSFER_SYNTAX), first_group=_META_GROUP, last_group=_META_GROUP
)


def _meta_text(tag: int, vr: str, text: str) -> bytes:
    """Return an element of group 0002, or nothing for an empty text."""
    value = text.encode("ascii", "replace")
    value += PAD_BYTES[vr] * (len(value) % 2)
    return element_header(tag, vr, len(value)) + value if value else b""


# What is the same in each file that this package writes.
_START = bytes(PREAMBLE_BYTES) + PREFIX + element_header(_GROUP_LENGTH, "UL", 4)
_VERSION_ELEMENT = element_header(_VERSION, "OB", 2) + b"\x00\x01"
_IMPLEMENTATION = _meta_text(_IMPLEMENTATION_CLASS, "UI", IMPLEMENTATION_CLASS_UID) + _meta_text(
    _IMPLEMENTATION_VERSION, "SH", IMPLEMENTATION_VERSION_NAME
)


class FileHead(NamedTuple):
    """What the head of a file says about the data set that follows.

    ``dataset_offset`` is where the data set starts, in bytes from the start of the file.
    """

    sop_class_uid: str
    sop_instance_uid: str
    transfer_syntax_uid: str
    dataset_offset: int


def encode_file_head(
    *, sop_class_uid: str, sop_instance_uid: str, transfer_syntax_uid: str, source_ae_title: str = ""
) -> bytes:
    """Return preamble, prefix and file meta information for a data set that is encoded already.

    Parameters
    ----------
    sop_class_uid, sop_instance_uid
        The UIDs of the instance.
    transfer_syntax_uid
        How the data set that follows is encoded.
    source_ae_title
        Who sent it; left out when empty.

    References
    ----------
    PS3.10 section 7.1, DICOM File Meta Information.

    Examples
    --------
    >>> head = encode_file_head(
    ...     sop_class_uid="1.2", sop_instance_uid="1.2.3", transfer_syntax_uid="1.2.840.10008.1.2")
    >>> read_file_head(head)
    FileHead(sop_class_uid='1.2', sop_instance_uid='1.2.3', transfer_syntax_uid='1.2.840.10008.1.2', dataset_offset=280)
    """
    group = (
        _VERSION_ELEMENT
        + _meta_text(_SOP_CLASS, "UI", sop_class_uid)
        + _meta_text(_SOP_INSTANCE, "UI", sop_instance_uid)
        + _meta_text(_TRANSFER_SYNTAX, "UI", transfer_syntax_uid)
        + _IMPLEMENTATION
        + _meta_text(_SOURCE_AE_TITLE, "AE", source_ae_title)
    )
    return _START + len(group).to_bytes(4, "little") + group


def has_prefix(buffer: bytes | mmap.mmap) -> bool:
    """Say whether there is ``DICM`` after the preamble."""
    return buffer[PREAMBLE_BYTES:META_START] == PREFIX


def read_file_head(buffer: bytes | mmap.mmap, *, given: str = "file") -> FileHead:
    """Read group 0002 and say where the data set starts.

    Parameters
    ----------
    buffer
        The file, or as much of its start as holds group 0002.
    given
        What an error calls the input.

    Raises
    ------
    NotDicomError
        If there is no ``DICM`` after 128 bytes, or no transfer syntax.
    TruncatedFileError
        If the bytes end inside group 0002.
    """
    if not has_prefix(buffer):
        raise NotDicomError(
            given, "has no DICM after the preamble of 128 bytes", "choose a DICOM file (PS3.10 section 7.1)"
        )
    head = read_meta(buffer, given=given)
    if not head.transfer_syntax_uid:
        raise NotDicomError(
            given, "its group 0002 names no transfer syntax", "write (0002,0010) Transfer Syntax UID"
        )
    return head


def read_meta(buffer: bytes | mmap.mmap, *, given: str = "file") -> FileHead:
    """Read the group 0002 of a file that has a preamble; what it does not say is an empty text.

    Parameters
    ----------
    buffer
        The file, or as much of its start as holds group 0002.
    given
        What an error calls the input.

    Raises
    ------
    TruncatedFileError
        If the bytes end inside group 0002.
    NotDicomError
        If an item stands where an element belongs or the reverse.
    """
    found = _META.skim(buffer, META_START, EXPLICIT_LITTLE)
    if found is None or found.end > len(buffer):
        values, end = _walk_meta(buffer, given)
    else:
        values, end = found.values, found.end
    return FileHead(
        _text(values, _SOP_CLASS), _text(values, _SOP_INSTANCE), _text(values, _TRANSFER_SYNTAX), end
    )


def _text(values: Mapping[int, bytes], tag: int) -> str:
    return values.get(tag, b"").decode("ascii", "replace").strip("\0 ")


def _walk_meta(buffer: bytes | mmap.mmap, given: str) -> tuple[dict[int, bytes], int]:
    """Return the values of group 0002 and where it ends, from the walk: one element at a time."""
    values: dict[int, bytes] = {}
    position = META_START
    while buffer[position : position + 2] == _META_GROUP_START:
        tokens = walk(buffer, position, len(buffer), EXPLICIT_LITTLE, given=given)  # type: ignore[arg-type] # - read like bytes
        for token in tokens:
            if not token.depth and token.kind in {Kind.ELEMENT, Kind.SEQUENCE_END}:
                position = token.value_offset + token.length
                if token.kind is Kind.ELEMENT:
                    values[token.tag] = buffer[token.value_offset : position]
                break
    return values, position
