"""Thumbnails and labels of received files, covered unless Patient Identity Removed is YES."""

from __future__ import annotations

import os
from pathlib import Path

import numpy as np
import numpy.typing as npt
from PIL import Image

from dicomkit.errors import DicomKitError, FileAccessError
from dicomkit.files.file_bytes import file_bytes
from dicomkit.files.reading import read_content
from dicomkit.index.indexing import index
from dicomkit.pixels.checked_image import check_image
from dicomkit.pixels.first_sight import first_picture
from dicomkit.privacy import is_identity_removed_from
from dicomkit.text import shorten
from dicomkit.viewers.frame.viewer import Answer

__all__ = ["label_of", "small_picture", "thumbnail_answer"]

THUMBNAIL_PIXELS = 96  # of the longer side
_MAX_FILE_BYTES = 64 * 1024 * 1024  # reading more for a thumbnail would delay the others
_LABEL_KEYWORDS = ("PatientName", "StudyDate", "Modality", "StudyDescription")
_LONGEST_LABEL = 80


def thumbnail_answer(path: Path, *, is_masked: bool) -> Answer:
    """Return a thumbnail for a browser: rows, columns, and one byte of grey or three of colour for each pixel.

    Parameters
    ----------
    path
        The file.
    is_masked
        Whether to cover it unless Patient Identity Removed is YES.

    Returns
    -------
    Answer
        Without pixels if there are none to show; ``why`` then says why.
    """
    try:
        if path.stat().st_size > _MAX_FILE_BYTES:
            return Answer({"why": "too large for a small picture"})
        _, content = file_bytes(path)
        dataset = read_content(content, given="instance")
        if is_masked and not is_identity_removed_from(dataset):
            return Answer({"why": "covered"})
        check_image(dataset)
        levels = small_picture(first_picture(dataset).levels)
    except (OSError, FileAccessError):
        return Answer({"why": "the file is gone"})
    except DicomKitError as error:
        return Answer({"why": f"no picture: {shorten(error.problem, _LONGEST_LABEL)}"})
    described = {"rows": levels.shape[0], "columns": levels.shape[1], "samples": levels[0, 0].size}
    return Answer(described, [np.ascontiguousarray(levels).tobytes()])


def small_picture(levels: npt.NDArray[np.uint8], longest: int = THUMBNAIL_PIXELS) -> npt.NDArray[np.uint8]:
    """Return a smaller picture, each pixel of which is the mean of those that it replaces.

    Parameters
    ----------
    levels
        Shape (rows, columns) or (rows, columns, 3).
    longest
        The most pixels of the longer side.
    """
    picture = Image.fromarray(levels)
    picture.thumbnail((longest, longest), Image.Resampling.BOX)
    return np.asarray(picture)


def label_of(path: str | os.PathLike[str], *, is_masked: bool) -> str:
    """Return a label with the patient and the study of a file; "" if it is covered or cannot be read."""
    try:
        (row,) = index(os.fspath(path)).rows
    except (DicomKitError, ValueError):
        return ""
    if is_masked and not row.identity_removed:
        return ""
    return " · ".join(
        shorten(text, _LONGEST_LABEL) for keyword in _LABEL_KEYWORDS if (text := row.text(keyword))
    )
