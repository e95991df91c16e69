"""What the metadata viewer sends to the browser, and what it does not."""

from __future__ import annotations

import io
import json
import subprocess
import sys
import zipfile
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import ipywidgets
import pytest
from pydicom import Dataset, dcmread
from pydicom.data import get_testdata_file

from dicomkit.errors import UsageError
from dicomkit.files import index
from dicomkit.files.writing import encode_file
from dicomkit.samples import ct_series
from dicomkit.viewers import MetadataViewer
from dicomkit.viewers.metadata.duplicates import find_duplicates
from tests.support.marked_instance import MARKERS, marked_instance, markers_in


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


EXPRESSED = (
    *(
        "rtplan.dcm",
        "CT_small.dcm",
        "MR_small.dcm",
        "test-SR.dcm",
        "examples_overlay.dcm",
        "liver_1frame.dcm",
    ),
    *("JPEG2000.dcm", "reportsi.dcm", "waveform_ecg.dcm", "rtdose.dcm", "nested_priv_SQ.dcm"),
)


@pytest.mark.filterwarnings("ignore:Invalid value for VR UI")  # pydicom's own file is what it is
@pytest.mark.parametrize("name", EXPRESSED)
def test_the_expressions_lead_to_the_elements(name: str) -> None:
    path = get_testdata_file(name, download=False)
    assert path is not None
    ds = dcmread(path)
    # What pydicom itself finds, in the order of the file; group lengths of old files are no elements to it.
    expected = [element for element in (*ds.file_meta, *ds.iterall()) if element.tag.element]
    rows = MetadataViewer(path, mask=False).answer({"ask": "instance", "n": 0}).content["rows"]
    elements = [row for row in rows if row[2] in {"element", "sequence", "pixel sequence"}]
    elements = [row for row in elements if not row[3].endswith("0000)")]
    assert len(elements) == len(expected)
    for row, element in zip(elements, expected, strict=True):
        found = eval(row[12], {"ds": ds})  # noqa: S307 - what a learner pastes
        assert f"({element.tag.group:04x},{element.tag.element:04x})" == row[3]
        assert found is element.value or found == element.value, row[12]
    for row in rows:
        if row[2] == "item":
            assert isinstance(eval(row[12], {"ds": ds}), Dataset)  # noqa: S307 - the same


def test_private_and_repeating_elements_are_named_by_number() -> None:
    dataset = ct_series(1, size=16)[0]
    dataset.private_block(0x0019, "GEMS_ACQU_01", create=True).add_new(0x02, "SL", 912)
    dataset.add_new(0x60020010, "US", 16)
    rows = rows_of(MetadataViewer(dataset))
    assert rows["(0019,1002)"][12] == "ds[0x0019, 0x1002].value"
    assert rows["(6002,0010)"][12] == "ds[0x6002, 0x0010].value"
    assert rows["(0002,0010)"][12] == "ds.file_meta.TransferSyntaxUID"


def test_a_series_says_which_instance_has_which_value() -> None:
    instances = ct_series(5, size=16)
    instances[2].PatientComments = "only here"
    viewer = MetadataViewer(instances)
    (of,) = (question["of"] for question in viewer.questions() if question["ask"] == "attributes")
    answer = viewer.answer({"ask": "attributes", "of": of}).content
    table = {row[0]: row[1:] for row in answer["attributes"]}
    assert table["(0020,0013)"] == [
        "(0020,0013)",
        "InstanceNumber",
        "IS",
        ["1", "2", "3", "4", "5"],
        [0, 1, 2, 3, 4],
        "(0020,0013)",
    ]
    assert table["(0008,0060)"][3:5] == [["CT"], [0] * 5]
    assert table["(0010,4000)"][3:5] == [["only here"], [-1, -1, 0, -1, -1]]
    assert answer["unread"] == []


def test_a_masked_series_does_not_say_what_varies() -> None:
    instances = ct_series(2, size=16)
    for number, instance in enumerate(instances):
        instance.PatientIdentityRemoved = "NO"
        instance.PatientName = f"MARKER{number:02d}"
    answer = MetadataViewer(instances).answer({"ask": "attributes", "of": [0, 1]}).content
    (name,) = (row for row in answer["attributes"] if row[0] == "(0010,0010)")
    assert name[4:6] == [["masked"], [0, 0]]


