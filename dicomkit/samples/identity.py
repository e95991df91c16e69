"""The imaginary patient of the workshop, and the fixed dates and UIDs of the synthetic studies."""

from __future__ import annotations

import re
from typing import Any

from pydicom.dataset import FileDataset

from dicomkit.errors import UsageError
from dicomkit.files.build import new_instance
from dicomkit.uids import make_uid

__all__ = ["new_sample", "patient_of", "sample_keys", "sample_uid"]

# The patient is imaginary: the name says so, and for programs Patient Identity Removed (PS3.3 section C.7.1.1).
_PATIENT: dict[str, Any] = {
    "PatientName": "WORKSHOP^ANNA",
    "PatientID": "WORKSHOP01",
    "PatientBirthDate": "19700101",
    "PatientSex": "F",
    "PatientIdentityRemoved": "YES",
    "DeidentificationMethod": "Synthetic: computed, there is no patient",
}
_STUDIES = ("head", "heart", "eye", "chest")
_STUDY: dict[str, Any] = {
    "StudyID": "1",
    "StudyDate": "20220914",
    "StudyTime": "101112",
    "StudyDescription": "Workshop",
    "PatientAge": "052Y",
    "SeriesDate": "20220914",
    "SeriesTime": "101500",
    "ContentDate": "20220914",
    "ContentTime": "101500",
    "Manufacturer": "dicomkit",
    "ManufacturerModelName": "Phantom",
    "BurnedInAnnotation": "NO",
}


# Part of a Patient's Name and of an AE title: no delimiter of either.
_ATTENDEE = re.compile(r"[A-Za-z0-9][A-Za-z0-9_-]{0,15}")


def sample_uid(*names: str, attendee: str = "") -> str:
    """Return the UID of a sample: the same one each time for the same names and attendee."""
    owner = ("attendee", attendee) if patient_of(attendee) else ()
    return make_uid("dicomkit.samples", *names, *owner)


def patient_of(attendee: str) -> dict[str, str]:
    """Return the Patient's Name and Patient ID of an attendee's imaginary patient; {} for the common one.

    Raises
    ------
    UsageError
        If it is not a text of 1 to 16 letters, digits, ``-`` and ``_``.
    """
    if attendee == "":
        return {}
    if not isinstance(attendee, str) or not _ATTENDEE.fullmatch(attendee):
        raise UsageError("attendee", "it is no short name", 'give 1 to 16 letters and digits in quotes: "07"')
    return {"PatientName": f"WORKSHOP^{attendee}", "PatientID": f"WORKSHOP-{attendee}"}


def sample_keys(attendee: str = "") -> set[tuple[str, str, str]]:
    """Return Patient's Name, Patient ID and Study Instance UID of each sample study, by which others recognise it."""
    patient = _PATIENT | patient_of(attendee)
    return {
        (patient["PatientName"], patient["PatientID"], sample_uid(study, attendee=attendee))
        for study in _STUDIES
    }


def new_sample(
    sop_class_uid: str,
    modality: str,
    study: str,
    series: str,
    number: int,
    *,
    attendee: str = "",
    **attributes: Any,  # noqa: ANN401 - see new_instance
) -> FileDataset:
    """Make instance `number` of a sample series; its UIDs follow from the names of study and series."""
    values = _PATIENT | patient_of(attendee) | _STUDY
    values |= {
        "StudyInstanceUID": sample_uid(study, attendee=attendee),
        "SeriesInstanceUID": sample_uid(study, series, attendee=attendee),
        "InstanceNumber": number,
    }
    return new_instance(
        sop_class_uid,
        modality=modality,
        sop_instance_uid=sample_uid(study, series, str(number), attendee=attendee),
        **(values | attributes),
    )
