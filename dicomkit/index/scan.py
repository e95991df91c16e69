"""Read the values that an index shows of a file: fast where the file is plain, completely where it is not.

An index of two thousand files needs nineteen values of each. The fast scan skims the first 4 kB, then 16 kB;
if it is unsure, the tokenizer walks through the whole file instead.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import NamedTuple

from dicomkit.errors import CharacterSetError, NotDicomError, RefusedFileError, TruncatedFileError
from dicomkit.files.character_sets import character_sets
from dicomkit.files.checking import check_values
from dicomkit.files.code_extensions import decoded_text
from dicomkit.files.dictionary import tag_for_keyword
from dicomkit.files.encoding import EXPLICIT_LITTLE, Encoding, transfer_syntax
from dicomkit.files.layout import FileLayout, file_layout
from dicomkit.files.part10 import read_meta
from dicomkit.files.quick_check import skim_plain_file
from dicomkit.files.signatures import what_is_in_preamble
from dicomkit.files.skim import MAX_VALUE_BYTES, Skimmer
from dicomkit.files.tags import COLUMNS, ROWS, SOP_CLASS_UID, SPECIFIC_CHARACTER_SET
from dicomkit.files.tokens import PIXEL_DATA, Kind, tag_text
from dicomkit.uids import MEDIA_STORAGE_DIRECTORY

__all__ = ["HEAD_SIZES_BYTES", "INDEXED", "Scan", "scan_fully", "scan_head"]

HEAD_SIZES_BYTES = (4 * 1024, 16 * 1024)  # most files tell enough in the first; reading has its price
INDEXED = (
    *(
        "SpecificCharacterSet",
        "ImageType",
        "SOPClassUID",
        "SOPInstanceUID",
        "StudyDate",
        "Modality",
        "StudyDescription",
    ),
    *("SeriesDescription", "PatientName", "PatientID", "PatientIdentityRemoved", "StudyInstanceUID"),
    *("SeriesInstanceUID", "SeriesNumber", "InstanceNumber", "NumberOfFrames", "Rows", "Columns"),
    *("ImagePositionPatient", "ImageOrientationPatient"),
)

_PATIENT_NAME = 0x00100010
_INDEXED_TAGS = frozenset(tag_for_keyword(keyword) or 0 for keyword in INDEXED)
_SKIMMER = Skimmer(_INDEXED_TAGS)


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

    def text(self, tag: int) -> str:
        """Return an indexed value as text; numbers as digits; empty if there is none."""
        raw = self.values.get(tag, b"")
        if tag in {ROWS, COLUMNS}:  # US
            order = "little" if self.encoding.little_endian else "big"
            return str(int.from_bytes(raw[:2], order)) if raw else ""  # type: ignore[arg-type]
        terms = character_sets(self.values.get(SPECIFIC_CHARACTER_SET, b""))
        return decoded_text(raw, terms, "PN" if tag == _PATIENT_NAME else "LO").strip("\0 ")


def scan_head(head: bytes, size_bytes: int, read_end: Callable[[], bytes]) -> Scan | None:
    """Scan the first bytes of a file, or return None if they do not tell enough.

    Parameters
    ----------
    head, size_bytes, read_end
        As for `dicomkit.files.quick_check.skim_plain_file`.
    """
    plain = skim_plain_file(head, size_bytes, read_end, _SKIMMER)
    if plain is None or not plain.found.values.get(SOP_CLASS_UID):
        return None
    plain.found.values.pop(PIXEL_DATA, None)
    return Scan(plain.found.values, plain.head.transfer_syntax_uid, plain.encoding)


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
        for token in layout.tokens(given=given, items_may_be_short=True):
            if token.depth == 0 and token.tag in _INDEXED_TAGS and token.kind is Kind.ELEMENT:
                length = token.length if token.length <= MAX_VALUE_BYTES else 0
                values.setdefault(token.tag, layout.dataset[token.value_offset : token.value_offset + length])
        remark = _remark(content, layout, given)
    except TruncatedFileError as error:
        problem = f"cut off: {error.problem}"
    except RefusedFileError as error:
        return Scan({}, "", layout.encoding, error.problem, is_usable=False)
    except CharacterSetError as error:
        problem = f"{error.problem}; it was read as ASCII"
    except NotDicomError as error:
        problem = f"damaged: {error.problem}"
    if SOP_CLASS_UID not in values:
        return _without_sop_class(layout, content, values, problem, given)
    return Scan(values, layout.transfer_syntax_uid, layout.encoding, problem, remark=remark)


def _remark(content: bytes, layout: FileLayout, given: str) -> str:
    """Say what ought to be known of a whole file; raise what keeps it from being read."""
    remarks = (*layout.remarks, *check_values(layout, given=given))
    program = what_is_in_preamble(content) if layout.has_prefix else ""
    return "; ".join((f"the preamble makes this file {program} as well", *remarks) if program else remarks)


def _contradiction(layout: FileLayout) -> str:
    """Say what group 0002 leaves out or gets wrong, or return an empty text."""
    if not layout.has_prefix:
        has_meta = layout.meta_start < layout.rest_end
        lacks = "no preamble before group 0002" if has_meta else "no preamble and no group 0002"
        return f"there is {lacks}; it was read {'without' if has_meta else 'as a bare data set'}"
    if not layout.transfer_syntax_uid:
        return "group 0002 names no transfer syntax; it was guessed from the bytes"
    if transfer_syntax(layout.transfer_syntax_uid).encoding != layout.encoding:
        return "the data set is not encoded as its transfer syntax says; it was read as it is"
    return ""


def _without_sop_class(
    layout: FileLayout, content: bytes, values: dict[int, bytes], problem: str, given: str
) -> Scan:
    """Decide what a data set without SOP class is: a DICOMDIR, an unfinished file, or no DICOM at all."""
    has_meta = layout.meta_start < layout.rest_end
    if has_meta and read_meta(content, given=given).sop_class_uid == MEDIA_STORAGE_DIRECTORY:
        values = {**values, SOP_CLASS_UID: MEDIA_STORAGE_DIRECTORY.encode()}
        return Scan(values, layout.transfer_syntax_uid, layout.encoding, problem)
    if not layout.has_prefix:
        why = "it has no 'DICM' after 128 bytes and no SOP Class UID"
        return Scan({}, "", layout.encoding, why, is_usable=False)
    missing = f"there is no SOP Class UID {tag_text(SOP_CLASS_UID)}"
    return Scan(
        values,
        layout.transfer_syntax_uid,
        layout.encoding,
        f"{problem}; {missing}" if problem else missing,
    )
