"""Structured reports and other instances without a picture, made for tests."""

from __future__ import annotations

import numpy as np
from pydicom.dataset import Dataset, FileDataset

from dicomkit.files import new_instance

__all__ = ["code", "content_item", "document", "ecg", "every_value_type", "reference", "report"]

COMPREHENSIVE_3D = "1.2.840.10008.5.1.4.1.1.88.34"
CT, GSPS, ECG = "1.2.840.10008.5.1.4.1.1.2", "1.2.840.10008.5.1.4.1.1.11.1", "1.2.840.10008.5.1.4.1.1.9.1.1"
BASIC_TEXT = "1.2.840.10008.5.1.4.1.1.88.11"


def code(value: str, scheme: str, meaning: str) -> Dataset:
    """Return an item of a code sequence."""
    item = Dataset()
    item.CodeValue, item.CodingSchemeDesignator, item.CodeMeaning = value, scheme, meaning
    return item


def content_item(relationship: str, value_type: str, meaning: str = "Finding", **values: object) -> Dataset:
    """Return a content item whose concept is called `meaning`."""
    item = Dataset()
    item.RelationshipType, item.ValueType = relationship, value_type
    item.ConceptNameCodeSequence = [code("121071", "DCM", meaning)]
    for keyword, value in values.items():
        setattr(item, keyword, value)
    return item


def report(*items: Dataset, sop_class_uid: str = COMPREHENSIVE_3D, **values: object) -> FileDataset:
    """Return a report whose root contains `items`."""
    made = new_instance(sop_class_uid, modality="SR", SeriesNumber=1, InstanceNumber=1, **values)
    made.ContentDate, made.ContentTime = "20260102", "030405"
    made.CompletionFlag, made.VerificationFlag = "PARTIAL", "UNVERIFIED"
    made.ReferencedPerformedProcedureStepSequence = []
    made.PerformedProcedureCodeSequence = []
    made.ValueType, made.ContinuityOfContent = "CONTAINER", "SEPARATE"
    made.ConceptNameCodeSequence = [code("126000", "DCM", "Imaging Measurement Report")]
    made.ContentSequence = list(items)
    return made


def reference(sop_class_uid: str, uid: str, **values: object) -> Dataset:
    """Return an item that refers to an instance."""
    item = Dataset()
    item.ReferencedSOPClassUID, item.ReferencedSOPInstanceUID = sop_class_uid, uid
    for keyword, value in values.items():
        setattr(item, keyword, value)
    return item


def measured(value: str, unit: str, meaning: str) -> Dataset:
    """Return an item of a Measured Value Sequence."""
    item = Dataset()
    item.NumericValue = value
    item.MeasurementUnitsCodeSequence = [code(unit, "UCUM", meaning)]
    return item


def every_value_type() -> list[Dataset]:
    """Return content items of all value types that DCMTK knows, some inside others."""
    image = content_item(
        "CONTAINS",
        "IMAGE",
        "Source",
        ReferencedSOPSequence=[
            reference(
                CT,
                "1.2.3.1",
                ReferencedFrameNumber=[2, 5],
                ReferencedSOPSequence=[reference(GSPS, "1.2.3.9")],
            )
        ],
    )
    circle = content_item(
        "INFERRED FROM", "SCOORD", "Outline", GraphicType="CIRCLE", GraphicData=[1, 2, 3.5, 4]
    )
    circle.ContentSequence = [
        content_item("SELECTED FROM", "IMAGE", "Of", ReferencedSOPSequence=[reference(CT, "1.2.3.2")])
    ]
    number = content_item(
        "CONTAINS", "NUM", "Length", MeasuredValueSequence=[measured("12.5", "mm", "millimeter")]
    )
    number.ContentSequence = [circle]
    by_reference = Dataset()
    by_reference.RelationshipType, by_reference.ReferencedContentItemIdentifier = "INFERRED FROM", [1, 3]
    text = content_item("CONTAINS", "TEXT", "Impression", TextValue="nothing new")
    text.ContentSequence = [by_reference]
    return [
        content_item("HAS OBS CONTEXT", "PNAME", "Observer", PersonName="Reader^Rita"),
        image,
        number,
        text,
        content_item("CONTAINS", "CODE", "Site", ConceptCodeSequence=[code("T-04000", "SRT", "Breast")]),
        content_item("CONTAINS", "DATE", "Day", Date="20260102"),
        content_item("CONTAINS", "TIME", "Time", Time="030405"),
        content_item("CONTAINS", "DATETIME", "Moment", DateTime="20260102030405"),
        content_item("CONTAINS", "UIDREF", "Tracking", UID="1.2.3.4"),
        content_item(
            "CONTAINS", "COMPOSITE", "Other", ReferencedSOPSequence=[reference(BASIC_TEXT, "1.2.3.3")]
        ),
        content_item(
            "CONTAINS",
            "WAVEFORM",
            "Curve",
            ReferencedSOPSequence=[reference(ECG, "1.2.3.4", ReferencedWaveformChannels=[1, 2, 1, 3])],
        ),
        content_item("CONTAINS", "CONTAINER", "Section", ContinuityOfContent="CONTINUOUS"),
    ]


def document(content: bytes = b"%PDF-1.4\n%%EOF\n", **values: object) -> FileDataset:
    """Return an encapsulated PDF."""
    made = new_instance("1.2.840.10008.5.1.4.1.1.104.1", modality="DOC", **values)
    made.MIMETypeOfEncapsulatedDocument, made.BurnedInAnnotation = "application/pdf", "YES"
    made.EncapsulatedDocument, made.EncapsulatedDocumentLength = content, len(content)
    return made


def ecg(samples: int = 2000, **values: object) -> FileDataset:
    """Return an ECG of two leads: one rises by 1 uV with each sample, the other falls and has a gap."""
    made = new_instance("1.2.840.10008.5.1.4.1.1.9.1.2", modality="ECG", **values)
    rising = np.arange(samples, dtype="<i2")
    falling = -rising
    falling[samples // 4 : samples // 2] = -(2**15)
    group = Dataset()
    group.WaveformOriginality, group.SamplingFrequency = "ORIGINAL", "500"
    group.NumberOfWaveformChannels, group.NumberOfWaveformSamples = 2, samples
    group.WaveformBitsAllocated, group.WaveformSampleInterpretation = 16, "SS"
    group.MultiplexGroupLabel = "RHYTHM"
    group.add_new("WaveformPaddingValue", "OW", b"\x00\x80")
    group.add_new("WaveformData", "OW", np.stack([rising, falling], axis=1).tobytes())
    channels = [Dataset(), Dataset()]
    for number, channel in enumerate(channels, start=1):
        channel.ChannelLabel = f"LABEL {number}"
        channel.ChannelSourceSequence = [code(f"2:{number}", "MDC", f"Lead {'I' * number}")]
        channel.ChannelSensitivity, channel.ChannelSensitivityCorrectionFactor = "1", "1"
        channel.ChannelSensitivityUnitsSequence = [code("uV", "UCUM", "microvolt")]
    group.ChannelDefinitionSequence = channels
    made.WaveformSequence = [group]
    return made
