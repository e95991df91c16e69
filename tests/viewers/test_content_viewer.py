"""The viewer of instances other than pictures: the right view for each kind, covered as in all viewers, within bounds."""

from __future__ import annotations

import zipfile
from pathlib import Path

import numpy as np
import pytest
from pydicom.dataset import Dataset, FileDataset

from dicomkit.contents import multiplex_groups
from dicomkit.errors import DicomKitError, ImageError, NoPictureError, NotDicomError
from dicomkit.files.writing import encode_file, write_file
from dicomkit.samples import ct_series
from dicomkit.viewers import ContentViewer, ImageViewer
from dicomkit.viewers.content import messages, viewer
from tests.support.dicom_files import bundled
from tests.support.reports import document, ecg, every_value_type, report


def study(folder: Path) -> dict[str, FileDataset]:
    """Write a folder with an image, a report and a document, and something that is no DICOM."""
    made: dict[str, FileDataset] = {
        "image": ct_series(1, size=16)[0],
        "report": report(*every_value_type(), PatientIdentityRemoved="YES"),
        "document": document(PatientIdentityRemoved="YES"),
    }
    for name, dataset in made.items():
        write_file(dataset, folder / f"{name}.dcm")
    (folder / "cut.dcm").write_bytes(encode_file(made["image"])[:700])
    return made


@pytest.mark.parametrize(
    "name", ["reportsi.dcm", "test-SR.dcm", "waveform_ecg.dcm", "rtplan.dcm", "DICOMDIR-reordered"]
)
def test_an_image_viewer_of_what_is_no_image_is_a_view_of_that(name: str) -> None:
    shown = ImageViewer(bundled(name))
    assert isinstance(shown, ContentViewer)
    assert "it has no picture" in shown.describe()
    assert shown.answer({"ask": "content", "number": 1}).content["lines"]


def test_an_image_stays_an_image_and_what_is_damaged_an_error(tmp_path: Path) -> None:
    made = study(tmp_path)
    assert isinstance(ImageViewer(tmp_path), ImageViewer)
    assert isinstance(ImageViewer(made["image"]), ImageViewer)
    assert isinstance(ImageViewer(made["report"], mask=False), ContentViewer)
    assert isinstance(ImageViewer(encode_file(made["report"])), ContentViewer)
    del made["image"].PixelData
    for nothing in (made["image"], Dataset()):
        with pytest.raises(ImageError, match="it has no Pixel Data"):
            ImageViewer(nothing)


def test_what_only_a_picture_has_is_an_error_in_words(tmp_path: Path) -> None:
    made = study(tmp_path)
    shown = ImageViewer(made["report"])
    assert shown.selection == 1
    for name in ("window", "function", "linked_as"):
        assert not hasattr(shown, name)
        with pytest.raises(NoPictureError, match="what is shown has no picture \\(Comprehensive 3D SR\\)"):
            getattr(shown, name)
        with pytest.raises(AttributeError, match=f"ContentViewer.{name}"):
            setattr(shown, name, (40, 80))
    with pytest.raises(NoPictureError):
        shown.link(ImageViewer(made["image"]))
    with pytest.raises(NoPictureError):
        ImageViewer(made["image"]).link(shown)
    with pytest.raises(AttributeError, match="'ContentViewer' object has no attribute 'windows'"):
        _ = shown.windows


def test_of_several_sources_what_is_no_image_is_left_out_and_counted(tmp_path: Path) -> None:
    made = study(tmp_path)
    paths = [tmp_path / f"{name}.dcm" for name in ("report", "image", "document")]
    for source in (paths, list(made.values()), [path.read_bytes() for path in paths]):
        shown = ImageViewer(source)
        assert isinstance(shown, ImageViewer)
        assert "2 files are not shown: 2 (it has no Pixel Data (7FE0,0010))" in shown.describe()
        shown.window = (40, 80)
    assert isinstance(ImageViewer([paths[0], paths[2]]), ContentViewer)
    with pytest.raises(NotDicomError):
        ImageViewer([*paths, tmp_path / "cut.dcm"])  # what is named and cannot be read is no matter of kinds


def test_a_folder_a_zip_bytes_and_data_sets_show_the_same(tmp_path: Path) -> None:
    made = study(tmp_path)
    with zipfile.ZipFile(tmp_path.parent / "study.zip", "w") as archive:
        for path in tmp_path.iterdir():
            archive.write(path, path.name)
    contents = [encode_file(dataset) for dataset in made.values()]
    names = []
    for source in (tmp_path, str(tmp_path.parent / "study.zip"), contents, list(made.values())):
        shown = ContentViewer(source)
        names.append(
            sorted(name.partition(",")[0] for name in shown.answer({"ask": "contents"}).content["contents"])
        )
    assert names == [["Comprehensive 3D SR", "Encapsulated PDF"]] * 4
    assert ContentViewer(tmp_path).answer({"ask": "contents"}).content["unread"] == 1
    assert "1 file could not be read" in ContentViewer(tmp_path).describe()


