"""`dicomkit instructor`: the learner's notebooks with notes between their cells, and one page for the morning."""

from __future__ import annotations

import json
import re
from pathlib import Path
from typing import Any

import nbformat
import pytest

from dicomkit.cli import main
from dicomkit.cli.instructor import CHECKLIST_NAME, NOTES_PREFIX
from dicomkit.lessons.catalogue import (
    NOTEBOOKS,
    Notebook,
    exercises_of,
    speaker_notes_of,
)
from dicomkit.lessons.confusions import CONFUSIONS
from dicomkit.workshop.copies import copy_workshop, pristine_files

MAX_LINES_OF_A_PAGE = 75


@pytest.fixture(scope="module")
def written(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("instructor")
    assert main(["instructor", str(folder)]) == 0
    return folder


def cells(path: Path) -> list[dict[str, Any]]:
    return cells_of(path.read_bytes())


def cells_of(content: bytes) -> list[dict[str, Any]]:
    return list(json.loads(content)["cells"])


def is_note(cell: dict[str, Any]) -> bool:
    return bool(cell["metadata"]["slideshow"]["slide_type"] == "notes")


@pytest.mark.parametrize("notebook", NOTEBOOKS, ids=lambda notebook: notebook.name)
def test_the_learners_cells_are_all_there_and_notes_between_them(notebook: Notebook, written: Path) -> None:
    path = written / f"{NOTES_PREFIX}{notebook.file_name}"
    nbformat.validate(nbformat.read(path, as_version=4))
    noted = cells(path)
    assert [cell for cell in noted if not is_note(cell)] == cells_of(pristine_files()[notebook.file_name])
    assert len({cell["id"] for cell in noted}) == len(noted)
    notes = ["".join(cell["source"]) for cell in noted if is_note(cell)]
    assert all(cell["metadata"]["jupyter"]["source_hidden"] for cell in noted if is_note(cell))
    text = "\n".join(notes)
    for said in speaker_notes_of(notebook).values():
        assert f"**Say:** {said}" in text
    for exercise in exercises_of(notebook):
        assert f"```python\n{exercise.solution}\n```" in text
        assert all(wrong.reason in text for wrong in exercise.misconceptions)
    for confusion in CONFUSIONS:
        assert (confusion.question in text) is (confusion.notebook == notebook.number)


@pytest.mark.parametrize("notebook", NOTEBOOKS, ids=lambda notebook: notebook.name)
def test_the_minutes_rise_and_stay_within_the_lesson(notebook: Notebook, written: Path) -> None:
    text = "".join("".join(cell["source"]) for cell in cells(written / f"{NOTES_PREFIX}{notebook.file_name}"))
    found = re.findall(r"\*\*At (\d):(\d\d)\*\* of", text)
    minutes = [int(hours) * 60 + int(rest) for hours, rest in found]
    assert len(minutes) >= 5
    assert minutes == sorted(minutes)
    assert minutes[0] == 0
    assert minutes[-1] < notebook.minutes


def test_the_checklist_is_one_page_and_names_commands_that_exist(
    written: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    text = (written / CHECKLIST_NAME).read_text(encoding="utf-8")
    assert len(text.splitlines()) <= MAX_LINES_OF_A_PAGE
    for command in set(re.findall(r"dicomkit ([a-z]+)", text)):
        with pytest.raises(SystemExit) as ended:
            main([command, "--help"])
        assert ended.value.code == 0
        assert command in capsys.readouterr().out
    for notebook in NOTEBOOKS:
        assert f"| {notebook.name} | {notebook.minutes} |" in text


def test_notes_of_the_instructor_are_kept_and_learners_copies_lie_beside(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    copy_workshop(tmp_path)
    assert main(["instructor", str(tmp_path)]) == 0
    mine = tmp_path / f"{NOTES_PREFIX}{NOTEBOOKS[0].file_name}"
    mine.write_bytes(b"my own notes")
    assert main(["instructor", str(tmp_path)]) == 1
    assert mine.read_bytes() == b"my own notes"
    assert f"kept {mine}" in capsys.readouterr().out
    assert copy_workshop(tmp_path).updated == ()
    assert main(["solve", str(tmp_path)]) == 0
    assert not list((tmp_path / "solved").glob(f"{NOTES_PREFIX}*"))


def test_a_folder_that_cannot_be_made_is_one_line(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    (tmp_path / "file").write_bytes(b"x")
    assert main(["instructor", str(tmp_path / "file")]) == 1
    captured = capsys.readouterr()
    assert captured.err.startswith("dicomkit instructor: ")
    assert len(captured.err.splitlines()) == 1
