"""Modules of what is no image: waveforms, reports, documents, presentation states, radiotherapy.

The form is that of `dicomkit.iods.module_table`, the sections are those of PS3.3.

References
----------
PS3.3 annex C, Information Module Definitions.
"""

from __future__ import annotations

from dicomkit.iods.modules_general import PIXELS

__all__ = ["DOCUMENTS"]


DOCUMENTS = {
    # C.8.8.1 to C.8.8.3, C.8.8.5, C.8.8.6, C.8.8.8, C.8.8.9 and C.8.8.16
    "RT Series": "1 Modality SeriesInstanceUID / 2 SeriesNumber OperatorsName / 3 SeriesDate SeriesTime "
    "SeriesDescription RequestAttributesSequence ReferencedPerformedProcedureStepSequence",
    "RT Image": f"{PIXELS} ImageType PixelRepresentation RTImageLabel RTImagePlane / 2 ConversionType "
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
    # C.8.8.17, C.8.8.19 and C.8.8.21
    "RT General Treatment Record": "1 InstanceNumber / 2 TreatmentDate TreatmentTime ReferencedRTPlanSequence / "
    "3 ReferencedTreatmentRecordSequence",
    "RT Treatment Machine Record": "1 TreatmentMachineSequence",
    "RT Beams Session Record": "1 PrimaryDosimeterUnit TreatmentSessionBeamSequence / 2 NumberOfFractionsPlanned / "
    "3 ReferencedFractionGroupNumber",
    "RT Ion Beams": "1 IonBeamSequence",
    # C.10.4, C.11.6 and C.11.9 to C.11.11
    "Presentation Series": "1 Modality",
    "Presentation State Identification": "1 InstanceNumber ContentLabel PresentationCreationDate PresentationCreationTime / "
    "2 ContentDescription / 3 ContentCreatorName",
    "Presentation State Relationship": "1 ReferencedSeriesSequence",
    "Displayed Area": "1 DisplayedAreaSelectionSequence",
    "Softcopy Presentation LUT": "1C PresentationLUTSequence PresentationLUTShape",
    # C.17.6
    "Key Object Document Series": "1 Modality SeriesInstanceUID SeriesNumber / "
    "2 ReferencedPerformedProcedureStepSequence / 3 SeriesDate SeriesTime SeriesDescription ProtocolName",
    "Key Object Document": "1 InstanceNumber ContentDate ContentTime CurrentRequestedProcedureEvidenceSequence / "
    "1C IdenticalDocumentsSequence ReferencedRequestSequence",
}
