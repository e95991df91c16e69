"""Which pictures a viewer shows, in which order: every frame of every image, series by series."""

from __future__ import annotations

import os
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from typing import Any, NamedTuple

from pydicom.dataset import Dataset

from dicomkit.errors import DicomKitError, ImageError, UsageError
from dicomkit.files.folder_files import left_out
from dicomkit.files.quiet_pydicom import quiet_pydicom
from dicomkit.files.reading import read_content, read_file
from dicomkit.index.entries import FileEntry
from dicomkit.index.stacks import places_of, same_normal
from dicomkit.pixels.checked_image import check_image
from dicomkit.pixels.frame_attributes import readable, readable_text, readable_whole_number
from dicomkit.pixels.plane import slice_place
from dicomkit.viewers.image.picture_sources import (
    FoundImages,
    ImageReader,
    SourceImage,
    images_in_folder,
    with_pixels,
)

__all__ = [
    "FoundPictures",
    "ImageSource",
    "Picture",
    "Series",
    "pictures_of",
]

ImageSource = Dataset | str | os.PathLike[str] | bytes


@dataclass(frozen=True, slots=True)
class Picture:
    """One frame of one image; it unpacks into data set and frame number, the first of which is 1.

    ``problem``, ``read`` and ``kind`` are those of `SourceImage`: of a file that is cut off or damaged, ``dataset`` is what
    can be read of it; of a picture that is read when it is looked at, it is what a list needs of it.
    """

    dataset: Dataset
    number: int
    problem: DicomKitError | None = None
    read: Callable[[], Dataset] | None = None
    kind: object = None

    def __iter__(self) -> Iterator[Any]:
        return iter((self.dataset, self.number))

    def whole(self) -> Picture:
        """Return the picture with its pixels; raise `DicomKitError` if they cannot be had."""
        return self if self.read is None else Picture(self.read(), self.number)


class Series(NamedTuple):
    """The pictures of one series, in the order in which they lie in the patient or were made."""

    name: str
    pictures: list[Picture]


class FoundPictures(NamedTuple):
    """The series, and for each instance that is left out the reason."""

    series: list[Series]
    left_out: list[str]


def pictures_of(source: ImageSource | Sequence[ImageSource] | FoundImages) -> FoundPictures:
    """Return the pictures of a data set, a file, its bytes, a folder, or of several of these.

    Parameters
    ----------
    source
        What to show. In a folder or of several, what is no image is left out and counted. Of several images, one
        that cannot be shown keeps its place and says why, also if it is cut off.

    Returns
    -------
    FoundPictures
        The series in the order of Series Number, and what was left out.

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
    sources: list[ImageSource | FoundImages]
    if isinstance(source, Dataset | str | os.PathLike | bytes | FoundImages):
        sources = [source]
    elif isinstance(source, Iterable):
        sources = list(source)
    else:
        raise UsageError(
            type(source).__name__,
            "this is nothing with images in it",
            "give a data set, the path of a file or a folder, or a list of these",
        )
    reader = None if len(sources) == 1 else ImageReader()
    sorted_out = [_images(one, reader) for one in sources]
    images = [image for one in sorted_out for image in one.images]
    reasons = [reason for one in sorted_out for reason in one.left_out]
    if not images:
        more = f"; {line}" if (line := left_out(reasons, "shown")) else ""
        raise ImageError(
            "source", f"there is no image in it{more}", "give a data set with Pixel Data, or its file"
        )
    if len(images) == 1:  # of several, one that cannot be shown says so in its place
        if images[0].problem is not None:
            raise images[0].problem
        check_image(images[0].read() if images[0].read else images[0].dataset)
    return FoundPictures(_series_of(images), reasons)


@quiet_pydicom()
def _series_of(images: Iterable[SourceImage]) -> list[Series]:
    found: dict[str, list[Dataset]] = {}
    origins = {}
    for image in images:
        found.setdefault(readable_text(image.dataset, "SeriesInstanceUID"), []).append(image.dataset)
        origins[id(image.dataset)] = image
    ordered = sorted(found.values(), key=lambda images: readable_whole_number(images[0], "SeriesNumber"))
    return [
        Series(
            _name(datasets[0], index),
            [picture for one in _sorted(datasets) for picture in _frames(origins[id(one)])],
        )
        for index, datasets in enumerate(ordered, start=1)
    ]


def _images(source: ImageSource | FoundImages, reader: ImageReader | None) -> FoundImages:
    """Return the images of one source; of several, for which there is a reader, one that is no image is left out and counted."""
    if isinstance(source, FoundImages):
        return source
    if isinstance(source, str | os.PathLike):
        if Path(source).is_dir():
            return images_in_folder(Path(source))
        plain = _plain_image(Path(source), reader)
        if plain is not None:
            return FoundImages([plain], [])
    if isinstance(source, bytes):
        source = read_content(source)
    dataset = source if isinstance(source, Dataset) else read_file(source)
    try:
        return FoundImages([SourceImage(with_pixels(dataset))], [])
    except ImageError as error:
        if reader is None:
            raise
        return FoundImages([], [error.problem])


def _plain_image(path: Path, reader: ImageReader | None) -> SourceImage | None:
    """Return the image in one of several files, if it is plain; about any other file `read_file` has more to say."""
    if reader is None or not path.is_file():
        return None
    try:
        return reader.read_plain(FileEntry(path.name, str(path)))
    except DicomKitError:
        return None


def _sorted(images: list[Dataset]) -> list[Dataset]:
    """Sort slices by where they lie if all say so and none lies where another does, otherwise by Instance Number."""
    places = [readable(partial(slice_place, image), None) for image in images]
    known = [one for one in places if one is not None]
    if len(known) == len(images) and all(same_normal(one, known[0]) for one in known):
        groups = list(places_of(known, range(len(known))))
        if len(groups) == len(images):
            return [images[number] for (number,) in groups]
    return sorted(images, key=lambda image: readable_whole_number(image, "InstanceNumber"))


def _frames(image: SourceImage) -> list[Picture]:
    if image.problem is not None or image.read is not None:
        return [Picture(image.dataset, 1, image.problem, image.read, image.kind)]
    try:
        frames = check_image(image.dataset)
    except DicomKitError:
        frames = 1  # which says why there are no more
    return [Picture(image.dataset, number) for number in range(1, frames + 1)]


def _name(image: Dataset, index: int) -> str:
    modality = readable_text(image, "Modality") or "image"
    number = readable_text(image, "SeriesNumber")
    return f"{modality}, series {number}" if number else f"{modality}, series without number {index}"
