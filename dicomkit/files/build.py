"""Build an instance from nothing: the attributes that every composite instance must have.

A composite instance names four things that contain each other: the patient, a study, a series and the
instance itself. The Standard groups the attributes of each in *modules*, and gives every
attribute a type: 1 needs a value, 2 may be empty where the value is unknown, 3 may be left out
(PS3.5 section 7.4). `new_instance` writes the modules that all composite instances share. The caller
adds what is specific to a kind of image.
"""

from __future__ import annotations

import copy
from collections.abc import Sequence
from typing import Any

from pydicom.datadict import dictionary_VR, tag_for_keyword
from pydicom.dataelem import DataElement, empty_value_for_VR
from pydicom.dataset import Dataset, FileDataset, FileMetaDataset
from pydicom.tag import Tag
from pydicom.uid import UID, ExplicitVRLittleEndian

from dicomkit.errors import AttributePathError, AttributeValueError, UsageError
from dicomkit.files.attribute_value import checked_element, vr_for
from dicomkit.files.composite_values import PATIENT, SERIES, STUDY, composite_values
from dicomkit.files.quiet_pydicom import quiet_pydicom
from dicomkit.uids import IMPLEMENTATION_CLASS_UID, IMPLEMENTATION_VERSION_NAME

__all__ = ["file_dataset", "new_instance"]

# Further attributes of the patient, the study or the series: they must be equal in all its instances.
_OPTIONAL_OF_PATIENT = (
    "IssuerOfPatientID",
    "IssuerOfPatientIDQualifiersSequence",
    "TypeOfPatientID",
    "OtherPatientIDsSequence",
    "OtherPatientNames",
    "PatientBirthTime",
    "EthnicGroup",
    "PatientComments",
    "PatientSpeciesDescription",
    "PatientBreedDescription",
    "ResponsiblePerson",
    "ResponsiblePersonRole",
    "ResponsibleOrganization",
    "PatientIdentityRemoved",
    "DeidentificationMethod",
)
_OPTIONAL_OF_STUDY = (
    "StudyDescription",
    "ProcedureCodeSequence",
    "PhysiciansOfRecord",
    "NameOfPhysiciansReadingStudy",
    "RequestingServiceCodeSequence",
    "AdmittingDiagnosesDescription",
    "AdmissionID",
    "ServiceEpisodeID",
    "ReasonForVisit",
    "PatientAge",
    "PatientSize",
    "PatientWeight",
    "PatientState",
    "MedicalAlerts",
    "Allergies",
    "PregnancyStatus",
    "SmokingStatus",
    "AdditionalPatientHistory",
    "Occupation",
)
_OPTIONAL_OF_SERIES = (
    "SeriesDate",
    "SeriesTime",
    "SeriesDescription",
    "BodyPartExamined",
    "Laterality",
    "PatientPosition",
    "ProtocolName",
    "PerformingPhysicianName",
    "OperatorsName",
    "ReferencedStudySequence",
    "ReferencedPerformedProcedureStepSequence",
    "PerformedProcedureStepStartDate",
    "PerformedProcedureStepStartTime",
    "PerformedProcedureStepID",
    "PerformedProcedureStepDescription",
    "RequestAttributesSequence",
    "RequestedProcedureID",
    "RequestedProcedureDescription",
    "ScheduledProcedureStepID",
    "InstitutionName",
    "StationName",
    "ManufacturerModelName",
    "DeviceSerialNumber",
    "SoftwareVersions",
)
_FILE_META_GROUP = 0x0002


