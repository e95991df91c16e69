"""The workshop as a whole: enough exercises, every confusion provoked on purpose, one story."""

from __future__ import annotations

import json
import re
from itertools import pairwise
from pathlib import Path
from typing import Any

import pytest

from dicomkit import viewers
from dicomkit.cli import COMMANDS
from dicomkit.lessons.catalogue import (
    NOTEBOOKS,
    Notebook,
    exercises_of,
    find_notebook,
    pristine_folder,
)
from dicomkit.lessons.confusions import CONFUSIONS, Confusion
from tests.support.notebook_lint import source, tags

ROOT = Path(__file__).parents[2]
LEAST_EXERCISES = 40
LEAST_MISCONCEPTIONS = 25
LEAST_WORDS_OF_A_DIAGRAM = 15
# What shared/LESSONS.md lists for each notebook, counted.
CONFUSIONS_MET = {"01": 2, "02": 4, "03": 1, "04": 2, "05": 3, "06": 2, "07": 2, "08": 2, "09": 2, "12": 9}


def cells(number: str) -> list[dict[str, Any]]:
    path = pristine_folder() / find_notebook(number).file_name
    return list(json.loads(path.read_text(encoding="utf-8"))["cells"])


def test_there_are_enough_exercises_and_misconceptions_over_the_kit() -> None:
    exercises = [exercise for notebook in NOTEBOOKS for exercise in exercises_of(notebook)]
    assert len(exercises) >= LEAST_EXERCISES
    said = {wrong.reason for exercise in exercises for wrong in exercise.misconceptions}
    assert len(said) >= LEAST_MISCONCEPTIONS, "each misconception has a RETRY text of its own"


@pytest.mark.parametrize(
    "confusion", CONFUSIONS, ids=lambda confusion: f"{confusion.notebook}-{confusion.cell}"
)
def test_each_confusion_is_met_in_a_cell_that_is_there(confusion: Confusion) -> None:
    found = cells(confusion.notebook)
    index = next(index for index, cell in enumerate(found) if cell["id"] == confusion.cell)
    assert found[index]["cell_type"] == "code"
    assert found[index - 1]["cell_type"] == "markdown", "it is predicted"
    if "exercise" not in tags(found[index]):
        assert found[index]["outputs"], "it is provoked: there is something to see"
        rest = [cell for cell in found[index + 1 : index + 3] if cell["cell_type"] == "markdown"]
        assert rest, "it is explained"


def test_no_listed_confusion_is_missing() -> None:
    for number, least in CONFUSIONS_MET.items():
        assert sum(confusion.notebook == number for confusion in CONFUSIONS) >= least, number


@pytest.mark.parametrize("notebook", NOTEBOOKS, ids=lambda notebook: notebook.name)
def test_the_story_has_one_patient(notebook: Notebook) -> None:
    text = json.dumps(cells(notebook.number))
    ids = set(re.findall(r"WORKSHOP\d+", text))
    # WORKSHOP02 stands once, in a trap: two equal tags, of which one wins.
    assert ids <= {"WORKSHOP01", *(["WORKSHOP02"] if notebook.number == "02" else [])}


@pytest.mark.parametrize(
    ("notebook", "following"), list(pairwise(NOTEBOOKS)), ids=lambda notebook: notebook.name
)
def test_each_notebook_names_the_next_one(notebook: Notebook, following: Notebook) -> None:
    text = source(cells(notebook.number)[-1])
    assert re.search(rf"Next: [`\[]+{following.name}", text)


# --- for everybody ------------------------------------------------------------------------------------


@pytest.mark.parametrize("picture", sorted(path.name for path in (ROOT / "notebooks" / "images").iterdir()))
def test_each_diagram_is_shown_and_told_in_words(picture: str) -> None:
    told = [
        found[1]
        for notebook in NOTEBOOKS
        for cell in cells(notebook.number)
        for found in re.finditer(rf"!\[([^\]]*)\]\(images/{re.escape(picture)}\)", source(cell))
    ]
    assert told, "no notebook shows it"
    assert all(len(alt.split()) >= LEAST_WORDS_OF_A_DIAGRAM for alt in told)


@pytest.mark.parametrize("name", [name for name in viewers.__all__ if name not in {"Answer", "Viewer"}])
def test_each_viewer_has_a_text_form_and_is_reached_by_the_keyboard(name: str) -> None:
    viewer = getattr(viewers, name)
    assert "describe" in vars(viewer), "what a screen reader and a page of text show"
    folder = ROOT / "dicomkit" / "viewers" / viewer.__module__.split(".")[-2]
    modules = list(folder.glob("*.js"))
    assert modules
    text = "".join(path.read_text(encoding="utf-8") for path in modules)
    if "frame/listbox.js" in text:  # the keys of a list, which several viewers share
        text += (folder.parent / "frame" / "listbox.js").read_text(encoding="utf-8")
    assert 'tabindex: "0"' in text
    assert "ArrowUp" in text
    assert "aria-label" in text


def test_notebook_00_says_how_to_do_without_a_mouse() -> None:
    text = "".join(source(cell) for cell in cells("00"))
    for key in ("Shift + Enter", "Esc", "Tab", "arrow keys"):
        assert key in text


# --- the README ---------------------------------------------------------------------------------------


@pytest.fixture(scope="module")
def readme() -> str:
    return (ROOT / "README.md").read_text(encoding="utf-8")


def test_the_readme_answers_each_confusion_as_the_kit_does(readme: str) -> None:
    for confusion in CONFUSIONS:
        assert f"| {confusion.question} | {confusion.answer} | {confusion.notebook} |" in readme


def test_the_readme_lists_each_notebook_and_each_command(readme: str) -> None:
    for notebook in NOTEBOOKS:
        assert f"| `{notebook.name}` | " in readme
    for command in COMMANDS:
        assert f"dicomkit {command}" in readme, command


def test_the_pictures_of_the_readme_are_there_and_told_in_words(readme: str) -> None:
    pictures = re.findall(r"!\[([^\]]*)\]\(([^)]+)\)", readme)
    assert len(pictures) >= 2
    for alt, target in pictures:
        assert (ROOT / target).is_file(), target
        assert len(alt.split()) >= LEAST_WORDS_OF_A_DIAGRAM
