"""The messages from Python to the viewer's page about dropped files: texts and bytes, as in every viewer."""

from __future__ import annotations

import json
import zipfile
from pathlib import Path

import pytest
from pydicom.data import get_testdata_file

from dicomkit.files.writing import encode_file
from dicomkit.index.entries import FileEntry
from dicomkit.samples import ct_series
from dicomkit.viewers.viewer_page.dropped_files import DroppedFiles


@pytest.fixture
def dropped(tmp_path: Path) -> Path:
    """Return a folder as a worker shows it: two slices in a folder, two in a zip, and a note."""
    slices = [encode_file(each) for each in ct_series(4, size=16)]
    folder = tmp_path / "1"
    (folder / "study").mkdir(parents=True)
    for number, content in enumerate(slices[:2]):
        (folder / "study" / f"{number}.dcm").write_bytes(content)
    with zipfile.ZipFile(folder / "more.zip", "w") as archive:
        for number, content in enumerate(slices[2:], start=2):
            archive.writestr(f"{number}.dcm", content)
    (folder / "note.txt").write_text("call back")
    return folder


def test_folders_and_zips_are_listed_and_nothing_is_left_out(dropped: Path) -> None:
    told: list[tuple[int, int]] = []
    dropped_files = DroppedFiles()
    assert dropped_files.open(str(dropped), lambda done, total: told.append((done, total))) == (
        "5 entries: 4 read, 0 repaired, 1 rejected"
    )
    assert told[-1] == (4, 4)  # a zip is one entry until it is opened
    front = json.loads(dropped_files.show("metadata", 0))
    assert (front["name"], front["viewer"]) == ("MetadataViewer", 0)
    content, *_ = dropped_files.ask(0, json.dumps({"ask": "overview"}))
    assert len(json.loads(content)["entries"]) == 5


def test_images_are_those_of_the_series_and_bytes_those_of_the_entry(dropped: Path) -> None:
    dropped_files = DroppedFiles()
    dropped_files.open(str(dropped), lambda *_: None)
    first = next(number for number, row in enumerate(dropped_files._index.rows) if row.name.endswith("0.dcm"))
    assert json.loads(dropped_files.show("images", first))["description"].startswith(
        "ImageViewer, picture 1 of 4"
    )
    pictures = json.loads(dropped_files.ask(0, json.dumps({"ask": "pictures"}))[0])["pictures"]
    assert len(pictures) == 4
    frame = dropped_files.ask(0, json.dumps({"ask": "frame", "picture": 1, "part": 0}))
    assert [type(part) for part in frame] == [bytes] * len(frame)
    assert len(frame) > 1
    assert json.loads(dropped_files.show("bytes", 0))["name"] == "AnatomyViewer"


def test_the_chosen_image_is_the_one_that_is_shown(dropped: Path) -> None:
    dropped_files = DroppedFiles()
    dropped_files.open(str(dropped), lambda *_: None)
    for number, row in enumerate(dropped_files._index.rows):
        if row.outcome == "read":
            shown = json.loads(dropped_files.show("images", number))["state"]["selection"]
            assert shown == int(Path(row.name).stem) + 1


def test_pixels_stay_in_their_files_until_a_picture_is_looked_at(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    for number, each in enumerate(ct_series(5, size=128)):
        (tmp_path / f"{number}.dcm").write_bytes(encode_file(each))
    dropped_files = DroppedFiles()
    dropped_files.open(str(tmp_path), lambda *_: None)
    read: list[str] = []
    content = FileEntry.read_content
    monkeypatch.setattr(FileEntry, "read_content", lambda entry: (read.append(entry.name), content(entry))[1])
    dropped_files.show("images", 1)
    assert set(read) == {"1.dcm"}
    pixels = b"".join(dropped_files.ask(0, json.dumps({"ask": "frame", "picture": 4, "part": 0}))[1:])
    assert pixels.startswith(ct_series(5, size=128)[3].PixelData)
    assert set(read) == {"1.dcm", "3.dcm"}


def test_of_what_has_no_picture_the_content_is_shown(tmp_path: Path) -> None:
    report = Path(get_testdata_file("reportsi.dcm", download=False))  # of pydicom
    (tmp_path / "report.dcm").write_bytes(report.read_bytes())
    dropped_files = DroppedFiles()
    dropped_files.open(str(tmp_path), lambda *_: None)
    assert json.loads(dropped_files.show("images", 0))["name"] == "ContentViewer"


def test_a_series_is_shown_in_three_planes(dropped: Path) -> None:
    dropped_files = DroppedFiles()
    dropped_files.open(str(dropped), lambda *_: None)
    front = json.loads(dropped_files.show("planes", 0))
    assert front["name"] == "PlanesViewer"
    assert "16 x 16 x 4 voxels" in front["description"]
    dropped_files.show("metadata", 0)
    assert dropped_files.ask(0, json.dumps({"ask": "volume"})) == [], (
        "a viewer that is gone holds nothing any more"
    )


def test_a_full_memory_is_said_in_words(dropped: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def fail(_: object) -> bytes:
        raise MemoryError

    dropped_files = DroppedFiles()
    dropped_files.open(str(dropped), lambda *_: None)
    monkeypatch.setattr(FileEntry, "read_content", fail)
    assert "more memory than a page has" in json.loads(dropped_files.show("bytes", 4))["problem"]


def test_where_none_was_chosen_the_first_that_can_be_looked_at_is_shown(tmp_path: Path) -> None:
    (tmp_path / "a.txt").write_text("call back")
    (tmp_path / "b.dcm").write_bytes(encode_file(ct_series(1, size=16)[0]))
    dropped_files = DroppedFiles()
    dropped_files.open(str(tmp_path), lambda *_: None)
    assert json.loads(dropped_files.show("images", -1))["name"] == "ImageViewer"
    assert "problem" in json.loads(dropped_files.show("images", 0))


def test_what_cannot_be_shown_is_said(dropped: Path) -> None:
    dropped_files = DroppedFiles()
    dropped_files.open(str(dropped), lambda *_: None)
    rejected = next(
        number for number, row in enumerate(dropped_files._index.rows) if row.outcome == "rejected"
    )
    assert "there is no image in it" in json.loads(dropped_files.show("images", rejected))["problem"]
    assert "problem" in json.loads(dropped_files.show("bytes", rejected))
    assert "there is no such viewer" in json.loads(dropped_files.show("sounds", 0))["problem"]
    dropped_files.show("metadata", 0)
    assert "problem" in json.loads(dropped_files.ask(0, json.dumps({"ask": "instance", "n": 99}))[0])


def test_a_damaged_zip_is_an_entry_with_its_reason(tmp_path: Path) -> None:
    with zipfile.ZipFile(tmp_path / "a.zip", "w") as archive:
        archive.writestr("a.dcm", b"x" * 1000)
    content = bytearray((tmp_path / "a.zip").read_bytes())
    content[content.index(b"PK\x01\x02") + 10] = 99  # a compression that nobody knows
    (tmp_path / "a.zip").write_bytes(content)
    assert DroppedFiles().open(str(tmp_path), lambda *_: None) == "1 entry: 0 read, 0 repaired, 1 rejected"


@pytest.mark.parametrize("kind", ["images", "planes"])
def test_how_many_images_are_read_is_told(dropped: Path, kind: str) -> None:
    dropped_files = DroppedFiles()
    dropped_files.open(str(dropped), lambda *_: None)
    told: list[tuple[int, int]] = []
    dropped_files.show(kind, -1, lambda done, total: told.append((done, total)))
    assert told == [(0, 4), (1, 4), (2, 4), (3, 4)]
