"""Write the document of an instance to a new file."""

from __future__ import annotations

import os

from pydicom.dataset import Dataset

from dicomkit.contents.document import document_of
from dicomkit.files.replacing import new_file

__all__ = ["save_document"]


def save_document(dataset: Dataset, path: str | os.PathLike[str]) -> int:
    """Write the document of an instance to a new file, and return its length in bytes.

    Parameters
    ----------
    dataset
        An instance with an Encapsulated Document.
    path
        The file to write. An existing file is never replaced.

    Raises
    ------
    NotDicomError
        If the instance has no document.
    FileAccessError
        If a file of that name exists, or it cannot be written.

    References
    ----------
    PS3.3 section C.24.2, Encapsulated Document Module.
    """
    content = document_of(dataset).content
    with new_file(path, taken="a file of that name is there") as stream:
        stream.write(content)
    return len(content)
