"""Editing by path, beside DCMTK's dcmodify."""

from __future__ import annotations

import copy
import subprocess
from collections.abc import Callable
from pathlib import Path

import pytest
from pydicom import dcmread
from pydicom.dataset import Dataset

from dicomkit.dump import parse_dump
from dicomkit.errors import AttributePathError, AttributeValueError
from dicomkit.files import erase, insert, modify
from dicomkit.files.writing import write_file

TEXT = """\
(0008,0005) CS [ISO_IR 100]
(0008,0018) UI [1.2.3]
(0008,1140) SQ
(fffe,e000)
(0008,1155) UI [1.2]
(fffe,e00d)
(fffe,e000)
(0008,1155) UI [1.3]
(0040,a170) SQ
(fffe,e000)
(0008,0100) SH [CODE]
(fffe,e00d)
(fffe,e0dd)
(fffe,e00d)
(fffe,e0dd)
(0009,0010) LO [SOMEBODY]
(0009,1001) US 5
(0010,0010) PN [Doe^Jane]
(0020,0032) DS [1\\2\\3]
(0028,0010) US 512
"""
PATIENT = "GEHEIM"


@pytest.fixture
def dataset() -> Dataset:
    return parse_dump(TEXT)


@pytest.mark.parametrize(
    ("option", "path", "value"),
    [
        ("-i", "PatientName", "Roe^Richard"),
        ("-i", "(0010,0020)", "ID1"),
        ("-i", "PatientID", ""),
        ("-i", "Rows", "256"),
        ("-i", "ImageType", "ORIGINAL\\PRIMARY"),
        ("-i", "(0008,1140)[0].ReferencedSOPInstanceUID", "9.9"),
        ("-i", "(0008,1140)[2].(0008,1155)", "9.9"),
        ("-i", "ReferencedImageSequence[4].(0008,1155)", "9.9"),
        ("-i", "ReferencedStudySequence[1].ReferencedSOPInstanceUID", "7.7"),
        ("-i", "(0008,1140)[1].(0040,a170)[0].CodeMeaning", "what it means"),
        ("-i", "(0008,1140)[0].(0040,A170)[1].CodeMeaning", "what it means"),
        ("-i", "(0008,1140)[3]", None),
        ("-i", "(0008,1110)", None),
        ("-m", "PatientName", "Roe^Richard"),
        ("-m", "(0020,0032)", "4\\5\\6"),
        ("-m", "(0008,1140)[1].(0040,a170)[0].CodeValue", "OTHER"),
        ("-m", "PatientID", "x"),
        ("-m", "(0008,1110)[0].(0008,1155)", "1"),
        ("-m", "(0008,1140)[5].(0008,1155)", "1"),
        ("-e", "PatientName", None),
        ("-e", "PatientID", None),
        ("-e", "(0008,1140)", None),
        ("-e", "(0008,1140)[0]", None),
        ("-e", "(0008,1140)[1].(0040,a170)[0]", None),
        ("-e", "(0008,1140)[1].(0040,a170)[0].CodeValue", None),
        ("-e", "(0008,1140)[4].ReferencedSOPInstanceUID", None),
        ("-e", "(0009,1001)", None),
        ("-i", "PatientNam", "x"),
        ("-i", "(0008,1140).ReferencedSOPInstanceUID", "1"),
        ("-i", "PatientName[0]", None),
        ("-i", "(0010,0010)[0].PatientID", "x"),
        ("-i", "(0010,0020)[0].PatientID", "x"),
        ("-i", "Rows", "abc"),
        ("-i", "(0011,1001)", "abc"),
        ("-i", "(0002,0010)", "1.2"),
        ("-m", "(0008,1140)[0]", "x"),
        ("-i", "(0008,1140)[x].PatientID", "x"),
    ],
)
def test_an_edit_does_what_dcmodify_does(
    option: str, path: str, value: str | None, dataset: Dataset, peer: Callable[[str], str], tmp_path: Path
) -> None:
    file = tmp_path / "edited.dcm"
    write_file(dataset, file)
    argument = path if value is None else f"{path}={value}"
    done = subprocess.run([peer("dcmodify"), "-nb", option, argument, file], capture_output=True, check=False)
    before = copy.deepcopy(dataset)
    try:
        if option == "-i":
            insert(dataset, path, value)
        elif option == "-m":
            modify(dataset, path, value)
        else:
            erase(dataset, path)
    except (AttributePathError, AttributeValueError):
        assert done.returncode != 0
        assert dataset == before
        return
    if done.returncode and path.endswith(("[3]", "(0008,1110)")):
        # DCMTK 3.6.7 inserts an empty sequence or item, 3.6.9 says that this is no call it knows.
        assert b"modifying tag in file" in done.stderr.lower()
        return
    assert done.returncode == 0
    assert dataset == dcmread(file)
    write_file(dataset, tmp_path / "ours.dcm")
    assert dcmread(tmp_path / "ours.dcm") == dcmread(file)


