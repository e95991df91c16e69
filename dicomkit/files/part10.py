"""The head of a DICOM file: preamble, ``DICM`` and group 0002, as bytes.

A data set is sent without this head: a sender removes it, and a receiver adds one before it writes a file. Both are
here, so that the data set after the head can stay untouched.

References
----------
PS3.10 section 7.1, DICOM File Meta Information: group 0002 is always Explicit VR Little Endian. It ends where
another group begins; its group length (0002,0000) states that too, but is missing or wrong in some real files. In
others, group 0002 is in Implicit VR, or there are two of them: the first one counts.
"""

from __future__ import annotations

import mmap
from collections.abc import Iterator, Mapping

from dicomkit.errors import NotDicomError
from dicomkit.files.dictionary import implicit_vr
from dicomkit.files.encoding import (
    EXPLICIT_LITTLE,
    IMPLICIT_LITTLE,
    MAX_SHORT_LENGTH,
    PAD_BYTES,
    UNDEFINED_LENGTH,
    Encoding,
    element_header,
    guessed_encoding,
    has_long_header,
)
from dicomkit.files.skim import Skimmed, Skimmer
from dicomkit.files.tags import FILE_META_GROUP_LENGTH
from dicomkit.files.tokens import Kind, Token
from dicomkit.files.walk import walk
from dicomkit.named_tuple import NamedTuple
from dicomkit.uids import IMPLEMENTATION_CLASS_UID, IMPLEMENTATION_VERSION_NAME

