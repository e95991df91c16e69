"""What the metadata viewer tells the browser, and what it keeps to itself."""

from __future__ import annotations

import io
import json
import zipfile
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import ipywidgets
import pytest
from pydicom import Dataset, dcmread
from pydicom.data import get_testdata_file
from pydicom.dataset import FileDataset

from dicomkit.files import index
from dicomkit.files.writing import encode_file
from dicomkit.samples import ct_series
from dicomkit.viewers import MetadataViewer

MARKERS = [f"MARKER{number:02d}" for number in range(40)]
MARKED = [
    *("PatientName", "PatientID", "OtherPatientIDs", "PatientAddress", "PatientComments", "EthnicGroup"),
    *("PatientBirthName", "PatientMotherBirthName", "MilitaryRank", "Occupation", "MedicalAlerts"),
    *("AdditionalPatientHistory", "CountryOfResidence", "PatientTelephoneNumbers", "AccessionNumber"),
    *("InstitutionName", "InstitutionAddress", "ReferringPhysicianName", "ReferringPhysicianAddress"),
    *("StationName", "StudyDescription", "SeriesDescription", "InstitutionalDepartmentName"),
    *("PhysiciansOfRecord", "PerformingPhysicianName", "OperatorsName", "AdmittingDiagnosesDescription"),
    *("ImageComments", "DeviceSerialNumber", "ProtocolName", "StudyID", "RequestedProcedureDescription"),
    *("CurrentPatientLocation", "VisitComments", "IssuerOfPatientID"),
]


def marked_instance() -> FileDataset:
    """Return a data set of somebody, with a marker wherever a person may be named: 39 of the 40."""
    dataset = ct_series(1, size=16)[0]
    del dataset.PatientIdentityRemoved
    left = iter(MARKERS)
    for keyword in MARKED:
        setattr(dataset, keyword, next(left))
    item = Dataset()
    item.RequestedProcedureID = next(left)
    item.AdditionalDrugSequence = [Dataset()]
    item.AdditionalDrugSequence[0].CodeMeaning = next(left)  # not in the table, but inside what is
    dataset.RequestAttributesSequence = [item]
    block = dataset.private_block(0x0019, next(left), create=True)
    block.add_new(0x02, "LO", next(left))
    return dataset


def marked_zip() -> bytes:
    stream = io.BytesIO()
    with zipfile.ZipFile(stream, "w") as archive:
        archive.writestr(f"{MARKERS[39]}.dcm", encode_file(marked_instance()))
        archive.writestr(f"{MARKERS[39]}.txt", b"no DICOM")
    return stream.getvalue()


@pytest.fixture(autouse=True)
def _close_widgets() -> Iterator[None]:
    yield
    ipywidgets.Widget.close_all()


def all_answers(viewer: MetadataViewer) -> str:
    answers = [viewer.answer(question) for question in viewer.questions()]
    return json.dumps([answer.content for answer in answers])


def markers_in(text: str) -> list[str]:
    return [marker for marker in MARKERS if marker in text]


def rows_of(viewer: MetadataViewer, number: int = 0) -> dict[str, list[Any]]:
    return {row[0]: row for row in viewer.answer({"ask": "instance", "n": number}).content["rows"]}


def test_a_masked_viewer_tells_the_browser_nothing_of_a_person() -> None:
    viewer = MetadataViewer(marked_zip())
    assert markers_in(all_answers(viewer)) == []
    assert "identifying values of 2 entries masked" in viewer.describe()
    viewer.answer({"ask": "reveal"})
    assert markers_in(all_answers(viewer)) == MARKERS
    assert "revealed" in viewer.describe()


def test_only_the_file_itself_or_the_caller_ends_the_masking() -> None:
    nobody = marked_instance()
    nobody.PatientIdentityRemoved = "YES"
    assert "MARKER00" in all_answers(MetadataViewer(nobody))
    assert "MARKER00" in all_answers(MetadataViewer(marked_instance(), mask=False))
    # One file that names nobody says nothing about the others.
    mixed = MetadataViewer([nobody, marked_instance()])
    shown, hidden = rows_of(mixed, 0), rows_of(mixed, 1)
    assert shown["(0010,0010)"][8] == MARKERS[0]
    assert hidden["(0010,0010)"][8] == "masked"
    assert hidden["(0028,0010)"][8] == "16"


@pytest.mark.parametrize("mask", [True, False])
def test_a_saved_notebook_holds_nothing_that_is_shown(mask: bool) -> None:  # noqa: FBT001 - both cases
    viewer = MetadataViewer(marked_zip(), mask=mask)
    all_answers(viewer)
    viewer.answer({"ask": "reveal"})
    viewer.selection = {"entry": 0, "path": "(0010,0010)"}
    bundle, metadata = viewer._repr_mimebundle_()
    saved = json.dumps([bundle, metadata, ipywidgets.Widget.get_manager_state(), repr(viewer), str(viewer)])
    assert viewer.model_id in saved
    assert markers_in(saved) == []


