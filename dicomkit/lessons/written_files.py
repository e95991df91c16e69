"""Files that pydicom writes from data sets, in memory, for the checks that compare with them."""

from __future__ import annotations

import io

from pydicom.dataset import Dataset, FileDataset

from dicomkit.files.reading import read_content

__all__ = ["read_again", "written_file"]


def written_file(dataset: Dataset) -> bytes:
    """Return the bytes of the DICOM file that pydicom writes."""
    stream = io.BytesIO()
    dataset.save_as(stream, enforce_file_format=True)
    return stream.getvalue()


def read_again(dataset: Dataset) -> FileDataset:
    """Write a data set to a file with pydicom, and return it as read from there."""
    return read_content(written_file(dataset))