def test_a_single_file_knows_its_neighbours(tmp_path: Path) -> None:
    made = study(tmp_path)
    item = made["report"].ContentSequence[1].ReferencedSOPSequence[0]
    item.ReferencedSOPInstanceUID = made["image"].SOPInstanceUID
    write_file(made["report"], tmp_path / "report.dcm")
    for source in (tmp_path / "report.dcm", tmp_path):
        shown = ContentViewer(source)
        shown.selection = len(shown.answer({"ask": "contents"}).content["contents"])
        assert "In this folder: 1 of 5 instances that it refers to" in shown.describe()


def test_what_there_is_not_is_an_error(tmp_path: Path) -> None:
    write_file(ct_series(1, size=16)[0], tmp_path / "a.dcm")
    write_file(ct_series(2, size=16)[1], tmp_path / "b.dcm")
    with pytest.raises(NotDicomError, match="nothing in it is a report"):
        ContentViewer(tmp_path)
    for source in (b"no DICOM", tmp_path / "missing", 5):
        with pytest.raises(DicomKitError):
            ContentViewer(source)
    shown = ContentViewer(report())
    with pytest.raises(NotDicomError, match="there are 1"):
        shown.selection = 2


def test_somebodys_document_and_values_are_covered_until_they_are_revealed() -> None:
    made = document(b"%PDF-1.4 MARKER\n")
    shown = ContentViewer(made)
    assert shown.answer({"ask": "content", "number": 1}).content["document"]["covered"]
    piece = {"ask": "document", "number": 1, "piece": 0}
    assert shown.answer(piece).buffers == ()
    assert piece not in list(shown.questions())
    shown.answer({"ask": "reveal"})
    assert shown.answer(piece).buffers == [b"%PDF-1.4 MARKER\n"]
    assert "MARKER" not in shown.describe()


def test_a_voice_is_covered_and_an_ecg_is_not() -> None:
    made = ecg()
    question = {"ask": "curves", "number": 1, "group": 1}
    assert len(ContentViewer(made).answer(question).buffers) == 2
    made.SOPClassUID = "1.2.840.10008.5.1.4.1.1.9.4.1"  # Basic Voice Audio
    covered = ContentViewer(made)
    assert covered.answer(question).buffers == ()
    assert (
        covered.answer({"ask": "content", "number": 1}).content["groups"][0]["problem"]
        == "a recorded voice is covered"
    )
    assert len(ContentViewer(made, mask=False).answer(question).buffers) == 2


def test_a_long_curve_is_sent_as_the_least_and_greatest_of_buckets(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(messages, "MAX_DRAWN_VALUES", 400)
    (group,) = multiplex_groups(ecg(2000))
    assert group.values is not None
    step = messages.samples_per_bucket(group)
    rising, falling = (np.frombuffer(one, "<f4") for one in messages.curve_buffers(group))
    assert (step, len(rising)) == (20, 200)
    np.testing.assert_array_equal(rising[:4], [0, 19, 20, 39])
    assert np.isnan(falling[50:100]).all()
    assert rising.max() == 1999, "a peak of one sample is not lost"
    assert len(rising) + len(falling) <= 400


def test_a_document_comes_in_pieces_that_give_it_back(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(viewer, "_PIECE_BYTES", 10)
    content = bytes(range(64))
    shown = ContentViewer(document(content, PatientIdentityRemoved="YES"))
    pieces = [question for question in shown.questions() if question["ask"] == "document"]
    assert b"".join(b"".join(shown.answer(question).buffers) for question in pieces) == content


def test_a_page_has_bounds_and_says_what_it_left_out(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(viewer, "_MAX_PAGE_BYTES", 6000)
    shown = ContentViewer([ecg(200, PatientIdentityRemoved="YES"), ecg(5000, PatientIdentityRemoved="YES")])
    answers = {(question["ask"], question.get("number")): answer for question, answer in shown.page_answers()}
    assert len(answers["curves", 1].buffers) == 2
    assert answers["curves", 2].content == {
        "problem": "this page has no room for it; make a page of fewer files"
    }


def test_a_page_has_a_whole_document_or_none_of_it(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(viewer, "_PIECE_BYTES", 1000)
    for room, is_there in ((9000, True), (6100, False)):
        monkeypatch.setattr(viewer, "_MAX_PAGE_BYTES", room)
        shown = ContentViewer(document(b"%PDF-1.4" + bytes(5992)), mask=False)
        pieces = [answer for question, answer in shown.page_answers() if question["ask"] == "document"]
        assert [bool(answer.buffers) for answer in pieces] == [is_there] * 6
        assert is_there or "no room for it" in pieces[0].content["problem"]


def test_what_a_notebook_stores_is_the_text_of_nobodys_report_alone() -> None:
    made = report(*every_value_type(), PatientIdentityRemoved="YES")
    assert "contains TEXT, Impression: nothing new" in ContentViewer(made).describe()
    made.PatientIdentityRemoved = "NO"
    assert ContentViewer(made, mask=False).describe().splitlines() == [
        "ContentViewer: Comprehensive 3D SR: it has no picture: it says what was found as a tree of names and values",
        "  20 lines, not described here: Patient Identity Removed is not YES",
    ]


def test_a_segmentation_names_its_segments_beside_the_image() -> None:
    shown = ImageViewer(bundled("liver_1frame.dcm"))
    answer = shown.answer({"ask": "frame", "picture": 1, "part": 0}).content
    assert ["Segment 1", "Liver, Tissue, semiautomatic"] in [list(row[:2]) for row in answer["tags"]]
