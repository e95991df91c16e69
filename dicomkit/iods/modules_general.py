"""Modules that many IODs share: patient, study, series, equipment, and what every image has.

The form is that of `dicomkit.iods.module_table`, the sections are those of PS3.3.

References
----------
PS3.3 annex C, Information Module Definitions.
"""

from __future__ import annotations

__all__ = ["GENERAL", "LOSSY", "PIXELS"]

# What many kinds of image ask for anew.
PIXELS = "1 SamplesPerPixel PhotometricInterpretation BitsAllocated BitsStored HighBit"
LOSSY = "LossyImageCompressionRatio LossyImageCompressionMethod"

GENERAL = {
    # C.7.1.1
    "Patient": "2 PatientName PatientID PatientBirthDate PatientSex / 1C PatientSpeciesDescription "
    "PatientSpeciesCodeSequence ResponsiblePersonRole DeidentificationMethod DeidentificationMethodCodeSequence / "
    "2C PatientBreedDescription PatientBreedCodeSequence BreedRegistrationSequence ResponsiblePerson "
    "ResponsibleOrganization / 3 IssuerOfPatientID ReferencedPatientSequence PatientBirthTime "
    "OtherPatientIDsSequence OtherPatientNames EthnicGroup PatientComments PatientIdentityRemoved",
    # C.7.2.1
    "General Study": "1 StudyInstanceUID / 2 StudyDate StudyTime ReferringPhysicianName StudyID AccessionNumber / "
    "3 StudyDescription IssuerOfAccessionNumberSequence PhysiciansOfRecord NameOfPhysiciansReadingStudy "
    "ReferencedStudySequence ProcedureCodeSequence RequestingService ConsultingPhysicianName",
    # C.7.2.2
    "Patient Study": "2C PatientSexNeutered / 3 AdmittingDiagnosesDescription PatientAge PatientSize PatientWeight "
    "MedicalAlerts Allergies SmokingStatus PregnancyStatus LastMenstrualDate PatientState Occupation "
    "AdditionalPatientHistory AdmissionID ServiceEpisodeID ServiceEpisodeDescription",
    # C.7.3.1
    "General Series": "1 Modality SeriesInstanceUID / 2 SeriesNumber / 1C AnatomicalOrientationType / "
    "2C Laterality PatientPosition / 3 SeriesDate SeriesTime PerformingPhysicianName ProtocolName SeriesDescription "
    "OperatorsName ReferencedPerformedProcedureStepSequence BodyPartExamined SmallestPixelValueInSeries "
    "LargestPixelValueInSeries RequestAttributesSequence PerformedProcedureStepID PerformedProcedureStepStartDate "
    "PerformedProcedureStepStartTime PerformedProcedureStepDescription PerformedProtocolCodeSequence",
    # C.7.4.1
    "Frame of Reference": "1 FrameOfReferenceUID / 2 PositionReferenceIndicator",
    # C.7.5.1 and C.7.5.2
    "General Equipment": "2 Manufacturer / 1C PixelPaddingValue / 3 InstitutionName InstitutionAddress StationName "
    "InstitutionalDepartmentName ManufacturerModelName DeviceSerialNumber SoftwareVersions GantryID DeviceUID "
    "SpatialResolution DateOfLastCalibration TimeOfLastCalibration",
    "Enhanced General Equipment": "1 Manufacturer ManufacturerModelName DeviceSerialNumber SoftwareVersions",
    # C.7.6.1, C.7.10.1 and C.12.4
    "General Image": "2 InstanceNumber / 2C PatientOrientation ContentDate ContentTime / 3 ImageType QualityControlImage "
    f"BurnedInAnnotation LossyImageCompression {LOSSY} ImageComments IconImageSequence PresentationLUTShape "
    "RecognizableVisualFeatures ImagesInAcquisition",
    "General Acquisition": "3 AcquisitionNumber AcquisitionDate AcquisitionTime AcquisitionDateTime "
    "AcquisitionUID IrradiationEventUID",
    "General Reference": "3 ReferencedImageSequence ReferencedInstanceSequence DerivationDescription "
    "DerivationCodeSequence SourceImageSequence SourceInstanceSequence",
    # C.7.6.2, C.7.6.3, C.7.6.5 and C.7.6.6
    "Image Plane": "1 PixelSpacing ImageOrientationPatient ImagePositionPatient / 2 SliceThickness / "
    "3 SpacingBetweenSlices SliceLocation",
    "Image Pixel": f"{PIXELS} Rows Columns PixelRepresentation / 1C PixelData PlanarConfiguration PixelAspectRatio "
    "RedPaletteColorLookupTableDescriptor GreenPaletteColorLookupTableDescriptor "
    "BluePaletteColorLookupTableDescriptor RedPaletteColorLookupTableData GreenPaletteColorLookupTableData "
    "BluePaletteColorLookupTableData PixelPaddingRangeLimit / "
    "3 SmallestImagePixelValue LargestImagePixelValue ICCProfile ColorSpace",
    "Cine": "1C FrameTime FrameTimeVector / 3 PreferredPlaybackSequencing StartTrim StopTrim CineRate FrameDelay "
    "RecommendedDisplayFrameRate ImageTriggerDelay EffectiveDuration ActualFrameDuration",
    "Multi-frame": "1 NumberOfFrames / 1C FrameIncrementPointer / 3 StereoPairsPresent",
    # C.7.6.4, C.7.6.14, C.7.6.16 and C.7.6.17
    "Contrast/Bolus": "2 ContrastBolusAgent / 3 ContrastBolusAgentSequence ContrastBolusRoute ContrastBolusVolume "
    "ContrastBolusStartTime ContrastBolusStopTime ContrastBolusTotalDose ContrastBolusIngredient",
    "Acquisition Context": "2 AcquisitionContextSequence",
    "Multi-frame Functional Groups": "1 SharedFunctionalGroupsSequence InstanceNumber ContentDate ContentTime "
    "NumberOfFrames / 1C PerFrameFunctionalGroupsSequence",
    "Multi-frame Dimension": "1 DimensionOrganizationSequence / 1C DimensionIndexSequence",
    # C.11.1, C.11.2 and C.12.1
    "Modality LUT": "1C ModalityLUTSequence RescaleIntercept RescaleSlope RescaleType",
    "VOI LUT": "1C VOILUTSequence WindowCenter WindowWidth / 3 WindowCenterWidthExplanation VOILUTFunction",
    "SOP Common": "1 SOPClassUID SOPInstanceUID / 1C SpecificCharacterSet / 3 InstanceCreationDate "
    "InstanceCreationTime InstanceCreatorUID RelatedGeneralSOPClassUID TimezoneOffsetFromUTC InstanceNumber "
    "ContributingEquipmentSequence EncryptedAttributesSequence OriginalAttributesSequence SOPInstanceStatus",
    # C.7.4.2
    "Synchronization": "1 SynchronizationFrameOfReferenceUID SynchronizationTrigger AcquisitionTimeSynchronized / "
    "1C SynchronizationChannel / 3 TriggerSourceOrType TimeSource TimeDistributionProtocol NTPSourceAddress",
}
