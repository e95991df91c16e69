"""`dicomkit wheelhouse`: all packages in one folder, and the one command that installs from it.

With the real packages it is done in `.ci/wheel`, where they are downloaded anyway. Here a small project takes
the place of the kit, so that no network is needed.
"""

from __future__ import annotations

import importlib.util
import subprocess
import sys
from pathlib import Path

import pytest

from dicomkit.cli import main
from dicomkit.cli.wheelhouse import INSTRUCTIONS_NAME, install_command

TIMEOUT_S = 300
PROJECT = """\
[build-system]
requires = ["hatchling"]
build-backend = "hatchling.build"
[project]
name = "dicomkit"
version = "99.0"
requires-python = ">=3.11"
[project.optional-dependencies]
lab = []
[tool.hatch.build.targets.wheel]
packages = ["dicomkit"]
"""


@pytest.fixture
def offline(monkeypatch: pytest.MonkeyPatch) -> None:
    """Take the network away from pip, and let it build with what is installed here."""
    monkeypatch.setenv("PIP_NO_INDEX", "1")
    monkeypatch.setenv("PIP_NO_BUILD_ISOLATION", "0")  # pip reads this one the wrong way round


@pytest.fixture
def project(tmp_path: Path) -> Path:
    folder = tmp_path / "project"
    (folder / "dicomkit").mkdir(parents=True)
    (folder / "pyproject.toml").write_text(PROJECT, encoding="ascii")
    (folder / "dicomkit" / "__init__.py").write_text('WHERE = "from the wheelhouse"\n', encoding="ascii")
    return folder


@pytest.mark.usefixtures("offline")
def test_what_was_collected_is_installed_without_an_index(
    project: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    house = tmp_path / "a" / "house"
    assert main(["wheelhouse", str(house), "--from", str(project)]) == 0
    printed = capsys.readouterr().out
    assert "1 packages" in printed
    assert [path.name for path in house.glob("*.whl")] == ["dicomkit-99.0-py3-none-any.whl"]
    instructions = (house / INSTRUCTIONS_NAME).read_text(encoding="utf-8")
    assert install_command() in instructions
    assert install_command() in printed

    environment = tmp_path / "venv"
    subprocess.run(
        [sys.executable, "-m", "venv", "--without-pip", environment], check=True, timeout=TIMEOUT_S
    )
    python = environment / ("Scripts/python.exe" if sys.platform == "win32" else "bin/python")
    # The command as it stands, but for whose pip it is: an own one would have to be unpacked first.
    words = install_command().replace('"', "").split()
    assert words[:3] == ["python", "-m", "pip"]
    pip = [sys.executable, "-m", "pip", "--python", str(python), *words[3:]]
    subprocess.run(pip, check=True, cwd=house, timeout=TIMEOUT_S, capture_output=True)
    found = subprocess.run(
        [python, "-c", "import dicomkit; print(dicomkit.WHERE)"],
        check=True, capture_output=True, text=True, cwd=tmp_path, timeout=TIMEOUT_S,
    )  # fmt: skip
    assert found.stdout.strip() == "from the wheelhouse"


@pytest.mark.usefixtures("offline")
def test_what_cannot_be_collected_is_one_line(
    project: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    asking = PROJECT.replace("lab = []", 'lab = ["a-package-of-nobody-at-all>=1"]')
    (project / "pyproject.toml").write_text(asking, encoding="ascii")
    assert main(["wheelhouse", str(tmp_path / "house"), "--from", str(project)]) == 1
    captured = capsys.readouterr()
    assert captured.err.startswith("dicomkit wheelhouse: ")
    assert "check the network" in captured.err
    assert len(captured.err.splitlines()) == 1
    assert len(captured.err) < 2000
    assert not (tmp_path / "house" / INSTRUCTIONS_NAME).exists()


@pytest.mark.parametrize("words", [["{0}/file"], ["{0}/house", "--from", "{0}/nowhere"], []])
def test_bad_input_is_one_line(words: list[str], tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    (tmp_path / "file").write_bytes(b"x")
    assert main(["wheelhouse", *(word.format(tmp_path) for word in words)]) in {1, 2}
    captured = capsys.readouterr()
    assert captured.err.startswith("dicomkit wheelhouse: ")
    assert len(captured.err.splitlines()) == 1


def test_a_python_without_pip_is_told_how_to_get_it(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    find = importlib.util.find_spec
    monkeypatch.setattr("importlib.util.find_spec", lambda name: None if name == "pip" else find(name))
    assert main(["wheelhouse", str(tmp_path)]) == 1
    assert "ensurepip" in capsys.readouterr().err


def test_without_a_checkout_the_kit_is_not_asked_for_in_an_index(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setattr("dicomkit.cli.wheelhouse._PROJECT", tmp_path)
    monkeypatch.setattr("dicomkit.cli.wheelhouse._collect", lambda *_: pytest.fail("pip was asked"))
    assert main(["wheelhouse", str(tmp_path / "house")]) == 1
    assert "with --from" in capsys.readouterr().err