def test_a_long_series_is_asked_for_in_pieces(tmp_path: Path) -> None:
    (instance,) = ct_series(1, size=16)
    for number in range(120):
        instance.InstanceNumber = number
        (tmp_path / f"{number:03d}.dcm").write_bytes(encode_file(instance))
    viewer = MetadataViewer(tmp_path)
    ((series,),) = (study["series"] for study in viewer.answer({"ask": "overview"}).content["studies"])
    assert [len(chunk) for chunk in series["chunks"]] == [50, 50, 20]
    assert [number for chunk in series["chunks"] for number in chunk] == series["instances"]
    (tmp_path / "003.dcm").unlink()
    assert viewer.answer({"ask": "attributes", "of": series["chunks"][0]}).content["unread"] == [3]


def test_what_is_missing_stands_where_it_belongs() -> None:
    (instance,) = ct_series(1, size=16)
    del instance.StudyDate
    instance.Modality = ""
    rows = MetadataViewer(instance).answer({"ask": "instance", "n": 0}).content["rows"]
    tags = [row[3] for row in rows if not row[1]]
    assert tags == sorted(tags)
    (missing,) = (row for row in rows if row[2] == "missing")
    assert missing[3:6] == ["(0008,0020)", "StudyDate", "DA"]
    assert missing[13:] == ["General Study", "2", "missing", "", ""]
    (empty,) = (row for row in rows if row[4] == "Modality")
    assert empty[13:] == ["General Series", "1", "empty", "", ""]
    assert {row[15] for row in rows if row[4] not in {"StudyDate", "Modality"}} == {""}


def test_what_an_item_lacks_stands_in_the_item() -> None:
    (instance,) = ct_series(1, size=16)
    code, reference = Dataset(), Dataset()
    code.CodingSchemeDesignator = "DCM"
    reference.ReferencedSOPClassUID = "1.2.840.10008.5.1.4.1.1.2"
    reference.PurposeOfReferenceCodeSequence = [code, code]
    instance.ReferencedImageSequence = [reference]
    rows = MetadataViewer(instance).answer({"ask": "instance", "n": 0}).content["rows"]
    inside = "(0008,1140)[0]"
    codes = f"{inside}.(0040,a170)"
    assert [(row[0], row[15]) for row in rows if row[0].startswith("(0008,1140)")] == [
        *(("(0008,1140)", ""), (inside, ""), (f"{inside}.(0008,1150)", "")),
        (f"{inside}.(0008,1155)", "missing"),
        *((codes, ""), (f"{codes}[0]", ""), (f"{codes}[0].(0008,0100)", "missing")),
        *((f"{codes}[0].(0008,0102)", ""), (f"{codes}[0].(0008,0104)", "missing")),
        *((f"{codes}[1]", ""), (f"{codes}[1].(0008,0100)", "missing")),
        *((f"{codes}[1].(0008,0102)", ""), (f"{codes}[1].(0008,0104)", "missing")),
    ]
    (row,) = (row for row in rows if row[0] == f"{codes}[1].(0008,0104)")
    assert row[1:5] == [4, "missing", "(0008,0104)", "CodeMeaning"]
    assert row[12] == "ds.ReferencedImageSequence[0].PurposeOfReferenceCodeSequence[1].CodeMeaning"
    assert row[13:15] == ["Code Sequence Macro", "1"]


def pieces(files: dict[str, bytes], size: int) -> Iterator[dict[str, Any]]:
    for number, (name, content) in enumerate(files.items()):
        for start in range(0, max(1, len(content)), size):
            piece = {"file": number, "of": len(files), "name": name, "size": len(content), "start": start}
            yield {"ask": "upload", "pieces": [piece], "buffers": [content[start : start + size]]}


def test_uploaded_files_are_added_and_masked_anew() -> None:
    viewer = MetadataViewer()
    assert viewer.describe().startswith("MetadataViewer: 0 entries")
    files = {"one.dcm": encode_file(marked_instance()), "empty": b"", "study.zip": marked_zip()}
    answers = [viewer.answer(question).content for question in pieces(files, 1000)]
    assert answers[-1] == {"done": True, "first": 0}
    assert {answer["done"] for answer in answers[:-1]} == {False}
    assert [row.outcome for row in viewer.index.rows] == ["read", "rejected", "read", "rejected"]
    assert viewer.index.rows[0].entry.read_content() == files["one.dcm"]
    viewer.answer({"ask": "reveal"})
    assert "MARKER00" in all_answers(viewer)
    one, two = pieces(
        {"a.dcm": files["one.dcm"], "b.dcm": files["one.dcm"]}, 1_000_000
    )  # small files in one message
    both = {key: one[key] + two[key] for key in ("pieces", "buffers")}
    assert MetadataViewer().answer({"ask": "upload", **both}).content == {"done": True, "first": 0}
    for question in pieces({"two.dcm": files["one.dcm"]}, 1_000_000):
        answer = viewer.answer(question).content
    assert answer["first"] == 4
    assert markers_in(all_answers(viewer)) == []


