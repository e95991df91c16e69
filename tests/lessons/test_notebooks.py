"""The notebooks keep to their skeleton, and solving the exercises changes nothing but verdicts."""

from __future__ import annotations

import copy
import json
import re
import shutil
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from nbval.plugin import get_sanitize_patterns

from dicomkit.lessons.answers import TEXT
from dicomkit.lessons.catalogue import NOTEBOOKS, Notebook, exercises_of, find_exercise, speaker_notes_of
from dicomkit.lessons.exercise import PASS, Exercise, Misconception
from dicomkit.workshop.solving import exercise_of, solve_notebook
from tests.support.notebook_environment import SANITIZE_FILE
from tests.support.notebook_lint import Lesson, lint, source, stub_names, tags, texts
from tests.tools.refresh_notebooks import clean, to_text

ROOT = Path(__file__).resolve().parents[2]
FOLDER = ROOT / "notebooks"
MAX_SANITIZE_RULES = 3


def read(notebook: Notebook) -> dict[str, Any]:
    loaded: dict[str, Any] = json.loads((FOLDER / notebook.file_name).read_text(encoding="utf-8"))
    return loaded


def named(notebook: Notebook) -> str:
    return notebook.name


each_notebook = pytest.mark.parametrize("notebook", NOTEBOOKS, ids=named)

# --- the notebooks ----------------------------------------------------------------------------------


@each_notebook
def test_a_notebook_keeps_to_the_skeleton(notebook: Notebook) -> None:
    assert lint(read(notebook), FOLDER) == []


@each_notebook
def test_a_notebook_is_stored_as_the_refresh_tool_writes_it(notebook: Notebook) -> None:
    stored = (FOLDER / notebook.file_name).read_text(encoding="utf-8")
    assert to_text(clean(json.loads(stored))) == stored, "run: python tests/tools/refresh_notebooks.py"


@each_notebook
def test_a_notebook_says_what_the_catalogue_says(notebook: Notebook) -> None:
    lesson = Lesson(read(notebook), FOLDER)
    assert source(lesson.cells[0]).splitlines()[0] == f"# {notebook.title}"
    assert f"{notebook.minutes} minutes" in "".join(source(cell) for cell in lesson.prose[:2])


@each_notebook
def test_a_notebook_and_its_module_name_the_same_exercises(notebook: Notebook) -> None:
    lesson = Lesson(read(notebook), FOLDER)
    assert [exercise_of(cell) for cell in lesson.exercises] == [e.id for e in exercises_of(notebook)]
    for cell in lesson.exercises:
        assert find_exercise(str(exercise_of(cell))).name in stub_names(cell)
    for cell in lesson.code:
        if "check" in tags(cell):
            assert "".join(texts(cell)).startswith("TODO ")
    assert set(speaker_notes_of(notebook)) <= {cell["id"] for cell in lesson.cells}


@each_notebook
def test_solving_changes_answers_and_verdicts_and_nothing_else(notebook: Notebook) -> None:
    before = read(notebook)
    after = solve_notebook(before)
    assert before == read(notebook), "the original was changed"
    assert [cell["id"] for cell in after["cells"]] == [cell["id"] for cell in before["cells"]]
    for old, new in zip(before["cells"], after["cells"], strict=True):
        different = {key for key in old.keys() | new.keys() if old.get(key) != new.get(key)}
        if exercise_of(old):
            assert different <= {"source"}
            assert new["execution_count"] is None
        elif "check" in tags(old):
            assert different == {"outputs"}
            assert "".join(texts(new)).startswith("PASS")
        else:
            assert not different


def answer_in(exercise: Exercise, source_text: str) -> object:
    names: dict[str, object] = {}
    exec(f"{exercise.setup}\n{source_text}", names)  # noqa: S102 - the kit's own source
    return names[exercise.name]


