"""The Python of a site: the part of Pyodide's distribution that the kit needs, and the pure wheels beside it."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Mapping, Sequence
from typing import Any

from dicomkit.workshop.lite.bytecode import with_bytecode
from dicomkit.workshop.lite.distribution import CORE_FILES, LOCK_NAME, Distribution, closure
from dicomkit.workshop.lite.wheels import PureWheel

__all__ = ["KERNEL_PACKAGES", "LOADED_AT_START", "PURE_PACKAGES", "python_files", "viewer_files"]

VIEWER_LOCK_NAME = "viewer-lock.json"

# Compiled for the browser, or what the notebook's kernel asks for before anybody has said anything.
_FROM_DISTRIBUTION = (
    "numpy",
    "pillow",
    "matplotlib",
    "ipython",
    "jedi",
    "ssl",
    "micropip",
    "packaging",
    "sqlite3",
)
# What pip collects beside the kit itself. The front ends of widgets are JupyterLab's, so their wheels stay out.
PURE_PACKAGES = (
    "pydicom",
    "pynetdicom",
    "ipywidgets",
    "anywidget",
    "psygnal",
    "comm",
    "tqdm",
    "typing-extensions",
    "dicom-anonymizer",
    "nibabel",
    # Notebook 13 imports the client of a web archive, which needs the rest.
    *("dicomweb-client", "requests", "urllib3", "idna", "certifi", "charset-normalizer", "retrying"),
)
# The notebook's kernel, which JupyterLite brings along. In the lock, it comes with the interpreter; left to JupyterLite,
# each of its packages is resolved and installed by itself, one after the other.
KERNEL_PACKAGES = ("piplite", "ipykernel", "pyodide-kernel")
# What JupyterLite loads into each kernel, under the names by which it asks whether it is there already.
LOADED_AT_START = (
    *("micropip", "packaging", "piplite", "ssl", "sqlite3"),
    *("ipykernel", "comm", "pyodide_kernel", "jedi", "ipython"),
)
# What no wheel says: parts of Python itself that Pyodide keeps as packages, and extras that lessons need.
_ALSO_NEEDS = {"pynetdicom": ["ssl"], "dicomkit": ["dicom-anonymizer", "nibabel", "sqlite3"]}
# What the kit needs for its viewers alone: nothing that sends or draws figures.
_FOR_VIEWERS = ["anywidget", "ipython", "ipywidgets", "numpy", "pillow", "pydicom", "tqdm"]


# What the kernel and the viewer import before anybody has said anything: compiled when the site is built, they start
# seconds earlier. Nobody reads the source of the first ones, and with it they would be twice as long.
_START = ("ipython", "jedi", "micropip", "packaging", *KERNEL_PACKAGES)
_READ_BY_LEARNERS = ("dicomkit", "pydicom")
_SITE_PACKAGES = "/lib/python{}/site-packages"


def python_files(
    distribution: Distribution, wheels: Sequence[PureWheel], compiler: str | None = None
) -> dict[str, bytes]:
    """Return the files of the site's Python by name, ``pyodide-lock.json`` among them.

    Parameters
    ----------
    distribution
        Of Pyodide; each file is compared with its lock.
    wheels
        The kit's own, and those of `PURE_PACKAGES` and `KERNEL_PACKAGES`.
    compiler
        A Python of the site's version, for what is imported at the start; None leaves that to the browser.

    Raises
    ------
    WorkshopError
        If a file is missing, is not what the lock says, or cannot run in a browser.
    """
    compiled = distribution.needed(_FROM_DISTRIBUTION)
    files = {name: (distribution.folder / name).read_bytes() for name in CORE_FILES}
    files |= {str(entry["file_name"]): distribution.file(entry) for entry in compiled.values()}
    for wheel in wheels:
        wheel.check()
    # What nobody can load there is left out, such as watchfiles: the kit does without.
    known = {*compiled, *(wheel.name for wheel in wheels)}
    packages = compiled | {wheel.name: wheel.entry(known) for wheel in wheels}
    for name, others in _ALSO_NEEDS.items():
        packages[name]["depends"] += others
    files |= {wheel.file_name: wheel.content for wheel in wheels}
    if compiler is not None:
        _compile(packages, files, compiler, _SITE_PACKAGES.format(distribution.python))
    files[LOCK_NAME] = _lock(distribution.info, packages)
    viewer = packages | {"dicomkit": {**packages["dicomkit"], "depends": _FOR_VIEWERS}}
    files[VIEWER_LOCK_NAME] = _lock(distribution.info, viewer)
    return files


def _compile(
    packages: dict[str, dict[str, Any]], files: dict[str, bytes], compiler: str, site_packages: str
) -> None:
    """Put wheels with bytecode in the place of those that are imported at the start, and their digests in the lock."""
    start = {
        name for name, entry in closure(packages, _START).items() if entry["file_name"].endswith("-any.whl")
    }
    for name in (*start, *_READ_BY_LEARNERS):
        file_name = packages[name]["file_name"]
        keeps_source = name in _READ_BY_LEARNERS
        files[file_name] = with_bytecode(files[file_name], compiler, site_packages, keeps_source=keeps_source)
        digest = hashlib.sha256(files[file_name]).hexdigest()
        packages[name] = {**packages[name], "sha256": digest}


def viewer_files(python: Mapping[str, bytes]) -> dict[str, int]:
    """Return which files of the site's Python the viewer loads, with their lengths in bytes.

    Parameters
    ----------
    python
        As `python_files` returned them.
    """
    needed = closure(json.loads(python[VIEWER_LOCK_NAME])["packages"], ["dicomkit"])
    wanted = {*CORE_FILES, VIEWER_LOCK_NAME, *(entry["file_name"] for entry in needed.values())} - {
        "pyodide.js"
    }
    return {name: len(python[name]) for name in sorted(wanted)}


def _lock(info: Mapping[str, str], packages: Mapping[str, object]) -> bytes:
    return json.dumps({"info": info, "packages": dict(sorted(packages.items()))}, indent=1).encode()
