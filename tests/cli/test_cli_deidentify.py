"""The command ``dicomkit deidentify``: new files only, a line for each, and an exit status for refusals."""

from __future__ import annotations

import csv
import os
import re
import signal
import subprocess
from collections.abc import Callable
from pathlib import Path

import pydicom
import pytest

from dicomkit.cli import main
from dicomkit.files.writing import write_file
from dicomkit.privacy import deidentified_files
from dicomkit.samples import ct_series

MARKER = "KOWALSKA"


@pytest.fixture
def study(tmp_path: Path) -> Path:
    folder = tmp_path / "in"
    folder.mkdir()
    for number, instance in enumerate(ct_series(2, size=16)):
        instance.PatientName, instance.PatientIdentityRemoved = f"{MARKER}^ANNA", "NO"
        write_file(instance, folder / f"{MARKER}_{number}.dcm")
    return folder


@pytest.fixture
def key(tmp_path: Path) -> Path:
    path = tmp_path / "keys" / "study.key"
    path.parent.mkdir()
    path.write_text("0123456789abcdef" * 4 + "\n", encoding="ascii")
    path.chmod(0o600)
    return path


def test_a_folder_is_deidentified_and_reported(
    study: Path,
    key: Path,
    tmp_path: Path,
    capsys: pytest.CaptureFixture[str],
    peer: Callable[[str], str],
) -> None:
    out, report = tmp_path / "out", tmp_path / "report.csv"
    words = ["deidentify", str(study), str(out), "--profile", "basic"]
    assert main([*words, "--key-file", str(key), "--report", str(report)]) == 0
    captured = capsys.readouterr()
    assert captured.err == ""
    files = sorted(out.rglob("*.dcm"))
    assert len(files) == len(captured.out.splitlines()) == 2
    assert MARKER not in captured.out
    for path in files:
        dump = subprocess.run(
            [peer("dcmdump"), str(path)], check=True, capture_output=True, text=True, timeout=60
        )
        assert MARKER not in dump.stdout
        assert "(0012,0062) CS [YES]" in dump.stdout
        assert MARKER.encode() not in path.read_bytes()
    rows = list(csv.DictReader(report.read_text("utf-8").splitlines()))
    assert {row["file"] for row in rows} == {path.relative_to(out).as_posix() for path in files}
    assert {(row["name"], row["action"]) for row in rows} >= {
        ("PatientName", "replaced"),
        ("StudyDate", "date shifted"),
        ("SOPInstanceUID", "new UID"),
        ("Rows", "kept"),
    }
    assert MARKER not in report.read_text("utf-8")
    secret = key.read_bytes().strip()
    assert all(secret not in path.read_bytes() for path in [*files, report])


@pytest.mark.skipif(os.name == "nt", reason="sends POSIX signals")
def test_who_is_terminated_says_and_reports_what_is_written(
    study: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    write = deidentified_files._write_new

    def write_one(*given: object) -> None:
        if (tmp_path / "out").exists():
            signal.raise_signal(signal.SIGTERM)
        write(*given)  # type: ignore[arg-type]

    monkeypatch.setattr(deidentified_files, "_write_new", write_one)
    words = ["deidentify", str(study), str(tmp_path / "out"), "--report", str(tmp_path / "report.csv")]
    assert main(words) == 143
    assert capsys.readouterr().err.splitlines()[-1] == (
        "dicomkit deidentify: interrupted: 1 file written, the others not; run it again, into another folder"
    )
    [written] = (tmp_path / "out").rglob("*.dcm")
    names = {row["file"] for row in csv.DictReader((tmp_path / "report.csv").read_text().splitlines())}
    assert {Path(name).name for name in names} == {written.name}
    assert signal.getsignal(signal.SIGTERM) == signal.SIG_DFL


def test_the_same_key_gives_the_same_names_in_another_run(
    study: Path, key: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    names = []
    for run in ("one", "two"):
        assert main(["deidentify", str(study), str(tmp_path / run), "--key-file", str(key)]) == 0
        names.append(sorted(path.relative_to(tmp_path / run) for path in (tmp_path / run).rglob("*.dcm")))
    assert names[0] == names[1]
    assert main(["deidentify", str(study), str(tmp_path / "three")]) == 0
    assert "forgets it" in capsys.readouterr().err
    other = sorted(path.relative_to(tmp_path / "three") for path in (tmp_path / "three").rglob("*.dcm"))
    assert set(other).isdisjoint(names[0])


def test_one_file_gets_the_name_that_was_asked_for(study: Path, key: Path, tmp_path: Path) -> None:
    source, target = study / f"{MARKER}_0.dcm", tmp_path / "new.dcm"
    before = source.read_bytes()
    assert main(["deidentify", str(source), str(target), "--key-file", str(key)]) == 0
    assert pydicom.dcmread(target).PatientName != f"{MARKER}^ANNA"
    assert source.read_bytes() == before
    written = target.read_bytes()
    assert main(["deidentify", str(source), str(target), "--key-file", str(key)]) == 1
    assert target.read_bytes() == written


def test_a_refusal_is_said_and_is_no_success(
    study: Path, key: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    path = study / f"{MARKER}_0.dcm"
    dataset = pydicom.dcmread(path)
    dataset.BurnedInAnnotation = "YES"
    write_file(dataset, path)
    out = tmp_path / "out"
    words = ["deidentify", str(study), str(out), "--key-file", str(key)]
    assert main(words) == 1
    captured = capsys.readouterr()
    assert len(captured.err.splitlines()) == len(captured.out.splitlines()) == 1
    assert re.match(r"dicomkit deidentify: .*_0\.dcm: Burned In Annotation is YES: ", captured.err)
    assert [path.suffix for path in out.rglob("*") if path.is_file()] == [".dcm"]
    assert main([*words[:2], str(tmp_path / "looked"), *words[3:], "--pixels-checked"]) == 0


@pytest.mark.skipif(os.name != "posix", reason="other systems have no such rights")
def test_a_key_that_others_can_read_is_said(
    study: Path, key: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    key.chmod(0o644)
    assert main(["deidentify", str(study), str(tmp_path / "out"), "--key-file", str(key)]) == 0
    assert "others on this machine can read the key" in capsys.readouterr().err


@pytest.mark.parametrize("place", ["in/study.key", "out/study.key", "out/deeper/study.key"])
def test_a_key_does_not_lie_with_the_data(
    place: str, study: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    path = tmp_path / place
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_bytes(b"x" * 40)
    assert main(["deidentify", str(study), str(tmp_path / "out"), "--key-file", str(path)]) == 2
    assert "with the data" in capsys.readouterr().err
    assert not list((tmp_path / "out").rglob("*.dcm"))


@pytest.mark.parametrize(
    ("target", "options"),
    [("in", []), ("in/deeper", []), ("out", ["--profile", "none"]), ("out", ["--key-file", "none.key"])],
)
def test_what_makes_no_sense_writes_nothing(
    target: str, options: list[str], study: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    before = sorted(study.rglob("*"))
    assert main(["deidentify", str(study), str(tmp_path / target), *options]) != 0
    assert capsys.readouterr().err.splitlines()[-1].startswith("dicomkit deidentify: ")
    assert sorted(study.rglob("*")) == before
    assert not (tmp_path / "out").exists()


def test_an_empty_folder_is_no_success(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    (tmp_path / "empty").mkdir()
    assert main(["deidentify", str(tmp_path / "empty"), str(tmp_path / "out")]) == 1
    assert "there is no file in it" in capsys.readouterr().err
