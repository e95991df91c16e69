"""What may stand beside an image: how it was made, and, unless it is covered, whose it is."""

from __future__ import annotations

import itertools
from typing import Any

from pydicom.datadict import dictionary_description, dictionary_VR, tag_for_keyword
from pydicom.dataelem import RawDataElement
from pydicom.dataset import Dataset
from pydicom.tag import BaseTag

from dicomkit.contents.other import segment_entries
from dicomkit.contents.part import Part
from dicomkit.files.encoding import CHARACTER_SET_VRS
from dicomkit.pixels.frame_attributes import functional_groups, readable
from dicomkit.pixels.overlay_planes import overlay_groups
from dicomkit.pixels.rendering import is_grey
from dicomkit.privacy import MASKED, is_confidential
from dicomkit.text import counted, shorten

__all__ = ["TagTexts", "tags_of"]

_KEYWORDS = (
    "PatientName", "PatientID", "StudyDate", "StudyDescription", "SeriesDescription", "Modality",
    "InstanceNumber", "ImageType", "SliceLocation", "SliceThickness", "SpacingBetweenSlices",
    "ImagePositionPatient", "ImageOrientationPatient", "PatientOrientation", "PixelSpacing",
    "ImagerPixelSpacing", "Rows", "Columns", "NumberOfFrames", "FrameTime", "CineRate",
    "RecommendedDisplayFrameRate", "SamplesPerPixel", "PhotometricInterpretation", "BitsAllocated",
    "BitsStored", "PixelRepresentation", "PixelPaddingValue", "RescaleSlope", "RescaleIntercept",
    "RescaleType", "WindowCenter", "WindowWidth", "VOILUTFunction", "KVP", "XRayTubeCurrent",
    "ConvolutionKernel", "EchoTime", "RepetitionTime", "FlipAngle", "LossyImageCompression",
)  # fmt: skip
# By tag, since pydicom looks each keyword up: its name, and whether it stands in PS3.15 Table E.1-1.
_TAGS = [
    (BaseTag(tag), dictionary_description(tag), is_confidential(tag))
    for tag in (tag_for_keyword(keyword) or 0 for keyword in _KEYWORDS)
]
_LONGEST_VALUE = 48
_MOST_SEGMENTS = 20
_NOT_SHOWN = (
    ("ShutterShape", "display shutter"),
    ("PresentationLUTSequence", "Presentation LUT"),
    ("ICCProfile", "ICC profile"),
)
_CURVE_GROUPS = range(0x5000, 0x5020, 2)
_OVERLAY_WORDS = (0x0040, 0x0045, 0x1500, 0x0022)  # type, subtype, label, description
_OVERLAY_TYPES = {"G": "graphics", "R": "region of interest"}


class TagTexts:
    """Writes values as text; the last text of each attribute is kept, for neighbours have most of them in common."""

    def __init__(self) -> None:
        self._last: dict[int, tuple[object, str]] = {}

    def text(self, place: Dataset, tag: int) -> str:
        """Return the text of an element, which pydicom has to convert only if its bytes are others than before."""
        raw: Any = place.get_item(tag)
        vr = (raw.VR or dictionary_VR(tag)) if isinstance(raw, RawDataElement) else "UN"
        if vr in CHARACTER_SET_VRS or vr == "UN":
            return _text(place, tag)  # converted already, or what its bytes mean depends on another element
        key = raw.VR, raw.value, raw.is_little_endian
        before, text = self._last.get(tag, (None, ""))
        if key != before:
            text = _text(place, tag)
            self._last[tag] = key, text
        return text


