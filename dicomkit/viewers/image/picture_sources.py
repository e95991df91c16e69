"""The images among files, and why the others are not shown: nothing vanishes between a folder and its pictures.

Of most files only the beginning is read here, which says where their image belongs; the pixels are read when it is
looked at, so that neither memory nor time grows with them.
"""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Iterable
from pathlib import Path
from typing import NamedTuple

from pydicom.dataset import Dataset

from dicomkit.errors import DicomKitError, NotDicomError
from dicomkit.files.folder_files import files_in
from dicomkit.files.reading import read_before_damage, read_content
from dicomkit.index.entries import END_BYTES, BytesEntry, Entry, FileEntry, Head
from dicomkit.pixels.checked_image import check_image
from dicomkit.pixels.native_length import pixel_element
from dicomkit.viewers.image.listed_images import ListedImages

__all__ = [
    "MAX_BYTES",
    "FoundImages",
    "ImageFile",
    "ImageReader",
    "SourceImage",
    "images_among",
    "images_in_folder",
    "with_pixels",
]

MAX_BYTES = 2 * 1024**3  # of all that a viewer keeps in memory
KEPT_BYTES = 64 * 1024**2  # of files that are kept as they are: a small folder may go while its viewer stays
_HEAD_BYTES = 16 * 1024  # in which nearly every image says all but its pixels
_LISTED_BYTES = 4 * 1024  # about what one image takes of which only the beginning was read
_NO_ROOM = (
    f"a viewer has room for {MAX_BYTES // 1024**3} GiB of files: open fewer, or look at a MetadataViewer"
)


class ImageFile(NamedTuple):
    """A file that may be an image: how to read it, and why nobody is to look into it, or empty."""

    entry: Entry
    refusal: str = ""


class SourceImage(NamedTuple):
    """An image, or as much of one as can be read, with what is wrong with the rest.

    Where `read` is there, `dataset` has what a list needs, and `read` returns the image. Images of one `kind` differ in
    no more than their UIDs, numbers and positions.
    """

    dataset: Dataset
    problem: DicomKitError | None = None
    read: Callable[[], Dataset] | None = None
    kind: object = None


class FoundImages(NamedTuple):
    """The images, and for each file that is left out the reason."""

    images: list[SourceImage]
    left_out: list[str]


def images_in_folder(folder: Path) -> FoundImages:
    """Return the images in a folder and below."""
    return images_among(
        (ImageFile(FileEntry(found.name, found.path), found.refusal) for found in files_in(folder)),
        kept_bytes=KEPT_BYTES,
    )


def images_among(
    files: Iterable[ImageFile], *, kept_bytes: int = 0, max_bytes: int | None = None
) -> FoundImages:
    """Return the images among files; one that is cut off keeps its place in its series.

    Parameters
    ----------
    files
        In the order in which they are to be looked at. A copy of an earlier one is left out.
    kept_bytes
        Of so many bytes the content is kept, so that it is there when its file is not any more.
    max_bytes
        How much memory there is for all of it; what comes behind that is left out. By default `MAX_BYTES`.
    """
    reader = ImageReader(kept_bytes, max_bytes)
    found = FoundImages([], [])
    for file in files:
        try:
            if file.refusal or reader.is_full:
                found.left_out.append(file.refusal or reader.no_room)
            elif (image := reader.read(file.entry)) is None:
                found.left_out.append("a copy of another file, byte for byte")
            else:
                found.images.append(image)
        except DicomKitError as error:
            found.left_out.append(error.problem)
    return found


class ImageReader:
    """Reads of each file as much as a list of images needs, and counts what stays in memory, as `images_among` says."""

    def __init__(self, kept_bytes: int | None = None, max_bytes: int | None = None) -> None:
        self._kept_left = KEPT_BYTES if kept_bytes is None else kept_bytes
        self._left = MAX_BYTES if max_bytes is None else max_bytes
        self.no_room = (
            _NO_ROOM if max_bytes is None else f"there is room for {max_bytes >> 20} MiB of such files"
        )
        self._listed = ListedImages()
        self._copies = _Copies()

    @property
    def is_full(self) -> bool:
        """Whether there is no room for another image; `no_room` says so."""
        return self._left < 0

    def read(self, entry: Entry) -> SourceImage | None:
        """Return the image in a file, or None for a copy of an earlier file; raise why there is none."""
        head = entry.read_head(_HEAD_BYTES)
        if self._copies.has(entry, head):
            return None
        found = self._listed_or_content(entry, head)
        if isinstance(found, SourceImage):
            return found
        image = _image(found)
        self._left -= len(found)
        return image

    def read_plain(self, entry: Entry) -> SourceImage | None:
        """Return the image in a file that is plain, or None if it has to be read whole; raise if it cannot be read."""
        found = self._listed_or_content(entry, entry.read_head(_HEAD_BYTES))
        return found if isinstance(found, SourceImage) else None

    def _listed_or_content(self, entry: Entry, head: Head) -> SourceImage | bytes:
        """Return an image as a list needs it, or, where only the whole file can tell, its content."""
        content = self._kept(entry, head)
        listed = self._listed.read(head.start, head.size_bytes, entry.read_end)
        if listed is None:
            whole = entry.read_content() if content is None else content
            if len(whole) > len(head.start):
                listed = self._listed.read(whole, len(whole), lambda: whole[-END_BYTES:])
            if listed is None:
                return whole
        self._left -= _LISTED_BYTES if content is None else len(content)
        source = entry if content is None else BytesEntry(entry.name, content)
        return SourceImage(
            listed.dataset,
            read=lambda: read_content(source.read_content(), given="this file"),
            kind=listed.kind,
        )

    def _kept(self, entry: Entry, head: Head) -> bytes | None:
        """Return the content of a file that is kept, or None if it is read again when its image is looked at."""
        if head.size_bytes > self._kept_left:
            return None
        self._kept_left -= head.size_bytes
        return entry.read_content() if head.size_bytes > len(head.start) else head.start


class _Copies:
    """Knows files again, byte for byte; only those that begin like an earlier one are read to their ends."""

    def __init__(self) -> None:
        self._first: dict[tuple[int, bytes], Entry] = {}  # by length and beginning
        self._digests: dict[tuple[int, bytes], set[bytes]] = {}

    def has(self, entry: Entry, head: Head) -> bool:
        """Say whether a file is a copy of one that was asked for before; no empty file is."""
        key = head.size_bytes, hashlib.sha256(head.start).digest()
        first = self._first.setdefault(key, entry)
        if first is entry or not head.size_bytes:
            return False
        digest = _digest(entry)
        if key not in self._digests:
            try:
                self._digests[key] = {_digest(first)}
            except DicomKitError:
                self._digests[key] = set()  # it is gone, and this one is what there is
        seen = self._digests[key]
        is_copy = digest in seen
        seen.add(digest)
        return is_copy


def _digest(entry: Entry) -> bytes:
    return hashlib.sha256(entry.read_content()).digest()


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
    if not pixel_element(dataset):
        check_image(dataset)  # says what is missing
    return dataset
