"""The attributes of every composite instance, as keywords and values: of patient, study, series and instance."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from dicomkit.uids import new_uid

__all__ = ["PATIENT", "SERIES", "STUDY", "composite_values"]

# PS3.3 section C.7.1.1, Patient Module. All four are type 2: present, and empty where unknown.
PATIENT = ("PatientName", "PatientID", "PatientBirthDate", "PatientSex")
# PS3.3 section C.7.2.1, General Study Module. The UID is type 1, the rest type 2.
STUDY = (
    "StudyInstanceUID",
    "StudyDate",
    "StudyTime",
    "ReferringPhysicianName",
    "StudyID",
    "AccessionNumber",
)
# PS3.3 sections C.7.3.1 and C.7.5.1, General Series and General Equipment Module. Modality and the UID
# are type 1, the series number and the manufacturer type 2.
SERIES = ("Modality", "SeriesInstanceUID", "SeriesNumber", "Manufacturer")


def composite_values(
    sop_class_uid: str, sop_instance_uid: str | None = None, joined: Mapping[str, Any] | None = None
) -> dict[str, Any]:
    """Return the attributes that a composite instance starts with; unknown values are empty.

    Parameters
    ----------
    sop_class_uid
        What kind of instance it is.
    sop_instance_uid
        The instance's own UID; a new one by default.
    joined
        What it takes over from the study or series that it joins; it starts a study of its own by default.

    References
    ----------
    PS3.3 section A.1.4, Overview of the Composite IOD Module Content.
    PS3.5 section 7.4, Data Element Type.
    """
    values: dict[str, Any] = dict.fromkeys((*PATIENT, *STUDY, *SERIES), "") | dict(joined or {})
    for keyword in ("StudyInstanceUID", "SeriesInstanceUID"):
        values[keyword] = values[keyword] or new_uid()
    return values | {
        # ISO_IR 192 is UTF-8: every character can be written (PS3.3 section C.12.1.1.2).
        "SpecificCharacterSet": "ISO_IR 192",
        "SOPClassUID": sop_class_uid,
        "SOPInstanceUID": sop_instance_uid or new_uid(),
    }
