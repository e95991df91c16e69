"""Which attributes a module has, and of what type: the ones that one meets, in a compact form.

A Type 1 attribute has to have a value; Type 2 has to be there and may be empty; Type 3 may be left out. A C
makes it depend on a condition. The conditions themselves are left out, and so is what nests in sequences.

References
----------
PS3.3 annex C, Information Module Definitions; PS3.5 section 7.4, Data Element Type; PS3.10 section 7.1,
DICOM File Meta Information.
"""

from __future__ import annotations

__all__ = ["FILE_META", "MODULES"]

FILE_META = (
    "1 FileMetaInformationGroupLength FileMetaInformationVersion MediaStorageSOPClassUID "
    "MediaStorageSOPInstanceUID TransferSyntaxUID ImplementationClassUID / 1C PrivateInformation / "
    "3 ImplementationVersionName SourceApplicationEntityTitle SendingApplicationEntityTitle "
    "ReceivingApplicationEntityTitle PrivateInformationCreatorUID"
)

_PIXELS = "1 SamplesPerPixel PhotometricInterpretation BitsAllocated BitsStored HighBit"
_LOSSY = "LossyImageCompressionRatio LossyImageCompressionMethod"

# Types and their keywords, separated by "/". The sections are those of PS3.3.
MODULES = {
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
    f"BurnedInAnnotation LossyImageCompression {_LOSSY} ImageComments IconImageSequence PresentationLUTShape "
    "RecognizableVisualFeatures ImagesInAcquisition",
    "General Acquisition": "3 AcquisitionNumber AcquisitionDate AcquisitionTime AcquisitionDateTime "
    "AcquisitionUID IrradiationEventUID",
    "General Reference": "3 ReferencedImageSequence ReferencedInstanceSequence DerivationDescription "
    "DerivationCodeSequence SourceImageSequence SourceInstanceSequence",
    # C.7.6.2, C.7.6.3, C.7.6.5 and C.7.6.6
    "Image Plane": "1 PixelSpacing ImageOrientationPatient ImagePositionPatient / 2 SliceThickness / "
    "3 SpacingBetweenSlices SliceLocation",
    "Image Pixel": f"{_PIXELS} Rows Columns PixelRepresentation / 1C PixelData PlanarConfiguration PixelAspectRatio "
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
    # C.8.2.1 and C.8.3.1
    "CT Image": f"{_PIXELS} ImageType RescaleIntercept RescaleSlope / 2 KVP AcquisitionNumber / 1C RescaleType / "
    "3 ScanOptions DataCollectionDiameter ReconstructionDiameter DistanceSourceToDetector DistanceSourceToPatient "
    "GantryDetectorTilt TableHeight RotationDirection ExposureTime XRayTubeCurrent Exposure ExposureInuAs FilterType "
    "GeneratorPower FocalSpots ConvolutionKernel RevolutionTime SingleCollimationWidth TotalCollimationWidth "
    "TableSpeed TableFeedPerRotation SpiralPitchFactor ExposureModulationType CTDIvol",
    "MR Image": "1 ImageType SamplesPerPixel PhotometricInterpretation BitsAllocated ScanningSequence SequenceVariant / "
    "2 ScanOptions MRAcquisitionType EchoTime EchoTrainLength / 2C RepetitionTime InversionTime TriggerTime / "
    "3 SequenceName AngioFlag NumberOfAverages ImagingFrequency ImagedNucleus EchoNumbers MagneticFieldStrength "
    "NumberOfPhaseEncodingSteps PercentSampling PercentPhaseFieldOfView PixelBandwidth NominalInterval "
    "BeatRejectionFlag LowRRValue HighRRValue IntervalsAcquired IntervalsRejected HeartRate CardiacNumberOfImages "
    "TriggerWindow ReconstructionDiameter ReceiveCoilName TransmitCoilName AcquisitionMatrix FlipAngle SAR dBdt "
    "InPlanePhaseEncodingDirection VariableFlipAngleFlag TemporalPositionIdentifier NumberOfTemporalPositions "
    "TemporalResolution",
    # C.8.6.1 to C.8.6.3
    "SC Equipment": "1 ConversionType / 3 Modality SecondaryCaptureDeviceID SecondaryCaptureDeviceManufacturer "
    "SecondaryCaptureDeviceManufacturerModelName SecondaryCaptureDeviceSoftwareVersions VideoImageFormatAcquired "
    "DigitalImageFormatAcquired",
    "SC Image": "1C PixelSpacing / 3 DateOfSecondaryCapture TimeOfSecondaryCapture NominalScannedPixelSpacing",
    "SC Multi-frame Image": "1 BurnedInAnnotation / 1C PresentationLUTShape RescaleIntercept RescaleSlope RescaleType "
    "FrameIncrementPointer PixelSpacing NominalScannedPixelSpacing DigitizingDeviceTransportDirection / "
    "3 Illumination ReflectedAmbientLight",
    # C.8.1.1 and C.8.1.2
    "CR Series": "2 BodyPartExamined ViewPosition / 3 FilterType CollimatorGridName FocalSpots PlateType PhosphorType",
    "CR Image": "1 PhotometricInterpretation / 3 KVP PlateID DistanceSourceToDetector DistanceSourceToPatient "
    "ExposureTime XRayTubeCurrent Exposure ExposureInuAs ImagerPixelSpacing GeneratorPower Sensitivity "
    "AcquisitionDeviceProcessingDescription AcquisitionDeviceProcessingCode CassetteOrientation CassetteSize "
    "ExposuresOnPlate RelativeXRayExposure",
    # C.8.11.1 to C.8.11.4
    "DX Series": "1 Modality PresentationIntentType / 1C ReferencedPerformedProcedureStepSequence",
    "DX Anatomy Imaged": "1 ImageLaterality / 2 AnatomicRegionSequence",
    "DX Image": f"{_PIXELS} ImageType PixelRepresentation PixelIntensityRelationship PixelIntensityRelationshipSign "
    "RescaleIntercept RescaleSlope RescaleType PresentationLUTShape LossyImageCompression BurnedInAnnotation / "
    f"1C PatientOrientation VOILUTSequence WindowCenter WindowWidth {_LOSSY} / "
    "3 DerivationDescription WindowCenterWidthExplanation",
    "DX Detector": "1 ImagerPixelSpacing / 2 DetectorType / 1C PixelSpacing DetectorActiveShape / 3 DetectorConfiguration "
    "DetectorDescription DetectorMode DetectorID DateOfLastDetectorCalibration TimeOfLastDetectorCalibration "
    "ExposuresOnDetectorSinceLastCalibration ExposuresOnDetectorSinceManufactured FieldOfViewShape "
    "FieldOfViewDimensions DetectorElementPhysicalSize DetectorElementSpacing",
    # C.8.5.5 and C.8.5.6
    "US Image": f"{_PIXELS} PixelRepresentation / 2 ImageType / 1C PlanarConfiguration FrameIncrementPointer "
    f"LossyImageCompression {_LOSSY} / 2C NumberOfStages NumberOfViewsInStage / 3 UltrasoundColorDataPresent "
    "StageName StageNumber ViewName ViewNumber TriggerTime NominalInterval BeatRejectionFlag LowRRValue HighRRValue "
    "HeartRate OutputPower TransducerData TransducerType FocusDepth MechanicalIndex BoneThermalIndex "
    "CranialThermalIndex SoftTissueThermalIndex DepthOfScanField ProcessingFunction",
    "US Region Calibration": "1 SequenceOfUltrasoundRegions",
    # C.8.4.6 to C.8.4.11
    "NM/PET Patient Orientation": "2 PatientOrientationCodeSequence PatientGantryRelationshipCodeSequence",
    "NM Image Pixel": f"{_PIXELS} / 2 PixelSpacing",
    "NM Multi-frame": "1 FrameIncrementPointer NumberOfEnergyWindows NumberOfDetectors / 1C EnergyWindowVector "
    "DetectorVector PhaseVector NumberOfPhases RotationVector NumberOfRotations RRIntervalVector NumberOfRRIntervals "
    "TimeSlotVector NumberOfTimeSlots SliceVector NumberOfSlices AngularViewVector TimeSliceVector",
    "NM Image": f"1 ImageType / 2 CountsAccumulated / 1C LossyImageCompression {_LOSSY} ImageID / "
    "3 TableHeight TableTraverse ActualFrameDuration CountRate CorrectedImage WholeBodyTechnique "
    "AcquisitionTerminationCondition TriggerSourceOrType",
    "NM Isotope": "2 EnergyWindowInformationSequence RadiopharmaceuticalInformationSequence / "
    "3 InterventionDrugInformationSequence",
    "NM Detector": "2 DetectorInformationSequence",
    # C.8.9.1, C.8.9.2 and C.8.9.4
    "PET Series": "1 SeriesDate SeriesTime Units CountsSource SeriesType NumberOfSlices DecayCorrection / "
    "2 CollimatorType CorrectedImage / 1C NumberOfRRIntervals NumberOfTimeSlots NumberOfTimeSlices NumberOfRotations / "
    "2C ReprojectionMethod / 3 RandomsCorrectionMethod AttenuationCorrectionMethod ScatterCorrectionMethod "
    "ReconstructionDiameter ConvolutionKernel ReconstructionMethod DetectorLinesOfResponseUsed FieldOfViewShape "
    "FieldOfViewDimensions GantryDetectorTilt GantryDetectorSlew TypeOfDetectorMotion CollimatorGridName "
    "AxialAcceptance AxialMash TransverseMash DetectorElementSize CoincidenceWindowWidth EnergyWindowRangeSequence",
    "PET Isotope": "2 RadiopharmaceuticalInformationSequence / 3 InterventionDrugInformationSequence",
    "PET Image": f"{_PIXELS} ImageType RescaleIntercept RescaleSlope FrameReferenceTime ImageIndex / "
    "2 AcquisitionDate AcquisitionTime ActualFrameDuration / 1C TriggerTime FrameTime LowRRValue HighRRValue "
    "LossyImageCompression DecayFactor / 3 NominalInterval IntervalsAcquired IntervalsRejected "
    "PrimaryPromptsCountsAccumulated SecondaryCountsAccumulated SliceSensitivityFactor DoseCalibrationFactor "
    "ScatterFractionFactor DeadTimeFactor",
    # C.8.8.1 to C.8.8.3, C.8.8.5, C.8.8.6, C.8.8.8, C.8.8.9 and C.8.8.16
    "RT Series": "1 Modality SeriesInstanceUID / 2 SeriesNumber OperatorsName / 3 SeriesDate SeriesTime "
    "SeriesDescription RequestAttributesSequence ReferencedPerformedProcedureStepSequence",
    "RT Image": f"{_PIXELS} ImageType PixelRepresentation RTImageLabel RTImagePlane / 2 ConversionType "
    "XRayImageReceptorAngle ImagePlanePixelSpacing RTImagePosition RadiationMachineName RadiationMachineSAD "
    "RTImageSID PrimaryDosimeterUnit / 1C PixelIntensityRelationshipSign FluenceMapSequence / "
    "2C ReportedValuesOrigin RTImageOrientation / 3 RTImageName RTImageDescription ReferencedRTPlanSequence "
    "ReferencedBeamNumber ReferencedFractionGroupNumber FractionNumber ExposureSequence GantryAngle "
    "BeamLimitingDeviceAngle PatientSupportAngle",
    "RT Dose": "1 DoseUnits DoseType DoseSummationType / 1C SamplesPerPixel PhotometricInterpretation BitsAllocated "
    "BitsStored HighBit PixelRepresentation ReferencedRTPlanSequence GridFrameOffsetVector DoseGridScaling / "
    "3 SpatialTransformOfDose DoseComment NormalizationPoint TissueHeterogeneityCorrection",
    "RT DVH": "1 ReferencedStructureSetSequence DVHSequence / 3 DVHNormalizationPoint DVHNormalizationDoseValue",
    "Structure Set": "1 StructureSetLabel StructureSetROISequence / 2 StructureSetDate StructureSetTime / "
    "3 StructureSetName StructureSetDescription ReferencedFrameOfReferenceSequence",
    "ROI Contour": "1 ROIContourSequence",
    "RT ROI Observations": "1 RTROIObservationsSequence",
    "RT General Plan": "1 RTPlanLabel RTPlanGeometry / 2 RTPlanDate RTPlanTime / 1C ReferencedStructureSetSequence / "
    "3 RTPlanName RTPlanDescription TreatmentProtocols PlanIntent TreatmentSites ReferencedDoseSequence "
    "ReferencedRTPlanSequence",
    "RT Prescription": "3 PrescriptionDescription DoseReferenceSequence",
    "RT Tolerance Tables": "3 ToleranceTableSequence",
    "RT Patient Setup": "1 PatientSetupSequence",
    "RT Fraction Scheme": "1 FractionGroupSequence",
    "RT Beams": "1 BeamSequence",
    "RT Brachy Application Setups": "1 BrachyTreatmentTechnique BrachyTreatmentType TreatmentMachineSequence "
    "SourceSequence ApplicationSetupSequence",
    "Approval": "1 ApprovalStatus / 2C ReviewDate ReviewTime ReviewerName",
    # C.8.20.1 and C.8.20.2
    "Segmentation Series": "1 Modality SeriesNumber / 1C ReferencedPerformedProcedureStepSequence",
    "Segmentation Image": f"{_PIXELS} ImageType PixelRepresentation LossyImageCompression SegmentationType "
    f"SegmentSequence InstanceNumber ContentLabel / 2 ContentDescription / 1C {_LOSSY} SegmentationFractionalType "
    "MaximumFractionalValue / 3 ContentCreatorName",
    # C.8.12.1
    "VL Image": f"{_PIXELS} ImageType PixelRepresentation / 2 LossyImageCompression / 1C PlanarConfiguration "
    "ImageTriggerDelay / 3 ReferencedImageSequence WindowCenter WindowWidth",
    # C.17.1 to C.17.3
    "SR Document Series": "1 Modality SeriesInstanceUID SeriesNumber / 2 ReferencedPerformedProcedureStepSequence / "
    "3 SeriesDate SeriesTime SeriesDescription ProtocolName RequestAttributesSequence",
    "SR Document General": "1 InstanceNumber CompletionFlag VerificationFlag ContentDate ContentTime / "
    "2 PerformedProcedureCodeSequence / 1C VerifyingObserverSequence PredecessorDocumentsSequence "
    "IdenticalDocumentsSequence ReferencedRequestSequence CurrentRequestedProcedureEvidenceSequence "
    "PertinentOtherEvidenceSequence / 3 PreliminaryFlag CompletionFlagDescription ParticipantSequence "
    "AuthorObserverSequence CustodialOrganizationSequence",
    "SR Document Content": "1 ValueType / 1C ConceptNameCodeSequence ContinuityOfContent ContentTemplateSequence "
    "ContentSequence",
    # C.10.8 and C.10.9
    "Waveform Identification": "1 InstanceNumber ContentDate ContentTime AcquisitionDateTime / "
    "3 ReferencedInstanceSequence",
    "Waveform": "1 WaveformSequence",
    "Waveform Annotation": "1 WaveformAnnotationSequence",
    # C.24.1 and C.24.2
    "Encapsulated Document Series": "1 Modality SeriesInstanceUID SeriesNumber / 3 SeriesDescription ProtocolName "
    "ReferencedPerformedProcedureStepSequence RequestAttributesSequence",
    "Encapsulated Document": "1 InstanceNumber BurnedInAnnotation MIMETypeOfEncapsulatedDocument EncapsulatedDocument / "
    "2 ContentDate ContentTime AcquisitionDateTime DocumentTitle ConceptNameCodeSequence / "
    "1C SourceInstanceSequence ListOfMIMETypes / 3 DocumentClassCodeSequence VerificationFlag HL7InstanceIdentifier",
    # C.11.1, C.11.2 and C.12.1
    "Modality LUT": "1C ModalityLUTSequence RescaleIntercept RescaleSlope RescaleType",
    "VOI LUT": "1C VOILUTSequence WindowCenter WindowWidth / 3 WindowCenterWidthExplanation VOILUTFunction",
    "SOP Common": "1 SOPClassUID SOPInstanceUID / 1C SpecificCharacterSet / 3 InstanceCreationDate "
    "InstanceCreationTime InstanceCreatorUID RelatedGeneralSOPClassUID TimezoneOffsetFromUTC InstanceNumber "
    "ContributingEquipmentSequence EncryptedAttributesSequence OriginalAttributesSequence SOPInstanceStatus",
}