def tags_of(
    dataset: Dataset, number: int, *, is_masked: bool, texts: TagTexts | None = None
) -> list[tuple[str, str]]:
    """Return names and values of what may stand beside one frame.

    Parameters
    ----------
    dataset
        An image.
    number
        The frame; an enhanced multi-frame image says much of it frame by frame.
    is_masked
        Whether to cover what stands in PS3.15 Table E.1-1.
    texts
        The same for images that are looked at one after the other; by default a new one.

    References
    ----------
    PS3.3 section C.7.6.16, Multi-frame Functional Groups Module.
    """
    texts = texts or TagTexts()
    places = [*_functional_groups(dataset, number), dataset]
    rows = []
    for tag, name, may_identify in _TAGS:
        place = next((one for one in places if tag in one), None)
        if place is None:
            continue
        text = MASKED if is_masked and may_identify else texts.text(place, tag)
        if text:
            rows.append((name, text))
    rows += _overlays(dataset, is_masked=is_masked)
    rows += _segments(dataset, is_masked=is_masked)
    left_out = ", ".join(_left_out(dataset, places))
    return [*rows, ("Not shown here", left_out)] if left_out else rows


def _left_out(dataset: Dataset, places: list[Dataset]) -> list[str]:
    """Name what another viewer might show of this image and this one does not.

    References
    ----------
    PS3.3 section C.7.6.11, Display Shutter Module; section C.7.6.10, Mask Module; section C.7.6.19, Supplemental
    Palette Color Lookup Table Module; section C.11.2, VOI LUT Module: of several tables one is chosen, and here it
    is the first that makes sense. Curves stood in the groups 5000 to 501E until 2004.
    """
    names = [name for keyword, name in _NOT_SHOWN if any(keyword in place for place in places)]
    if any(
        mask.text("MaskOperation") not in {"", "NONE"}
        for mask in Part(dataset).items("MaskSubtractionSequence")
    ):
        names.append("mask subtraction")
    if "RedPaletteColorLookupTableDescriptor" in dataset and is_grey(dataset):
        names.append("supplemental palette")
    if curves := len({tag.group for tag in dataset.keys() if tag.group in _CURVE_GROUPS}):  # noqa: SIM118 - tags
        names.append(counted(curves, "curve"))
    tables = len(list(Part(dataset).items("VOILUTSequence")))
    return [*names, f"{tables - 1} more of {tables} VOI LUTs"] if tables > 1 else names


def _overlays(dataset: Dataset, *, is_masked: bool) -> list[tuple[str, str]]:
    """Name the overlays that are drawn over the image, and say what each is for.

    References
    ----------
    PS3.3 section C.9.2, Overlay Plane Module.
    """
    rows = []
    for group in overlay_groups(dataset):
        words = []
        for element in _OVERLAY_WORDS:
            tag = group << 16 | element
            text = _text(dataset, tag) if tag in dataset else ""
            words.append(MASKED if text and is_masked and is_confidential(tag) else text)
        words[0] = _OVERLAY_TYPES.get(words[0], words[0])
        rows.append((f"Overlay {group:04X}", ", ".join(filter(None, words)) or "graphics"))
    return rows


def _segments(dataset: Dataset, *, is_masked: bool) -> list[tuple[str, str]]:
    """Name the segments of a segmentation (PS3.3 section C.8.20.2)."""
    lines = [line for item in Part(dataset).items("SegmentSequence") for line in segment_entries(item)]
    shown = (line.covered() if is_masked else line for line in lines[:_MOST_SEGMENTS])
    return [(line.name, shorten(line.value, _LONGEST_VALUE)) for line in shown]


def _functional_groups(dataset: Dataset, number: int) -> list[Dataset]:
    """Return the items of all functional groups of a frame, its own before the shared ones."""

    def items() -> list[Dataset]:
        groups = itertools.chain(*functional_groups(dataset, number))
        return [one.value[0] for group in groups for one in group if one.VR == "SQ" and one.value]

    return readable(items, [])


def _text(place: Dataset, tag: int) -> str:
    try:
        element = place[tag]
        value = element.value
        text = "\\".join(_one(one) for one in value) if element.VM > 1 else _one(value)
    except Exception:  # noqa: BLE001 - a damaged element makes pydicom raise nearly anything, and repeat it
        return "cannot be read"
    return shorten(text, _LONGEST_VALUE)


def _one(value: object) -> str:
    """Write a number without the ".0" that only says that Python made it a float."""
    if isinstance(value, float) and value.is_integer():
        return str(int(value))
    return "" if value is None else str(value)
