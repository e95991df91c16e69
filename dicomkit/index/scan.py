"""Read the few values by which a file is filed, as fast as Python can, and only as long as nothing is odd.

An index of two thousand files needs seventeen values of each. The fast scan steps over the elements of the
first 4 kB, then 16 kB, and looks at no value it does not want; whenever it is unsure, it says so by returning
None, and the whole file is walked through by the tokenizer instead.
"""

from __future__ import annotations

import struct
from collections.abc import Callable
from typing import NamedTuple

from dicomkit.errors import CharacterSetError, NotDicomError, RefusedFileError, TruncatedFileError
from dicomkit.files.character_sets import has_unknown_term
from dicomkit.files.checking import check_values
from dicomkit.files.dictionary import tag_for_keyword
from dicomkit.files.identifiers import encoding_of
from dicomkit.files.layout import PREAMBLE_BYTES, PREFIX, FileLayout, file_layout
from dicomkit.files.preamble import what_is_in_preamble
from dicomkit.files.tokens import (
    EXPLICIT_LITTLE,
    IMPLICIT_LITTLE,
    STANDARD_VRS,
    Encoding,
    Kind,
    has_long_header,
    tag_text,
)
from dicomkit.files.walk import elements

__all__ = ["HEAD_SIZES_BYTES", "INDEXED", "Scan", "scan_fully", "scan_head"]

HEAD_SIZES_BYTES = (4 * 1024, 16 * 1024)  # most files tell enough in the first; reading has its price
INDEXED = (
    *("SpecificCharacterSet", "SOPClassUID", "SOPInstanceUID", "StudyDate", "Modality", "StudyDescription"),
    *("SeriesDescription", "PatientName", "PatientID", "PatientIdentityRemoved", "StudyInstanceUID"),
    *("SeriesInstanceUID", "SeriesNumber", "InstanceNumber", "NumberOfFrames", "Rows", "Columns"),
)

_MAX_VALUE_BYTES = 1024
_START = PREAMBLE_BYTES + len(PREFIX)
_TRANSFER_SYNTAX_UID = 0x00020010
_MEDIA_STORAGE_SOP_CLASS_UID = 0x00020002
_SOP_CLASS_UID = 0x00080016
_SPECIFIC_CHARACTER_SET, _ROWS, _PIXEL_DATA = 0x00080005, 0x00280010, 0x7FE00010
_EXPLICIT, _IMPLICIT = b"1.2.840.10008.1.2.1", b"1.2.840.10008.1.2"
_NOT_SCANNED = {b"1.2.840.10008.1.2.2", b"1.2.840.10008.1.2.1.99"}  # big endian, deflated
_NOT_SCANNED |= {b"1.2.840.10008.1.2.4.95", b"1.2.840.10008.1.2.4.205"}  # deflated too
_header, _implicit_header = struct.Struct("<IHH").unpack_from, struct.Struct("<II").unpack_from
_HEADER_BYTES = 8
_UNDEFINED = 0xFFFFFFFF
_SEQUENCE_END = b"\xfe\xff\xdd\xe0\0\0\0\0"


def _as_read(tag: int) -> int:
    """Return a tag as four bytes of a little endian file read as one number: the group, lower, comes first."""
    return (tag & 0xFFFF) << 16 | tag >> 16


_INDEXED_TAGS = {tag_for_keyword(keyword) or 0: keyword for keyword in INDEXED}
_WANTED = {_as_read(tag): tag for tag in (*_INDEXED_TAGS, _TRANSFER_SYNTAX_UID, _PIXEL_DATA)}
_PIXEL_DATA_AS_READ = _as_read(_PIXEL_DATA)
# VRs too are compared as numbers.
_LETTERS = {int.from_bytes(vr.encode(), "little"): has_long_header(vr.encode()) for vr in STANDARD_VRS}
_SHORT = frozenset(letters for letters, is_long in _LETTERS.items() if not is_long)
_LONG = frozenset(_LETTERS) - _SHORT


