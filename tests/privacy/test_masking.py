"""Masking: attributes of PS3.15 Table E.1-1 are covered, those that describe the image are not."""

from __future__ import annotations

import pytest
from pydicom.datadict import tag_for_keyword

from dicomkit.privacy import is_confidential, is_identity_removed
from dicomkit.privacy.masking import PROFILE_TAGS


@pytest.mark.parametrize(
    "keyword",
    [
        *("PatientName", "PatientID", "PatientBirthDate", "PatientAge", "OtherPatientIDs", "AccessionNumber"),
        *("StudyInstanceUID", "SeriesInstanceUID", "SOPInstanceUID", "FrameOfReferenceUID", "StudyDate"),
        *("InstitutionName", "ReferringPhysicianName", "OperatorsName", "StationName", "DeviceSerialNumber"),
        *("StudyDescription", "SeriesDescription", "ProtocolName", "ImageComments", "PatientComments"),
        *("RequestAttributesSequence", "OriginalAttributesSequence", "ContentSequence"),
        *("AcquisitionDateTime", "RequestedProcedureDescription", "PersonName", "EncapsulatedDocument"),
    ],
)
def test_what_may_identify_somebody_is_confidential(keyword: str) -> None:
    tag = tag_for_keyword(keyword)
    assert tag is not None
    assert is_confidential(tag)


@pytest.mark.parametrize(
    "keyword",
    [
        *("Rows", "Columns", "Modality", "SOPClassUID", "PixelSpacing", "WindowCenter", "RescaleSlope"),
        *("PhotometricInterpretation", "InstanceNumber", "SeriesNumber", "ImageType", "KVP", "PixelData"),
        *("PatientIdentityRemoved", "TransferSyntaxUID", "ImagePositionPatient"),
    ],
)
def test_what_describes_the_image_is_not(keyword: str) -> None:
    tag = tag_for_keyword(keyword)
    assert tag is not None
    assert not is_confidential(tag)


@pytest.mark.parametrize("tag", [0x00090010, 0x00191002, 0x50000010, 0x50020110, 0x60023000, 0x60044000])
def test_private_attributes_curves_and_overlays_are_confidential(tag: int) -> None:
    assert is_confidential(tag)


def test_the_table_is_that_of_the_deidentifier() -> None:
    table = pytest.importorskip(
        "dicomanonymizer.dicom_anonymization_databases.dicomfields_2026c", reason="part of the deid extra"
    )
    theirs = {group << 16 | element for group, element, *mask in table.ALL_TAGS if not mask}
    assert theirs == PROFILE_TAGS
    assert len(PROFILE_TAGS) == 652


@pytest.mark.parametrize(
    ("value", "expected"),
    [("YES", True), ("YES ", True), ("NO", False), ("", False), ("yes", False), ("YESNO", False)],
)
def test_only_a_plain_yes_names_nobody(value: str, expected: bool) -> None:  # noqa: FBT001 - a table of cases
    assert is_identity_removed(value) is expected
