"""What may stand beside an image: how it was made, and, unless it is covered, whose it is."""

from __future__ import annotations

from pydicom.datadict import dictionary_description, tag_for_keyword
from pydicom.dataset import Dataset
from pydicom.tag import BaseTag

from dicomkit.privacy import MASKED, is_confidential, names_nobody
from dicomkit.text import shorten

__all__ = ["is_of_nobody", "tags_of"]

_TAGS = (
    "PatientName", "PatientID", "StudyDate", "StudyDescription", "SeriesDescription", "Modality",
    "InstanceNumber", "ImageType", "SliceLocation", "SliceThickness", "SpacingBetweenSlices",
    "ImagePositionPatient", "ImageOrientationPatient", "PatientOrientation", "PixelSpacing",
    "ImagerPixelSpacing", "Rows", "Columns", "NumberOfFrames", "FrameTime", "CineRate",
    "RecommendedDisplayFrameRate", "SamplesPerPixel", "PhotometricInterpretation", "BitsAllocated",
    "BitsStored", "PixelRepresentation", "PixelPaddingValue", "RescaleSlope", "RescaleIntercept",
    "RescaleType", "WindowCenter", "WindowWidth", "VOILUTFunction", "KVP", "XRayTubeCurrent",
    "ConvolutionKernel", "EchoTime", "RepetitionTime", "FlipAngle", "LossyImageCompression",
)  # fmt: skip
_LONGEST_VALUE = 48
_OVERLAYS = (0x6000, 0x601E)
_OVERLAY_DATA = 0x3000


def is_of_nobody(dataset: Dataset) -> bool:
    """Say whether a data set states that nobody can be identified by it."""
    try:
        said = str(dataset.get("PatientIdentityRemoved") or "")
    except Exception:  # noqa: BLE001 - as in _text; what cannot be read lifts nothing
        return False
    return names_nobody(said)


def tags_of(dataset: Dataset, number: int, *, is_masked: bool) -> list[tuple[str, str]]:
    """Return names and values of what may stand beside one frame.

    Parameters
    ----------
    dataset
        An image.
    number
        The frame; an enhanced multi-frame image says much of it frame by frame.
    is_masked
        Whether to cover what stands in PS3.15 table E.1-1.

    References
    ----------
    PS3.3 section C.7.6.16, Multi-frame Functional Groups Module.
    """
    places = [*_functional_groups(dataset, number), dataset]
    rows = []
    for keyword in _TAGS:
        place = next((one for one in places if keyword in one), None)
        if place is None:
            continue
        is_covered = is_masked and is_confidential(tag_for_keyword(keyword) or 0)
        text = MASKED if is_covered else _text(place, keyword)
        if text:
            rows.append((dictionary_description(keyword), text))
    left_out = ", ".join(_left_out(dataset))
    return [*rows, ("Not shown here", left_out)] if left_out else rows


def _left_out(dataset: Dataset) -> list[str]:
    """Name what another viewer might show of this image and this one does not.

    References
    ----------
    PS3.3 section C.9.2, Overlay Plane Module; section C.7.6.11, Display Shutter Module; section C.11.2, VOI LUT
    Module: of several tables one is chosen, and here it is the first.
    """
    names = [f"overlay {tag.group:04X}" for tag in dataset.keys() if _is_overlay(tag)]  # noqa: SIM118 - tags
    if "ShutterShape" in dataset:
        names.append("display shutter")
    try:
        tables = len(dataset.get("VOILUTSequence") or [])
    except Exception:  # noqa: BLE001 - as in _text
        return names
    return [*names, f"{tables - 1} more of {tables} VOI LUTs"] if tables > 1 else names


def _is_overlay(tag: BaseTag) -> bool:
    return _OVERLAYS[0] <= tag.group <= _OVERLAYS[1] and tag.element == _OVERLAY_DATA


def _functional_groups(dataset: Dataset, number: int) -> list[Dataset]:
    try:
        per_frame = dataset.get("PerFrameFunctionalGroupsSequence") or []
        shared = dataset.get("SharedFunctionalGroupsSequence") or []
        groups = [*per_frame[number - 1 : number], *shared[:1]]
        return [
            element.value[0] for group in groups for element in group if element.VR == "SQ" and element.value
        ]
    except Exception:  # noqa: BLE001 - as in _text
        return []


def _text(place: Dataset, keyword: str) -> str:
    try:
        element = place[keyword]
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
