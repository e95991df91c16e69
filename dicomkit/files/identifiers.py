"""Find the UIDs that say what an instance is and where it belongs, without decoding the data set.

A receiver has to know the study before it can choose a folder, and a sender the SOP class before it can
propose a presentation context. Both need four elements from the first pages of a data set, so the walk
stops behind the last of them.
"""

from __future__ import annotations

import mmap
import struct
import zlib
from typing import NamedTuple

from dicomkit.errors import NotDicomError
from dicomkit.files.tokens import (
    EXPLICIT_BIG,
    EXPLICIT_LITTLE,
    IMPLICIT_LITTLE,
    STANDARD_VRS,
    Encoding,
    Kind,
    has_long_header,
)
from dicomkit.files.walk import elements

__all__ = ["Identifiers", "encoding_of", "read_identifiers"]

IMPLICIT_VR_LITTLE_ENDIAN = "1.2.840.10008.1.2"
EXPLICIT_VR_BIG_ENDIAN = "1.2.840.10008.1.2.2"
DEFLATED_EXPLICIT_VR_LITTLE_ENDIAN = "1.2.840.10008.1.2.1.99"

_SOP_CLASS_UID = 0x00080016
_SOP_INSTANCE_UID = 0x00080018
_STUDY_INSTANCE_UID = 0x0020000D
_SERIES_INSTANCE_UID = 0x0020000E
_WANTED = (_SOP_CLASS_UID, _SOP_INSTANCE_UID, _STUDY_INSTANCE_UID, _SERIES_INSTANCE_UID)
_SOP_GROUP, _STUDY_GROUP = 0x0008, 0x0020
_INFLATED_LIMIT_BYTES = 4 << 20  # the UIDs stand near the start; a deflated bomb is not blown up
_UID_LIMIT_BYTES = 1024
_GROUP_OF_ITEMS = 0xFFFE
_HEADER_BYTES = 8
# The two letters of a VR, read as one number: comparing it makes no object.
_number_of = struct.Struct("<H").unpack
_SHORT = frozenset(_number_of(vr.encode())[0] for vr in STANDARD_VRS if not has_long_header(vr.encode()))
_LONG = frozenset(_number_of(vr.encode())[0] for vr in STANDARD_VRS if vr != "SQ") - _SHORT
_long_length = struct.Struct("<L").unpack_from
_header = struct.Struct("<4H").unpack_from


class Identifiers(NamedTuple):
    """The UIDs of an instance; an empty text where the data set has none.

    References
    ----------
    PS3.3 section A.1.2, the levels patient, study, series and instance.
    """

    sop_class_uid: str = ""
    sop_instance_uid: str = ""
    study_instance_uid: str = ""
    series_instance_uid: str = ""


def encoding_of(transfer_syntax_uid: str) -> Encoding:
    """Return how elements are written in a transfer syntax.

    All but two of the Standard's transfer syntaxes are Explicit VR Little Endian.

    References
    ----------
    PS3.5 annex A, Transfer Syntax Specifications.
    """
    if transfer_syntax_uid == IMPLICIT_VR_LITTLE_ENDIAN:
        return IMPLICIT_LITTLE
    if transfer_syntax_uid == EXPLICIT_VR_BIG_ENDIAN:
        return EXPLICIT_BIG
    return EXPLICIT_LITTLE


def read_identifiers(
    buffer: bytes | mmap.mmap, start: int, transfer_syntax_uid: str, *, given: str = "data set"
) -> Identifiers:
    """Read the UIDs of the data set that begins at `start`.

    Parameters
    ----------
    buffer
        A file or a data set; it is only looked into.
    start
        Where the data set begins, in bytes.
    transfer_syntax_uid
        How the data set is encoded.
    given
        What an error calls the input.

    Raises
    ------
    NotDicomError
        If the bytes cannot be read in that transfer syntax.
    """
    if transfer_syntax_uid == DEFLATED_EXPLICIT_VR_LITTLE_ENDIAN:
        buffer, start = _inflate(buffer[start:], given), 0
    encoding = encoding_of(transfer_syntax_uid)
    found = _step_over(buffer, start) if encoding == EXPLICIT_LITTLE else None
    if found is None:
        found = _walk_over(buffer, start, encoding, given)
    return Identifiers(*[found.get(tag, b"").decode("latin-1").strip("\0 ") for tag in _WANTED])


def _walk_over(buffer: bytes | mmap.mmap, start: int, encoding: Encoding, given: str) -> dict[int, bytes]:
    found: dict[int, bytes] = {}
    for token in elements(buffer, start, len(buffer), encoding, given=given):  # type: ignore[arg-type]
        if token.depth or token.kind is Kind.SEQUENCE_END:
            continue
        if token.tag > _SERIES_INSTANCE_UID:
            break  # PS3.5 7.1: elements stand in the order of their tags
        if token.tag in _WANTED and token.length <= _UID_LIMIT_BYTES:
            found[token.tag] = buffer[token.value_offset : token.value_offset + token.length]
    return found


def _step_over(buffer: bytes | mmap.mmap, start: int) -> dict[int, bytes] | None:
    """Do the same six times as fast, or return None at the first thing that is not plain.

    A receiver does this for each instance, and a header of 1 kB has forty elements: so each costs one
    call (to unpack its header) and a few comparisons, and only groups that matter are looked at closer.
    """
    found: dict[int, bytes] = {}
    position, last = start, len(buffer) - _HEADER_BYTES
    while position <= last:
        group, element, letters, length = _header(buffer, position)
        position += _HEADER_BYTES
        if letters not in _SHORT:
            if letters not in _LONG or position + 4 > len(buffer):
                return None
            (length,) = _long_length(buffer, position)
            position += 4
        if group >= _STUDY_GROUP or group == _SOP_GROUP:
            tag = group << 16 | element
            if position + length > len(buffer) or group == _GROUP_OF_ITEMS:
                return None
            if tag > _SERIES_INSTANCE_UID:
                return found
            if tag in _WANTED and length <= _UID_LIMIT_BYTES:
                found[tag] = buffer[position : position + length]
        position += length
    return None


def _inflate(deflated: bytes, given: str) -> bytes:
    try:
        # PS3.5 A.5: a raw deflate stream (RFC 1951), without the zlib header; hence the negative window.
        return zlib.decompressobj(-zlib.MAX_WBITS).decompress(deflated, _INFLATED_LIMIT_BYTES)
    except zlib.error as error:
        raise NotDicomError(
            given, "is no deflated data set", "check (0002,0010) Transfer Syntax UID"
        ) from error