def ways_to_write(answer: object) -> set[str]:
    """Return how a text would write an answer: as Python does, and each text of it in its quotes."""
    if isinstance(answer, str):
        return {f'"{answer}"', f"'{answer}'", f"`{answer}`"}
    if isinstance(answer, bool | int | float):
        return {f"`{answer}`"}
    return (
        {repr(answer), repr(answer).replace("'", '"')} if isinstance(answer, list | tuple | dict) else set()
    )


def spoiled(exercise: Exercise, text: str) -> list[str]:
    """Return where `text` gives the exercise's answer away: as its example, or where it is no choice of several."""
    folded = " ".join(text.casefold().split())
    answer = answer_in(exercise, exercise.solution)
    found = [way for way in ways_to_write(answer) if way.casefold() in folded]
    wrong = [answer_in(exercise, f"{exercise.name} = {each.answer}") for each in exercise.misconceptions]
    if any(way.casefold() in folded for each in wrong for way in ways_to_write(each)):
        found = []  # one of the answers to choose from
    for example in re.findall(
        r"(?:for example|for instance|such as|e\.g\.|like this:)(.*?)(?:\. |$)", folded
    ):
        bare = str(answer).casefold() if isinstance(answer, str | int | float) else repr(answer).casefold()
        if not callable(answer) and re.search(rf"(?<![\w.]){re.escape(bare)}(?![\w.])", example):
            found.append(example)
    return found


@each_notebook
def test_no_exercise_tells_its_own_answer(notebook: Notebook) -> None:
    asked = ""
    for cell in Lesson(read(notebook), FOLDER).cells:
        if cell["cell_type"] == "markdown":
            asked = source(cell)
        elif exercise_of(cell):
            exercise = find_exercise(str(exercise_of(cell)))
            told = asked if exercise.given else f"{asked}\n{source(cell)}"
            assert spoiled(exercise, told) == [], exercise.id


@pytest.mark.parametrize(
    ("text", "is_spoiled"),
    [
        ("Which letters? Answer with a text, for example `BD`.", True),
        ("Which letters? Answer with a text, for example `XY`.", False),
        ('Answer "BD".', True),
        ('Answer "BD" or "AB".', False),
        ("A table of B and D.", False),
    ],
)
def test_an_answer_in_the_text_of_its_exercise_is_found(text: str, is_spoiled: bool) -> None:  # noqa: FBT001
    wrong = (Misconception('"AB"', "no"),)
    exercise = Exercise(
        "07.5", "Choose", "cures", lambda _: PASS, ("a", "b"), 'cures = "BD"', wrong, form=TEXT, minutes=1
    )
    assert bool(spoiled(exercise, text)) is is_spoiled


def run_pytest(folder: Path) -> subprocess.CompletedProcess[str]:
    """Compare the notebooks of `folder` as the suite does it, in a process of its own."""
    shutil.copy(FOLDER / "conftest.py", folder / "conftest.py")
    return subprocess.run(
        [
            *(sys.executable, "-m", "pytest", "-q", "--color=no", "-n0", "-p", "no:cacheprovider"),
            *("-c", str(ROOT / "pyproject.toml"), f"--rootdir={ROOT}", str(folder)),
        ],
        check=False,
        capture_output=True,
        text=True,
        timeout=600,
        cwd=folder,
    )


def test_the_solved_notebooks_pass_the_same_comparison(tmp_path: Path) -> None:
    shutil.copytree(FOLDER, tmp_path / "solved", ignore=shutil.ignore_patterns(".*", "__*", "*.ipynb"))
    for notebook in NOTEBOOKS:
        solved = to_text(solve_notebook(read(notebook)))
        (tmp_path / "solved" / notebook.file_name).write_text(solved, encoding="utf-8")
    result = run_pytest(tmp_path / "solved")
    assert result.returncode == 0, result.stdout + result.stderr
    cells = sum(len(Lesson(read(notebook), FOLDER).code) for notebook in NOTEBOOKS)
    assert f"{cells} passed" in result.stdout


# --- the comparison itself --------------------------------------------------------------------------


