"""What the notebooks show as the validator's words are the validator's words."""

from __future__ import annotations

import json
import os
import shutil
from collections.abc import Callable
from pathlib import Path

import pytest
from pydicom.dataset import Dataset
from pydicom.uid import ImplicitVRLittleEndian, JPEGBaseline8Bit

from dicomkit.errors import LessonError
from dicomkit.lessons import checkpoint, validator_says
from dicomkit.lessons.validator import RECORD, ask_validator, fingerprint, recorded
from tests.tools.record_validator import NOTEBOOKS, ask_in, to_text

WITHOUT_PROGRAMS = ""


@pytest.fixture(autouse=True)
def _state(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("DICOMKIT_STATE_FOLDER", str(tmp_path / "state"))
    monkeypatch.setenv("MPLBACKEND", "Agg")


@pytest.mark.parametrize("name", NOTEBOOKS)
def test_the_validator_still_says_what_is_recorded(name: str, peer: Callable[[str], str]) -> None:
    program = peer("dciodvfy")
    said = ask_in(name, lambda dataset: ask_validator(program, dataset))
    assert len(said) > 20
    for outline, lines in said.items():
        assert recorded().get(outline) == lines, "run: python tests/tools/record_validator.py"
    assert [] in said.values(), "the notebook reaches no errors and no warnings"


def test_the_notebooks_find_every_answer_without_the_program(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("PATH", WITHOUT_PROGRAMS)
    used = {outline for name in NOTEBOOKS for outline in ask_in(name, validator_says)}
    assert used == set(recorded()), "run: python tests/tools/record_validator.py"


def test_the_record_is_stored_as_the_program_writes_it() -> None:
    text = RECORD.read_text(encoding="utf-8")
    assert to_text(json.loads(text)) == text
    assert os.sep + "tmp" not in text


def finished() -> Dataset:
    return checkpoint("04").finished


def test_uids_dates_and_pixels_make_no_difference() -> None:
    one, other = finished(), finished()
    other.StudyInstanceUID, other.StudyDate, other.StudyTime = "2.25.7", "19990101", "235959"
    other.PixelData = bytes(36)
    assert fingerprint(one) == fingerprint(other)
    assert validator_says(other) == []


@pytest.mark.parametrize(
    "change",
    [
        lambda dataset: dataset.update({"PatientName": "DOE^JANE"}),
        lambda dataset: dataset.update({"StudyDate": ""}),
        lambda dataset: dataset.update({"StudyInstanceUID": ""}),
        lambda dataset: dataset.pop("Rows"),
        lambda dataset: dataset.update({"SOPClassUID": "1.2.840.10008.5.1.4.1.1.2"}),
        lambda dataset: dataset.update({"PixelData": bytes(70)}),
        lambda dataset: setattr(dataset["PixelData"], "VR", "OW"),
        lambda dataset: setattr(dataset.file_meta, "TransferSyntaxUID", JPEGBaseline8Bit),
        lambda dataset: dataset.update({"ReferencedImageSequence": [Dataset()]}),
    ],
)
def test_everything_else_makes_one(change: Callable[[Dataset], object]) -> None:
    changed = finished()
    change(changed)
    assert fingerprint(changed) != fingerprint(finished())


@pytest.mark.parametrize("name", ["A", "B", "C"])
def test_the_validator_is_silent_about_the_three_lies(name: str, peer: Callable[[str], str]) -> None:
    assert ask_validator(peer("dciodvfy"), checkpoint("04").damaged[name]) == []


def test_a_data_set_of_your_own_goes_to_the_program(peer: Callable[[str], str]) -> None:
    peer("dciodvfy")
    changed = finished()
    changed.file_meta.TransferSyntaxUID = ImplicitVRLittleEndian
    del changed.Columns
    before = changed.to_json()
    [line] = [line for line in validator_says(changed) if "Columns" in line]
    assert line.startswith("Error - Missing attribute Type 1 Required")
    assert changed.to_json() == before


def test_without_the_program_it_is_an_error_that_says_so(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(shutil, "which", lambda _: None)
    changed = finished()
    del changed.Columns
    with pytest.raises(LessonError, match="dciodvfy is not installed"):
        validator_says(changed)
