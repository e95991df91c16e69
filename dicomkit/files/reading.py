"""Read a DICOM file with pydicom, after making sure that it is one, that it is whole and that it is bounded.

``pydicom.dcmread`` accepts nearly every file that was cut off: the value is shorter than its length says,
and nobody is told. So the bytes are walked through first (dicomkit.files.checking). Nothing else in this
package calls ``dcmread``.
"""

from __future__ import annotations

import io
import os
import warnings

from pydicom import dcmread
from pydicom.dataelem import RawDataElement
from pydicom.dataset import Dataset, FileDataset
from pydicom.uid import DeflatedExplicitVRLittleEndian

from dicomkit.errors import DicomFileWarning, NotDicomError
from dicomkit.files.anatomy import file_bytes
from dicomkit.files.checking import OTHER_ENCODING, check_dicom
from dicomkit.files.deflating import inflate
from dicomkit.files.encoding import UNDEFINED_LENGTH, transfer_syntax
from dicomkit.files.even_lengths import with_even_lengths
from dicomkit.files.layout import file_layout
from dicomkit.files.part10 import read_meta
from dicomkit.files.quiet_pydicom import quiet_pydicom
from dicomkit.files.repair import repaired

__all__ = ["read_content", "read_file", "read_unchecked"]

_ZEROS = 0x00000000


def read_file(path: str | os.PathLike[str], *, repair: str | None = None) -> FileDataset:
    """Read a whole DICOM file, or say in one line why that cannot be done.

    Parameters
    ----------
    path
        A file with preamble, ``DICM`` and group 0002.
    repair
        What to put before the data set if it is missing, for a file that you trust: ``"preamble"`` puts 128
        zero bytes and ``DICM`` before group 0002, ``"meta"`` writes group 0002 anew. The file on disk stays
        as it is.

    Returns
    -------
    FileDataset
        The data set; its ``file_meta`` is group 0002, its ``filename`` the path.

    Raises
    ------
    FileAccessError
        If the path is missing, a folder, or cannot be read.
    NotDicomError
        If the bytes are no DICOM file (the message says what they look like), or are malformed.
    TruncatedFileError
        If the file ends too early.
    RefusedFileError
        If it asks for more than any real file does.
    CharacterSetError
        If it names a character set that does not exist.
    UsageError
        If there is no such repair.

    Warns
    -----
    DicomFileWarning
        If a program hides in the preamble, or Rows and Columns have no Pixel Data.

    References
    ----------
    PS3.10 section 7.1, DICOM File Meta Information; PS3.5 section 7.1, Data Elements.
    """
    given, buffer = file_bytes(path)
    if repair is not None:
        buffer = repaired(buffer, repair, given=given)
    remarks = check_dicom(buffer, given=given)
    for remark in remarks:
        warnings.warn(f"{given}: {remark}", DicomFileWarning, stacklevel=2)
    dataset = (_read_as_it_is if OTHER_ENCODING in remarks else _read_checked)(buffer, given)
    dataset.filename = given
    return dataset


def read_content(buffer: bytes, *, given: str = "bytes") -> FileDataset:
    """Read a whole DICOM file that is in memory already, as `read_file` does.

    It warns of nothing; `dicomkit.files.checking.check_dicom` returns what `read_file` warns of.

    Parameters
    ----------
    buffer
        The content of a file.
    given
        What an error calls the input.

    Raises
    ------
    NotDicomError
        As `read_file` does, with its kinds.
    """
    remarks = check_dicom(buffer, given=given)
    return (_read_as_it_is if OTHER_ENCODING in remarks else _read_checked)(buffer, given)


def _read_checked(buffer: bytes, given: str) -> FileDataset:
    try:
        readable = _inflated(buffer, given)
        dataset = read_unchecked(readable)
        if _has_odd_value(dataset):
            dataset = read_unchecked(_made_even(readable, given))
        if _ZEROS in dataset and not dataset.get_item(_ZEROS).value:
            # Zeros that fill up a block behind the data set: no data set has group 0000 (PS3.5 section 7.1).
            del dataset[_ZEROS]
    except Exception as error:  # noqa: BLE001 - hostile bytes raise anything in pydicom, also AttributeError
        # Whatever pydicom stumbles over, its text may repeat a value too: name only the class.
        raise NotDicomError(
            given, f"pydicom cannot read it ({type(error).__name__})", "look at its bytes with anatomy()"
        ) from None
    return dataset


def _read_as_it_is(buffer: bytes, given: str) -> FileDataset:
    """Read a file whose group 0002 gets its encoding wrong, and correct the transfer syntax.

    pydicom looks at the bytes as well, but what it has read under a wrong name it cannot write again.
    """
    try:
        dataset = _read_checked(repaired(buffer, "meta", given=given), given)
    except NotDicomError:
        return _read_checked(buffer, given)  # compressed: nobody knows how
    meta = _read_checked(buffer, given).file_meta
    meta.TransferSyntaxUID = dataset.file_meta.TransferSyntaxUID
    dataset.file_meta = meta
    return dataset


def _has_odd_value(dataset: Dataset) -> bool:
    """Say whether a value has an odd length, which nobody could write again as it is."""
    return any(
        isinstance(raw, RawDataElement) and raw.length % 2 and raw.length != UNDEFINED_LENGTH
        for raw in dataset.values()
    )


def _made_even(buffer: bytes, given: str) -> bytes:
    """Return a file whose values have even lengths; a deflated one stays as it is."""
    layout = file_layout(buffer, given=given)
    if layout.deflated_start is not None:
        return buffer
    start = layout.dataset_start
    return buffer[:start] + with_even_lengths(buffer[start:], layout.encoding, given=given)


def _inflated(buffer: bytes, given: str) -> bytes:
    """Inflate the data set of a file whose deflated transfer syntax pydicom takes for one that is not."""
    head = read_meta(buffer, given=given)
    uid = head.transfer_syntax_uid
    if uid == DeflatedExplicitVRLittleEndian or not transfer_syntax(uid).is_deflated:
        return buffer
    return buffer[: head.dataset_offset] + inflate(buffer, head.dataset_offset, given=given)[0]


def read_unchecked(buffer: bytes) -> FileDataset:
    """Have pydicom read a file that nobody has checked; raises whatever pydicom raises.

    For the byte viewer, which shows what pydicom alone says. Everything else reads with `read_content`.
    """
    with quiet_pydicom():
        return dcmread(io.BytesIO(buffer))
