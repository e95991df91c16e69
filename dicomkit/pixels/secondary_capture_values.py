"""The attributes of a Secondary Capture, as keywords and values: one place for both ways of making one.

`secondary_capture` makes a data set of them; `wrapped_jpeg` makes a file of them, without pydicom.
"""

from __future__ import annotations

import time
from collections.abc import Collection
from typing import Any

from dicomkit.pixels.jpeg_stream import JpegStream

__all__ = [
    "DEFAULT_PATIENT_ID",
    "MODALITY",
    "derivation_values",
    "first_values",
    "laterality_values",
    "lossy_values",
    "stream_values",
]

DEFAULT_PATIENT_ID = "WORKSHOP01"
MODALITY = "OT"  # other (PS3.3 section C.7.3.1.1.1)
_OF_A_SIDE = ("BodyPartExamined", "Laterality", "ImageLaterality")


def first_values(*, starts_study: bool, starts_series: bool) -> dict[str, Any]:
    """Return the attributes of every Secondary Capture, and those that a new study or series starts with."""
    now = time.localtime()
    date, clock = time.strftime("%Y%m%d", now), time.strftime("%H%M%S", now)
    values: dict[str, Any] = {
        "ImageType": ["DERIVED", "SECONDARY"],
        "ConversionType": "WSD",  # made on a workstation (PS3.3 section C.8.6.1)
        "ContentDate": date,
        "ContentTime": clock,
        "PatientOrientation": "",  # type 2C: a picture does not say how the patient lies in it
    }
    if starts_series:
        values |= {"SeriesNumber": 1, "InstanceNumber": 1}
    if starts_study:
        values |= {"StudyDate": date, "StudyTime": clock, "StudyID": "1", "PatientID": DEFAULT_PATIENT_ID}
    return values


def derivation_values(remarks: tuple[str, ...]) -> dict[str, Any]:
    """Return a Derivation Description of all remarks; nothing if there are none."""
    return {"DerivationDescription": " ".join(remarks)} if remarks else {}


def laterality_values(known: Collection[str]) -> dict[str, Any]:
    """Say "U", unpaired, where neither a body part nor a side is among the `known` keywords (PS3.3 section C.7.3.1)."""
    return {} if any(keyword in known for keyword in _OF_A_SIDE) else {"ImageLaterality": "U"}


def stream_values(jpeg: JpegStream) -> dict[str, Any]:
    """Return the Image Pixel Module that a baseline JPEG stream asks for, but for Pixel Data.

    Colour is called YBR_FULL_422 also where the chrominance has another resolution: it is the only value
    that the Standard allows for it (PS3.5 section 8.2.1).
    """
    size = jpeg.size
    values: dict[str, Any] = {"SamplesPerPixel": size.components, "PhotometricInterpretation": "MONOCHROME2"}
    if size.components > 1:
        values["PhotometricInterpretation"] = "RGB" if jpeg.is_rgb else "YBR_FULL_422"
        values["PlanarConfiguration"] = 0
    return values | {
        "Rows": size.rows,
        "Columns": size.columns,
        "BitsAllocated": size.bits,
        "BitsStored": size.bits,
        "HighBit": size.bits - 1,
        "PixelRepresentation": 0,
    }


def lossy_values(ratio: float) -> dict[str, Any]:
    """Say that information was lost, and how; it stays lost in every copy (PS3.3 section C.7.6.1.1.5)."""
    return {
        "LossyImageCompression": "01",
        "LossyImageCompressionRatio": f"{ratio:.5g}",
        "LossyImageCompressionMethod": "ISO_10918_1",
    }