__all__ = [
    "META_START",
    "PREAMBLE_BYTES",
    "PREFIX",
    "FileHead",
    "begins_with_meta",
    "corrected_meta",
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
_VERSION = 0x00020001
_AFTER_GROUP_LENGTH = 12  # bytes of that element
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


# The bytes that are the same in each file that this package writes.
_START = bytes(PREAMBLE_BYTES) + PREFIX + element_header(FILE_META_GROUP_LENGTH, "UL", 4)
_VERSION_ELEMENT = element_header(_VERSION, "OB", 2) + b"\x00\x01"
_IMPLEMENTATION = _meta_text(_IMPLEMENTATION_CLASS, "UI", IMPLEMENTATION_CLASS_UID) + _meta_text(
    _IMPLEMENTATION_VERSION, "SH", IMPLEMENTATION_VERSION_NAME
)


class FileHead(NamedTuple):
    """The head of a file: the elements of group 0002 that matter, and the offset of the data set.

    ``dataset_offset`` is where the data set starts, in bytes from the start of the file: after all of group 0002.
    ``meta_start`` and ``meta_end`` bound the elements of group 0002 that count; a second group 0002 follows them.
    ``encoding`` is how group 0002 is encoded, ``remarks`` say what is odd about it, and ``is_plain`` is False if only
    a walk could read it.
    """

    sop_class_uid: str
    sop_instance_uid: str
    transfer_syntax_uid: str
    dataset_offset: int
    meta_start: int
    meta_end: int
    encoding: Encoding = EXPLICIT_LITTLE
    remarks: tuple[str, ...] = ()
    is_plain: bool = True


def encode_file_head(
    *, sop_class_uid: str, sop_instance_uid: str, transfer_syntax_uid: str, source_ae_title: str = ""
) -> bytes:
    """Return preamble, prefix and group 0002 for a data set that is encoded already.

    Parameters
    ----------
    sop_class_uid, sop_instance_uid
        The UIDs of the instance.
    transfer_syntax_uid
        How the data set that follows is encoded.
    source_ae_title
        The AE title of the sender; left out when empty.

    References
    ----------
    PS3.10 section 7.1, DICOM File Meta Information.

    Examples
    --------
    >>> head = encode_file_head(
    ...     sop_class_uid="1.2", sop_instance_uid="1.2.3", transfer_syntax_uid="1.2.840.10008.1.2")
    >>> read_file_head(head)[:4]
    ('1.2', '1.2.3', '1.2.840.10008.1.2', 280)
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
    """Return whether ``DICM`` follows the preamble."""
    return buffer[PREAMBLE_BYTES:META_START] == PREFIX


def begins_with_meta(buffer: bytes | mmap.mmap) -> bool:
    """Return whether the file begins with group 0002, without the preamble that belongs before it."""
    return buffer[: len(_META_GROUP_START)] == _META_GROUP_START and not has_prefix(buffer)


def read_file_head(buffer: bytes | mmap.mmap, *, given: str = "file") -> FileHead:
    """Read group 0002 and say where the data set starts.

    Parameters
    ----------
    buffer
        The file, or its start with all of group 0002.
    given
        How an error names the input.

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
    """Read group 0002, after the preamble or at the very start; a missing element is "".

    Parameters
    ----------
    buffer
        The file, or its start with all of group 0002.
    given
        How an error names the input.

    Raises
    ------
    TruncatedFileError
        If the bytes end inside group 0002.
    NotDicomError
        If an item is found where an element belongs, or the reverse.
    """
    start = 0 if begins_with_meta(buffer) else META_START
    # pydicom, DCMTK and GDCM read a group 0002 in Implicit VR as well.
    encoding = EXPLICIT_LITTLE
    if buffer[start : start + 2] == _META_GROUP_START and guessed_encoding(buffer, start) == IMPLICIT_LITTLE:  # type: ignore[arg-type] # - read like bytes
        encoding = IMPLICIT_LITTLE
    found = _META.skim(buffer, start, encoding)
    if found is None or found.end > len(buffer) or not _is_as_stated(found, start, encoding):
        return _walk_meta(buffer, start, encoding, given)
    return _head(found.values, found.end, start, found.end)


def _is_as_stated(found: Skimmed, start: int, encoding: Encoding) -> bool:
    """Say whether group 0002 is as long as its group length states, or states none."""
    raw = found.group_lengths.get(FILE_META_GROUP_LENGTH)
    is_right = raw is None or start + _AFTER_GROUP_LENGTH + int.from_bytes(raw, "little") == found.end
    return is_right and encoding == EXPLICIT_LITTLE


def _head(
    values: Mapping[int, bytes],
    dataset_offset: int,
    meta_start: int,
    meta_end: int,
    encoding: Encoding = EXPLICIT_LITTLE,
    remarks: tuple[str, ...] = (),
) -> FileHead:
    sop_class, sop_instance, syntax = [
        values.get(tag, b"").decode("ascii", "replace").strip("\0 ")
        for tag in (_SOP_CLASS, _SOP_INSTANCE, _TRANSFER_SYNTAX)
    ]
    return FileHead(sop_class, sop_instance, syntax, dataset_offset, meta_start, meta_end, encoding, remarks)


def _walk_meta(buffer: bytes | mmap.mmap, start: int, encoding: Encoding, given: str) -> FileHead:
    """Read a group 0002 that is not plain, one element at a time. The first of two equal tags counts."""
    values: dict[int, bytes] = {}
    meta_end = end = start
    stated: int | None = None
    has_repeats = False
    for token, end in _meta_elements(buffer, start, encoding, given):
        value = b"" if token.kind is not Kind.ELEMENT else buffer[token.value_offset : end]
        has_repeats |= token.tag in values
        values.setdefault(token.tag, value)
        if token.offset == start and token.tag == FILE_META_GROUP_LENGTH:
            # The largest number (undefined length) is ignored here, as by DCMTK.
            stated = end + int.from_bytes(value, "little") % UNDEFINED_LENGTH
            meta_end = end
        elif stated is None or token.offset < stated:
            meta_end = end
    remarks = {
        "group 0002 is in Implicit VR, against the Standard; it is read as it is": encoding
        != EXPLICIT_LITTLE,
        "there is a second group 0002; the first one holds": has_repeats,
        "the length of group 0002 is wrong; it is read to its end": stated not in {None, end}
        and not has_repeats,
    }
    told = tuple(text for text, holds in remarks.items() if holds)
    return _head(values, end, start, meta_end, encoding, told)._replace(is_plain=False)


def _meta_elements(
    buffer: bytes | mmap.mmap, start: int, encoding: Encoding, given: str
) -> Iterator[tuple[Token, int]]:
    """Yield each element of group 0002, and where it ends."""
    position = start
    while buffer[position : position + 2] == _META_GROUP_START:
        tokens = walk(buffer, position, len(buffer), encoding, given=given)  # type: ignore[arg-type] # - read like bytes
        token = last = next(tokens)
        if token.kind is not Kind.ELEMENT:
            last = next(inner for inner in tokens if not inner.depth and inner.kind is Kind.SEQUENCE_END)
        position = last.value_offset + last.length
        yield token, position


def corrected_meta(buffer: bytes, head: FileHead) -> bytes:
    """Return group 0002 without repeated elements, of which the first counts, and with VRs that exist.

    Parameters
    ----------
    buffer
        The file.
    head
        What `read_meta` returned for it.
    """
    kept: dict[int, bytes] = {}
    for token, end in _meta_elements(buffer, head.meta_start, head.encoding, "file"):
        header = buffer[token.offset : token.value_offset]
        if token.has_unknown_vr:
            header = element_header(token.tag, _known_vr(token), token.length)
        kept.setdefault(token.tag, header + buffer[token.value_offset : end])
    return b"".join(kept.values())


def _known_vr(token: Token) -> str:
    """Return the dictionary's VR, or SQ or UN where an element of that VR cannot be so long."""
    if token.kind is Kind.SEQUENCE:
        return "SQ"
    vr = implicit_vr(token.tag)
    return vr if has_long_header(vr) or token.length <= MAX_SHORT_LENGTH else "UN"
