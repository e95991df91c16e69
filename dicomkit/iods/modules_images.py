"""Modules of one kind of image: CT, MR, X-ray, ultrasound, nuclear medicine, light, and what is computed from them.

The form is that of `dicomkit.iods.module_table`, the sections are those of PS3.3.

References
----------
PS3.3 annex C, Information Module Definitions.
"""

from __future__ import annotations

from dicomkit.iods.modules_general import LOSSY, PIXELS

__all__ = ["IMAGES"]

_LOSSLESS = f"BurnedInAnnotation LossyImageCompression {LOSSY}"
_VOLUME = "PixelPresentation VolumetricProperties VolumeBasedCalculationTechnique"

IMAGES = {
    # C.8.2.1 and C.8.3.1
    "CT Image": f"{PIXELS} ImageType RescaleIntercept RescaleSlope / 2 KVP AcquisitionNumber / 1C RescaleType / "
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
    "DX Image": f"{PIXELS} ImageType PixelRepresentation PixelIntensityRelationship PixelIntensityRelationshipSign "
    "RescaleIntercept RescaleSlope RescaleType PresentationLUTShape LossyImageCompression BurnedInAnnotation / "
    f"1C PatientOrientation VOILUTSequence WindowCenter WindowWidth {LOSSY} / "
    "3 DerivationDescription WindowCenterWidthExplanation",
    "DX Detector": "1 ImagerPixelSpacing / 2 DetectorType / 1C PixelSpacing DetectorActiveShape / 3 DetectorConfiguration "
    "DetectorDescription DetectorMode DetectorID DateOfLastDetectorCalibration TimeOfLastDetectorCalibration "
    "ExposuresOnDetectorSinceLastCalibration ExposuresOnDetectorSinceManufactured FieldOfViewShape "
    "FieldOfViewDimensions DetectorElementPhysicalSize DetectorElementSpacing",
    # C.8.5.5 and C.8.5.6
    "US Image": f"{PIXELS} PixelRepresentation / 2 ImageType / 1C PlanarConfiguration FrameIncrementPointer "
    f"LossyImageCompression {LOSSY} / 2C NumberOfStages NumberOfViewsInStage / 3 UltrasoundColorDataPresent "
    "StageName StageNumber ViewName ViewNumber TriggerTime NominalInterval BeatRejectionFlag LowRRValue HighRRValue "
    "HeartRate OutputPower TransducerData TransducerType FocusDepth MechanicalIndex BoneThermalIndex "
    "CranialThermalIndex SoftTissueThermalIndex DepthOfScanField ProcessingFunction",
    "US Region Calibration": "1 SequenceOfUltrasoundRegions",
    # C.8.4.6 to C.8.4.11
    "NM/PET Patient Orientation": "2 PatientOrientationCodeSequence PatientGantryRelationshipCodeSequence",
    "NM Image Pixel": f"{PIXELS} / 2 PixelSpacing",
    "NM Multi-frame": "1 FrameIncrementPointer NumberOfEnergyWindows NumberOfDetectors / 1C EnergyWindowVector "
    "DetectorVector PhaseVector NumberOfPhases RotationVector NumberOfRotations RRIntervalVector NumberOfRRIntervals "
    "TimeSlotVector NumberOfTimeSlots SliceVector NumberOfSlices AngularViewVector TimeSliceVector",
    "NM Image": f"1 ImageType / 2 CountsAccumulated / 1C LossyImageCompression {LOSSY} ImageID / "
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
    "PET Image": f"{PIXELS} ImageType RescaleIntercept RescaleSlope FrameReferenceTime ImageIndex / "
    "2 AcquisitionDate AcquisitionTime ActualFrameDuration / 1C TriggerTime FrameTime LowRRValue HighRRValue "
    "LossyImageCompression DecayFactor / 3 NominalInterval IntervalsAcquired IntervalsRejected "
    "PrimaryPromptsCountsAccumulated SecondaryCountsAccumulated SliceSensitivityFactor DoseCalibrationFactor "
    "ScatterFractionFactor DeadTimeFactor",
    # C.8.20.1 and C.8.20.2
    "Segmentation Series": "1 Modality SeriesNumber / 1C ReferencedPerformedProcedureStepSequence",
    "Segmentation Image": f"{PIXELS} ImageType PixelRepresentation LossyImageCompression SegmentationType "
    f"SegmentSequence InstanceNumber ContentLabel / 2 ContentDescription / 1C {LOSSY} SegmentationFractionalType "
    "MaximumFractionalValue / 3 ContentCreatorName",
    # C.8.12.1
    "VL Image": f"{PIXELS} ImageType PixelRepresentation / 2 LossyImageCompression / 1C PlanarConfiguration "
    "ImageTriggerDelay / 3 ReferencedImageSequence WindowCenter WindowWidth",
    # C.8.7.1 to C.8.7.6
    "X-Ray Image": f"{PIXELS} ImageType PixelRepresentation PixelIntensityRelationship / 1C FrameIncrementPointer "
    "LossyImageCompression ReferencedImageSequence / 2C MaskSubtractionSequence / 3 ScanOptions AnatomicRegionSequence "
    "RWaveTimeVector DerivationDescription AcquisitionDeviceProcessingDescription CalibrationImage",
    "X-Ray Acquisition": "1 RadiationSetting / 2 KVP / 2C XRayTubeCurrent ExposureTime Exposure / 3 ExposureInuAs Grid "
    "AveragePulseWidth RadiationMode TypeOfFilters IntensifierSize FieldOfViewShape FieldOfViewDimensions "
    "ImagerPixelSpacing FocalSpots ImageAndFluoroscopyAreaDoseProduct DistanceSourceToDetector DistanceSourceToPatient",
    "X-Ray Collimator": "1 CollimatorShape / 1C CollimatorLeftVerticalEdge CollimatorRightVerticalEdge "
    "CollimatorUpperHorizontalEdge CollimatorLowerHorizontalEdge CenterOfCircularCollimator "
    "RadiusOfCircularCollimator VerticesOfThePolygonalCollimator",
    "X-Ray Table": "2 TableMotion / 2C TableVerticalIncrement TableLongitudinalIncrement TableLateralIncrement / "
    "3 TableAngle",
    "XA Positioner": "2 PositionerPrimaryAngle PositionerSecondaryAngle / 2C PositionerPrimaryAngleIncrement "
    "PositionerSecondaryAngleIncrement / 3 DistanceSourceToPatient DistanceSourceToDetector PositionerMotion "
    "EstimatedRadiographicMagnificationFactor DetectorPrimaryAngle DetectorSecondaryAngle",
    "XRF Positioner": "3 DistanceSourceToPatient DistanceSourceToDetector EstimatedRadiographicMagnificationFactor "
    "ColumnAngulation",
    # C.8.11.6 to C.8.11.9
    "Mammography Series": "1 Modality",
    "Mammography Image": "1 ImageType PositionerType ImageLaterality OrganExposed ViewCodeSequence "
    "AnatomicRegionSequence / 1C PartialViewCodeSequence PartialViewDescription / 3 PositionerPrimaryAngle "
    "PositionerSecondaryAngle PartialView BodyPartThickness CompressionForce BreastImplantPresent",
    "Intra-Oral Series": "1 Modality",
    "Intra-Oral Image": "1 PositionerType ImageLaterality AnatomicRegionSequence / "
    "1C PrimaryAnatomicStructureSequence / 3 PositionerPrimaryAngle PositionerSecondaryAngle",
    # C.8.13 and C.8.14
    "MR Series": "1 Modality / 1C ReferencedPerformedProcedureStepSequence",
    "Enhanced MR Image": f"{PIXELS} ImageType PixelRepresentation {_VOLUME} PresentationLUTShape / 1C AcquisitionNumber "
    "AcquisitionDateTime AcquisitionDuration ReferencedRawDataSequence ReferencedWaveformSequence "
    f"ContentQualification ResonantNucleus KSpaceFiltering MagneticFieldStrength ApplicableSafetyStandardAgency {_LOSSLESS} "
    "ComplexImageComponent AcquisitionContrast / 3 ApplicableSafetyStandardDescription ImageComments",
    "MR Spectroscopy": "1 ImageType VolumetricProperties VolumeBasedCalculationTechnique ComplexImageComponent "
    "AcquisitionContrast / 1C AcquisitionNumber AcquisitionDateTime AcquisitionDuration ContentQualification "
    "ResonantNucleus MagneticFieldStrength ApplicableSafetyStandardAgency SpectralWidth WaterReferencedPhaseCorrection "
    "VolumeLocalizationSequence",
    "MR Spectroscopy Data": "1 Rows Columns DataPointRows DataPointColumns DataRepresentation SignalDomainColumns "
    "SpectroscopyData / 1C FirstOrderPhaseCorrectionAngle",
    # C.8.15
    "CT Series": "1 Modality / 1C ReferencedPerformedProcedureStepSequence",
    "Enhanced CT Image": f"{PIXELS} ImageType {_VOLUME} PresentationLUTShape / 1C MultienergyCTAcquisition "
    f"AcquisitionNumber AcquisitionDateTime AcquisitionDuration ContentQualification {_LOSSLESS} / 3 ImageComments",
    # C.8.17
    "Ophthalmic Photography Series": "1 Modality",
    "Ophthalmic Photography Image": f"{PIXELS} ImageType InstanceNumber PixelRepresentation ContentDate ContentTime "
    f"LossyImageCompression BurnedInAnnotation / 1C PlanarConfiguration {LOSSY} AcquisitionDateTime "
    "PresentationLUTShape CalibrationImage / 2C PatientEyeMovementCommanded",
    "Ocular Region Imaged": "1 ImageLaterality AnatomicRegionSequence",
    "Ophthalmic Photography Acquisition Parameters": "2 PatientEyeMovementCommanded HorizontalFieldOfView "
    "RefractiveStateSequence EmmetropicMagnification IntraOcularPressure PupilDilated / "
    "1C PatientEyeMovementCommandCodeSequence / 2C MydriaticAgentSequence DegreeOfDilation",
    "Ophthalmic Photographic Parameters": "1 AcquisitionDeviceTypeCodeSequence / 2 IlluminationTypeCodeSequence "
    "LightPathFilterTypeStackCodeSequence ImagePathFilterTypeStackCodeSequence LensesCodeSequence DetectorType",
    # C.8.19
    "XA/XRF Series": "1 Modality SeriesNumber / 1C ReferencedPerformedProcedureStepSequence",
    "Enhanced XA/XRF Image": f"{PIXELS} ImageType PlanesInAcquisition AcquisitionDateTime PixelRepresentation "
    "ContentQualification BurnedInAnnotation LossyImageCompression PresentationLUTShape / 1C PlaneIdentification "
    f"AcquisitionNumber AcquisitionDuration {LOSSY} / 3 ImageComments ReferencedOtherPlaneSequence",
    # C.8.21
    "Enhanced Mammography Series": "1 Modality / 1C ReferencedPerformedProcedureStepSequence",
    "X-Ray 3D Image": f"{PIXELS} ImageType {_VOLUME} ContentQualification BurnedInAnnotation LossyImageCompression "
    f"PresentationLUTShape / 1C AcquisitionNumber {LOSSY} / 3 ImageComments",
    "Breast View": "1 ViewCodeSequence / 1C PartialViewCodeSequence / 3 PartialView BreastImplantPresent",
    # C.8.22
    "Enhanced PET Series": "1 Modality / 1C ReferencedPerformedProcedureStepSequence",
    "Enhanced PET Isotope": "1 RadiopharmaceuticalInformationSequence / 3 InterventionDrugInformationSequence",
    "Enhanced PET Acquisition": "1 TableMotion TimeOfFlightInformationUsed ViewCodeSequence / 1C AcquisitionStartCondition "
    "AcquisitionTerminationCondition",
    "Enhanced PET Image": f"{PIXELS} ImageType {_VOLUME} ContentQualification PresentationLUTShape / 1C AcquisitionNumber "
    f"AcquisitionDateTime AcquisitionDuration {_LOSSLESS} / 3 ImageComments",
    "Enhanced PET Corrections": "1 CountsSource DecayCorrected AttenuationCorrected ScatterCorrected DeadTimeCorrected "
    "GantryMotionCorrected PatientMotionCorrected CountLossNormalizationCorrected RandomsCorrected "
    "NonUniformRadialSamplingCorrected SensitivityCalibrated DetectorNormalizationCorrection / "
    "1C DecayCorrectionDateTime AttenuationCorrectionSource ScatterCorrectionMethod RandomsCorrectionMethod",
    # C.8.32
    "Parametric Map Series": "1 Modality SeriesNumber / 1C ReferencedPerformedProcedureStepSequence",
    "Parametric Map Image": "1 ImageType InstanceNumber ContentLabel SamplesPerPixel PhotometricInterpretation BitsAllocated "
    "PresentationLUTShape LossyImageCompression BurnedInAnnotation RecognizableVisualFeatures ContentQualification / "
    f"2 ContentDescription / 1C BitsStored HighBit {LOSSY} / 3 ContentCreatorName",
}
