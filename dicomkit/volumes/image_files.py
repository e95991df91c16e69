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

from dicomkit.errors import NotDicomError
from dicomkit.files.encoding import Encoding, transfer_syntax
from dicomkit.files.for_pydicom import raw_element
from dicomkit.files.part10 import has_prefix, read_meta
from dicomkit.files.quick_check import needs_full_check
from dicomkit.files.reading import read_content
from dicomkit.files.skim import Skimmer
from dicomkit.files.tags import (
    IMAGE_POSITION_PATIENT,
    INSTANCE_NUMBER,
    NUMBER_OF_FRAMES,
    SOP_INSTANCE_UID,
)
from dicomkit.files.tokens import PIXEL_DATA, Kind
from dicomkit.files.walk import walk
from dicomkit.volumes.passes import PASS_TAGS

__all__ = ["ImageReader", "PlainImage"]

_BEFORE_PIXELS = 0x7FDF
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
_SKIMMER = Skimmer((*_TAGS, *_NOT_PLAIN_TAGS), last_group=_BEFORE_PIXELS)


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
        found = _skim(content)
        if found is None:
            return None
        uid, encoding, values, pixels = found
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
            self._descriptions[key] = _description(uid, encoding, values, pixels, (x, y, z))
        return PlainImage(self._descriptions[key], instance, number, (x, y, z), pixels, own_values)


def _skim(content: bytes) -> tuple[str, Encoding, dict[int, bytes], memoryview] | None:
    """Return transfer syntax, encoding, raw values and pixels of a plain file, or None if it is not plain."""
    try:
        if not has_prefix(content):
            return None
        head = read_meta(content)
        syntax = transfer_syntax(head.transfer_syntax_uid)
        if not head.transfer_syntax_uid or head.remarks or syntax.is_deflated or syntax.is_encapsulated:
            return None
        found = _SKIMMER.skim(content, head.dataset_offset, syntax.encoding)
        pixels = None if found is None else _pixels(content, found.end, syntax.encoding)
    except NotDicomError:
        return None
    if found is None or pixels is None or _NOT_PLAIN_TAGS & found.values.keys():
        return None
    whole = found._replace(values={**found.values, PIXEL_DATA: b""})
    is_one_frame = found.values.get(NUMBER_OF_FRAMES, b"1").strip() in {b"1", b""}
    if not is_one_frame or not found.is_even or needs_full_check(content, whole, len(content)):
        return None
    return head.transfer_syntax_uid, syntax.encoding, found.values, pixels


def _description(
    uid: str, encoding: Encoding, values: dict[int, bytes], pixels: memoryview, position: tuple[float, ...]
) -> Dataset:
    raw = {BaseTag(tag): raw_element(tag, value, encoding) for tag, value in values.items()}
    dataset = Dataset(raw)  # type: ignore[arg-type] # - a dict of keys that are a kind of int
    dataset.ImagePositionPatient = list(position)
    dataset.add_new(PIXEL_DATA, "OW", bytes(pixels))
    dataset.file_meta = FileMetaDataset()
    dataset.file_meta.TransferSyntaxUID = UID(uid)
    return dataset


def _pixels(content: bytes, start: int, encoding: Encoding) -> memoryview | None:
    """Return Pixel Data, if nothing but padding follows."""
    pixels = None
    for token in walk(content, start, len(content), encoding):
        if token.kind is not Kind.ELEMENT or token.length % 2:
            return None
        if token.tag == PIXEL_DATA:
            pixels = memoryview(content)[token.value_offset : token.value_offset + token.length]
    return pixels