def test_every_sanitize_rule_that_is_written_is_loaded() -> None:
    content = SANITIZE_FILE.read_bytes()
    text = content.decode("ascii")
    loaded = get_sanitize_patterns(text)
    written = [line for line in text.splitlines() if line.lstrip().startswith("regex")]
    assert 1 <= len(loaded) == len(written) <= MAX_SANITIZE_RULES
    assert SANITIZE_FILE.is_absolute()


STANDARD = (
    "[PS3.10 section 7.1](https://dicom.nema.org/medical/dicom/current/output/html/part10.html#sect_7.1)"
)


def make_notebook() -> dict[str, Any]:
    """Return a small notebook that keeps every rule, with outputs as the refresh tool stores them."""

    def cell(kind: str, name: str, text: str, **metadata: object) -> dict[str, Any]:
        made = {"cell_type": kind, "id": name, "metadata": {"slideshow": {"slide_type": "slide"}, **metadata}}
        return made | {"source": text.splitlines(keepends=True)}

    def prose(name: str, text: str) -> dict[str, Any]:
        return cell("markdown", name, text)

    def code(name: str, text: str, printed: str = "", **metadata: object) -> dict[str, Any]:
        stream = {"name": "stdout", "output_type": "stream", "text": printed.splitlines(keepends=True)}
        return cell("code", name, text, **metadata) | {
            "outputs": [stream] if printed else [],
            "execution_count": 1,
        }

    def exercise(number: int, name: str) -> list[dict[str, Any]]:
        id_ = f"01.{number}"
        todo = find_exercise(id_).todo
        ask = code(f"ask-{number}", f"{name} = None", tags=["exercise"], dicomkit={"exercise": id_})
        text = f'check("{id_}", {name})\n# hint("{id_}")\n# solution("{id_}")'
        return [
            prose(f"task-{number}", "Now you."),
            ask | {"execution_count": None},
            code(f"check-{number}", text, f"{todo}\n", tags=["check"]),
        ]

    start = "# Write a file\n\n**You will do** a\n\n**You will learn** b\n\n**You need** c, 30 minutes. Predict d."
    names = [found.name for found in exercises_of(NOTEBOOKS[1])[:3]]
    cells = [
        prose("title", start),
        code("imports", "import os\nfrom dicomkit.lessons import check"),
        prose("run-text", "Run it: ![A box of bytes](images/box.svg) and [the picture](images/box.svg)."),
        code("run", "print({'a', 'b', 'c'} == {'c', 'b', 'a'})", "True\n"),
        *(cell for number, name in enumerate(names, start=1) for cell in exercise(number, name)),
        prose("recap", "## Recap\n\nIt is done."),
        prose("practice", f"## In practice\n\n```\ndcmdump one.dcm\n```\n\nRead {STANDARD}."),
    ]
    return clean({"cells": cells, "metadata": {}, "nbformat": 4, "nbformat_minor": 5})


@pytest.fixture
def lesson_folder(tmp_path: Path) -> Path:
    (tmp_path / "images").mkdir()
    (tmp_path / "images" / "box.svg").write_text("<svg/>", encoding="ascii")
    return tmp_path


def test_the_comparison_fails_when_an_output_differs(lesson_folder: Path) -> None:
    notebook = make_notebook()
    path = lesson_folder / "01_tiny.ipynb"
    path.write_text(to_text(notebook), encoding="utf-8")
    result = run_pytest(lesson_folder)
    assert result.returncode == 0, result.stdout + result.stderr
    notebook["cells"][3]["outputs"][0]["text"] = ["False\n"]
    path.write_text(to_text(notebook), encoding="utf-8")
    result = run_pytest(lesson_folder)
    assert result.returncode == 1, result.stdout + result.stderr
    assert "Cell outputs differ" in result.stdout
    assert "1 failed" in result.stdout


# --- the linter: a notebook that keeps the rules, and each way to break one --------------------------


