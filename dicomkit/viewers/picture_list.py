"""Which pictures a viewer shows, in which order: every frame of every image, series by series."""

from __future__ import annotations

import os
from collections.abc import Iterable, Sequence
from pathlib import Path
from typing import NamedTuple

import numpy as np
from pydicom.dataset import Dataset

from dicomkit.errors import DicomKitError, ImageError
from dicomkit.files.reading import read_file
from dicomkit.pixels.decoding import check_image
from dicomkit.pixels.plane import plane

__all__ = ["ImageSource", "Picture", "Series", "pictures_of"]

ImageSource = Dataset | str | os.PathLike[str]


class Picture(NamedTuple):
    """One frame of one image; `number` is the frame's, the first is 1."""

    dataset: Dataset
    number: int


class Series(NamedTuple):
    """The pictures of one series, in the order in which they lie in the patient or were made."""

    name: str
    pictures: list[Picture]


def pictures_of(source: ImageSource | Sequence[ImageSource]) -> list[Series]:
    """Return the pictures of a data set, a file, a folder, or of several of these.

    Parameters
    ----------
    source
        What to show. In a folder, files that are no images are passed over.

    Returns
    -------
    list of Series
        In the order of Series Number.

    Raises
    ------
    ImageError
        If there is no picture in `source`.
    FileAccessError, NotDicomError
        If a file that was named cannot be read.

    References
    ----------
    PS3.3 section C.7.6.2.1.1: where slices lie in the patient.
    """
    sources = [source] if isinstance(source, Dataset | str | os.PathLike) else list(source)
    found: dict[str, list[Dataset]] = {}
    for dataset in _images(sources):
        found.setdefault(str(dataset.get("SeriesInstanceUID", "")), []).append(dataset)
    if not found:
        raise ImageError("source", "there is no image in it", "give a data set with Pixel Data, or its file")
    ordered = sorted(found.values(), key=lambda images: _whole_number(images[0], "SeriesNumber"))
    return [
        Series(_name(images[0], index), [picture for image in _sorted(images) for picture in _frames(image)])
        for index, images in enumerate(ordered, start=1)
    ]


def _images(sources: Iterable[ImageSource]) -> Iterable[Dataset]:
    for source in sources:
        if isinstance(source, Dataset):
            check_image(source)
            yield source
        elif Path(source).is_dir():
            yield from _images_in(Path(source))
        else:
            dataset = read_file(source)
            check_image(dataset)
            yield dataset


def _images_in(folder: Path) -> Iterable[Dataset]:
    for path in sorted(path for path in folder.rglob("*") if path.is_file()):
        try:
            dataset = read_file(path)
            check_image(dataset)
        except DicomKitError:
            continue  # a folder of a study also holds reports, a DICOMDIR, a thumbnail
        yield dataset


def _sorted(images: list[Dataset]) -> list[Dataset]:
    """Sort slices by where they lie if all say so, otherwise by Instance Number."""
    planes = [plane(image) for image in images]
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
    return [Picture(image, number) for number in range(1, int(image.get("NumberOfFrames") or 1) + 1)]


def _name(image: Dataset, index: int) -> str:
    modality = str(image.get("Modality") or "image")
    number = image.get("SeriesNumber")
    return (
        f"{modality}, series {number}" if number is not None else f"{modality}, series without number {index}"
    )


def _whole_number(image: Dataset, keyword: str) -> int:
    try:
        return int(image.get(keyword) or 0)
    except (TypeError, ValueError):
        return 0
