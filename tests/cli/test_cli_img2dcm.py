"""``dicomkit img2dcm``, as the handout types it."""

from __future__ import annotations

import re
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest
from PIL import Image
from pydicom import dcmread

from dicomkit.cli import main

DATA = Path(__file__).parents[1] / "data" / "pixels"
TWO, PICTURE = str(DATA / "two.dcm"), str(DATA / "image.jpg")


def test_the_line_of_the_handout_gives_what_dcmtk_gives(
    tmp_path: Path, capsys: pytest.CaptureFixture[str], peer: Callable[[str], str]
) -> None:
    three = tmp_path / "three.dcm"
    assert main(["img2dcm", "--series-from", TWO, PICTURE, str(three)]) == 0
    out, err = capsys.readouterr()
    assert out == ""
    # The clock's date and time are values that nobody gave, so they are told like the others.
    told = r"dicomkit img2dcm: filled in ContentDate=\d{8}, ContentTime=\d{6}, Modality=OT, ImageLaterality=U; set others with -k\n"
    assert re.fullmatch(told, err)
    lines = subprocess.run(
        [peer("dcmdump"), three], capture_output=True, text=True, check=True, timeout=60
    ).stdout.splitlines()
    theirs = subprocess.run(
        [peer("dcmdump"), DATA / "three_by_dcmtk.dcm"], capture_output=True, text=True, check=True, timeout=60
    ).stdout.splitlines()
    own = ("(0002,0", "(0008,0018)", "(0028,2112)", "  (fffe,e000)")  # UIDs, and the stream: DCMTK drops JFIF
    expected = [line for line in theirs if line.startswith("(") and not line.startswith(own)]
    assert len(expected) > 25
    assert [line for line in expected if line not in lines] == []
    assert Path(PICTURE).read_bytes() in three.read_bytes()


@pytest.mark.parametrize("option", ["--study-from", "-stf", "--series-from", "-sef"])
def test_joining_a_study_or_a_series(option: str, tmp_path: Path) -> None:
    assert main(["img2dcm", option, TWO, PICTURE, str(tmp_path / "out.dcm")]) == 0
    two, out = dcmread(TWO), dcmread(tmp_path / "out.dcm")
    assert out.StudyInstanceUID == two.StudyInstanceUID
    assert (out.SeriesInstanceUID == two.SeriesInstanceUID) == ("se" in option)


def test_a_key_sets_an_attribute(tmp_path: Path) -> None:
    keys = ["-k", "PatientName=WORKSHOP^ANNA", "-k", "0008,1030=A = B", "--key", "(0028,0120)=7",
            "-k", r"ImageType=ORIGINAL\SECONDARY", "-k", "StudyDate=20220914",
            "-k", r"ImageComments=C:\new"]  # fmt: skip
    assert main(["img2dcm", *keys, PICTURE, str(tmp_path / "out.dcm")]) == 0
    out = dcmread(tmp_path / "out.dcm")
    assert (out.PatientName, out.StudyDescription, out.PixelPaddingValue) == ("WORKSHOP^ANNA", "A = B", 7)
    assert (list(out.ImageType), out.StudyDate) == (["ORIGINAL", "SECONDARY"], "20220914")
    assert out.ImageComments == r"C:\new"


def test_what_was_changed_is_said_unless_quiet(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    path = tmp_path / "progressive.jpg"
    Image.fromarray(np.zeros((9, 9, 3), dtype=np.uint8)).save(path, progressive=True)
    words = ["img2dcm", "--series-from", TWO, str(path), str(tmp_path / "out.dcm")]
    assert main(words) == 0
    assert capsys.readouterr().err.splitlines()[0] == (
        "dicomkit img2dcm: The JPEG stream is progressive: it was decoded and is stored uncompressed."
    )
    assert main([*words, "-q"]) == 0
    assert capsys.readouterr().err == ""


@pytest.mark.parametrize(
    ("words", "status", "said"),
    [
        ([PICTURE, "missing-folder/out.dcm"], 1, "cannot be written"),
        (["nothing.png", "out.dcm"], 1, "cannot be read"),
        ([TWO, "out.dcm"], 1, "it is no picture"),
        (["--series-from", PICTURE, PICTURE, "out.dcm"], 1, "image.jpg"),
        (["--series-from", "one.dcm", PICTURE, "out.dcm"], 1, "it has no SeriesInstanceUID"),
        (["--series-from", TWO, "--study-from", TWO, PICTURE, "out.dcm"], 2, "not allowed with"),
        (["-k", "PatientName", PICTURE, "out.dcm"], 2, "no equals sign"),
        (["-k", "PatientsName=X", PICTURE, "out.dcm"], 2, "no such attribute"),
        (["-k", "0009,0010=X", PICTURE, "out.dcm"], 2, "no such attribute"),
        (["-k", "PixelPaddingValue=x", PICTURE, "out.dcm"], 1, "does not fit VR US"),
        (["-k", "StudyDate=yesterday", PICTURE, "out.dcm"], 1, "does not fit VR DA"),
        (["-k", "SpecificCharacterSet=UTF-8", PICTURE, "out.dcm"], 1, "no such character set"),
        ([PICTURE], 2, "required"),
    ],
)
def test_a_mistake_is_one_line_and_leaves_no_file(
    words: list[str],
    status: int,
    said: str,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
) -> None:
    monkeypatch.chdir(tmp_path)
    two = dcmread(TWO)
    del two.SeriesInstanceUID
    two.save_as("one.dcm")
    assert main(["img2dcm", *words]) == status
    err = capsys.readouterr().err
    assert err.startswith("dicomkit img2dcm: ")
    assert said in err
    assert err.count("\n") == 1
    assert [path.name for path in tmp_path.iterdir()] == ["one.dcm"]


def test_no_front_end_and_no_plotting_is_imported(tmp_path: Path) -> None:
    code = (
        "import sys; from dicomkit.cli import main\n"
        f"assert main(['img2dcm', '-q', {PICTURE!r}, {str(tmp_path / 'out.dcm')!r}]) == 0\n"
        "print(sorted({'matplotlib', 'ipywidgets', 'pynetdicom', 'IPython'} & set(sys.modules)))"
    )
    done = subprocess.run(
        [sys.executable, "-c", code], capture_output=True, text=True, check=True, timeout=60
    )
    assert done.stdout.strip() == "[]"


def test_a_picture_is_not_replaced_by_its_file(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    picture = tmp_path / "picture.pgm"
    picture.write_bytes(b"P5 2 2 255\nabcd")
    assert main(["img2dcm", str(picture), str(picture)]) == 2
    assert "overwrite its own input" in capsys.readouterr().err
    assert picture.read_bytes() == b"P5 2 2 255\nabcd"


@pytest.mark.parametrize("kind", ["PNG", "JPEG", "TIFF"])
def test_a_picture_is_read_once(kind: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    picture, read = tmp_path / "picture", Path.read_bytes
    Image.fromarray(np.arange(64, dtype=np.uint8).reshape(8, 8)).save(picture, format=kind)
    content = [read(picture)]  # as a pipe gives it: once
    monkeypatch.setattr(Path, "read_bytes", lambda path: content.pop() if path == picture else read(path))
    assert main(["img2dcm", str(picture), str(tmp_path / "out.dcm")]) == 0
    assert content == []
