"""Wheels whose modules are compiled already: in a browser, compiling is a third of a start.

Bytecode belongs to one version of Python. So a Python of the site's version does it, where the builder has one; without,
the site is the same and starts some seconds later.
"""

from __future__ import annotations

import io
import shutil
import subprocess
import sys
import tempfile
import zipfile
from pathlib import Path

from dicomkit.errors import WorkshopError
from dicomkit.text import shorten

__all__ = ["compiling_python", "with_bytecode"]

_NEW_YEAR_1980 = (1980, 1, 1, 0, 0, 0)  # the earliest that a zip can say: two builds are the same bytes
_MAX_REASON = 300  # characters of what Python says


def compiling_python(version: str) -> str | None:
    """Return a Python that compiles for another of its version, or None if there is none here.

    Parameters
    ----------
    version
        As ``3.12``.
    """
    if version == f"{sys.version_info.major}.{sys.version_info.minor}":
        return sys.executable
    program = shutil.which(f"python{version}")
    if program is None:
        return None
    asked = subprocess.run([program, "-c", ""], check=False, capture_output=True)  # noqa: S603 - as named here
    return program if asked.returncode == 0 else None  # pyenv leaves programs that only say what is missing


def with_bytecode(content: bytes, python: str, site_packages: str, *, keeps_source: bool) -> bytes:
    """Return a wheel with its modules compiled.

    Parameters
    ----------
    content
        The wheel.
    python
        The program that compiles (`compiling_python`).
    site_packages
        Where the wheel will lie: tracebacks name files there.
    keeps_source
        Whether modules stay readable beside their bytecode.

    Raises
    ------
    WorkshopError
        If it cannot be compiled.
    """
    with tempfile.TemporaryDirectory(prefix="dicomkit-lite-") as scratch:
        folder = Path(scratch)
        with zipfile.ZipFile(io.BytesIO(content)) as archive:
            archive.extractall(folder)
        # The compiled file is believed without a look at its source: there is nothing to compare dates with.
        words = ["-q", "--invalidation-mode", "unchecked-hash", "-s", scratch, "-p", site_packages]
        beside = [] if keeps_source else ["-b"]
        done = subprocess.run(  # noqa: S603 - as in compiling_python
            [python, "-m", "compileall", *words, *beside, scratch],
            check=False,
            capture_output=True,
            text=True,
            errors="replace",
        )
        # A template that is no Python yet is none afterwards: it stays as it is.
        if done.returncode and "SyntaxError" not in done.stdout:
            raise WorkshopError(
                python, f"it does not compile: {shorten(done.stdout, _MAX_REASON)}", "try another"
            )
        if not keeps_source:
            for source in folder.rglob("*.py"):
                if source.with_suffix(".pyc").is_file():
                    source.unlink()
        return _zipped(folder)


def _zipped(folder: Path) -> bytes:
    stream = io.BytesIO()
    with zipfile.ZipFile(stream, "w", zipfile.ZIP_DEFLATED) as archive:
        for path in sorted(folder.rglob("*")):
            if path.is_file():
                info = zipfile.ZipInfo(path.relative_to(folder).as_posix(), _NEW_YEAR_1980)
                info.compress_type = zipfile.ZIP_DEFLATED
                archive.writestr(info, path.read_bytes())
    return stream.getvalue()
