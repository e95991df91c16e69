"""The command ``dicomkit view``: one page, without identifying values unless they are asked for."""

from __future__ import annotations

import base64
import json
import os
import re
import subprocess
import zipfile
from pathlib import Path

import pytest

from dicomkit.cli import main, view
from dicomkit.files.writing import write_file
from dicomkit.samples import ct_series
from dicomkit.viewers.image import page_bounds


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
    assert re.fullmatch(r"dicomkit view: 1 file is not shown as pictures: 1 \(.*\)\n", captured.err)
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


@pytest.mark.parametrize(("words", "is_masked"), [([], True), (["--unmasked"], False)])
def test_all_parts_of_a_page_are_masked_or_none_is(
    words: list[str],
    is_masked: bool,  # noqa: FBT001 - both cases
    tmp_path: Path,
) -> None:
    image = ct_series(1, size=16)[0]
    image.PatientIdentityRemoved = "NO"
    image.PatientName = "MARKER^NAME"
    write_file(image, tmp_path / "0.dcm")
    page = tmp_path / "page.html"
    assert main(["view", str(tmp_path / "0.dcm"), "-o", str(page), *words]) == 0
    data = page.read_text(encoding="utf-8").split('id="dicomkit-page">')[1].split("</script>", maxsplit=1)[0]
    viewers = json.loads(data)["viewers"]
    told = [
        json.dumps(viewer["answers"])
        + "".join(
            base64.b64decode(one).decode("latin-1")
            for answer in viewer["answers"]
            for one in answer["buffers"]
        )
        for viewer in viewers
    ]
    assert len(viewers) == (2 if is_masked else 3), "no picture of somebody is in a masked page"
    assert ["MARKER^NAME" in text for text in told] == [not is_masked] * len(viewers)


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
    assert not page.exists()


@pytest.mark.skipif(not hasattr(os, "mkfifo"), reason="this system has no pipes with names")
def test_a_pipe_gets_the_page_and_is_not_read_from(
    study: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    os.mkfifo(tmp_path / "pipe")
    got = tmp_path / "got.html"
    with got.open("wb") as stream, subprocess.Popen(["cat", tmp_path / "pipe"], stdout=stream) as reader:
        try:
            status = main(["view", str(study), "-o", str(tmp_path / "pipe")])
            reader.wait(timeout=60)
        finally:
            reader.kill()
    content = got.read_bytes()
    assert status == 0
    assert content.startswith(b"<!DOCTYPE html>")
    assert content.endswith(b"</html>\n")
    assert capsys.readouterr().out == ""  # which may be where the page goes
    assert (tmp_path / "pipe").is_fifo()


def test_nothing_but_an_older_page_is_replaced(
    study: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    before = (study / "0.dcm").read_bytes()
    report = tmp_path / "report.html"
    report.write_text("<!DOCTYPE html><p>mine", encoding="ascii")
    for place in (study / "0.dcm", study / "1.dcm", report, tmp_path):
        assert main(["view", str(study / "0.dcm"), "-o", str(place)]) == 1
        assert capsys.readouterr().err.count("\n") == 1
    assert (study / "0.dcm").read_bytes() == before
    assert report.read_text(encoding="ascii") == "<!DOCTYPE html><p>mine"
    page = tmp_path / "page.html"
    assert main(["view", str(study / "0.dcm"), "-o", str(page)]) == 0
    first = page.read_bytes()
    assert main(["view", str(study), "-o", str(page)]) == 0
    assert page.read_bytes() != first


def test_a_list_of_files_becomes_one_page_that_says_how_large_it_is(
    study: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    page = tmp_path / "page.html"
    assert main(["view", str(study / "0.dcm"), str(study / "1.dcm"), "-o", str(page)]) == 0
    printed = capsys.readouterr().out
    assert "2 entries: 2 read" in printed
    assert printed.endswith(f"{page}: {page.stat().st_size / 1e6:.1f} MB\n")


def test_what_is_too_large_for_a_page_is_left_out_and_named(
    study: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(view, "_MAX_HEX_BYTES", 1000)
    monkeypatch.setattr(view, "_MAX_PICTURE_BYTES", 1000)
    page = tmp_path / "page.html"
    assert main(["view", str(study / "0.dcm"), "-o", str(page)]) == 0
    captured = capsys.readouterr()
    assert "AnatomyViewer" not in captured.out
    assert "ImageViewer" not in captured.out
    assert captured.err.splitlines() == [
        "dicomkit view: pictures are left out: the files have more than 1000 bytes; name fewer",
        "dicomkit view: the bytes are left out: the file has more than 1000",
    ]


def test_images_for_which_a_page_has_no_room_are_not_even_read(
    study: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(page_bounds, "MAX_PAGE_PICTURES", 1)
    page = tmp_path / "page.html"
    assert main(["view", str(study), "-o", str(page)]) == 0
    captured = capsys.readouterr()
    assert "1 (a page has room for 1 picture; make one of fewer files)" in captured.err
    assert "ImageViewer, picture 1 of 1: 16 rows, 16 columns" in captured.out
    assert "3 entries: 2 read" in captured.out
