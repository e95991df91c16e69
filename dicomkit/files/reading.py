"""Read a DICOM file with pydicom, after checking that it is one, that it is whole and that it is bounded.

``pydicom.dcmread`` silently accepts nearly every truncated file: a value is then shorter than its length says. So
the bytes are checked first (`dicomkit.files.checking`). Nothing else in this package calls ``dcmread``.
"""

from __future__ import annotations

import io
import os
import warnings

from pydicom import dcmread
from pydicom.dataelem import RawDataElement
from pydicom.dataset import Dataset, FileDataset

from dicomkit.errors import DicomFileWarning, NotDicomError
from dicomkit.files.character_sets import has_unknown_term
from dicomkit.files.checking import OTHER_ENCODING, Checked, checked_content
from dicomkit.files.encoding import UNDEFINED_LENGTH
from dicomkit.files.file_bytes import file_bytes
from dicomkit.files.for_pydicom import bytes_for_pydicom, bytes_made_even
from dicomkit.files.layout import file_layout
from dicomkit.files.quiet_pydicom import quiet_pydicom
from dicomkit.files.readable_text import DECODED_HERE, decode_texts, may_be_misdecoded
from dicomkit.files.repair import CHARACTER_SET, repaired
from dicomkit.files.tokens import Kind

__all__ = ["read_before_damage", "read_content", "read_file", "read_unchecked"]


def read_file(path: str | os.PathLike[str], *, repair: str | None = None) -> FileDataset:
    """Read a whole DICOM file, or raise an error that says in one line why that cannot be done.

    Parameters
    ----------
    path
        A file with preamble, ``DICM`` and group 0002.
    repair
        What to put right, for a file that you trust: ``"preamble"`` puts 128 zero bytes and ``DICM`` before
        group 0002, ``"meta"`` writes group 0002 anew, ``"character_set"`` reads a misspelt Specific Character
        Set as the one that it means, and names ISO_IR 192 in the data set. The file on disk stays as it is.

    Returns
    -------
    FileDataset
        The data set; its ``file_meta`` is group 0002, its ``filename`` the path.

    Raises
    ------
    FileAccessError
        If the path is missing, a folder, or cannot be read.
    NotDicomError
        If the bytes are not a DICOM file (the message says what they look like), or are malformed.
    TruncatedFileError
        If the file ends too early.
    RefusedFileError
        If it needs more memory, depth or steps than any real file.
    CharacterSetError
        If it names an unknown character set.
    UsageError
        If no repair has that name.

    Warns
    -----
    DicomFileWarning
        If the preamble holds a program, Rows and Columns have no Pixel Data, or something else is odd about
        the file.

    References
    ----------
    PS3.10 section 7.1, DICOM File Meta Information; PS3.5 section 7.1, Data Elements.
    """
    given, buffer = file_bytes(path)
    if repair is not None:
        buffer = repaired(buffer, repair, given=given)
    checked = checked_content(buffer, given=given, mends_character_sets=repair == CHARACTER_SET)
    dataset, remarks = _read_checked(buffer, checked, given)
    for remark in remarks:
        warnings.warn(f"{given}: {remark}", DicomFileWarning, stacklevel=2)
    dataset.filename = given
    return dataset


def read_content(buffer: bytes, *, given: str = "bytes") -> FileDataset:
    """Read a whole DICOM file that is in memory already, as `read_file` does.

    It emits no warnings; `dicomkit.files.checking.check_dicom` returns what `read_file` warns of.

    Parameters
    ----------
    buffer
        The content of a file.
    given
        How an error names the input.

    Raises
    ------
    NotDicomError
        As `read_file` does, with its kinds.
    """
    return _read_checked(buffer, checked_content(buffer, given=given), given)[0]


def _read_checked(buffer: bytes, checked: Checked, given: str) -> tuple[FileDataset, list[str]]:
    """Return the data set, and remarks on what is odd about it."""
    remarks = list(checked.remarks)
    try:
        dataset = _read_evenly(buffer, checked, given)
        if OTHER_ENCODING in remarks:
            dataset = _encoded_as_it_is(buffer, dataset, given)
        if may_be_misdecoded(checked.character_sets) and decode_texts(dataset):
            is_asked_for = any(map(has_unknown_term, checked.character_sets))
            remarks += [] if is_asked_for else [DECODED_HERE]
    except Exception as error:  # noqa: BLE001 - hostile bytes raise anything in pydicom, also AttributeError
        # pydicom's message may quote a value: name only the class of the error.
        raise NotDicomError(
            given, f"pydicom cannot read it ({type(error).__name__})", "look at its bytes with anatomy()"
        ) from None
    return dataset, remarks


def _read_evenly(buffer: bytes, checked: Checked, given: str) -> FileDataset:
    readable = bytes_for_pydicom(buffer, checked)
    dataset = read_unchecked(readable)
    if _has_odd_value(dataset):
        dataset = read_unchecked(bytes_made_even(readable, checked, given=given))
    return dataset


def _encoded_as_it_is(buffer: bytes, dataset: FileDataset, given: str) -> FileDataset:
    """Read a file again, under its real transfer syntax, if group 0002 names a wrong one.

    pydicom finds the real encoding too, but cannot write again what it read under a wrong transfer syntax.
    """
    try:
        mended = repaired(buffer, "meta", given=given)
    except NotDicomError:
        return dataset  # compressed: the codec is unknown
    checked = checked_content(mended, given=given, mends_character_sets=True)
    again = _read_evenly(mended, checked, given)
    dataset.file_meta.TransferSyntaxUID = again.file_meta.TransferSyntaxUID
    again.file_meta = dataset.file_meta
    return again


def _has_odd_value(dataset: Dataset) -> bool:
    """Return whether a value has an odd length, and so could not be written again as it is."""
    return any(
        isinstance(raw, RawDataElement) and raw.length % 2 and raw.length != UNDEFINED_LENGTH
        for raw in dataset.values()
    )


def read_unchecked(buffer: bytes) -> FileDataset:
    """Have pydicom read an unchecked file; raises whatever pydicom raises.

    For the byte viewer, which shows what pydicom alone says. Everything else reads with `read_content`.
    """
    with quiet_pydicom():
        return dcmread(io.BytesIO(buffer))


def read_before_damage(content: bytes) -> FileDataset | None:
    """Return the data set up to the damage, or None if not even one element is whole.

    Viewers name an instance by it that they cannot show: which slice of which series it is.

    Parameters
    ----------
    content
        A file that `read_content` refuses.

    References
    ----------
    PS3.5 section 7.1, Data Elements.
    """
    try:
        layout = file_layout(content)
        if layout.deflated_start is not None:
            return None
        end = layout.dataset_start
        try:
            for token in layout.tokens():
                if not token.depth and token.kind in {Kind.ELEMENT, Kind.SEQUENCE_END}:
                    end = token.value_offset + token.length
        except NotDicomError:
            pass  # here is the damage
        return read_content(content[:end]) if end > layout.dataset_start else None
    except NotDicomError:
        return None
