"""The wheels that a site needs beside Pyodide's own: the kit's, and those of packages without compiled code.

They are of the versions that this environment has: so a site says what its builder has tried. Pip compares each file
with the digest that the index names.
"""

from __future__ import annotations

import importlib.metadata
import importlib.util
import subprocess
import sys
import tempfile
from collections.abc import Sequence
from pathlib import Path

from dicomkit.errors import WorkshopError
from dicomkit.text import shorten
from dicomkit.workshop.lite.laboratory import KERNEL_EXTENSION, extension_folder
from dicomkit.workshop.lite.packages import KERNEL_PACKAGES, PURE_PACKAGES
from dicomkit.workshop.lite.wheels import PureWheel, without_tests

__all__ = ["collect_wheels"]

_PROJECT = Path(__file__).resolve().parents[3]
_MAX_REASON = 300  # characters of what pip says
# The browser's Python is another one than this, so only what runs on any is taken.
_ANY_PYTHON = ("--only-binary=:all:", "--implementation=py", "--abi=none", "--platform=any")


def collect_wheels(folder: Path | None, own_wheel: Path | None, python: str) -> list[PureWheel]:
    """Return the kit's wheel, those that it needs, and those of the notebook's kernel.

    Parameters
    ----------
    folder
        Where the wheels of `PURE_PACKAGES` lie; None lets pip download them.
    own_wheel
        The kit's wheel; None makes one of this checkout.
    python
        The version of the browser's Python.

    Raises
    ------
    WorkshopError
        If one of them cannot be had.
    """
    with tempfile.TemporaryDirectory(prefix="dicomkit-lite-") as scratch:
        downloaded = folder or Path(scratch) / "pure"
        if folder is None:
            _download(downloaded, python)
        own = own_wheel or _make_own_wheel(Path(scratch) / "own")
        kernel = extension_folder(KERNEL_EXTENSION) / "static" / "pypi"
        return [
            _read(own),
            *_found(downloaded, PURE_PACKAGES, "collect it with pip download"),
            *_found(kernel, KERNEL_PACKAGES, "install the extra lite"),
        ]


def _found(folder: Path, names: Sequence[str], remedy: str) -> list[PureWheel]:
    """Return the wheels of some packages that lie in a folder."""
    wheels = {wheel.name: wheel for wheel in map(_read, sorted(folder.glob("*.whl")))}
    missing = [name for name in names if name not in wheels]
    if missing:
        raise WorkshopError(folder, f"no wheel of {', '.join(missing)}", remedy)
    return [wheels[name] for name in names]


def _read(path: Path) -> PureWheel:
    wheel = PureWheel(path.name, path.read_bytes())
    wheel.check()
    return PureWheel(wheel.file_name, without_tests(wheel.content))


def _download(folder: Path, python: str) -> None:
    """Let pip collect what has no compiled code, in the versions that are installed here."""
    wanted = [f"{name}=={importlib.metadata.version(name)}" for name in PURE_PACKAGES]
    _run_pip(
        "download", "--no-deps", *_ANY_PYTHON, f"--python-version={python}", "--dest", str(folder), *wanted
    )


def _make_own_wheel(folder: Path) -> Path:
    if not (_PROJECT / "pyproject.toml").is_file():
        # By its name alone pip would ask the index, where the kit is not.
        raise WorkshopError("dicomkit", "its own wheel is not here", "name it with --wheel")
    _run_pip("wheel", "--no-deps", "--wheel-dir", str(folder), str(_PROJECT))
    return next(folder.glob("dicomkit-*.whl"))


def _run_pip(command: str, *arguments: str) -> None:
    if importlib.util.find_spec("pip") is None:
        raise WorkshopError("pip", "this Python has none", "run: python -m ensurepip")
    words: Sequence[str] = [sys.executable, "-m", "pip", command, "--quiet", "--disable-pip-version-check"]
    done = subprocess.run(  # noqa: S603 - this Python, and arguments that are composed here
        [*words, *arguments], check=False, capture_output=True, text=True, errors="replace"
    )
    if done.returncode:
        said = [line for line in done.stderr.splitlines() if line.startswith("ERROR")] or [
            "it does not say why"
        ]
        raise WorkshopError(
            f"pip {command}",
            f"it failed: {shorten(said[-1], _MAX_REASON)}",
            "check the network, or name a folder of wheels with --wheels",
        )
