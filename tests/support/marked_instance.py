"""An instance of a patient, with a marker in every place where a person may be named."""

from __future__ import annotations

from pydicom import Dataset
from pydicom.dataset import FileDataset

from dicomkit.samples import ct_series

MARKERS = [f"MARKER{number:02d}" for number in range(40)]


MARKED = [
    *("PatientName", "PatientID", "OtherPatientIDs", "PatientAddress", "PatientComments", "EthnicGroup"),
    *("PatientBirthName", "PatientMotherBirthName", "MilitaryRank", "Occupation", "MedicalAlerts"),
    *("AdditionalPatientHistory", "CountryOfResidence", "PatientTelephoneNumbers", "AccessionNumber"),
    *("InstitutionName", "InstitutionAddress", "ReferringPhysicianName", "ReferringPhysicianAddress"),
    *("StationName", "StudyDescription", "SeriesDescription", "InstitutionalDepartmentName"),
    *("PhysiciansOfRecord", "PerformingPhysicianName", "OperatorsName", "AdmittingDiagnosesDescription"),
    *("ImageComments", "DeviceSerialNumber", "ProtocolName", "StudyID", "RequestedProcedureDescription"),
    *("CurrentPatientLocation", "VisitComments", "IssuerOfPatientID"),
]


def marked_instance() -> FileDataset:
    """Return a data set of somebody, with a marker wherever a person may be named: 39 of the 40."""
    dataset = ct_series(1, size=16)[0]
    del dataset.PatientIdentityRemoved
    left = iter(MARKERS)
    for keyword in MARKED:
        setattr(dataset, keyword, next(left))
    item = Dataset()
    item.RequestedProcedureID = next(left)
    item.AdditionalDrugSequence = [Dataset()]
    item.AdditionalDrugSequence[0].CodeMeaning = next(left)  # not in the table, but inside what is
    dataset.RequestAttributesSequence = [item]
    block = dataset.private_block(0x0019, next(left), create=True)
    block.add_new(0x02, "LO", next(left))
    return dataset


def markers_in(text: str) -> list[str]:
    return [marker for marker in MARKERS if marker in text]
