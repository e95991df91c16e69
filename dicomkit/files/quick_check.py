"""Whether a file is whole and can be read, for programs that pass it on as it is: fast where it is plain.

The verdict is that of `dicomkit.files.checking`, but most files are plain, and for these a skim over the top level
is enough. A sender checks each of two thousand files before it sends the first.
"""

from __future__ import annotations

import mmap

from dicomkit.errors import CharacterSetError, NotDicomError
from dicomkit.files.character_sets import has_unknown_term
from dicomkit.files.encoding import UNDEFINED_LENGTH, native_syntax, transfer_syntax
from dicomkit.files.identifiers import UID_TAGS, Identifiers, identifiers_of, read_identifiers
from dicomkit.files.layout import file_layout
from dicomkit.files.part10 import PREAMBLE_BYTES, FileHead, has_prefix, read_meta
from dicomkit.files.signatures import what_is_in_preamble
from dicomkit.files.skim import Skimmed, Skimmer
from dicomkit.files.tags import ROWS, SPECIFIC_CHARACTER_SET
from dicomkit.files.tokens import PIXEL_DATA, Kind
from dicomkit.files.walk import walk
from dicomkit.named_tuple import NamedTuple

__all__ = ["CheckedFile", "check_quickly", "needs_full_check"]

_PIXEL_GROUP = 0x7FE0
_SKIMMER = Skimmer((*UID_TAGS, SPECIFIC_CHARACTER_SET, ROWS))


class CheckedFile(NamedTuple):
    """What a program needs to know to pass a file on as it is.

    Parameters
    ----------
    head
        What group 0002 says.
    identifiers
        The UIDs in the data set.
    transfer_syntax_uid
        The transfer syntax of the data set: group 0002's, unless the bytes show another one.
    remarks
        What is odd about the file, though it can be passed on.
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

    An unknown character set does not matter to a program that decodes no text: here it is a remark.

    Parameters
    ----------
    buffer
        The whole file; it is not copied, unless something is odd about it.
    given
        How an error names the input.

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
    """Return whether a file needs the full check, because a skim cannot describe what is odd about it.

    Parameters
    ----------
    head
        The file, or its beginning.
    found
        The result of a skim that looked for Rows and Specific Character Set, among others.
    size_bytes
        The length of the file.
    """
    values = found.values
    return (
        (ROWS in values and PIXEL_DATA not in values)
        or has_unknown_term(values.get(SPECIFIC_CHARACTER_SET, b""))
        or bool(what_is_in_preamble(head[:PREAMBLE_BYTES]))
        or any(
            int.from_bytes(length[:4], "little") > size_bytes
            for tag, length in found.group_lengths.items()
            if tag >> 16 != _PIXEL_GROUP
        )
    )


def _check_fully(content: bytes, given: str) -> CheckedFile:
    from dicomkit.files.checking import check_dicom  # noqa: PLC0415 - plain files do without it

    layout = file_layout(content, given=given)
    try:
        remarks = check_dicom(content, given=given)
    except CharacterSetError as error:
        remarks = (error.problem,)
    # The check stopped at a character set; the rest has to be whole too, and its lengths are still unknown.
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
                "get the file again from its source",
            )
        uid = native_syntax(layout.encoding)
    identifiers = read_identifiers(content, head.dataset_offset, uid, given=given)
    return CheckedFile(head, identifiers, uid, remarks, is_even=is_even)