class Scan(NamedTuple):
    """What a scan found: raw values by tag, how they are encoded, and what was wrong on the way.

    ``problem`` is empty for a whole file. ``remark`` says what is to be known of a whole one, such as a
    program in its preamble. ``is_usable`` says whether there is anything to look at.
    """

    values: dict[int, bytes]
    transfer_syntax_uid: str
    encoding: Encoding
    problem: str = ""
    is_usable: bool = True
    remark: str = ""


def scan_head(head: bytes, size_bytes: int, read_end: Callable[[], bytes]) -> Scan | None:
    """Scan the first bytes of a file, or return None if they do not tell enough.

    Parameters
    ----------
    head
        The first bytes of the file, one of `HEAD_SIZES_BYTES`, or all of it if it is shorter.
    size_bytes
        How long the file is. A file whose last element does not end there is not whole.
    read_end
        Returns the last 8 bytes of the file; asked only for encapsulated pixels.

    References
    ----------
    PS3.10 section 7.1, DICOM File Meta Information; PS3.5 section 7.1, Data Elements.
    """
    if head[PREAMBLE_BYTES:_START] != PREFIX:
        return None
    values: dict[int, bytes] = {}
    position = _step_explicit(head, _START, values, group=0x0002)
    syntax = values.pop(_TRANSFER_SYNTAX_UID, b"").rstrip(b"\0 ")
    if position is None or not syntax or syntax in _NOT_SCANNED:
        return None
    is_implicit = syntax == _IMPLICIT
    step = _step_implicit if is_implicit else _step_explicit
    end = step(head, position, values)
    if end is None or not values.get(_SOP_CLASS_UID) or _is_odd(head, values, has_fragments=end < 0):
        return None
    is_whole = end == size_bytes if end >= 0 else read_end() == _SEQUENCE_END
    encoding = IMPLICIT_LITTLE if is_implicit else EXPLICIT_LITTLE
    return Scan(values, syntax.decode("latin-1"), encoding) if is_whole else None


def _is_odd(head: bytes, values: dict[int, bytes], *, has_fragments: bool) -> bool:
    """Say whether there is something about a file that the full walk has to look at and put into words."""
    has_pixels = values.pop(_PIXEL_DATA, None) is not None or has_fragments
    return (
        (_ROWS in values and not has_pixels)
        or has_unknown_term(values.get(_SPECIFIC_CHARACTER_SET, b""))
        or bool(what_is_in_preamble(head))
    )


def _step_explicit(head: bytes, position: int, values: dict[int, bytes], *, group: int = 0) -> int | None:
    """Step over elements until the head ends; return where the last one ends, negative if it is open-ended.

    With a `group`, stop where another group begins.
    """
    limit = len(head)
    last = limit - _HEADER_BYTES
    header, short, wanted = _header, _SHORT, _WANTED  # this loop is the index's speed: names are local
    while position <= last:
        tag, letters, length = header(head, position)
        if group and tag & 0xFFFF != group:
            return position
        if letters in short:
            start = position + 8
        elif letters in _LONG:
            start = position + 12
            if start > limit:
                return None
            length = int.from_bytes(head[start - 4 : start], "little")
            if length == _UNDEFINED:
                end = _open_ended(head, position, tag, EXPLICIT_LITTLE)
                if end is None or end < 0:
                    return end
                position = end
                continue
        else:
            return None
        position = start + length
        if tag in wanted:
            if position > limit and tag != _PIXEL_DATA_AS_READ:
                return None  # the value goes on behind the head
            values[wanted[tag]] = head[start:position] if length <= _MAX_VALUE_BYTES else b""
    return position


def _step_implicit(head: bytes, position: int, values: dict[int, bytes]) -> int | None:
    """Do the same where elements have no VR."""
    limit = len(head)
    while position + 8 <= limit:
        tag, length = _implicit_header(head, position)
        if length == _UNDEFINED:
            end = _open_ended(head, position, tag, IMPLICIT_LITTLE)
            if end is None or end < 0:
                return end
            position = end
            continue
        start = position + 8
        position = start + length
        if tag in _WANTED:
            if position > limit and tag != _PIXEL_DATA_AS_READ:
                return None
            values[_WANTED[tag]] = head[start:position] if length <= _MAX_VALUE_BYTES else b""
    return position


