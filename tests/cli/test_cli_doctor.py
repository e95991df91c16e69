"""`dicomkit doctor` names what does not work and what to do; `dicomkit check` runs a saved notebook."""

from __future__ import annotations

import importlib.metadata
import json
import shutil
import webbrowser
from collections import namedtuple
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from dicomkit.cli import main
from dicomkit.errors import NoReceiverError, WorkshopError
from dicomkit.lessons.catalogue import NOTEBOOKS, Notebook, exercises_of
from dicomkit.lessons.record import read_record
from dicomkit.workshop import examination, kernel
from dicomkit.workshop.copies import copy_workshop
from dicomkit.workshop.kernel import check_kernel, execute_notebook
from dicomkit.workshop.solving import exercise_of, solve_notebook


@pytest.fixture(autouse=True)
def _own_state(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("DICOMKIT_STATE_FOLDER", str(tmp_path / "state"))


def report(capsys: pytest.CaptureFixture[str], *words: str) -> tuple[int, list[str]]:
    status = main(["doctor", *words])
    captured = capsys.readouterr()
    assert not captured.err
    return status, captured.out.splitlines()


def test_a_healthy_machine_gets_no_problem(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    status, lines = report(capsys, str(tmp_path / "w"))
    assert status == 0, lines
    assert all(line.startswith(("ok ", "note ")) for line in lines[:-1])
    assert lines[-1] == "All lessons can run here. Start with: dicomkit lab"
    for word in (
        "Python",
        "pydicom",
        "jupyterlab",
        "notebooks",
        "can be written",
        "disk",
        "kernel",
        "C-ECHO",
        "DCMTK",
    ):
        assert any(word in line for line in lines), word
    assert not (tmp_path / "w").exists(), "the doctor only looks"


def missing(name: str) -> Callable[[str], str]:
    def version(asked: str) -> str:
        if asked == name:
            raise importlib.metadata.PackageNotFoundError(asked)
        return "99.0"

    return version


def no_browser(*_: object) -> None:
    raise webbrowser.Error("none")


def raises(error: Exception) -> Callable[..., None]:
    def call(*_: object, **__: object) -> None:
        raise error

    return call


Usage = namedtuple("Usage", "total used free")  # noqa: PYI024 - as shutil.disk_usage returns it

PROBLEMS = [
    ("importlib.metadata.version", missing("pydicom"), "pydicom is not installed: run: pip install"),
    ("importlib.metadata.version", missing("jupyterlab"), 'jupyterlab is not installed: run: pip install "jupyterlab>=4.2"'),
    ("importlib.metadata.version", missing("dicom-anonymizer"), 'dicom-anonymizer is not installed: run: pip install "dicom-anonymizer>=2.1"'),
    ("importlib.metadata.version", lambda _: "0.9rc1", "0.9rc1 is older than 3.0.2: run: pip install --upgrade"),
    ("tempfile.TemporaryFile", raises(PermissionError(13, "Permission denied")), "cannot be written (Permission denied)"),
    ("shutil.disk_usage", lambda _: Usage(10**9, 10**9, 1000), "free disk space: 0.0 GB: make room"),
    ("dicomkit.workshop.kernel.check_kernel", raises(WorkshopError("kernel", "it is ill", "cure it")), "it is ill; cure it"),
    ("dicomkit.network.echo", raises(NoReceiverError("host", "nobody listens", "start one")), "nobody listens; start one"),
    ("dicomkit.network.echo", raises(ZeroDivisionError("secret")), "a check failed with ZeroDivisionError"),
    ("dicomkit.lessons.catalogue._PACKAGE", Path("/nowhere/at/all"), "its notebooks are missing"),
]  # fmt: skip


@pytest.mark.parametrize(("where", "instead", "expected"), PROBLEMS, ids=[text for _, _, text in PROBLEMS])
def test_a_problem_is_named_with_its_cure_and_counts(
    where: str,
    instead: object,
    expected: str,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
) -> None:
    monkeypatch.setattr(kernel, "check_kernel", lambda: None)
    monkeypatch.setattr(where, instead)
    status, lines = report(capsys, str(tmp_path))
    assert status == 1
    assert any(line.startswith("problem  ") and expected in line for line in lines), lines
    assert lines[-1].startswith("Not every lesson can run here: ")
    assert "secret" not in "".join(lines)


NOTES = [
    ("shutil.which", lambda _: None, "DCMTK is not installed (optional)"),
    ("webbrowser.get", no_browser, "no browser was found: open the address"),
    (
        "importlib.metadata.version",
        missing("pyjpegls"),
        'pyjpegls is not installed (optional): run: pip install "pyjpegls>=1.5"',
    ),
    (
        "dicomkit.pixels.missing_decoder.DecoderPackage.is_installed",
        property(lambda _: False),
        "JPEG Lossless and JPEG of 12 bits cannot be shown (optional): run: pip install imagecodecs (licence: BSD-3-Clause)",
    ),
    ("shutil.disk_usage", lambda _: Usage(10**9, 10**9, 5 * 10**8), "free disk space: 0.5 GB"),
    ("dicomkit.workshop.examination.record_path", raises(RuntimeError()), "set DICOMKIT_STATE_FOLDER"),
]


@pytest.mark.parametrize(("where", "instead", "expected"), NOTES, ids=[text for _, _, text in NOTES])
def test_what_is_only_good_to_know_is_a_note(
    where: str,
    instead: object,
    expected: str,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
) -> None:
    monkeypatch.setattr(kernel, "check_kernel", lambda: None)
    monkeypatch.setattr(where, instead)
    status, lines = report(capsys, str(tmp_path))
    assert status == 0, lines
    assert any(line.startswith("note ") and expected in line for line in lines), lines


@pytest.mark.parametrize(
    ("version", "numbers"), [("3.0.2", (3, 0, 2)), ("2", (2,)), ("3.0.2rc1", (3, 0, 2)), ("1.0.dev3", (1, 0))]
)
def test_versions_are_compared_as_numbers(version: str, numbers: tuple[int, ...]) -> None:
    assert examination._numbers(version) == numbers
    assert examination._numbers("10.1") > examination._numbers("9.9")


# --- a kernel ---------------------------------------------------------------------------------------------


def test_a_kernel_of_this_python_answers() -> None:
    check_kernel()


def test_a_kernel_that_does_not_start_is_a_workshop_error(monkeypatch: pytest.MonkeyPatch) -> None:
    import ipykernel.kernelspec as specs  # noqa: PLC0415 - only here

    monkeypatch.setattr(
        specs, "get_kernel_dict", lambda *_: {"argv": ["/nowhere/python"], "display_name": "x"}
    )
    with pytest.raises(WorkshopError, match="did not start"):
        check_kernel()


def test_a_cell_that_kills_the_kernel_is_a_workshop_error(tmp_path: Path) -> None:
    cell = {"cell_type": "code", "id": "a", "metadata": {}, "outputs": [], "execution_count": None}
    cell["source"] = "import os\nos._exit(3)"
    notebook = {"cells": [cell], "metadata": {}, "nbformat": 4, "nbformat_minor": 5}
    with pytest.raises(WorkshopError, match="did not answer"):
        execute_notebook(notebook, tmp_path)


# --- dicomkit check ---------------------------------------------------------------------------------------


@pytest.fixture
def workshop(tmp_path: Path) -> Path:
    copy_workshop(tmp_path / "w")
    return tmp_path / "w"


LESSON = NOTEBOOKS[1]


def change(workshop: Path, edit: Callable[[dict[str, Any]], dict[str, Any] | None]) -> None:
    path = workshop / LESSON.file_name
    notebook = json.loads(path.read_text(encoding="utf-8"))
    path.write_text(json.dumps(edit(notebook) or notebook), encoding="utf-8")


def test_the_stubs_are_to_do(workshop: Path, capsys: pytest.CaptureFixture[str]) -> None:
    before = (workshop / LESSON.file_name).read_bytes()
    assert main(["check", LESSON.number, str(workshop)]) == 1
    lines = capsys.readouterr().out.splitlines()
    exercises = exercises_of(LESSON)
    assert [line[:10] for line in lines[:-1]] == [f"{exercise.id}  TODO" for exercise in exercises]
    assert lines[-1] == f"0 of {len(exercises)} exercises passed"
    assert (workshop / LESSON.file_name).read_bytes() == before


def test_a_solved_notebook_passes_and_is_remembered(
    workshop: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    change(workshop, solve_notebook)
    assert main(["check", LESSON.number, str(workshop)]) == 0
    assert capsys.readouterr().out.count("PASS") == len(exercises_of(LESSON))
    assert read_record().passed == {exercise.id for exercise in exercises_of(LESSON)}


def test_wrong_answers_broken_cells_and_missing_checks_are_told_apart(
    workshop: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    first, second, third = exercises_of(LESSON)[:3]

    def spoil(notebook: dict[str, Any]) -> None:
        for cell in notebook["cells"]:
            if exercise_of(cell) == first.id:
                cell["source"] = f"{first.name} = {first.misconceptions[0].answer}"
            elif exercise_of(cell) == second.id:
                cell["source"] = "1 / 0"
        notebook["cells"] = [
            cell for cell in notebook["cells"] if f'check("{third.id}"' not in "".join(cell["source"])
        ]

    change(workshop, spoil)
    assert main(["check", LESSON.number, str(workshop)]) == 1
    output = capsys.readouterr().out
    assert f"{first.id}  RETRY {first.misconceptions[0].reason}" in output
    assert f"{second.id}  TODO the check printed nothing" in output
    assert f"{third.id}  TODO its check is gone" in output
    assert "ended with ZeroDivisionError" in output


@pytest.mark.parametrize("case", ["no folder", "no notebook", "no JSON", "no text", "no such number"])
def test_bad_input_of_check_is_one_line(
    case: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    folder = tmp_path / "w"
    if case != "no folder":
        folder.mkdir()
    content = {"no JSON": b"[", "no text": b"\xff\xfe"}.get(case)
    if content is not None:
        (folder / LESSON.file_name).write_bytes(content)
    number = "77" if case == "no such number" else LESSON.number
    assert main(["check", number, str(folder)]) == 1
    captured = capsys.readouterr()
    assert captured.err.startswith("dicomkit check: ")
    assert len(captured.err.splitlines()) == 1


def test_the_peers_are_found_as_the_doctor_finds_them(peer: Callable[[str], str]) -> None:
    assert shutil.which("dcmdump") == peer("dcmdump")
    assert isinstance(LESSON, Notebook)
