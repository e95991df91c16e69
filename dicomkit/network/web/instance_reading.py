"""Read an instance for an HTTP request: without warnings, and with a status for a failure."""

from __future__ import annotations

from typing import TYPE_CHECKING

from dicomkit.archive import Instance
from dicomkit.errors import DicomKitError
from dicomkit.files.warnings_here import warnings_here
from dicomkit.network.web.answer import RequestRefusedError

if TYPE_CHECKING:
    from pydicom.dataset import FileDataset

__all__ = ["read_instance"]


def read_instance(instance: Instance) -> FileDataset:
    """Return the data set of an instance.

    Raises
    ------
    RequestRefusedError
        500 if its file cannot be read.
    """
    from dicomkit.files.reading import read_file  # noqa: PLC0415 - a server starts without pydicom

    try:
        with warnings_here("ignore"):
            return read_file(instance.path)
    except DicomKitError as error:
        raise RequestRefusedError(
            500, f"instance {instance.uid}", error.problem, "look at its file in the archive's folder"
        ) from error
