"""Whether a file may be read: the check before pydicom sees a byte of it.

A reader that believes every length, every offset and every name in a file can be made to hang, to fill the
memory, or to show something else than the next reader. So the file is walked through once, by the tokenizer,
without recursion and without decoding a value.
"""

from __future__ import annotations

from dicomkit.errors import NotDicomError
from dicomkit.files.data_set_check import MISSING_PIXELS, DataSetCheck
from dicomkit.files.encoding import transfer_syntax
from dicomkit.files.layout import FileLayout, file_layout
from dicomkit.files.repeated_elements import RepeatedElements
from dicomkit.files.signatures import what_is_in_preamble
from dicomkit.files.tokens import Token
from dicomkit.files.walk import walk
from dicomkit.named_tuple import NamedTuple

__all__ = ["MISSING_PIXELS", "OTHER_ENCODING", "Checked", "check_dicom", "check_values", "checked_content"]

OTHER_ENCODING = "the data set is not encoded as group 0002 says; it is read as it is"
_REPAIR_META = 'read_file(path, repair="meta") writes group 0002 anew, if you trust the file'


class Checked(NamedTuple):
    """The findings of the check on a file that may be read.

    Parameters
    ----------
    layout
        Where its parts are.
    remarks
        What is odd about a file that can be read all the same.
    end
        Where its last element ends, in ``layout.dataset``; only zeros or stray delimiters follow.
    unknown_vrs
        The elements whose VR is not in the Standard.
    character_sets
        The values of Specific Character Set that occur in it.
    repeated
        The elements that occur more than once in the same data set or item.
    """

    layout: FileLayout
    remarks: tuple[str, ...]
    end: int
    unknown_vrs: tuple[Token, ...]
    character_sets: frozenset[bytes]
    repeated: tuple[RepeatedElements, ...]


def check_dicom(buffer: bytes, *, given: str = "bytes") -> tuple[str, ...]:
    """Check that `buffer` is a whole DICOM file that a reader can read without hanging or filling the memory.

    Parameters
    ----------
    buffer
        The content of a file.
    given
        How an error names the input.

    Returns
    -------
    tuple of str
        What is odd about a file that can be read all the same: a program in the preamble, Rows and Columns
        without Pixel Data, another encoding than stated, two groups 0002. Usually empty.

    Raises
    ------
    NotDicomError
        If it is not a DICOM file, if group 0002 is missing or names no transfer syntax, or if it is malformed.
    TruncatedFileError
        If it ends too early.
    RefusedFileError
        If sequences are nested too deeply, there are too many items, a deflated data set grows too large, or the
        offsets in a DICOMDIR form a loop.
    CharacterSetError
        If Specific Character Set names one that the Standard does not define.

    References
    ----------
    PS3.10 section 7.1, DICOM File Meta Information; PS3.5 section 7, The Data Set.
    """
    return checked_content(buffer, given=given).remarks


def checked_content(buffer: bytes, *, given: str = "bytes", mends_character_sets: bool = False) -> Checked:
    """Check a file as `check_dicom` does, and return all findings.

    Parameters
    ----------
    buffer, given
        As for `check_dicom`.
    mends_character_sets
        Whether a misspelt Specific Character Set is replaced by the one that it means.

    Raises
    ------
    NotDicomError
        As `check_dicom` does, with its kinds.
    """
    layout = file_layout(buffer, given=given)
    if not layout.transfer_syntax_uid:
        raise NotDicomError(given, "group 0002 names no transfer syntax (0002,0010)", _REPAIR_META)
    for _ in walk(buffer, layout.meta_start, layout.rest_end, layout.meta_encoding, given=given):
        pass
    check = DataSetCheck(layout.dataset, given, mends_character_sets=mends_character_sets)
    remarks = [*layout.remarks, *check.check(layout)]
    if transfer_syntax(layout.transfer_syntax_uid).encoding != layout.encoding:
        remarks.insert(0, OTHER_ENCODING)
    program = what_is_in_preamble(buffer)
    if program:
        remarks.insert(0, f"the preamble makes this file {program} as well: do not run or serve it")
    return Checked(
        layout,
        tuple(remarks),
        check.end,
        tuple(check.unknown_vrs),
        frozenset(check.character_sets),
        tuple(check.repeated),
    )


def check_values(layout: FileLayout, *, given: str = "bytes") -> tuple[str, ...]:
    """Check a data set whose position and encoding are known already, as `check_dicom` does.

    Parameters
    ----------
    layout
        Its position and encoding.
    given
        How an error names the input.

    Returns
    -------
    tuple of str
        As `check_dicom`.

    Raises
    ------
    NotDicomError
        As `check_dicom` does, with its kinds.
    """
    return DataSetCheck(layout.dataset, given).check(layout)