def test_where_ours_refuses_what_dcmodify_takes(
    dataset: Dataset, peer: Callable[[str], str], tmp_path: Path
) -> None:
    """Rows becomes 4464 there."""
    write_file(dataset, tmp_path / "edited.dcm")
    subprocess.run(
        [peer("dcmodify"), "-nb", "-i", "Rows=70000", tmp_path / "edited.dcm"],
        capture_output=True,
        check=True,
    )
    assert dcmread(tmp_path / "edited.dcm").Rows == 4464
    with pytest.raises(AttributeValueError):
        insert(dataset, "Rows", 70000)


@pytest.mark.parametrize(
    ("path", "words"),
    [
        ("PatientsName", "did you mean PatientName?"),
        ("patientname", "did you mean PatientName?"),
        ("(0008,1140)[0].ReferencedSOPInstanceUid", "did you mean ReferencedSOPInstanceUID?"),
        ("Qqqqqqqqqqqqqqqqqqqqqqq", "write its tag"),
        ("(0008,1140).PatientID", "write [0] for the first item"),
        ("(10,10)", "from character 1 on"),
        ("", "from character 1 on"),
        ("PatientName.", "from character 13 on"),
        ("PatientName PatientID", "from character 12 on"),
        ("(0008,1140)[-1].PatientID", "from character 12 on"),
        ("(0008,1140)[999999].PatientID", "has 2 items"),
        ("PatientName[0].PatientID", "is no sequence"),
        ("(0009,2001)", "no private creator"),
        ("(0002,0010)", "file_meta"),
        ("(fffe,e000)", "no part of a data set"),
    ],
)
def test_a_path_that_leads_nowhere_says_why(path: str, words: str, dataset: Dataset) -> None:
    before = copy.deepcopy(dataset)
    with pytest.raises(AttributePathError) as caught:
        insert(dataset, path, "1")
    assert words in str(caught.value)
    assert dataset == before
    assert isinstance(caught.value, ValueError)


@pytest.mark.parametrize(
    ("path", "value"),
    [
        ("Rows", 70000),
        ("Rows", -1),
        ("Rows", 1.5),
        ("Rows", PATIENT),
        ("Rows", [1, 2]),
        ("PatientID", ["A", "B"]),
        ("PatientID", "x" * 65),
        ("PatientBirthDate", PATIENT),
        ("Modality", PATIENT.lower()),
        ("StudyInstanceUID", "1.2." + PATIENT),
        ("StudyInstanceUID", "1." * 40),
        ("SeriesNumber", "1.5"),
        ("ImagePositionPatient", "1\\2"),
        ("ImagePositionPatient", [1, 2, PATIENT]),
        ("PixelAspectRatio", "1"),
        ("PatientName", "山田^太郎"),
        ("PixelData", PATIENT),
        ("SpecificCharacterSet", "UTF-8"),
        ("FrameIncrementPointer", PATIENT),
        ("FrameIncrementPointer", "ABC"),  # pydicom makes (0000,0ABC) of it
        ("AcquisitionDuration", PATIENT),
        ("ReferencedImageSequence", PATIENT),
        ("(0008,1140)[7].PatientBirthDate", PATIENT),
        ("(0009,1002)", PATIENT),
    ],
)
def test_a_value_that_does_not_fit_changes_nothing(path: str, value: object, dataset: Dataset) -> None:
    before = copy.deepcopy(dataset)
    with pytest.raises(AttributeValueError) as caught:
        insert(dataset, path, value)
    assert dataset == before
    assert PATIENT not in str(caught.value).upper()
    assert caught.value.__cause__ is None
    assert caught.value.__suppress_context__ or caught.value.__context__ is None


