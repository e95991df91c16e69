"""The image in a file, read only as far as a volume needs it: fast where the file is plain.

A series has hundreds of files, and a volume needs twenty attributes of each. So a plain file is skimmed, and only
these become a data set; any other file is read whole by `read_content`, or refused by it.
"""

from __future__ import annotations

import math
from typing import NamedTuple

from pydicom.datadict import tag_for_keyword
from pydicom.dataset import Dataset, FileMetaDataset
from pydicom.tag import BaseTag
from pydicom.uid import UID

from dicomkit.files.encoding import transfer_syntax
from dicomkit.files.for_pydicom import raw_element
from dicomkit.files.quick_check import PlainFile, skim_plain_file
from dicomkit.files.reading import read_content
from dicomkit.files.skim import Skimmer
from dicomkit.files.tags import (
    IMAGE_POSITION_PATIENT,
    INSTANCE_NUMBER,
    NUMBER_OF_FRAMES,
    SOP_INSTANCE_UID,
)
from dicomkit.files.tokens import PIXEL_DATA
from dicomkit.volumes.passes import PASS_TAGS

__all__ = ["ImageReader", "PlainImage"]

# What differs from slice to slice.
_OWN_TAGS = frozenset({SOP_INSTANCE_UID, INSTANCE_NUMBER, IMAGE_POSITION_PATIENT})
_KEYWORDS = (
    *("SpecificCharacterSet", "ImageType", "SOPClassUID", "Modality", "Units", "PatientIdentityRemoved"),
    *("SliceThickness", "SpacingBetweenSlices", "ImageOrientationPatient", "SamplesPerPixel"),
    *("PhotometricInterpretation", "NumberOfFrames", "Rows", "Columns", "PixelSpacing", "ImagerPixelSpacing"),
    *("BitsAllocated", "BitsStored", "HighBit", "PixelRepresentation", "PlanarConfiguration"),
    *("RescaleIntercept", "RescaleSlope", "RescaleType"),
)
# A file with one of these needs more than a few attributes; it is read whole.
_NOT_PLAIN = (
    *("ModalityLUTSequence", "SharedFunctionalGroupsSequence", "PerFrameFunctionalGroupsSequence"),
    *("GridFrameOffsetVector", "DiffusionBValue"),
)
_NOT_PLAIN_TAGS = frozenset(tag_for_keyword(keyword) or 0 for keyword in _NOT_PLAIN)
_TAGS = frozenset(tag_for_keyword(keyword) or 0 for keyword in _KEYWORDS) | _OWN_TAGS | PASS_TAGS
_SKIMMER = Skimmer((*_TAGS, *_NOT_PLAIN_TAGS))


class PlainImage(NamedTuple):
    """An image of one frame in a plain file.

    ``description`` is the data set of what the images of a series share, one object for all of them; its pixels are
    those of the first image. ``own_values`` may differ from slice to slice: raw values by tag.
    """

    description: Dataset
    sop_instance_uid: str
    instance_number: int
    position: tuple[float, float, float]
    pixels: memoryview
    own_values: dict[int, bytes]


class ImageReader:
    """Reads the images of a series, and shares one description between images that differ only in position."""

    def __init__(self) -> None:
        self._descriptions: dict[object, Dataset] = {}

    def read(self, content: bytes, *, given: str = "this file") -> Dataset | PlainImage:
        """Return the image in a file.

        Parameters
        ----------
        content
            A whole file.
        given
            How an error names it.

        Raises
        ------
        NotDicomError
            As `dicomkit.files.reading.read_content` does, with its kinds.
        """
        plain = self._plain_image(content)
        return read_content(content, given=given) if plain is None else plain

    def _plain_image(self, content: bytes) -> PlainImage | None:
        plain = skim_plain_file(content, len(content), bytes, _SKIMMER)
        if plain is None or not plain.has_usual_vrs() or not _has_plain_pixels(plain):
            return None
        values, uid = plain.found.values, plain.head.transfer_syntax_uid
        del values[PIXEL_DATA]
        _, start, end = plain.found.places[PIXEL_DATA]
        pixels = memoryview(content)[start:end]
        try:
            x, y, z = (float(text) for text in values.pop(IMAGE_POSITION_PATIENT, b"").split(b"\\"))
            number = int(values.pop(INSTANCE_NUMBER, b"") or b"0")
            instance = values.pop(SOP_INSTANCE_UID, b"").decode("ascii").strip("\0 ")
        except ValueError:
            return None
        if not math.isfinite(x + y + z):
            return None
        own_values = {tag: values.pop(tag) for tag in PASS_TAGS & values.keys()}
        key = (uid, len(pixels), *values.items())
        if key not in self._descriptions:
            self._descriptions[key] = _description(plain, pixels, (x, y, z))
        return PlainImage(self._descriptions[key], instance, number, (x, y, z), pixels, own_values)


def _has_plain_pixels(plain: PlainFile) -> bool:
    """Return whether it is an image of one frame in native pixels, described by the attributes that are skimmed."""
    found = plain.found
    _, start, end = found.places.get(PIXEL_DATA, (0, 0, 0))  # fragments are no bytes of its own
    is_native = start < end and not transfer_syntax(plain.head.transfer_syntax_uid).is_encapsulated
    is_one_frame = found.values.get(NUMBER_OF_FRAMES, b"1").strip() in {b"1", b""}
    return is_native and is_one_frame and found.is_even and not _NOT_PLAIN_TAGS & found.values.keys()


def _description(plain: PlainFile, pixels: memoryview, position: tuple[float, ...]) -> Dataset:
    values = plain.found.values
    raw = {BaseTag(tag): raw_element(tag, value, plain.encoding) for tag, value in values.items()}
    dataset = Dataset(raw)  # type: ignore[arg-type] # - a dict of keys that are a kind of int
    dataset.ImagePositionPatient = list(position)
    dataset.add_new(PIXEL_DATA, "OW", bytes(pixels))
    dataset.file_meta = FileMetaDataset()
    dataset.file_meta.TransferSyntaxUID = UID(plain.head.transfer_syntax_uid)
    return dataset
