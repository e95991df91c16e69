"""Which pictures a viewer shows, in which order: every frame of every image, series by series."""

from __future__ import annotations

import os
from collections.abc import Iterable, Sequence
from pathlib import Path
from typing import NamedTuple

import numpy as np
from pydicom.dataset import Dataset

from dicomkit.errors import DicomKitError, ImageError, UsageError
from dicomkit.files.quiet_pydicom import quiet_pydicom
from dicomkit.files.reading import read_content, read_file
from dicomkit.pixels.checked_image import check_image
from dicomkit.pixels.pixel_encoding import PIXEL_ELEMENTS
from dicomkit.pixels.plane import Plane, plane

__all__ = ["ImageSource", "Picture", "Series", "pictures_of"]

ImageSource = Dataset | str | os.PathLike[str] | bytes


class Picture(NamedTuple):
    """One frame of one image; `number` is the frame's, the first is 1."""

    dataset: Dataset
    number: int


class Series(NamedTuple):
    """The pictures of one series, in the order in which they lie in the patient or were made."""

    name: str
    pictures: list[Picture]


def pictures_of(source: ImageSource | Sequence[ImageSource]) -> list[Series]:
    """Return the pictures of a data set, a file, its bytes, a folder, or of several of these.

    Parameters
    ----------
    source
        What to show. In a folder, files that are no images are passed over. Of several images, one that
        cannot be shown keeps its place and says why.

    Returns
    -------
    list of Series
        In the order of Series Number.

    Raises
    ------
    ImageError
        If there is no picture in `source`, or its only one cannot be shown.
    FileAccessError, NotDicomError
        If a file that was named cannot be read.
    UsageError
        If `source` is something else.

    References
    ----------
    PS3.3 section C.7.6.2.1.1: where slices lie in the patient.
    """
    sources: list[ImageSource]
    if isinstance(source, Dataset | str | os.PathLike | bytes):
        sources = [source]
    elif isinstance(source, Iterable):
        sources = list(source)
    else:
        raise UsageError(
            type(source).__name__,
            "this is nothing with images in it",
            "give a data set, the path of a file or a folder, or a list of these",
        )
    images = [image for one in sources for image in _images(one)]
    if not images:
        raise ImageError("source", "there is no image in it", "give a data set with Pixel Data, or its file")
    if len(images) == 1:
        check_image(images[0])  # of several, one that cannot be shown says so in its place
    return _series_of(images)


@quiet_pydicom()
def _series_of(images: list[Dataset]) -> list[Series]:
    found: dict[str, list[Dataset]] = {}
    for dataset in images:
        found.setdefault(_text(dataset, "SeriesInstanceUID"), []).append(dataset)
    ordered = sorted(found.values(), key=lambda images: _whole_number(images[0], "SeriesNumber"))
    return [
        Series(_name(images[0], index), [picture for image in _sorted(images) for picture in _frames(image)])
        for index, images in enumerate(ordered, start=1)
    ]


def _images(source: ImageSource) -> Iterable[Dataset]:
    if isinstance(source, Dataset):
        yield _with_pixels(source)
    elif isinstance(source, bytes):
        yield _with_pixels(read_content(source))
    elif isinstance(source, str | os.PathLike) and Path(source).is_dir():
        yield from _images_in(Path(source))
    else:
        yield _with_pixels(read_file(source))


def _images_in(folder: Path) -> Iterable[Dataset]:
    for path in sorted(path for path in folder.rglob("*") if path.is_file()):
        try:
            dataset = _with_pixels(read_file(path))
        except DicomKitError:
            continue  # a folder of a study also holds reports, a DICOMDIR, a thumbnail
        yield dataset


def _with_pixels(dataset: Dataset) -> Dataset:
    if not any(keyword in dataset for keyword in PIXEL_ELEMENTS):
        check_image(dataset)  # says what is missing
    return dataset


def _sorted(images: list[Dataset]) -> list[Dataset]:
    """Sort slices by where they lie if all say so, otherwise by Instance Number."""
    planes = [_place(image) for image in images]
    known = [one for one in planes if one is not None]
    if len(known) == len(images):
        normals = [np.cross(one.along_row, one.along_column) for one in known]
        if all(np.allclose(normal, normals[0], rtol=1e-3) for normal in normals):
            places = [float(np.dot(normals[0], one.origin)) for one in known]
            if len({round(place, 3) for place in places}) == len(places):
                order = sorted(range(len(images)), key=places.__getitem__)
                return [images[index] for index in order]
    return sorted(images, key=lambda image: _whole_number(image, "InstanceNumber"))


def _frames(image: Dataset) -> list[Picture]:
    try:
        frames = check_image(image)
    except DicomKitError:
        frames = 1  # which says why there are no more
    return [Picture(image, number) for number in range(1, frames + 1)]


def _name(image: Dataset, index: int) -> str:
    modality = _text(image, "Modality") or "image"
    number = _text(image, "SeriesNumber")
    return f"{modality}, series {number}" if number else f"{modality}, series without number {index}"


# A damaged element makes pydicom raise nearly anything. It is as good as absent: one such file is to keep
# none of its neighbours from being shown.


def _text(image: Dataset, keyword: str) -> str:
    try:
        value = image.get(keyword)
        return "" if value is None else str(value)
    except Exception:  # noqa: BLE001 - see above
        return ""


def _whole_number(image: Dataset, keyword: str) -> int:
    try:
        return int(image.get(keyword) or 0)
    except Exception:  # noqa: BLE001 - see above
        return 0


def _place(image: Dataset) -> Plane | None:
    try:
        return plane(image)
    except Exception:  # noqa: BLE001 - see above
        return None