def test_the_linter_accepts_a_notebook_that_keeps_the_rules(lesson_folder: Path) -> None:
    assert lint(make_notebook(), lesson_folder) == []


def edit(name: str, **changes: object) -> Callable[[dict[str, Any]], None]:
    """Return a change of the cell `name`: new texts, tags or outputs."""

    def change(notebook: dict[str, Any]) -> None:
        cell = next(cell for cell in notebook["cells"] if cell["id"] == name)
        for key, value in changes.items():
            if key == "tags":
                cell["metadata"]["tags"] = value
            elif key == "append":
                cell["source"] = [*cell["source"], str(value)]
            else:
                cell[key] = value

    return change


def drop(name: str) -> Callable[[dict[str, Any]], None]:
    def change(notebook: dict[str, Any]) -> None:
        notebook["cells"] = [cell for cell in notebook["cells"] if cell["id"] != name]

    return change


def stored(output_type: str, **fields: object) -> list[dict[str, object]]:
    return [{"output_type": output_type, **fields}]


def picture(description: str) -> list[dict[str, object]]:
    return stored("display_data", data={"image/png": "AAAA", "text/plain": description}, metadata={})


BROKEN: list[tuple[str, Callable[[dict[str, Any]], None]]] = [
    ("headings of level 1", edit("recap", append="\n\n# Another title")),
    (
        "headings of level 1",
        edit("title", source="Write a file\n\n# Later. You will do learn need 3 minutes predict"),
    ),
    ("no verb phrase", edit("title", source="# Introduction to files\n")),
    ("no verb phrase", edit("title", source="# Writing a file\n")),
    ("you will learn", edit("title", source="# Write a file\n\nYou will do. You need. 3 minutes. Predict.")),
    ("minutes", edit("title", source="# Write a file\n\nYou will do. You will learn. You need. Predict.")),
    (
        "asked to predict",
        edit("title", source="# Write a file\n\nYou will do. You will learn. You need. 3 minutes."),
    ),
    ("'recap' is missing", drop("recap")),
    ("'in practice' is missing", drop("practice")),
    ("no part of PS3", edit("practice", source="## In practice\n\n```\ndcmdump\n```")),
    ("no command line", edit("practice", source="## In practice\n\nPS3.10")),
    ("its metadata", lambda notebook: notebook["metadata"].update(widgets={})),
    ("its metadata", lambda notebook: notebook.update(metadata={"kernelspec": {"name": "julia"}})),
    ("format 4.5", lambda notebook: notebook.update(nbformat_minor=4)),
    ("id of a cell", edit("run", id="3f2a9c1e")),
    ("id of a cell", edit("run", id="")),
    ("two cells have this id", edit("run", id="recap")),
    ("about slides", edit("run", metadata={})),
    ("no text that describes it", edit("run-text", source="![](images/box.svg)")),
    ("no text that describes it", edit("run-text", source="![box](images/box.svg)")),
    ("no alt text", edit("run-text", source='<img src="images/box.svg">')),
    ("leads to no file", edit("run-text", source="[a](images/none.svg)")),
    ("leads to no file", edit("run-text", source='<img alt="a box" src="images/none.svg">')),
    ("leads to no file", edit("run-text", source="[out of the folder](../README.md)")),
    ("PS3.5 annex A is no link", edit("run-text", source="See PS3.5 annex A.")),
    ("does not name part and section", edit("run-text", source=STANDARD.replace("PS3.10 section", "part"))),
    ("PS3.10 section 7.1 is https:", edit("run-text", source=STANDARD.replace("sect_7.1", "sect_7.2"))),
    ("dcmread is never linked", edit("imports", source="from pydicom import dcmread")),
    ("7 cells of code in a row", lambda notebook: notebook["cells"].extend(notebook["cells"][2:4] * 7)),
    ("no plain Python", edit("run", source="%matplotlib inline")),
    ("no plain Python", edit("run", source="!dcmdump one.dcm")),
    ("semicolon", edit("run", source="print(1);")),
    ("imports and nothing else", edit("imports", source="import os\nprint(1)")),
    ("belongs to the cell at the top", edit("run", source="import os")),
    ("pyplot leaves pictures blank", edit("imports", source="import matplotlib.pyplot as plt")),
    ("pyplot leaves pictures blank", edit("imports", source="from matplotlib import pyplot as plt")),
    ("pyplot leaves pictures blank", edit("imports", source="from matplotlib.pyplot import figure")),
    ("13 lines of code", edit("run", source="\n".join(["print(1)"] * 13))),
    (
        "function f has 6 lines",
        edit("run", source="def f():\n    a = 1\n    b = 1\n    c = 1\n    d = 1\n    return a"),
    ),
    ("input has no place", edit("run", source="name = input()")),
    ("Output has no place", edit("run", source="box = ipywidgets.Output()")),
    ("interact has no place", edit("run", source="interact(print, x=1)")),
    ("sleep has no place", edit("run", source="time.sleep(1)")),
    ("get_ipython has no place", edit("run", source="get_ipython()")),
    ("sys.path alone", edit("run", source="sys.path.append('.')")),
    ("nbval-skip is banned", edit("run", tags=["nbval-skip"])),
    ("nbval-ignore-output is banned", edit("run", tags=["nbval-ignore-output"])),
    ("nbval-ignore-output is banned", edit("run", source="# NBVAL_IGNORE_OUTPUT\nprint(1)")),
    ("no prose stands before", drop("run-text")),
    ("never run", edit("run", execution_count=None)),
    ("tag raises-exception", edit("run", outputs=stored("error", ename="E", evalue="e", traceback=[]))),
    ("tag raises-exception", edit("run", tags=["raises-exception"])),
    ("stderr", edit("run", outputs=stored("stream", name="stderr", text="w"))),
    ("text/plain does not describe", edit("run", outputs=picture("<Figure size 640x480 with 1 Axes>"))),
    ("text/plain does not describe", edit("run", outputs=picture(""))),
    (
        "widget's model is stored",
        edit(
            "run",
            outputs=stored(
                "display_data", data={"application/vnd.jupyter.widget-view+json": {}}, metadata={}
            ),
        ),
    ),
    (
        "from the network",
        edit("run", outputs=stored("display_data", data={"text/html": "<script src='//cdn'>"}, metadata={})),
    ),
    (
        "differ in colour alone",
        edit(
            "run",
            outputs=picture(
                "Figure\n- t\n  curve 'A', solid, 4, from 0 to 1\n  curve 'B', solid, 4, from 0 to 1"
            ),
        ),
    ),
    ("absolute path", edit("run", source="open('/home/me/one.dcm')")),
    ("absolute path", edit("run", source="open('C:\\\\one.dcm')")),
    ("absolute path", edit("run", outputs=stored("stream", name="stdout", text="in /tmp/abc/one.dcm"))),
    ("exercises; 3 are the least", drop("ask-3")),
    ("not numbered from 1", drop("ask-1")),
    ("tag 'exercise' is missing", edit("ask-1", tags=[])),
    ("stored unrun", edit("ask-1", execution_count=3)),
    ("stored unrun", edit("ask-1", outputs=stored("stream", name="stdout", text="x"))),
    ("gives no name the value None", edit("ask-1", source="start = 1")),
    ("is its check", edit("check-1", tags=[])),
    ("is its check", drop("check-1")),
    ("without its exercise", drop("ask-1")),
    (
        "its first line is not one of",
        edit("check-1", source='check("01.2", start)\n# hint("01.1")\n# solution("01.1")'),
    ),
    ("hint and solution stand as one comment each", edit("check-1", source='check("01.1", start)')),
    ("stored verdict is not TODO", edit("check-1", outputs=stored("stream", name="stdout", text="RETRY x"))),
    ("it relies on an answer", edit("run", source="print(start)")),
]