def _open_ended(head: bytes, position: int, tag: int, encoding: Encoding) -> int | None:
    """Return where a sequence of undefined length ends; negative: it is pixels and reaches the file's end."""
    if tag == _PIXEL_DATA_AS_READ:
        return -(position + 12)
    try:
        for token in elements(head, position, len(head), encoding):
            if token.kind is Kind.SEQUENCE_END and not token.depth:
                return token.value_offset
    except NotDicomError:
        pass  # it goes on behind the head, or is damaged: the full walk will tell
    return None


def scan_fully(content: bytes, *, given: str = "file") -> Scan:
    """Walk through a whole file and keep what can be had of it.

    Parameters
    ----------
    content
        The whole file.
    given
        What an error calls the input.

    Returns
    -------
    Scan
        With a problem if the file is no DICOM file, is cut off or contradicts itself.
    """
    try:
        layout = file_layout(content, given=given, require_prefix=False)
    except NotDicomError as error:
        return Scan({}, "", EXPLICIT_LITTLE, error.problem, is_usable=False)
    values: dict[int, bytes] = {}
    remark = ""
    problem = _contradiction(layout)
    try:
        for token in elements(
            layout.dataset,
            layout.dataset_start,
            len(layout.dataset),
            layout.encoding,
            given=given,
            items_may_be_short=True,
        ):
            is_wanted = token.depth == 0 and token.tag in _INDEXED_TAGS and token.kind is Kind.ELEMENT
            if is_wanted and token.length <= _MAX_VALUE_BYTES:
                values[token.tag] = layout.dataset[token.value_offset : token.value_offset + token.length]
        remark = _remark(content, layout, given)
    except TruncatedFileError as error:
        problem = f"cut off: {error.problem}"
    except RefusedFileError as error:
        return Scan({}, "", layout.encoding, error.problem, is_usable=False)
    except CharacterSetError as error:
        problem = f"{error.problem}; it was read as ASCII"
    except NotDicomError as error:
        problem = f"damaged: {error.problem}"
    if _SOP_CLASS_UID not in values:
        return _without_sop_class(layout, content, values, problem, given)
    return Scan(values, layout.transfer_syntax_uid, layout.encoding, problem, remark=remark)


def _remark(content: bytes, layout: FileLayout, given: str) -> str:
    """Say what ought to be known of a whole file; raise what keeps it from being read."""
    remarks = check_values(layout, given=given, items_may_be_short=True)
    program = what_is_in_preamble(content) if layout.has_prefix else ""
    return "; ".join((f"the preamble makes this file {program} as well", *remarks) if program else remarks)


def _contradiction(layout: FileLayout) -> str:
    """Say what group 0002 leaves out or gets wrong, or return an empty text."""
    if not layout.has_prefix:
        return "there is no preamble and no group 0002; it was read as a bare data set"
    if not layout.transfer_syntax_uid:
        return "group 0002 names no transfer syntax; it was guessed from the bytes"
    if encoding_of(layout.transfer_syntax_uid) != layout.encoding:
        return "the data set is not encoded as its transfer syntax says; it was read as it is"
    return ""


def _without_sop_class(
    layout: FileLayout, content: bytes, values: dict[int, bytes], problem: str, given: str
) -> Scan:
    """Decide what a data set without SOP class is: a DICOMDIR, an unfinished file, or no DICOM at all."""
    meta: dict[int, bytes] = {}
    for token in elements(content, layout.meta_start, layout.meta_end, EXPLICIT_LITTLE, given=given):
        meta[token.tag] = content[token.value_offset : token.value_offset + token.length]
    stored = meta.get(_MEDIA_STORAGE_SOP_CLASS_UID, b"")
    if stored.rstrip(b"\0 ") == b"1.2.840.10008.1.3.10":
        return Scan({**values, _SOP_CLASS_UID: stored}, layout.transfer_syntax_uid, layout.encoding, problem)
    if not layout.has_prefix:
        why = "it has no 'DICM' after 128 bytes and no SOP Class UID"
        return Scan({}, "", layout.encoding, why, is_usable=False)
    missing = f"there is no SOP Class UID {tag_text(_SOP_CLASS_UID)}"
    return Scan(
        values,
        layout.transfer_syntax_uid,
        layout.encoding,
        f"{problem}; {missing}" if problem else missing,
    )
