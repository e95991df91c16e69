"""The workshop in JupyterLite: JupyterLab as static files, with the notebooks and a Python that runs in the page.

JupyterLite's own program does the building; what is decided here is what goes in: three front ends, no other language,
no index of packages, and notebooks without outputs.
"""

from __future__ import annotations

import importlib.util
import json
import subprocess
import sys
import tempfile
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from dicomkit.errors import WorkshopError
from dicomkit.text import shorten
from dicomkit.workshop.lite.packages import LOADED_AT_START

__all__ = ["KERNEL_EXTENSION", "STORAGE_NAME", "build_laboratory", "extension_folder"]

STORAGE_NAME = "dicomkit workshop"  # of the browser's database; the front page asks for it by this name
_PACKAGES = ("jupyterlite_core", "jupyterlite_pyodide_kernel")
KERNEL_EXTENSION = "@jupyterlite/pyodide-kernel-extension"
_EXTENSIONS = ("anywidget", "@jupyter-widgets/jupyterlab-manager", KERNEL_EXTENSION)
_LOADER = Path(__file__).with_name("kernel.js")
_LITE_SETTINGS = "jupyter-lite.json"
_MAX_REASON = 300  # characters of what the program says


def build_laboratory(python: Mapping[str, bytes], contents: Mapping[str, bytes], out: Path) -> None:
    """Build the site of JupyterLite.

    Parameters
    ----------
    python
        The files of the site's Python, by name.
    contents
        What a learner finds, by path.
    out
        An empty folder, or none yet.

    Raises
    ------
    WorkshopError
        If JupyterLite is not installed, or fails.
    """
    if not all(importlib.util.find_spec(name) for name in _PACKAGES):
        raise WorkshopError(
            "the workshop in a browser",
            "JupyterLite is missing",
            'run: pip install "jupyterlite-core>=0.6.4,<0.7" "jupyterlite-pyodide-kernel>=0.6.1,<0.7"',
        )
    with tempfile.TemporaryDirectory(prefix="dicomkit-lite-") as scratch:
        folder = Path(scratch)
        write_files(folder / "files", contents)
        write_files(folder / "static" / "pyodide", {**python, _LOADER.name: _LOADER.read_bytes()})
        (folder / _LITE_SETTINGS).write_text(json.dumps(_settings(), indent=1), encoding="utf-8")
        (folder / "overrides.json").write_text(json.dumps(_preferences(), indent=1), encoding="utf-8")
        (folder / "jupyter_lite_config.json").write_text(json.dumps(_build_settings()), encoding="utf-8")
        _run(folder, out)
    _use_the_loader(out)


def write_files(folder: Path, files: Mapping[str, bytes]) -> None:
    """Write files by their paths inside a folder."""
    for name, content in files.items():
        path = folder / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(content)


def _settings() -> dict[str, Any]:
    return {
        "jupyter-lite-schema-version": 0,
        "jupyter-config-data": {
            "appName": "dicomkit",
            "contentsStorageName": STORAGE_NAME,
            "settingsStorageName": f"{STORAGE_NAME} settings",
            "workspacesStorageName": f"{STORAGE_NAME} workspaces",
            "enableMemoryStorage": True,  # where the browser keeps nothing, the lesson runs all the same
            "litePluginSettings": {f"{KERNEL_EXTENSION}:kernel": _kernel_settings()},
        },
    }


def _kernel_settings() -> dict[str, Any]:
    return {
        "disablePyPIFallback": True,  # nothing is asked of an index: all packages are here
        "loadPyodideOptions": {"packages": list(LOADED_AT_START)},
    }


def _preferences() -> dict[str, Any]:
    return {
        "@jupyterlab/apputils-extension:notification": {"fetchNews": "false", "checkForUpdates": False},
        "@jupyterlab/notebook-extension:tracker": {"windowingMode": "defer"},
    }


def _build_settings() -> dict[str, Any]:
    extensions = [extension_folder(name) for name in _EXTENSIONS]
    missing = [path.name for path in extensions if not path.is_dir()]
    if missing:
        raise WorkshopError(
            ", ".join(missing), "its front end is not in this environment", "install the extra lite"
        )
    return {
        "LiteBuildConfig": {
            "apps": ["lab"],
            "contents": ["files"],
            # Only these: another extension of whoever builds would travel to all learners.
            "ignore_sys_prefix": ["federated_extensions"],
            "federated_extensions": [str(path) for path in extensions],
            "no_sourcemaps": True,
            "no_unused_shared_packages": True,
        }
    }


def _use_the_loader(out: Path) -> None:
    """Let the kernel start with `kernel.js`: JupyterLite's builder puts Pyodide's own loader into the settings."""
    path = out / _LITE_SETTINGS
    settings = json.loads(path.read_text(encoding="utf-8"))
    kernel = settings["jupyter-config-data"]["litePluginSettings"][f"{KERNEL_EXTENSION}:kernel"]
    kernel["pyodideUrl"] = f"./static/pyodide/{_LOADER.name}"
    path.write_text(json.dumps(settings, indent=1), encoding="utf-8")


def extension_folder(name: str) -> Path:
    """Return where this environment keeps a front end of JupyterLab."""
    return Path(sys.prefix) / "share" / "jupyter" / "labextensions" / name


def _run(folder: Path, out: Path) -> None:
    command = [
        sys.executable,
        "-m",
        "jupyterlite_core",
        "build",
        "--lite-dir",
        str(folder),
        "--output-dir",
        str(out),
    ]
    done = subprocess.run(  # noqa: S603 - this Python, and arguments that are composed here
        command, check=False, capture_output=True, text=True, errors="replace", cwd=folder
    )
    if done.returncode:
        said = [line for line in (done.stderr + done.stdout).splitlines() if line.strip()] or ["nothing"]
        raise WorkshopError(
            "JupyterLite",
            f"it did not build: {shorten(said[-1], _MAX_REASON)}",
            "see whether the disk is full",
        )
