"""The levels of the patient root and study root information models, and the attributes of each.

References
----------
PS3.4 sections C.6.1.1 and C.6.2.1; the Standard lists the attributes of the upper levels and leaves all
others to the level of the instance.
"""

from __future__ import annotations

import enum
from types import MappingProxyType

from dicomkit.files.dictionary import tag_for_keyword
from dicomkit.files.tags import SERIES_INSTANCE_UID, SOP_INSTANCE_UID, STUDY_INSTANCE_UID

__all__ = ["COMPUTED", "INDEXED", "UNIQUE_KEYS", "Level", "Model", "level_of"]


class Level(enum.IntEnum):
    """The levels, from the top; their names are the values of Query/Retrieve Level (0008,0052)."""

    PATIENT = 0
    STUDY = 1
    SERIES = 2
    IMAGE = 3


class Model(enum.Enum):
    """An information model, given by its top level."""

    PATIENT_ROOT = Level.PATIENT
    STUDY_ROOT = Level.STUDY

    @property
    def top(self) -> Level:
        """The top level."""
        return self.value


def _tags(keywords: str) -> tuple[int, ...]:
    return tuple(sorted(tag_for_keyword(keyword) or 0 for keyword in keywords.split()))


# The indexed attributes of each level. All others are read from a file when needed.
INDEXED = MappingProxyType({
    Level.PATIENT: _tags(
        "PatientName PatientID IssuerOfPatientID PatientBirthDate PatientBirthTime PatientSex"
        " OtherPatientIDs OtherPatientNames EthnicGroup PatientComments PatientIdentityRemoved"
    ),
    Level.STUDY: _tags(
        "StudyDate StudyTime AccessionNumber StudyID StudyInstanceUID ReferringPhysicianName StudyDescription"
        " NameOfPhysiciansReadingStudy AdmittingDiagnosesDescription PatientAge PatientSize PatientWeight"
        " Occupation AdditionalPatientHistory TimezoneOffsetFromUTC"
    ),
    Level.SERIES: _tags(
        "Modality SeriesNumber SeriesInstanceUID SeriesDescription SeriesDate SeriesTime BodyPartExamined"
        " Laterality PatientPosition ProtocolName PerformingPhysicianName OperatorsName Manufacturer"
        " ManufacturerModelName StationName InstitutionName InstitutionalDepartmentName FrameOfReferenceUID"
        " PerformedProcedureStepStartDate PerformedProcedureStepStartTime PerformedProcedureStepID"
    ),
    Level.IMAGE: _tags(
        "InstanceNumber SOPInstanceUID SOPClassUID ImageType ContentDate ContentTime AcquisitionDate"
        " AcquisitionTime AcquisitionNumber NumberOfFrames Rows Columns BitsAllocated"
    ),
})  # fmt: skip
# Attributes that are computed, because they concern several instances.
COMPUTED = MappingProxyType({
    Level.PATIENT: _tags(
        "NumberOfPatientRelatedStudies NumberOfPatientRelatedSeries NumberOfPatientRelatedInstances"
    ),
    Level.STUDY: _tags(
        "ModalitiesInStudy SOPClassesInStudy NumberOfStudyRelatedSeries NumberOfStudyRelatedInstances"
    ),
    Level.SERIES: _tags("NumberOfSeriesRelatedInstances"),
    Level.IMAGE: _tags("AvailableTransferSyntaxUID"),
})  # fmt: skip
# Rare attributes of the upper levels, and sequences, which are read from a file.
_READ = {
    Level.PATIENT: _tags("ReferencedPatientSequence OtherPatientIDsSequence"),
    Level.STUDY: _tags("ProcedureCodeSequence ReferencedStudySequence OtherStudyNumbers"),
    Level.SERIES: _tags(
        "RequestAttributesSequence ReferencedPerformedProcedureStepSequence SeriesDescriptionCodeSequence"
        " PerformedProcedureStepDescription SoftwareVersions DeviceSerialNumber ContrastBolusAgent"
    ),
}
UNIQUE_KEYS = MappingProxyType(
    dict(zip(Level, (0x00100020, STUDY_INSTANCE_UID, SERIES_INSTANCE_UID, SOP_INSTANCE_UID), strict=True))
)
_LEVELS = {
    tag: level for table in (INDEXED, COMPUTED, _READ) for level, tags in table.items() for tag in tags
}


def level_of(tag: int) -> Level:
    """Return the level that an attribute belongs to in the patient root model.

    Examples
    --------
    >>> level_of(0x0020000D).name, level_of(0x00280010).name  # Study Instance UID, Rows
    ('STUDY', 'IMAGE')
    """
    return _LEVELS.get(tag, Level.IMAGE)
