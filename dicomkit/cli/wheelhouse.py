"""Collect everything needed to install the workshop without a network in one folder."""

from __future__ import annotations

import argparse
import importlib.util
import platform
import subprocess
import sys
from pathlib import Path

from dicomkit.cli.arguments import CommandParser
from dicomkit.errors import FileAccessError, WorkshopError, reason_of
from dicomkit.text import shorten

__all__ = ["INSTRUCTIONS_NAME", "install_command", "make_parser", "run"]

INSTRUCTIONS_NAME = "INSTALL.txt"
_EXTRA = "lab"
_PROJECT = Path(__file__).resolve().parent.parent.parent
_MAX_REASON = 300  # characters of what pip says


def make_parser() -> CommandParser:
    """Return the parser of ``dicomkit wheelhouse``."""
    parser = CommandParser(
        "wheelhouse",
        "Download every package of the workshop into a folder, with the one command that installs from it. "
        "The packages are those for this system and this Python; run it once for each kind that comes.",
    )
    parser.add_argument("folder", metavar="DIR", help="where the wheels go")
    parser.add_argument(
        "--from",
        dest="source",
        metavar="SOURCE",
        help="a checkout or a wheel of dicomkit (default: this checkout)",
    )
    return parser


def run(options: argparse.Namespace) -> int:
    """Let pip collect the wheels, write the instructions, and print a summary."""
    folder = Path(options.folder)
    if importlib.util.find_spec("pip") is None:
        raise WorkshopError("pip", "this Python has none", "run: python -m ensurepip")
    try:
        folder.mkdir(parents=True, exist_ok=True)
    except OSError as error:
        raise FileAccessError(
            folder, f"cannot be made into a folder ({reason_of(error)})", "choose another one"
        ) from error
    print(f"collecting packages in {folder}; this takes a few minutes", flush=True)
    _collect(_requirement(options.source), folder)
    (folder / INSTRUCTIONS_NAME).write_text(_instructions(), encoding="utf-8")
    wheels = list(folder.glob("*.whl"))
    size_mb = sum(wheel.stat().st_size for wheel in wheels) / 1e6
    print(f"{len(wheels)} packages, {size_mb:.0f} MB, for {_kind()}")
    print(f"install from it, in that folder: {install_command()}")
    return 0


def install_command() -> str:
    """Return the command that installs the workshop from the folder."""
    return f'python -m pip install --no-index --find-links . "dicomkit[{_EXTRA}]"'


def _requirement(source: str | None) -> str:
    if source is not None:
        if not Path(source).exists():
            raise FileAccessError(source, "there is no such file or folder", "give a checkout or a wheel")
        return f"{Path(source).resolve()}[{_EXTRA}]"
    if (_PROJECT / "pyproject.toml").is_file():
        return f"{_PROJECT}[{_EXTRA}]"
    # Not by name: pip would search the index, where anybody could publish a package with the kit's name.
    raise WorkshopError("dicomkit", "its own wheel is not here", "name it, or a checkout, with --from")


def _collect(requirement: str, folder: Path) -> None:
    command = [sys.executable, "-m", "pip", "wheel", "--quiet", "--disable-pip-version-check"]
    done = subprocess.run(  # noqa: S603 - this Python, and arguments that are composed here
        [*command, "--wheel-dir", str(folder), requirement],
        check=False,
        capture_output=True,
        text=True,
        errors="replace",
    )
    if done.returncode:
        said = [line for line in done.stderr.splitlines() if line.startswith("ERROR")] or [
            "it does not say why"
        ]
        raise WorkshopError(
            requirement,
            f"pip could not collect it: {shorten(said[-1], _MAX_REASON)}",
            "check the network, or name a checkout or a wheel with --from",
        )


def _instructions() -> str:
    return f"""\
The DICOM workshop, without a network. For {_kind()}.

1. Copy this folder to your machine, and open a terminal in it.

2. On Linux and macOS:

   python3 -m venv dicom && . dicom/bin/activate
   {install_command()}

   On Windows (PowerShell):

   py -m venv dicom; dicom\\Scripts\\Activate.ps1
   {install_command()}

3. dicomkit doctor
   dicomkit lab
"""


def _kind() -> str:
    major, minor, _ = platform.python_version_tuple()
    return f"{platform.system()} {platform.machine()}, Python {major}.{minor}"