def test_an_upload_that_makes_no_sense_is_refused(monkeypatch: pytest.MonkeyPatch) -> None:
    viewer = MetadataViewer()
    first, second, third = pieces({"one.dcm": bytes(2500)}, 1000)
    viewer.answer(first)
    elsewhere = {**second, "pieces": [{**second["pieces"][0], "file": 1}]}
    for wrong in (third, elsewhere, {**second, "buffers": [bytes(3000)]}):
        with pytest.raises(UsageError, match="do not follow"):
            viewer.answer(wrong)
        viewer.answer(first)
    viewer.answer({"ask": "cancel upload"})
    with pytest.raises(UsageError):
        viewer.answer(second)
    monkeypatch.setattr("dicomkit.viewers.metadata.uploads.MAX_UPLOAD_BYTES", 1500)
    viewer.answer(first)
    with pytest.raises(UsageError, match="more than"):
        viewer.answer(second)
    assert viewer.index.rows == ()


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


def test_nothing_is_written_and_files_are_opened_for_reading_only(tmp_path: Path) -> None:
    folder = tmp_path / "study"
    folder.mkdir()
    for number, instance in enumerate(ct_series(3, size=16)):
        (folder / f"{number}.dcm").write_bytes(encode_file(instance))
    (folder / "study.zip").write_bytes(marked_zip())
    # In a process of its own, for an audit hook stays for ever (PEP 578). It hears of every opening by Python.
    code = """
import sys, os
from dicomkit.viewers import AnatomyViewer, ImageViewer, MetadataViewer
folder, opened = sys.argv[1], []
FOR_WRITING = os.O_WRONLY | os.O_RDWR | os.O_CREAT | os.O_APPEND | os.O_TRUNC
def hear(event, values):
    if event == "open":
        opened.append(str(values[0]))
        if values[2] & FOR_WRITING or set(str(values[1] or "")) & set("wax+"):
            raise SystemExit(f"opened for writing: {values}")
    elif event.split(".")[0] in {"os", "shutil", "tempfile", "socket", "subprocess"} and event not in {"os.scandir", "os.listdir"}:
        raise SystemExit(f"done: {event} {values}")
sys.addaudithook(hear)
single = os.path.join(folder, "0.dcm")
archive = os.path.join(folder, "study.zip")
for viewer in (MetadataViewer(folder), MetadataViewer(archive), MetadataViewer([single, archive]),
               ImageViewer(single), AnatomyViewer(single)):
    viewer._repr_mimebundle_()
    for question in viewer.questions():
        viewer.answer(question)
print(sum(name.startswith(folder) for name in opened))
"""
    done = subprocess.run(
        [sys.executable, "-P", "-c", code, str(folder)],
        check=False,
        capture_output=True,
        text=True,
        timeout=120,
    )
    assert done.stderr == ""
    assert int(done.stdout) > 10
    assert len(list(tmp_path.rglob("*"))) == 5


def test_entries_of_one_instance_are_duplicates_and_it_is_said_how_they_compare() -> None:
    one, two, three = ct_series(3, size=16)
    changed = dcmread(io.BytesIO(encode_file(one)))
    changed.PatientComments = "MARKER"
    changed.PatientIdentityRemoved = "NO"  # masked, and still compared
    viewer = MetadataViewer([one, two, two, changed, three, b"no DICOM"])
    assert viewer.answer({"ask": "overview"}).content["duplicates"] == [
        {"entries": [0, 3], "says": "one SOP Instance UID in 2 entries, different content"},
        {"entries": [1, 2], "says": "one SOP Instance UID in 2 entries, equal content"},
    ]
    assert (
        "2 duplicates: one SOP Instance UID in 2 entries, different content; "
        "one SOP Instance UID in 2 entries, equal content" in repr(viewer)
    )
    assert "duplicate" not in repr(MetadataViewer([one, two, three]))
    longer = dcmread(io.BytesIO(encode_file(one)))
    longer.PatientComments = "A" * 100
    (group,) = find_duplicates(index([encode_file(each) for each in (one, one, longer)]).rows)
    assert group == ([0, 1, 2], "one SOP Instance UID in 3 entries, 2 different contents")


def test_one_entry_is_one_entry() -> None:
    assert repr(MetadataViewer(ct_series(1, size=16))).splitlines()[:2] == [
        "MetadataViewer: 1 entry: 1 read, 0 repaired, 0 rejected",
        "1 study, 1 series",
    ]