@pytest.mark.parametrize(
    ("problem", "change"), BROKEN, ids=[f"{i}-{text}" for i, (text, _) in enumerate(BROKEN)]
)
def test_the_linter_names_each_broken_rule(
    problem: str, change: Callable[[dict[str, Any]], None], lesson_folder: Path
) -> None:
    notebook = make_notebook()
    change(notebook)
    problems = lint(notebook, lesson_folder)
    assert any(problem in sentence for sentence in problems), problems


def test_the_last_cell_leads_to_the_next_notebook(lesson_folder: Path) -> None:
    notebook = make_notebook()
    following = copy.deepcopy(notebook)
    edit("title", source="# Edit a file")(following)
    for name, content in (("01_write.ipynb", notebook), ("02_edit.ipynb", following)):
        (lesson_folder / name).write_text(to_text(content), encoding="utf-8")
    assert lint(notebook, lesson_folder) == ["notebook: its last cell has no link to 02_edit.ipynb"]
    edit("practice", append="\n[Next](02_edit.ipynb)")(notebook)
    assert lint(notebook, lesson_folder) == []


def test_names_that_are_documented_and_places_that_are_linked_are_right(lesson_folder: Path) -> None:
    notebook = make_notebook()
    edit("imports", source="from pydicom import dcmread")(notebook)
    url = "https://pydicom.github.io/pydicom/stable/reference/generated/pydicom.filereader.dcmread.html"
    edit("run-text", source=f"[`dcmread`]({url}) reads; {STANDARD} says what.")(notebook)
    assert lint(notebook, lesson_folder) == []


