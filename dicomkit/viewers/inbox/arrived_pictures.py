"""Small pictures and labels of files that arrived, covered unless a file says that it is of nobody."""

from __future__ import annotations

import os
from pathlib import Path

import numpy as np
import numpy.typing as npt
from PIL import Image

from dicomkit.errors import DicomKitError, FileAccessError
from dicomkit.files.anatomy import file_bytes
from dicomkit.files.reading import read_content
from dicomkit.index.indexing import index
from dicomkit.pixels.checked_image import check_image
from dicomkit.pixels.first_sight import first_picture
from dicomkit.privacy import is_identity_removed
from dicomkit.text import shorten
from dicomkit.viewers.frame.viewer import Answer

__all__ = ["label_of", "small_picture", "thumbnail_answer"]

THUMBNAIL_PIXELS = 96  # of the longer side
_MAX_FILE_BYTES = 64 * 1024 * 1024  # reading more for a stamp would keep the others waiting
_LABEL_KEYWORDS = ("PatientName", "StudyDate", "Modality", "StudyDescription")
_LONGEST_LABEL = 80


def thumbnail_answer(path: Path, *, is_masked: bool) -> Answer:
    """Return a small picture for a browser: rows, columns, and one byte of grey or three of colour a pixel.

    Parameters
    ----------
    path
        The file.
    is_masked
        Cover it unless it says that it names nobody.

    Returns
    -------
    Answer
        Without pixels where there are none to show; ``why`` then says why.
    """
    try:
        if path.stat().st_size > _MAX_FILE_BYTES:
            return Answer({"why": "too large for a small picture"})
        _, content = file_bytes(path)
        dataset = read_content(content, given="instance")
        if is_masked and not is_identity_removed(str(dataset.get("PatientIdentityRemoved", ""))):
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
    """Return grey levels or colours as fewer of them, each the mean of those that it stands for.

    Parameters
    ----------
    levels
        Shape (rows, columns) or (rows, columns, 3).
    longest
        How many pixels the longer side may have.
    """
    picture = Image.fromarray(levels)
    picture.thumbnail((longest, longest), Image.Resampling.BOX)
    return np.asarray(picture)


def label_of(path: str | os.PathLike[str], *, is_masked: bool) -> str:
    """Return whose study a file belongs to and what it is; empty if that is covered or cannot be read.

    Parameters
    ----------
    path
        A file of the study.
    is_masked
        Cover it unless it says that it names nobody.
    """
    try:
        (row,) = index(os.fspath(path)).rows
    except (DicomKitError, ValueError):
        return ""
    if is_masked and not row.identity_removed:
        return ""
    return " · ".join(
        shorten(text, _LONGEST_LABEL) for keyword in _LABEL_KEYWORDS if (text := row.text(keyword))
    )
