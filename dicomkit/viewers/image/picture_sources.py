"""The images among files, and why the others are not shown: nothing vanishes between a folder and its pictures."""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Iterable
from pathlib import Path
from typing import NamedTuple

from pydicom.dataset import Dataset

from dicomkit.errors import DicomKitError, NotDicomError
from dicomkit.files.before_damage import read_before_damage
from dicomkit.files.file_bytes import file_bytes
from dicomkit.files.folder_files import files_in
from dicomkit.files.reading import read_content
from dicomkit.pixels.checked_image import check_image
from dicomkit.pixels.pixel_encoding import PIXEL_ELEMENTS

__all__ = [
    "MAX_BYTES",
    "FoundImages",
    "ImageFile",
    "SourceImage",
    "images_among",
    "images_in_folder",
    "with_pixels",
]


MAX_BYTES = 2 * 1024**3  # of all images in a viewer, which keeps their pixels: 4,000 slices of 512 x 512
_NO_ROOM = (
    f"a viewer has room for {MAX_BYTES // 1024**3} GiB of files: open fewer, or look at a MetadataViewer"
)


class ImageFile(NamedTuple):
    """A file that may be an image.

    Parameters
    ----------
    read
        Returns its content.
    refusal
        Why nobody is to look into it, or empty.
    """

    read: Callable[[], bytes]
    refusal: str = ""


class SourceImage(NamedTuple):
    """An image, or as much of one as can be read, with what is wrong with the rest.

    Where a whole series would fill the memory, `dataset` is what comes before the pixels, and `read` returns the image.
    """

    dataset: Dataset
    problem: DicomKitError | None = None
    read: Callable[[], Dataset] | None = None


class FoundImages(NamedTuple):
    """The images, and for each file that is left out the reason."""

    images: list[SourceImage]
    left_out: list[str]


def images_in_folder(folder: Path) -> FoundImages:
    """Return the images in a folder and below."""
    return images_among(
        ImageFile(lambda path=found.path: file_bytes(path)[1], found.refusal)  # type: ignore[misc] # - bound now
        for found in files_in(folder)
    )


def images_among(files: Iterable[ImageFile]) -> FoundImages:
    """Return the images among files; one that is cut off keeps its place in its series.

    Parameters
    ----------
    files
        In the order in which they are to be looked at. A copy of an earlier one is left out, and so is what comes
        behind the first `MAX_BYTES`.
    """
    found = FoundImages([], [])
    seen: set[bytes] = set()
    room = MAX_BYTES
    for file in files:
        try:
            if file.refusal or room < 0:
                found.left_out.append(file.refusal or _NO_ROOM)
                continue
            content = file.read()
            digest = hashlib.sha256(content).digest()
            if content and digest in seen:
                found.left_out.append("a copy of another file, byte for byte")
                continue
            seen.add(digest)
            found.images.append(_image(content))
            room -= len(content)
        except DicomKitError as error:
            found.left_out.append(error.problem)
    return found


def _image(content: bytes) -> SourceImage:
    """Return an image; raise why there is none."""
    try:
        return SourceImage(with_pixels(read_content(content, given="this file")))
    except NotDicomError as error:
        part = read_before_damage(content)
        # Without its series it has no place, and without a size it may be a report.
        if part is None or not {"SeriesInstanceUID", "Rows", "Columns"} <= set(part.dir()):
            raise
        return SourceImage(part, error)


def with_pixels(dataset: Dataset) -> Dataset:
    """Return an image; raise what is missing in what is none."""
    if not any(keyword in dataset for keyword in PIXEL_ELEMENTS):
        check_image(dataset)  # says what is missing
    return dataset