def test_a_picture_that_is_described_is_right(lesson_folder: Path) -> None:
    notebook = make_notebook()
    curves = "- t\n  curve 'A', solid, 4, from 0 to 1\n  curve 'B', dashed, 4, from 0 to 1\n- u\n  curve 'A', solid, 4"
    for description in ("CT slice, 128 x 128, window 40/400", curves):
        edit("run", outputs=picture(description))(notebook)
        assert lint(notebook, lesson_folder) == []


# --- the refresh tool -------------------------------------------------------------------------------


def test_refreshing_strips_what_changes_from_run_to_run() -> None:
    notebook = make_notebook()
    dirty = copy.deepcopy(notebook)
    dirty["metadata"] = {"language_info": {"version": "3.99"}, "widgets": {"state": "SECRET"}}
    for cell in dirty["cells"]:
        cell["metadata"] |= {
            "execution": {"iopub.execute_input": "2026-01-01"},
            "trusted": True,
            "scrolled": True,
        }
        cell["source"] = "".join(cell["source"])
        if cell["cell_type"] == "code":
            cell["execution_count"] = 77
    ask = next(cell for cell in dirty["cells"] if cell["id"] == "ask-1")
    ask["outputs"] = stored("stream", name="stdout", text="x")
    assert to_text(clean(dirty)) == to_text(notebook)
    assert to_text(notebook).endswith("}\n")


@pytest.mark.parametrize(("described", "expected"), [("a slice", "OLD="), ("another slice", "NEW=")])
def test_a_picture_is_replaced_only_with_its_description(described: str, expected: str) -> None:
    before, after = make_notebook(), make_notebook()
    view = "application/vnd.jupyter.widget-view+json"
    edit(
        "run",
        outputs=stored("display_data", data={"image/png": "OLD=", "text/plain": "a slice"}, metadata={}),
    )(before)
    data = {"image/png": "NEW=", "text/plain": described, view: {"model_id": "random"}}
    edit("run", outputs=stored("display_data", data=data, metadata={"image/png": {"width": 3}, view: {}}))(
        after
    )
    output = next(cell for cell in clean(after, before)["cells"] if cell["id"] == "run")["outputs"][0]
    assert output["data"] == {"image/png": expected, "text/plain": [described]}
    assert output["metadata"] == {"image/png": {"width": 3}}
