"""When an attribute of Type 1C or 2C has to be there: the conditions that the same data set answers.

A condition is written as one says it, so that a viewer can show the very text by which it decides: ``NumberOfFrames
is more than 1``, ``PatientIdentityRemoved is YES``, ``WindowCenter is present``, with ``or`` between values and
``and`` between sentences. Conditions that ask for anything else, such as what the scanner did, are left out.
"""

from __future__ import annotations

from collections.abc import Mapping

from dicomkit.files.dictionary import tag_for_keyword

__all__ = ["condition_of", "holds"]

_PALETTE = "PixelData is present and PhotometricInterpretation is PALETTE COLOR"
_FRAMES = "PixelData is present and NumberOfFrames is more than 1"
_NM_VECTORS = {
    "EnergyWindowVector": "(0054,0010)",
    "DetectorVector": "(0054,0020)",
    "PhaseVector": "(0054,0030)",
    "RotationVector": "(0054,0050)",
    "RRIntervalVector": "(0054,0060)",
    "TimeSlotVector": "(0054,0070)",
    "SliceVector": "(0054,0080)",
    "AngularViewVector": "(0054,0090)",
    "TimeSliceVector": "(0054,0100)",
}
_DOSE_PIXELS = ("SamplesPerPixel", "PhotometricInterpretation", "BitsAllocated", "BitsStored", "HighBit",
                "PixelRepresentation", "DoseGridScaling")  # fmt: skip

# By keyword, for all modules in which it has Type 1C or 2C; or by module and keyword. From PS3.3 annex C.
_CONDITIONS = {
    "DeidentificationMethod": "PatientIdentityRemoved is YES and DeidentificationMethodCodeSequence is absent",
    "DeidentificationMethodCodeSequence": "PatientIdentityRemoved is YES and DeidentificationMethod is absent",
    "PixelData": "Rows is present and PixelDataProviderURL is absent and FloatPixelData is absent "
    "and DoubleFloatPixelData is absent",
    "PlanarConfiguration": "SamplesPerPixel is more than 1",
    **{f"{colour}PaletteColorLookupTableDescriptor": _PALETTE for colour in ("Red", "Green", "Blue")},
    **{
        f"{colour}PaletteColorLookupTableData": f"{_PALETTE} and Segmented{colour}PaletteColorLookupTableData is absent"
        for colour in ("Red", "Green", "Blue")
    },
    **{
        f"Enhanced {kind} Image LossyImageCompression{what}": "LossyImageCompression is 01"
        for kind in ("CT", "MR", "PET", "XA/XRF")
        for what in ("Ratio", "Method")
    },
    "Multi-frame FrameIncrementPointer": _FRAMES,
    "FrameTime": "FrameIncrementPointer is (0018,1063)",
    "FrameTimeVector": "FrameIncrementPointer is (0018,1065)",
    **{keyword: f"FrameIncrementPointer is {pointer}" for keyword, pointer in _NM_VECTORS.items()},
    "VOI LUT WindowWidth": "WindowCenter is present",
    "DX Image WindowWidth": "WindowCenter is present",
    "Modality LUT RescaleSlope": "RescaleIntercept is present",
    "Modality LUT RescaleType": "RescaleIntercept is present",
    "Softcopy Presentation LUT PresentationLUTShape": "PresentationLUTSequence is absent",
    **{
        f"Collimator{side}Edge": "CollimatorShape is RECTANGULAR"
        for side in ("LeftVertical", "RightVertical", "UpperHorizontal", "LowerHorizontal")
    },
    "CenterOfCircularCollimator": "CollimatorShape is CIRCULAR",
    "RadiusOfCircularCollimator": "CollimatorShape is CIRCULAR",
    "VerticesOfThePolygonalCollimator": "CollimatorShape is POLYGONAL",
    "X-Ray Acquisition XRayTubeCurrent": "Exposure is absent",
    "X-Ray Acquisition ExposureTime": "Exposure is absent",
    "ContentQualification": "ImageType is ORIGINAL or MIXED",
    "SegmentationFractionalType": "SegmentationType is FRACTIONAL",
    "MaximumFractionalValue": "SegmentationType is FRACTIONAL",
    "VerifyingObserverSequence": "VerificationFlag is VERIFIED",
    "SR Document Content ConceptNameCodeSequence": "ValueType is CONTAINER",
    "Code Sequence Macro CodeValue": "LongCodeValue is absent and URNCodeValue is absent",
    "Code Sequence Macro CodingSchemeDesignator": "CodeValue is present",
    "ContinuityOfContent": "ValueType is CONTAINER",
    **{f"RT Dose {keyword}": "PixelData is present" for keyword in _DOSE_PIXELS},
    "GridFrameOffsetVector": "FrameIncrementPointer is (3004,000c)",
    "RT General Plan ReferencedStructureSetSequence": "RTPlanGeometry is PATIENT",
    "ReviewDate": "ApprovalStatus is APPROVED or REJECTED",
    "ReviewTime": "ApprovalStatus is APPROVED or REJECTED",
    "ReviewerName": "ApprovalStatus is APPROVED or REJECTED",
}


def condition_of(module: str, keyword: str) -> str:
    """Return when an attribute of Type 1C or 2C has to be there, or "" if the data set cannot tell."""
    return _CONDITIONS.get(f"{module} {keyword}", _CONDITIONS.get(keyword, ""))


def holds(condition: str, values: Mapping[int, str]) -> bool:
    r"""Say whether a condition holds.

    Parameters
    ----------
    condition
        What `condition_of` returned; "" never holds.
    values
        By tag, the text of each value of the data set, several values separated by a backslash.

    Examples
    --------
    >>> holds("ImageType is ORIGINAL or MIXED", {0x00080008: r"ORIGINAL\PRIMARY"})
    True
    >>> holds("NumberOfFrames is more than 1", {0x00280008: "1"})
    False
    """
    return condition != "" and all(_sentence_holds(part, values) for part in condition.split(" and "))


def _sentence_holds(sentence: str, values: Mapping[int, str]) -> bool:
    keyword, _, wanted = sentence.partition(" is ")
    value = values.get(tag_for_keyword(keyword) or 0)
    if wanted in {"present", "absent"}:
        return (value is not None) == (wanted == "present")
    if value is None:
        return False
    if wanted.startswith("more than "):
        number = value.strip()
        return (
            number.isascii()
            and number.isdigit()
            and int(number[:12]) > int(wanted.removeprefix("more than "))
        )
    return not {one.strip() for one in value.split("\\")}.isdisjoint(wanted.split(" or "))