@pytest.mark.parametrize(
    ("path", "value"),
    [
        ("PatientID", "A"),
        ("Rows", 65535),
        ("ImageType", ["ORIGINAL", "PRIMARY"]),
        ("ImagePositionPatient", [1, 2.5, -3]),
        ("PixelAspectRatio", "1\\1"),
        ("PatientComments", "back\\slash is text here"),
        ("PatientName", "Jörg"),
        ("PixelData", b"\0\1"),
        ("AcquisitionDuration", 0.5),
        ("FrameIncrementPointer", 0x00181063),
        ("SeriesNumber", None),
        ("ReferencedStudySequence", [Dataset()]),
    ],
)
def test_a_value_that_fits_is_there(path: str, value: object, dataset: Dataset, tmp_path: Path) -> None:
    insert(dataset, path, value)
    write_file(dataset, tmp_path / "out.dcm")
    expected = value.split("\\") if isinstance(value, str) and path == "PixelAspectRatio" else value
    assert dcmread(tmp_path / "out.dcm")[path].value == expected


@pytest.mark.parametrize("value", ["(0018,1063)", "0018,1063", "FrameTime"])
def test_a_tag_is_written_as_everywhere(value: str, dataset: Dataset) -> None:
    insert(dataset, "FrameIncrementPointer", value)
    assert dataset.FrameIncrementPointer == 0x00181063
    modify(dataset, "FrameIncrementPointer", f"{value}\\(0018,1065)")
    assert list(dataset.FrameIncrementPointer) == [0x00181063, 0x00181065]


def test_text_beyond_ascii_needs_a_character_set(dataset: Dataset) -> None:
    insert(dataset, "SpecificCharacterSet", "ISO_IR 192")
    insert(dataset, "PatientName", "山田^太郎")
    insert(dataset, "(0008,1140)[0].PatientName", "Łukasz")
    assert dataset.ReferencedImageSequence[0].PatientName == "Łukasz"
    bare = Dataset()
    with pytest.raises(AttributeValueError, match="ISO_IR 192"):
        insert(bare, "PatientName", "é")


def test_private_elements_need_a_block_and_perhaps_a_vr(dataset: Dataset) -> None:
    with pytest.raises(AttributeValueError, match="vr="):
        insert(dataset, "(0009,1002)", "x")
    insert(dataset, "(0009,1002)", "x", vr="LO")
    modify(dataset, "(0009,1001)", 6)
    assert (dataset[0x00091001].VR, dataset[0x00091001].value, dataset[0x00091002].value) == ("US", 6, "x")
    with pytest.raises(AttributeValueError, match="no VR"):
        insert(dataset, "(0009,1002)", "x", vr="LN")
    insert(dataset, "(0019,0010)", "SIEMENS MR HEADER")
    insert(dataset, "(0019,1008)", "IMAGE NUM 4")
    assert dataset[0x00191008].VR == "CS"


def test_a_choice_of_the_dictionary_follows_the_pixels(dataset: Dataset) -> None:
    insert(dataset, "SmallestImagePixelValue", 5)
    assert dataset["SmallestImagePixelValue"].VR == "US"
    insert(dataset, "PixelRepresentation", 1)
    insert(dataset, "LargestImagePixelValue", -5)
    assert dataset["LargestImagePixelValue"].VR == "SS"


@pytest.mark.parametrize(
    "action", [erase, lambda dataset, path: modify(dataset, path, "1.2.9")], ids=["erase", "modify"]
)
@pytest.mark.parametrize(
    ("path", "problem"),
    [
        (
            "(0008,1140)[2].ReferencedSOPInstanceUID",
            r"\(0008,1140\) has 2 items; name one, counted from \[0\]",
        ),
        ("(0008,1140)[2]", r"\(0008,1140\) has 2 items; name one, counted from \[0\]"),
        ("(0008,1140)[0].(0008,1140)[0]", r"there is no \(0008,1140\); insert it first"),
        ("(0008,1111)[0].ReferencedSOPInstanceUID", r"there is no \(0008,1111\); insert it first"),
    ],
)
def test_the_step_that_leads_nowhere_is_named(
    action: Callable[[Dataset, str], None], path: str, problem: str
) -> None:
    dataset = Dataset()
    insert(dataset, "(0008,1140)[1].ReferencedSOPInstanceUID", "1.2.3")
    before = str(dataset)
    with pytest.raises(AttributePathError, match=problem):
        action(dataset, path)
    assert str(dataset) == before