def new_instance(
    sop_class_uid: str,
    *,
    modality: str | None = None,
    study_from: Dataset | None = None,
    series_from: Dataset | None = None,
    sop_instance_uid: str | None = None,
    **attributes: Any,  # noqa: ANN401 - each VR takes its own Python type
) -> FileDataset:
    """Make a composite instance that has its UIDs and every attribute shared by all of them.

    Nothing is guessed. Values are copied from `study_from` or `series_from`, or taken from arguments; a missing
    UID is made; everything else is type 2 and stays empty, which means "unknown" in DICOM.

    Parameters
    ----------
    sop_class_uid
        The SOP class of the instance, for example
        `pydicom.uid.SecondaryCaptureImageStorage`.
    modality
        The kind of equipment, for example ``"CT"``. Required unless `series_from` is given.
    study_from
        An instance of the study that this one joins: its patient and study are copied.
    series_from
        An instance of the series that this one joins: its patient, study and series are copied.
    sop_instance_uid
        The UID of the instance; by default a random one.
    **attributes
        Further values, by keyword: ``PatientName="WORKSHOP^ANNA"``. They win over copied ones.

    Returns
    -------
    FileDataset
        With file meta information for Explicit VR Little Endian, ready for ``save_as``.

    Raises
    ------
    UsageError
        If both `study_from` and `series_from` are given, or no modality is known.
    AttributeValueError
        If the instance to join has no Study or Series Instance UID, or a value does not fit its VR, its VM
        or the Specific Character Set.
    AttributePathError
        If a keyword does not exist: pydicom alone would keep it as a plain Python attribute and never
        write it.

    References
    ----------
    PS3.3 section A.1.4, Overview of the Composite IOD Module Content.
    PS3.5 section 7.4, Data Element Type.

    Examples
    --------
    >>> from pydicom.uid import CTImageStorage
    >>> instance = new_instance(CTImageStorage, modality="CT", PatientID="WORKSHOP01")
    >>> instance.Modality, instance.PatientID, instance.PatientName
    ('CT', 'WORKSHOP01', '')
    """
    if study_from is not None and series_from is not None:
        raise UsageError(
            "study_from and series_from", "both are given", "give one: a series belongs to a study"
        )
    copied = composite_values(sop_class_uid, sop_instance_uid, _joined(study_from, series_from))
    given = attributes if modality is None else {"Modality": modality, **attributes}
    dataset = Dataset()
    with quiet_pydicom():  # what is only copied is kept as it is, even if it breaks its VR
        for keyword, value in copied.items():
            _copy(dataset, keyword, value)
    character_set = given.get("SpecificCharacterSet", dataset.SpecificCharacterSet)
    for keyword, value in given.items():
        dataset.add(_element(dataset, keyword, value, character_set))
    if not dataset.Modality:
        raise UsageError(
            "modality", "the Modality (0008,0060) has to have a value", 'name one, such as modality="OT"'
        )
    return file_dataset(dataset)


def _copy(dataset: Dataset, keyword: str, value: object) -> None:
    """Set a value copied from another file, if its VR can hold it."""
    try:
        # pydicom reads an empty number as None, so an empty one is made so too.
        setattr(dataset, keyword, value if value != "" else empty_value_for_VR(dictionary_VR(keyword)))
    except (ValueError, TypeError, OverflowError):
        raise AttributeValueError(
            keyword,
            f"in the file that is joined, it does not fit VR {dictionary_VR(keyword)}",
            "give a value for it, or correct that file",
        ) from None


@quiet_pydicom()
def _joined(study_from: Dataset | None, series_from: Dataset | None) -> dict[str, Any]:
    """Return what the instance inherits from the one whose study or series it joins."""
    keywords: tuple[str, ...] = (*PATIENT, *_OPTIONAL_OF_PATIENT, *STUDY, *_OPTIONAL_OF_STUDY)
    needed = ["StudyInstanceUID"]
    source, name = study_from, "study_from"
    if series_from is not None:
        keywords += (*SERIES, *_OPTIONAL_OF_SERIES)
        needed.append("SeriesInstanceUID")
        source, name = series_from, "series_from"
    if source is None:
        return {}
    for keyword in needed:
        if not source.get(keyword):
            given = str(getattr(source, "filename", None) or name)  # a path, if it was read from one
            raise AttributeValueError(
                given, f"it has no {keyword}", "name an instance that belongs to a study and a series"
            )
    # Copies, for a sequence or a row of values would be shared with the source.
    return {keyword: copy.deepcopy(source[keyword].value) for keyword in keywords if keyword in source}


def _element(
    dataset: Dataset, keyword: str, value: object, character_set: str | Sequence[str] | None
) -> DataElement:
    """Return the element of an attribute that was given as an argument, checked."""
    tag = tag_for_keyword(keyword)
    if tag is None:
        raise AttributePathError(
            keyword, "the data dictionary has no such keyword", "look it up in PS3.6 section 6"
        )
    if tag >> 16 == _FILE_META_GROUP:
        raise AttributePathError(keyword, "it belongs to the file meta information", "set it on file_meta")
    return checked_element(
        Tag(tag), vr_for(Tag(tag), dataset, keyword), value, character_set=character_set, given=keyword
    )


def file_dataset(dataset: Dataset) -> FileDataset:
    """Return a new instance with File Meta Information for Explicit VR Little Endian (PS3.10 section 7.1).

    Parameters
    ----------
    dataset
        A data set with SOP Class UID and SOP Instance UID. Its elements are shared with the result.
    """
    meta = FileMetaDataset()
    meta.FileMetaInformationVersion = b"\x00\x01"
    meta.MediaStorageSOPClassUID = dataset.SOPClassUID
    meta.MediaStorageSOPInstanceUID = dataset.SOPInstanceUID
    meta.TransferSyntaxUID = ExplicitVRLittleEndian
    meta.ImplementationClassUID = UID(IMPLEMENTATION_CLASS_UID)
    meta.ImplementationVersionName = IMPLEMENTATION_VERSION_NAME
    return FileDataset("", dataset, preamble=bytes(128), file_meta=meta, is_implicit_VR=False)
