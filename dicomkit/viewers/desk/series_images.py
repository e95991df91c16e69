"""The images of a series whose pixels stay in their files until they are looked at: a page has little memory."""

from __future__ import annotations

from collections.abc import Sequence

from pydicom.dataset import Dataset

from dicomkit.errors import DicomKitError
from dicomkit.files.before_damage import read_before_damage
from dicomkit.files.reading import read_content
from dicomkit.index.entries import Entry
from dicomkit.index.indexing import IndexRow
from dicomkit.pixels.checked_image import check_image
from dicomkit.viewers.image.picture_sources import FoundImages, SourceImage

__all__ = ["image_of", "images_of"]

_HEAD_BYTES = 16 << 10  # in which nearly every slice says all but its pixels
_BEFORE_PIXELS = {"SeriesInstanceUID", "Rows", "Columns", "BitsStored"}


def images_of(series: Sequence[IndexRow], chosen: IndexRow, image: SourceImage) -> FoundImages:
    """Return the images of a series, and why other entries of it are left out.

    Parameters
    ----------
    series
        Its rows.
    chosen
        One of them.
    image
        What `image_of` returned for that one.
    """
    found = FoundImages([], [])
    for row in series:
        try:
            other = image if row is chosen else image_of(row.entry)
        except DicomKitError as error:
            found.left_out.append(error.problem)
            continue
        if other is None:
            found.left_out.append("there is no image in it")
        else:
            found.images.append(other)
    return found


def image_of(entry: Entry) -> SourceImage | None:
    """Return an image, of a plain slice without its pixels; None if it is none.

    Raises
    ------
    DicomKitError
        If it cannot be read.
    """

    def whole() -> Dataset:
        return read_content(entry.read_content(), given="instance")

    head = entry.read_head(_HEAD_BYTES)
    part = read_before_damage(head.start) if head.size_bytes > _HEAD_BYTES else None
    # Many frames say much of themselves behind the first bytes, so such an image is read at once.
    if part is not None and set(part.dir()) >= _BEFORE_PIXELS and "NumberOfFrames" not in part:
        return SourceImage(part, read=whole)
    dataset = whole()
    try:
        check_image(dataset)
    except DicomKitError:
        return None
    return SourceImage(dataset)
