"""The wheel, installed alone in an empty folder, opens the workshop with its notebooks."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
import sysconfig
import zipfile
from pathlib import Path

import pytest

from dicomkit.lessons.catalogue import NOTEBOOKS
from tests.support.running_lab import Lab

ROOT = Path(__file__).resolve().parent.parent
TIMEOUT_S = 300
SCRIPTS = "Scripts" if os.name == "nt" else "bin"


def run(*words: str, folder: Path = ROOT) -> str:
    environment = {name: value for name, value in os.environ.items() if name != "PYTHONPATH"}
    result = subprocess.run(
        words, cwd=folder, check=False, capture_output=True, text=True, timeout=TIMEOUT_S, env=environment
    )
    assert result.returncode == 0, result.stdout + result.stderr
    return result.stdout


@pytest.fixture(scope="module")
def wheel(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("dist")
    run(sys.executable, "-m", "build", "--wheel", "--no-isolation", "--outdir", str(folder), ".")
    (made,) = folder.glob("dicomkit-*.whl")
    return made


@pytest.fixture(scope="module")
def alone(wheel: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Return an environment with the wheel, and with this environment's packages behind it: no network is needed."""
    folder = tmp_path_factory.mktemp("alone") / "venv"
    run(sys.executable, "-m", "venv", "--without-pip", str(folder))
    python = folder / SCRIPTS / "python"
    run(
        sys.executable,
        "-m",
        "pip",
        "--python",
        str(python),
        "install",
        "--quiet",
        "--no-deps",
        "--no-index",
        str(wheel),
    )
    site = run(str(python), "-c", "import sysconfig; print(sysconfig.get_path('purelib'))").strip()
    # A path in a .pth file is searched, but .pth files in it are not read: an editable dicomkit stays out.
    (Path(site) / "borrowed.pth").write_text(sysconfig.get_path("purelib") + "\n", encoding="utf-8")
    return folder


def test_the_wheel_holds_everything_that_is_not_python(wheel: Path) -> None:
    names = set(zipfile.ZipFile(wheel).namelist())
    sources = [
        path.relative_to(ROOT).as_posix()
        for folder in ("dicomkit", "notebooks")
        for path in (ROOT / folder).rglob("*")
        if path.is_file() and not any(part.startswith((".", "__py")) for part in path.relative_to(ROOT).parts)
    ]
    expected = {name if name.startswith("dicomkit/") else f"dicomkit/{name}" for name in sources}
    assert expected <= names, sorted(expected - names)
    assert {f"dicomkit/notebooks/{notebook.file_name}" for notebook in NOTEBOOKS} <= names
    assert "dicomkit/py.typed" in names
    strange = [name for name in names if not name.startswith(("dicomkit/", "dicomkit-"))]
    hidden = [name for name in names if "/." in name or "__pycache__" in name]
    assert strange == hidden == []


def test_the_wheel_alone_opens_the_workshop(alone: Path, tmp_path: Path) -> None:
    command = str(alone / SCRIPTS / "dicomkit")
    where = run(
        str(alone / SCRIPTS / "python"), "-c", "import dicomkit; print(dicomkit.__file__)", folder=tmp_path
    )
    assert str(alone) in where, "this is not the wheel's own package"
    # JupyterLab's own files lie under the prefix of the environment that it was installed in.
    assets = str(Path(sys.prefix) / "share" / "jupyter" / "lab")
    lab = Lab(
        Path("workshop"), tmp_path, "--port", "0", command=[command], JUPYTERLAB_DIR=assets, PYTHONPATH=""
    )
    try:
        for notebook in NOTEBOOKS:
            served = json.loads(lab.get(f"api/contents/{notebook.file_name}"))
            assert served["content"]["cells"]
        assert (tmp_path / "workshop" / NOTEBOOKS[0].file_name).is_file()
        specs = json.loads(lab.get("api/kernelspecs"))
        assert Path(specs["kernelspecs"]["python3"]["spec"]["argv"][0]).is_relative_to(alone)
    finally:
        assert lab.stop(signal.SIGTERM) == 0
