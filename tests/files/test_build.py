"""A new instance has what every composite instance needs, and no invented values."""

from __future__ import annotations

import pytest
from pydicom.dataset import Dataset
from pydicom.uid import CTImageStorage, ExplicitVRLittleEndian, SecondaryCaptureImageStorage

from dicomkit.errors import AttributePathError, AttributeValueError, UsageError
from dicomkit.files import new_instance
from dicomkit.files.writing import encode_file

# PS3.3 sections C.7.1.1, C.7.2.1, C.7.3.1, C.7.5.1: type 2 attributes, present and empty where unknown.
TYPE_2 = """PatientName PatientID PatientBirthDate PatientSex StudyDate StudyTime
    ReferringPhysicianName StudyID AccessionNumber SeriesNumber Manufacturer""".split()  # noqa: SIM905 - as printed


def test_a_new_instance_has_every_shared_attribute_and_invents_none() -> None:
    instance = new_instance(CTImageStorage, modality="CT")
    assert [keyword for keyword in TYPE_2 if not instance[keyword].is_empty] == []
    assert instance.SOPClassUID == CTImageStorage
    assert instance.file_meta.MediaStorageSOPInstanceUID == instance.SOPInstanceUID
    assert instance.file_meta.TransferSyntaxUID == ExplicitVRLittleEndian
    uids = {instance.StudyInstanceUID, instance.SeriesInstanceUID, instance.SOPInstanceUID}
    assert len(uids) == 3


def test_two_instances_share_nothing() -> None:
    one, other = (new_instance(CTImageStorage, modality="CT") for _ in range(2))
    for keyword in ("StudyInstanceUID", "SeriesInstanceUID", "SOPInstanceUID"):
        assert one[keyword].value != other[keyword].value


def test_values_win_over_copied_ones_and_copied_ones_over_empty_ones() -> None:
    first = new_instance(CTImageStorage, modality="CT", PatientID="WORKSHOP01", SeriesNumber=4)
    second = new_instance(CTImageStorage, series_from=first, SeriesNumber=5)
    assert (second.PatientID, second.SeriesNumber, second.Modality) == ("WORKSHOP01", 5, "CT")
    assert second.SeriesInstanceUID == first.SeriesInstanceUID
    third = new_instance(SecondaryCaptureImageStorage, modality="OT", study_from=first)
    assert third.StudyInstanceUID == first.StudyInstanceUID
    assert third.SeriesInstanceUID != first.SeriesInstanceUID
    assert third.SeriesNumber is None


def test_an_instance_uid_that_is_given_also_names_the_file() -> None:
    for instance in (
        new_instance(CTImageStorage, modality="CT", sop_instance_uid="1.2.3"),
        new_instance(CTImageStorage, modality="CT", SOPInstanceUID="1.2.3"),
    ):
        assert instance.SOPInstanceUID == instance.file_meta.MediaStorageSOPInstanceUID == "1.2.3"


def test_a_misspelt_keyword_is_refused() -> None:
    with pytest.raises(AttributePathError, match="PatientsName: the data dictionary has no such keyword"):
        new_instance(CTImageStorage, modality="CT", PatientsName="WORKSHOP^ANNA")


def test_the_file_meta_information_is_no_attribute() -> None:
    with pytest.raises(AttributePathError, match="set it on file_meta"):
        new_instance(CTImageStorage, modality="CT", TransferSyntaxUID="1.2")


@pytest.mark.parametrize(
    ("keyword", "value"),
    [("StudyDate", "SECRET-DATE"), ("SeriesNumber", "SECRET"), ("ReferencedStudySequence", "SECRET")],
)
def test_a_value_that_does_not_fit_is_refused_without_being_repeated(keyword: str, value: str) -> None:
    with pytest.raises(AttributeValueError, match="does not fit") as caught:
        new_instance(CTImageStorage, modality="CT", **{keyword: value})
    assert "SECRET" not in str(caught.value)
    assert caught.value.__cause__ is None


@pytest.mark.parametrize(
    ("values", "said"),
    [
        ({"StudyDate": "tomorrow"}, "StudyDate: the value does not fit VR DA"),
        ({"PixelAspectRatio": "1"}, "PixelAspectRatio: has 1 values, and its VM is 2"),
        ({"SpecificCharacterSet": "LATIN"}, "SpecificCharacterSet: there is no such character set"),
        # pydicom writes "?ukasz" here
        ({"PatientName": "Łukasz", "SpecificCharacterSet": "ISO_IR 100"}, "does not hold"),
    ],
)
def test_a_value_is_checked_against_vr_vm_and_character_set(values: dict[str, str], said: str) -> None:
    with pytest.raises(AttributeValueError, match=said):
        new_instance(CTImageStorage, modality="CT", **values)


def test_a_backslash_separates_values_where_it_may_and_is_text_elsewhere() -> None:
    instance = new_instance(CTImageStorage, modality="CT", ImageType=r"A\B", ImageComments=r"C:\new")
    assert list(instance.ImageType) == ["A", "B"]
    assert instance.ImageComments == r"C:\new"


@pytest.mark.filterwarnings("ignore:Invalid value")
def test_a_copied_value_is_kept_even_if_it_breaks_its_rule() -> None:
    first = new_instance(CTImageStorage, modality="CT")
    first.StudyDate = "2022-09-14"
    assert new_instance(CTImageStorage, series_from=first).StudyDate == "2022-09-14"


def test_only_one_thing_can_be_joined_and_it_needs_its_uids() -> None:
    first = new_instance(CTImageStorage, modality="CT")
    with pytest.raises(UsageError, match="both are given"):
        new_instance(CTImageStorage, series_from=first, study_from=first)
    with pytest.raises(AttributeValueError, match="study_from: it has no StudyInstanceUID"):
        new_instance(CTImageStorage, modality="CT", study_from=Dataset())
    with pytest.raises(UsageError, match="Modality"):
        new_instance(CTImageStorage)


def test_the_instance_can_be_written() -> None:
    assert encode_file(new_instance(CTImageStorage, modality="CT"))[128:132] == b"DICM"