def test_a_page_holds_what_is_shown_and_not_more(tmp_path: Path) -> None:
    page = tmp_path / "page.html"
    MetadataViewer(marked_zip()).export_html(page)
    assert markers_in(page.read_text(encoding="utf-8")) == []
    MetadataViewer(marked_zip(), mask=False).export_html(page)
    assert markers_in(page.read_text(encoding="utf-8")) == MARKERS


def test_errors_name_no_file_and_no_value(tmp_path: Path) -> None:
    path = tmp_path / "MARKER00.dcm"
    path.write_bytes(encode_file(marked_instance()))
    viewer = MetadataViewer(path)
    path.write_bytes(b"something else by now, MARKER01")
    for question in (
        {"ask": "instance", "n": 0},
        {"ask": "instance", "n": 7},
        {"ask": "instance"},
        {"ask": "?"},
    ):
        answer = viewer._answer(question)
        assert answer.content["problem"]
        assert markers_in(json.dumps(answer.content)) == []


def test_the_expressions_lead_to_the_elements() -> None:
    path = get_testdata_file("rtplan.dcm", download=False)
    assert path is not None
    ds = dcmread(path)
    rows = MetadataViewer(path).answer({"ask": "instance", "n": 0}).content["rows"]
    assert len(rows) > 100
    for row in rows:
        found = eval(row[12], {"ds": ds})  # noqa: S307 - what a learner pastes
        if row[2] == "element" and row[5] in {"DS", "IS"} and row[6] == 1:
            assert str(found) == row[8]
        if row[2] == "item":
            assert isinstance(found, Dataset)


def test_private_and_repeating_elements_are_named_by_number() -> None:
    dataset = ct_series(1, size=16)[0]
    dataset.private_block(0x0019, "GEMS_ACQU_01", create=True).add_new(0x02, "SL", 912)
    dataset.add_new(0x60020010, "US", 16)
    rows = rows_of(MetadataViewer(dataset))
    assert rows["(0019,1002)"][12] == "ds[0x0019, 0x1002].value"
    assert rows["(6002,0010)"][12] == "ds[0x6002, 0x0010].value"
    assert rows["(0002,0010)"][12] == "ds.file_meta.TransferSyntaxUID"


def test_a_series_says_what_varies() -> None:
    instances = ct_series(5, size=16)
    instances[2].PatientComments = "only here"
    viewer = MetadataViewer(instances)
    answer = viewer.answer({"ask": "series", "of": [0, 1, 2, 3, 4]}).content
    table = {row[0]: row for row in answer["attributes"]}
    varies, distinct, missing, common = table["(0020,0013)"][3:]
    assert (varies, distinct, missing) == (True, 5, 0)
    assert sorted(value for value, _ in common) == ["1", "2", "3", "4", "5"]
    assert table["(0008,0060)"][3:] == [False, 1, 0, [["CT", 5]]]
    assert table["(0010,4000)"][3:] == [True, 1, 4, [["only here", 1]]]


def test_a_masked_series_does_not_say_what_varies() -> None:
    instances = ct_series(2, size=16)
    for number, instance in enumerate(instances):
        instance.PatientIdentityRemoved = "NO"
        instance.PatientName = f"MARKER{number:02d}"
    answer = MetadataViewer(instances).answer({"ask": "series", "of": [0, 1]}).content
    (name,) = (row for row in answer["attributes"] if row[0] == "(0010,0010)")
    assert name[3:] == [None, 1, 0, [["masked", 2]]]


def test_everything_given_is_accounted_for() -> None:
    whole = encode_file(ct_series(1, size=16)[0])
    viewer = MetadataViewer([whole, whole[:-5], b"text"])
    content = viewer.answer({"ask": "overview"}).content
    assert content["counts"] == {"read": 1, "repaired": 1, "rejected": 1}
    assert [entry["outcome"] for entry in content["entries"]] == ["read", "repaired", "rejected"]
    assert "cut off" in content["entries"][1]["reason"]
    assert "text" in content["entries"][2]["reason"]
    assert [s["instances"] for study in content["studies"] for s in study["series"]] == [[0, 1]]


def test_an_index_can_be_shown_again() -> None:
    found = index(ct_series(2, size=16))
    assert MetadataViewer(found).index is found


def test_control_and_reordering_characters_are_visible() -> None:
    dataset = ct_series(1, size=16)[0]
    dataset.ImageComments = "a\x1b[31mb\u202ec"
    assert rows_of(MetadataViewer(dataset))["(0020,4000)"][8] == "a\\x1b[31mb\\u202ec"
