"""What a list of images says of each, read no further than that takes: fast where the file is plain.

A folder may have 24,000 images, and a list needs thirty attributes of each. So a plain file is skimmed, and only these
become a data set; the rest is read when its image is looked at. Whether a file is plain, and whole, is decided where the
index decides it (`dicomkit.index.scan`).
"""

from __future__ import annotations

from collections.abc import Callable
from typing import NamedTuple

from pydicom.datadict import tag_for_keyword
from pydicom.dataelem import DataElement, RawDataElement
from pydicom.dataset import Dataset
from pydicom.tag import BaseTag

from dicomkit.files.for_pydicom import raw_element
from dicomkit.files.quick_check import PlainFile, skim_plain_file
from dicomkit.files.quiet_pydicom import quiet_pydicom
from dicomkit.files.skim import Skimmer
from dicomkit.files.tags import (
    IMAGE_POSITION_PATIENT,
    INSTANCE_NUMBER,
    NUMBER_OF_FRAMES,
    ROWS,
    SOP_INSTANCE_UID,
)
from dicomkit.files.tokens import PIXEL_DATA

__all__ = ["ListedImage", "ListedImages"]

Element = DataElement | RawDataElement

_KEYWORDS = (
    *("SpecificCharacterSet", "ImageType", "SOPInstanceUID", "Modality", "Units", "PatientIdentityRemoved"),
    *("SeriesInstanceUID", "SeriesNumber", "InstanceNumber", "FrameOfReferenceUID", "NumberOfFrames"),
    *("ImagePositionPatient", "ImageOrientationPatient", "PatientOrientation", "SliceThickness"),
    *("PixelSpacing", "ImagerPixelSpacing", "NominalScannedPixelSpacing", "PixelAspectRatio"),
    *("Rows", "Columns", "SamplesPerPixel", "PhotometricInterpretation"),
    *("BitsAllocated", "BitsStored"),
    *("RescaleSlope", "RescaleType", "FrameTime", "FrameTimeVector", "CineRate"),
    *("RecommendedDisplayFrameRate", "PreferredPlaybackSequencing"),
)
# An image that has one of these says what a list needs inside a sequence; it is read whole.
_NESTED_KEYWORDS = (
    *("SharedFunctionalGroupsSequence", "PerFrameFunctionalGroupsSequence"),
    *("SequenceOfUltrasoundRegions", "ModalityLUTSequence"),
)
_NESTED = frozenset(tag_for_keyword(keyword) or 0 for keyword in _NESTED_KEYWORDS)
# What differs from slice to slice.
_OWN = frozenset({SOP_INSTANCE_UID, INSTANCE_NUMBER, IMAGE_POSITION_PATIENT})
_TAGS = {tag: BaseTag(tag) for tag in map(tag_for_keyword, _KEYWORDS) if tag is not None}
_SKIMMER = Skimmer((*_TAGS, *_NESTED))


class ListedImage(NamedTuple):
    """What a list needs of an image; `kind` is the same object for images that differ in no more than UID, number and position."""

    dataset: Dataset
    kind: object


class ListedImages:
    """Reads what a list says of images; what neighbours have in common is converted once, and shared."""

    def __init__(self) -> None:
        self._common: dict[object, dict[BaseTag, Element]] = {}

    def read(self, head: bytes, size_bytes: int, read_end: Callable[[], bytes]) -> ListedImage | None:
        """Return the attributes of an image of one frame that a list needs, or None if more of the file has to be read.

        Parameters
        ----------
        head, size_bytes, read_end
            As for `dicomkit.files.quick_check.skim_plain_file`.
        """
        plain = skim_plain_file(head, size_bytes, read_end, _SKIMMER)
        if plain is None or not _is_plain_image(plain):
            return None
        values, encoding = plain.found.values, plain.encoding
        own = {_TAGS[tag]: raw_element(tag, values.pop(tag), encoding) for tag in _OWN & values.keys()}
        key = (encoding, *values.items())
        if key not in self._common:
            self._common[key] = _converted(
                {_TAGS[tag]: raw_element(tag, value, encoding) for tag, value in values.items()}
            )
        return ListedImage(Dataset({**self._common[key], **own}), self._common[key])


def _is_plain_image(plain: PlainFile) -> bool:
    """Return whether it is an image of one frame, whose values have the VRs of the dictionary."""
    values = plain.found.values
    if PIXEL_DATA not in values or ROWS not in values or _NESTED & values.keys():
        return False
    del values[PIXEL_DATA]
    return values.get(NUMBER_OF_FRAMES, b"1").strip() in {b"1", b""} and plain.has_usual_vrs()


@quiet_pydicom()
def _converted(raw: dict[BaseTag, RawDataElement]) -> dict[BaseTag, Element]:
    """Return elements with their values; one that is damaged stays as it is, and raises when it is asked for."""
    dataset = Dataset(raw)  # type: ignore[arg-type] # - as above
    converted: dict[BaseTag, Element] = {}
    for tag, element in raw.items():
        try:
            converted[tag] = dataset[tag]
        except Exception:  # noqa: BLE001 - a damaged element makes pydicom raise nearly anything
            converted[tag] = element
    return converted
