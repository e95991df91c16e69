"""The command ``dicomkit view``: one page, and nothing of a person in it unless that is asked for."""

from __future__ import annotations

import base64
import json
import zipfile
from pathlib import Path

import pytest

from dicomkit.cli import main
from dicomkit.files.writing import write_file
from dicomkit.samples import ct_series


@pytest.fixture
def study(tmp_path: Path) -> Path:
    folder = tmp_path / "study"
    folder.mkdir()
    for number, instance in enumerate(ct_series(2, size=16)):
        write_file(instance, folder / f"{number}.dcm")
    (folder / "note.txt").write_text("not DICOM", encoding="ascii")
    return folder


def test_a_folder_becomes_a_page(study: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    page = tmp_path / "page.html"
    assert main(["view", str(study), "-o", str(page)]) == 0
    captured = capsys.readouterr()
    assert "3 entries: 2 read, 0 repaired, 1 rejected" in captured.out
    assert "ImageViewer" in captured.out
    assert captured.err == ""
    text = page.read_text(encoding="utf-8")
    assert "default-src 'none'" in text
    assert "WORKSHOP^ANNA" in text


def test_a_page_of_somebody_has_neither_name_nor_picture(
    study: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    for number, instance in enumerate(ct_series(2, size=16)):
        instance.PatientIdentityRemoved = "NO"
        write_file(instance, study / f"{number}.dcm")
    page = tmp_path / "page.html"
    assert main(["view", str(study), "-o", str(page)]) == 0
    assert "ImageViewer" not in capsys.readouterr().out
    assert "WORKSHOP" not in page.read_text(encoding="utf-8")
    assert main(["view", str(study), "-o", str(page), "--unmasked"]) == 0
    assert "ImageViewer" in capsys.readouterr().out
    assert "WORKSHOP^ANNA" in page.read_text(encoding="utf-8")


def test_one_file_is_shown_with_its_bytes_and_they_are_covered(
    study: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    page = tmp_path / "page.html"
    assert main(["view", str(study), "-o", str(page)]) == 0
    assert "AnatomyViewer" not in capsys.readouterr().out
    image = ct_series(1, size=16)[0]
    image.PatientIdentityRemoved = "NO"
    write_file(image, study / "0.dcm")
    assert main(["view", str(study / "0.dcm"), "-o", str(page)]) == 0
    assert "AnatomyViewer" in capsys.readouterr().out
    data = page.read_text(encoding="utf-8").split('id="dicomkit-page">')[1].split("</script>", maxsplit=1)[0]
    answers = [answer for viewer in json.loads(data)["viewers"] for answer in viewer["answers"]]
    carried = b"".join(base64.b64decode(buffer) for answer in answers for buffer in answer["buffers"])
    assert b"DICM" in carried
    assert b"WORKSHOP" not in carried


def test_a_zip_is_shown_without_being_unpacked(study: Path, tmp_path: Path) -> None:
    archive = tmp_path / "study.zip"
    with zipfile.ZipFile(archive, "w") as stream:
        for file in study.iterdir():
            stream.write(file, file.name)
    page = tmp_path / "out" / "page.html"
    page.parent.mkdir()
    assert main(["view", str(archive), "-o", str(page)]) == 0
    assert sorted(page.parent.iterdir()) == [page]


def test_what_cannot_be_shown_is_one_line(
    study: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    page = tmp_path / "page.html"
    for path, status in ((study / "note.txt", 1), (tmp_path / "missing", 1)):
        assert main(["view", str(path), "-o", str(page)]) == status
        captured = capsys.readouterr()
        assert captured.err.startswith("dicomkit view: ")
        assert captured.err.count("\n") == 1
    assert main(["view", str(study / "0.dcm"), "-o", str(study / "0.dcm")]) == 2
    assert not page.exists()
