"""Read a DICOM file with pydicom, after making sure that it is one and that it is whole.

``pydicom.dcmread`` accepts nearly every file that was cut off: the value is shorter than its length says,
and nobody is told. So the bytes are walked through first.
"""

from __future__ import annotations

import io
import os

from pydicom import dcmread
from pydicom.dataset import FileDataset

from dicomkit.errors import NotDicomError
from dicomkit.files.anatomy import file_bytes
from dicomkit.files.elements import elements
from dicomkit.files.layout import file_layout
from dicomkit.files.quiet_pydicom import quiet_pydicom

__all__ = ["check_dicom", "read_content", "read_file"]


def read_file(path: str | os.PathLike[str]) -> FileDataset:
    """Read a whole DICOM file, or say in one line why that cannot be done.

    Parameters
    ----------
    path
        A file with preamble, ``DICM`` and group 0002.

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

    References
    ----------
    PS3.10 section 7.1, DICOM File Meta Information; PS3.5 section 7.1, Data Elements.
    """
    given, buffer = file_bytes(path)
    dataset = read_content(buffer, given=given)
    dataset.filename = given
    return dataset


def read_content(buffer: bytes, *, given: str = "bytes") -> FileDataset:
    """Read a whole DICOM file that is in memory already, as `read_file` does.

    Parameters
    ----------
    buffer
        The content of a file.
    given
        What an error calls the input.

    Raises
    ------
    NotDicomError, TruncatedFileError
        As `read_file` does.
    """
    check_dicom(buffer, given=given)
    try:
        with quiet_pydicom():
            return dcmread(io.BytesIO(buffer))
    except Exception as error:  # noqa: BLE001 - hostile bytes raise anything in pydicom, also AttributeError
        # Whatever pydicom stumbles over, its text may repeat a value too: name only the class.
        raise NotDicomError(
            given, f"pydicom cannot read it ({type(error).__name__})", "look at its bytes with anatomy()"
        ) from None


def check_dicom(buffer: bytes, *, given: str = "bytes") -> None:
    """Check that `buffer` is a whole DICOM file, without reading any value.

    Parameters
    ----------
    buffer
        The content of a file.
    given
        What an error calls the input.

    Raises
    ------
    NotDicomError
        If it is no DICOM file, or is malformed.
    TruncatedFileError
        If it ends too early.
    """
    layout = file_layout(buffer, given=given)
    for _ in elements(
        layout.dataset, layout.dataset_start, len(layout.dataset), layout.encoding, given=given
    ):
        pass
