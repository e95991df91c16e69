"""Write the document of an instance as a file of its own, and never over another one."""

from __future__ import annotations

import os
from pathlib import Path

from pydicom.dataset import Dataset

from dicomkit.contents.document import document_of
from dicomkit.errors import FileAccessError, reason_of
from dicomkit.instance_store.placing import place_exclusively

__all__ = ["save_document"]


def save_document(dataset: Dataset, path: str | os.PathLike[str]) -> int:
    """Write the document of an instance as a file of its own, and return its length in bytes.

    Parameters
    ----------
    dataset
        An instance with an Encapsulated Document.
    path
        The file to write. What stands there is never replaced.

    Raises
    ------
    NotDicomError
        If there is no document in the instance.
    FileAccessError
        If a file of that name exists, or it cannot be written.

    References
    ----------
    PS3.3 section C.24.2, Encapsulated Document Module.
    """
    content = document_of(dataset).content
    target = Path(path)
    temporary = target.parent / f".dicomkit-{os.urandom(8).hex()}"
    try:
        temporary.write_bytes(content)
        is_placed = place_exclusively(str(temporary), str(target))
    except OSError as error:
        raise FileAccessError(
            target,
            f"cannot be written ({reason_of(error)})",
            "check the folder, its rights and the free space",
        ) from error
    finally:
        temporary.unlink(missing_ok=True)
    if not is_placed:
        raise FileAccessError(target, "a file of that name is there", "choose another name, or remove it")
    return len(content)
