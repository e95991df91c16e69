"""Whether a file is whole and can be read, for those who pass it on as it is: fast where it is plain.

The verdict is that of `dicomkit.files.checking`, but most files are plain, and then skimming over their top level
tells as much as walking through them. A sender looks at each of two thousand files before it sends the first.
"""

from __future__ import annotations

import mmap
from typing import NamedTuple

from dicomkit.errors import CharacterSetError, NotDicomError
from dicomkit.files.character_sets import has_unknown_term
from dicomkit.files.checking import check_dicom
from dicomkit.files.encoding import UNDEFINED_LENGTH, native_syntax, transfer_syntax
from dicomkit.files.identifiers import UID_TAGS, Identifiers, identifiers_of, read_identifiers
from dicomkit.files.layout import file_layout
from dicomkit.files.part10 import PREAMBLE_BYTES, FileHead, has_prefix, read_meta
from dicomkit.files.signatures import what_is_in_preamble
from dicomkit.files.skim import Skimmed, Skimmer
from dicomkit.files.tokens import PIXEL_DATA, Kind
from dicomkit.files.walk import walk

__all__ = ["CheckedFile", "check_quickly", "needs_full_check"]

_SPECIFIC_CHARACTER_SET, _ROWS = 0x00080005, 0x00280010
_PIXEL_GROUP = 0x7FE0
_SKIMMER = Skimmer((*UID_TAGS, _SPECIFIC_CHARACTER_SET, _ROWS))


class CheckedFile(NamedTuple):
    """What somebody has to know who passes a file on as it is.

    Parameters
    ----------
    head
        What group 0002 says.
    identifiers
        The UIDs in the data set.
    transfer_syntax_uid
        How the data set is encoded: as group 0002 says, unless the bytes show something else.
    remarks
        What is odd and keeps nobody from passing it on.
    is_even
        Whether every value has an even length.
    """

    head: FileHead
    identifiers: Identifiers
    transfer_syntax_uid: str
    remarks: tuple[str, ...] = ()
    is_even: bool = True


def check_quickly(buffer: bytes | mmap.mmap, *, given: str = "bytes") -> CheckedFile:
    """Check that a file is whole and bounded, as `dicomkit.files.checking.check_dicom` does.

    A character set that does not exist keeps nobody from passing a file on: it is a remark here.

    Parameters
    ----------
    buffer
        The whole file; it is only looked into, unless there is something odd about it.
    given
        What an error calls the input.

    Raises
    ------
    NotDicomError
        As `dicomkit.files.checking.check_dicom` does, with its kinds.

    References
    ----------
    PS3.10 section 7.1, DICOM File Meta Information; PS3.5 section 7.1, Data Elements.
    """
    if has_prefix(buffer):
        head = read_meta(buffer, given=given)
        syntax = transfer_syntax(head.transfer_syntax_uid)
        if head.transfer_syntax_uid and not syntax.is_deflated:
            found = _SKIMMER.skim(buffer, head.dataset_offset, syntax.encoding)
            is_whole = found is not None and found.end == len(buffer) and not found.ends_in_fragments
            if found is not None and is_whole and not needs_full_check(buffer, found, len(buffer)):
                identifiers = identifiers_of(found.values)
                return CheckedFile(head, identifiers, head.transfer_syntax_uid, is_even=found.is_even)
    return _check_fully(bytes(buffer), given)


def needs_full_check(head: bytes | mmap.mmap, found: Skimmed, size_bytes: int) -> bool:
    """Say whether there is something about a file that only the full check can put into words.

    Parameters
    ----------
    head
        The file, or its beginning.
    found
        What skimming over it found; Rows and Specific Character Set have to be among what it looked for.
    size_bytes
        How long the file is.
    """
    values = found.values
    return (
        (_ROWS in values and PIXEL_DATA not in values)
        or has_unknown_term(values.get(_SPECIFIC_CHARACTER_SET, b""))
        or bool(what_is_in_preamble(head[:PREAMBLE_BYTES]))
        or any(
            int.from_bytes(length[:4], "little") > size_bytes
            for tag, length in found.group_lengths.items()
            if tag >> 16 != _PIXEL_GROUP
        )
    )


def _check_fully(content: bytes, given: str) -> CheckedFile:
    layout = file_layout(content, given=given)
    try:
        remarks = check_dicom(content, given=given)
    except CharacterSetError as error:
        remarks = (error.problem,)
    # The check stops at a character set; whether the rest is whole, and even, is still to be seen.
    is_even, has_fragments = True, False
    for token in walk(
        layout.dataset, layout.dataset_start, len(layout.dataset), layout.encoding, given=given
    ):
        is_even = is_even and (token.length % 2 == 0 or token.length == UNDEFINED_LENGTH)
        has_fragments = has_fragments or token.kind is Kind.FRAGMENT
    head = read_meta(content, given=given)
    uid = head.transfer_syntax_uid
    if transfer_syntax(uid).encoding != layout.encoding:
        if has_fragments:
            raise NotDicomError(
                given,
                "its data set is not encoded as its transfer syntax says, and its pixels are compressed",
                "send it from where it came from again: nobody could say here how it is to be read",
            )
        uid = native_syntax(layout.encoding)
    identifiers = read_identifiers(content, head.dataset_offset, uid, given=given)
    return CheckedFile(head, identifiers, uid, remarks, is_even=is_even)
