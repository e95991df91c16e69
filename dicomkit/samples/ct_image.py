"""A CT image of the head study: what its slices and its localiser have in common."""

from __future__ import annotations

from typing import Any

import numpy as np
from pydicom.dataset import FileDataset
from pydicom.uid import CTImageStorage

from dicomkit.samples.identity import new_sample, sample_uid
from dicomkit.samples.shapes import Field

__all__ = ["ct_image", "set_hounsfield_units"]

_STUDY = "head"
_RESCALE_INTERCEPT = -1024
_LARGEST_STORED_VALUE = 4095  # 12 bits stored


def ct_image(series: str, number: int, *, attendee: str = "", **attributes: Any) -> FileDataset:  # noqa: ANN401 - see new_instance
    """Make a CT image of the head study, in the one frame of reference of scanner and patient."""
    return new_sample(
        CTImageStorage,
        "CT",
        _STUDY,
        series,
        number,
        attendee=attendee,
        AcquisitionNumber=1,
        BodyPartExamined="HEAD",
        FrameOfReferenceUID=sample_uid(_STUDY, "frame of reference", attendee=attendee),
        GantryDetectorTilt=0,
        KVP=120,
        PatientPosition="HFS",
        PositionReferenceIndicator="",
        RescaleIntercept=_RESCALE_INTERCEPT,
        RescaleSlope=1,
        **attributes,
    )


def set_hounsfield_units(instance: FileDataset, units: Field) -> None:
    """Store Hounsfield units as unsigned 12-bit values in 16 bits (PS3.3 section C.8.2.1)."""
    stored = np.clip(np.rint(units) - _RESCALE_INTERCEPT, 0, _LARGEST_STORED_VALUE)
    instance.set_pixel_data(
        stored.astype(np.uint16), "MONOCHROME2", bits_stored=12, generate_instance_uid=False
    )
