"""Whether a file is whole and can be read, for programs that pass it on as it is: fast where it is plain.

The verdict is that of `dicomkit.files.checking`, but most files are plain, and for these a skim over the top level
is enough. A sender checks each of two thousand files before it sends the first.
"""

from __future__ import annotations

import mmap
from collections.abc import Callable

from dicomkit.errors import CharacterSetError, NotDicomError
from dicomkit.files.character_sets import has_unknown_term
from dicomkit.files.encoding import UNDEFINED_LENGTH, Encoding, native_syntax, transfer_syntax
from dicomkit.files.identifiers import UID_TAGS, Identifiers, identifiers_of, read_identifiers
from dicomkit.files.layout import file_layout
from dicomkit.files.part10 import PREAMBLE_BYTES, FileHead, has_prefix, read_meta
from dicomkit.files.signatures import what_is_in_preamble
from dicomkit.files.skim import Skimmed, Skimmer
from dicomkit.files.tags import ROWS, SPECIFIC_CHARACTER_SET
from dicomkit.files.tokens import PIXEL_DATA, Kind
from dicomkit.named_tuple import NamedTuple

__all__ = ["CheckedFile", "PlainFile", "check_quickly", "skim_plain_file"]

_PIXEL_GROUP = 0x7FE0
_SKIMMER = Skimmer((*UID_TAGS, SPECIFIC_CHARACTER_SET, ROWS))
_SEQUENCE_END = b"\xfe\xff\xdd\xe0\0\0\0\0"


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
    plain = skim_plain_file(buffer, len(buffer), bytes, _SKIMMER)
    if plain is None:
        return _check_fully(bytes(buffer), given)
    head, found, _ = plain
    return CheckedFile(head, identifiers_of(found.values), head.transfer_syntax_uid, is_even=found.is_even)


class PlainFile(NamedTuple):
    """What a skim has found in a file that is whole and has nothing odd about it."""

    head: FileHead
    found: Skimmed
    encoding: Encoding

    def has_usual_vrs(self) -> bool:
        """Return whether each value has the dictionary's VR, by which `raw_element` of `for_pydicom` reads it."""
        return not self.encoding.explicit_vr or self.found.has_usual_vrs()


def skim_plain_file(
    start: bytes | mmap.mmap, size_bytes: int, read_end: Callable[[], bytes], skimmer: Skimmer
) -> PlainFile | None:
    """Skim over the first bytes of a file; return None if they do not show that it is whole and plain.

    Parameters
    ----------
    start
        The first bytes of the file, or all of them.
    size_bytes
        The length of the file. If its last element does not end there, it is not whole.
    read_end
        Returns the last 8 bytes of the file; asked only if `start` ends in encapsulated pixels.
    skimmer
        The elements to look for; Rows and Specific Character Set have to be among them.

    References
    ----------
    PS3.10 section 7.1, DICOM File Meta Information; PS3.5 section 7.1, Data Elements.
    """
    if not has_prefix(start):
        return None
    try:
        head = read_meta(start)
    except NotDicomError:
        return None
    syntax = transfer_syntax(head.transfer_syntax_uid)
    if not head.transfer_syntax_uid or syntax.is_deflated or head.remarks:
        return None
    found = skimmer.skim(start, head.dataset_offset, syntax.encoding)
    if found is None or _needs_full_check(start, found, size_bytes):
        return None
    if found.ends_in_fragments:
        is_whole = len(start) < size_bytes and read_end() == _SEQUENCE_END
    else:
        is_whole = found.end == size_bytes
    return PlainFile(head, found, syntax.encoding) if is_whole else None


def _needs_full_check(start: bytes | mmap.mmap, found: Skimmed, size_bytes: int) -> bool:
    """Return whether a skim cannot describe what is odd about a file."""
    values = found.values
    return (
        (ROWS in values and PIXEL_DATA not in values)
        or has_unknown_term(values.get(SPECIFIC_CHARACTER_SET, b""))
        or bool(what_is_in_preamble(start[:PREAMBLE_BYTES]))
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
    for token in layout.tokens(given=given):
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
