"""The head of a DICOM file: preamble, ``DICM`` and group 0002, as bytes.

A data set travels without this head; a receiver puts one in front of it before it writes a file, and a
sender takes it off again. Both halves are here, so that everything behind the head can stay untouched.
"""

from __future__ import annotations

import struct
from typing import NamedTuple

from dicomkit.errors import NotDicomError, TruncatedFileError
from dicomkit.uids import IMPLEMENTATION_CLASS_UID, IMPLEMENTATION_VERSION_NAME

__all__ = ["PREAMBLE_BYTES", "FileHead", "encode_file_head", "read_file_head"]

PREAMBLE_BYTES = 128
_PREFIX = b"DICM"
_META_GROUP = 0x0002
_SOP_CLASS, _SOP_INSTANCE, _TRANSFER_SYNTAX = 0x0002, 0x0003, 0x0010
_LONG_VRS = (b"OB", b"OW", b"UN", b"SQ", b"UT")  # what group 0002 can hold with a 32-bit length
_SHORT, _LONG = struct.Struct("<HH2sH"), struct.Struct("<HH2s2xL")
_GROUP_LENGTH = struct.Struct("<HH2sHL")
_PREAMBLE_AND_PREFIX = bytes(PREAMBLE_BYTES) + _PREFIX


def _meta_text(element: int, vr: bytes, text: str) -> bytes:
    """Return an element of group 0002, or nothing for an empty text."""
    value = text.encode("ascii", "replace")
    if len(value) % 2:
        # PS3.5 6.2: a value has an even length; a UID is padded with NULL, other text with a space.
        value += b"\0" if vr == b"UI" else b" "
    # PS3.10 7.1: group 0002 is always Explicit VR Little Endian.
    return _SHORT.pack(_META_GROUP, element, vr, len(value)) + value if value else b""


# What is the same in each file that this package writes.
_VERSION = _LONG.pack(_META_GROUP, 0x0001, b"OB", 2) + b"\x00\x01"
_IMPLEMENTATION = _meta_text(0x0012, b"UI", str(IMPLEMENTATION_CLASS_UID)) + _meta_text(
    0x0013, b"SH", IMPLEMENTATION_VERSION_NAME
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
        _VERSION
        + _meta_text(_SOP_CLASS, b"UI", sop_class_uid)
        + _meta_text(_SOP_INSTANCE, b"UI", sop_instance_uid)
        + _meta_text(_TRANSFER_SYNTAX, b"UI", transfer_syntax_uid)
        + _IMPLEMENTATION
        + _meta_text(0x0016, b"AE", source_ae_title)
    )
    return _PREAMBLE_AND_PREFIX + _GROUP_LENGTH.pack(_META_GROUP, 0x0000, b"UL", 4, len(group)) + group


def read_file_head(buffer: bytes, *, given: str = "file") -> FileHead:
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
    if buffer[PREAMBLE_BYTES : PREAMBLE_BYTES + len(_PREFIX)] != _PREFIX:
        raise NotDicomError(
            given, "has no DICM after the preamble of 128 bytes", "choose a DICOM file (PS3.10 section 7.1)"
        )
    found = {_SOP_CLASS: "", _SOP_INSTANCE: "", _TRANSFER_SYNTAX: ""}
    offset = PREAMBLE_BYTES + len(_PREFIX)
    while buffer[offset : offset + 2] == b"\x02\x00":
        element, start, end = _meta_element(buffer, offset, given)
        if element in found:
            found[element] = buffer[start:end].decode("ascii", "replace").strip("\0 ")
        offset = end
    if not found[_TRANSFER_SYNTAX]:
        raise NotDicomError(
            given, "its group 0002 names no transfer syntax", "write (0002,0010) Transfer Syntax UID"
        )
    return FileHead(found[_SOP_CLASS], found[_SOP_INSTANCE], found[_TRANSFER_SYNTAX], offset)


def _meta_element(buffer: bytes, offset: int, given: str) -> tuple[int, int, int]:
    """Return the element number of one element, where its value starts and where it ends."""
    try:
        _, element, vr, length = _SHORT.unpack_from(buffer, offset)
        start = offset + _SHORT.size
        if vr in _LONG_VRS:
            length = _LONG.unpack_from(buffer, offset)[3]
            start = offset + _LONG.size
    except struct.error:
        element, start, length = 0, len(buffer), 1
    if start + length > len(buffer):
        raise TruncatedFileError(
            given,
            "the file ends inside group 0002",
            "copy it again",
            offset=offset,
            tag=f"(0002,{element:04x})",
        )
    return element, start, start + length
