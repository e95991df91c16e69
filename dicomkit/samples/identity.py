"""Who and when: the imaginary patient of the workshop, and fixed dates for everything that is made up."""

from __future__ import annotations

from typing import Any

from pydicom.dataset import FileDataset

from dicomkit.files.build import new_instance
from dicomkit.uids import make_uid

__all__ = ["new_sample", "sample_uid"]

# Nobody's data: said in the name, and said again where a machine looks for it (PS3.3 section C.7.1.1).
_PATIENT: dict[str, Any] = {
    "PatientName": "WORKSHOP^ANNA",
    "PatientID": "WORKSHOP01",
    "PatientBirthDate": "19700101",
    "PatientSex": "F",
    "PatientIdentityRemoved": "YES",
    "DeidentificationMethod": "Synthetic: computed, there is no patient",
}
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


def sample_uid(*names: str) -> str:
    """Return the UID of a sample: the same one each time for the same names."""
    return make_uid("dicomkit.samples", *names)


def new_sample(
    sop_class_uid: str,
    modality: str,
    study: str,
    series: str,
    number: int,
    **attributes: Any,  # noqa: ANN401 - see new_instance
) -> FileDataset:
    """Make instance `number` of a sample series; its UIDs follow from the names of study and series."""
    values = _PATIENT | _STUDY
    values |= {
        "StudyInstanceUID": sample_uid(study),
        "SeriesInstanceUID": sample_uid(study, series),
        "InstanceNumber": number,
    }
    return new_instance(
        sop_class_uid,
        modality=modality,
        sop_instance_uid=sample_uid(study, series, str(number)),
        **(values | attributes),
    )
