"""A learner's copy was never run: no output gives an answer away, and an execution count means that the cell ran."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from dicomkit.cli import main
from dicomkit.cli.lab import STYLES
from dicomkit.lessons.catalogue import NOTEBOOKS, exercises_of, pristine_folder
from dicomkit.workshop.copies import copy_workshop, place_files, pristine_files
from dicomkit.workshop.solving import exercise_of
from dicomkit.workshop.unrun import unrun_bytes

ROOT = Path(__file__).resolve().parents[2]
FIRST = NOTEBOOKS[0].file_name
TIMEOUT_S = 300


def lab(folder: Path) -> None:
    copy_workshop(folder)  # what `dicomkit lab` does before it opens JupyterLab


def hub(folder: Path) -> None:
    assert main(["lab", str(folder), "--copy-only"]) == 0


def reset(folder: Path) -> None:
    for notebook in NOTEBOOKS:
        assert main(["reset", notebook.number, str(folder)]) == 0


def update(folder: Path) -> None:
    """Leave copies with outputs, as an older version of the kit wrote them."""
    place_files(
        {each.file_name: (pristine_folder() / each.file_name).read_bytes() for each in NOTEBOOKS}, folder
    )
    assert len(copy_workshop(folder).updated) == len(NOTEBOOKS)


def reset_old(folder: Path) -> None:
    place_files(
        {each.file_name: (pristine_folder() / each.file_name).read_bytes() for each in NOTEBOOKS}, folder
    )
    reset(folder)
    assert not list(folder.glob("*.backup-*")), "nobody had edited them"


def instructor(folder: Path) -> None:
    assert main(["instructor", str(folder)]) == 0


def solve(folder: Path) -> None:
    copy_workshop(folder)
    assert main(["solve", str(folder)]) == 0


def solve_published(folder: Path) -> None:
    assert main(["solve", str(pristine_folder()), "--into", str(folder)]) == 0


def wheel(folder: Path) -> None:
    command = [sys.executable, "-m", "build", "--wheel", "--no-isolation", "--outdir", str(folder), "."]
    subprocess.run(command, cwd=ROOT, check=True, capture_output=True, timeout=TIMEOUT_S)
    (made,) = folder.glob("*.whl")
    subprocess.run(
        [sys.executable, "-m", "zipfile", "-e", str(made), str(folder)], check=True, timeout=TIMEOUT_S
    )


def binder(folder: Path) -> None:
    """Run what Binder runs, with this environment's command."""
    path = os.pathsep.join([str(Path(sys.executable).parent), os.environ["PATH"]])
    script = ROOT / ".binder" / "postBuild"
    subprocess.run(
        [script],
        cwd=folder,
        check=True,
        timeout=TIMEOUT_S,
        env={**os.environ, "PATH": path, "HOME": str(folder)},
    )
    started = subprocess.run(
        [ROOT / ".binder" / "start", "echo"], check=True, capture_output=True, text=True, timeout=TIMEOUT_S
    )
    opened = started.stdout.strip().partition("default_url=/lab/tree/")[2]
    assert (folder / opened).name == FIRST
    assert (folder / opened).is_file()
    assert (folder / ".jupyter" / "custom" / "custom.css").read_bytes() == (STYLES / "lab.css").read_bytes()


WAYS_IN = (lab, hub, reset, update, reset_old, instructor, solve, solve_published, wheel, binder)


@pytest.mark.parametrize("way_in", WAYS_IN)
def test_no_way_in_hands_out_an_output(way_in: Callable[[Path], None], tmp_path: Path) -> None:
    way_in(tmp_path)
    found = {path: json.loads(path.read_bytes()) for path in tmp_path.rglob("*.ipynb")}
    assert len(found) >= len(NOTEBOOKS)
    for path, notebook in found.items():
        for cell in notebook["cells"]:
            if cell["cell_type"] == "code":
                assert (cell["outputs"], cell["execution_count"]) == ([], None), f"{path.name}: {cell['id']}"


def test_nothing_but_the_outputs_is_taken_away() -> None:
    for notebook in NOTEBOOKS:
        published = json.loads((pristine_folder() / notebook.file_name).read_bytes())
        handed_out = json.loads(pristine_files()[notebook.file_name])
        assert any(cell.get("outputs") for cell in published["cells"])
        for cell in [*published["cells"], *handed_out["cells"]]:
            if cell["cell_type"] == "code":
                cell["outputs"], cell["execution_count"] = [], None
        assert handed_out == published
        again = pristine_files()[notebook.file_name]
        assert unrun_bytes(again) == again, "the wheel's notebooks are taken as they are"


def test_a_solved_copy_holds_the_solutions(tmp_path: Path) -> None:
    solve_published(tmp_path)
    for notebook in NOTEBOOKS:
        cells: list[dict[str, Any]] = json.loads((tmp_path / notebook.file_name).read_bytes())["cells"]
        sources = {exercise_of(cell): "".join(cell["source"]) for cell in cells if exercise_of(cell)}
        assert sources == {exercise.id: exercise.solution for exercise in exercises_of(notebook)}


def test_what_a_learner_ran_is_never_written_over(tmp_path: Path) -> None:
    copy_workshop(tmp_path)
    path = tmp_path / FIRST
    ran = (
        pristine_folder() / FIRST
    ).read_bytes()  # the same cells with outputs, but not as the kit wrote them
    path.write_bytes(ran)
    assert copy_workshop(tmp_path).kept == (FIRST,)
    assert path.read_bytes() == ran
    assert main(["reset", "00", str(tmp_path)]) == 0
    (backup,) = tmp_path.glob("*.backup-*")
    assert backup.read_bytes() == ran
