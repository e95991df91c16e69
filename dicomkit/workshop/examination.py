"""Examine this machine: try everything that a lesson needs, and say in plain words what does not work."""

from __future__ import annotations

import dataclasses
import enum
import importlib.metadata
import importlib.util
import platform
import re
import shutil
import tempfile
import webbrowser
from collections.abc import Callable, Iterator
from pathlib import Path

from dicomkit.abilities import in_browser
from dicomkit.errors import DicomKitError, reason_of
from dicomkit.lessons.catalogue import pristine_folder
from dicomkit.lessons.record import record_path

__all__ = ["BROWSER_SENTENCE", "Finding", "Kind", "doctor", "examine", "verdict"]

_INSTALL_AGAIN = "install the kit again, from its checkout or its wheel"
_TOO_LITTLE_BYTES = 200_000_000
_LITTLE_BYTES = 1_000_000_000
_REQUIREMENT = re.compile(
    r"(?P<name>[\w.-]+)(\[[^]]*\])?\s*>=\s*(?P<least>[\d.]+)(.*extra == ['\"](?P<extra>\w+)['\"])?"
)


BROWSER_SENTENCE = (
    "This Python runs in your browser: nothing is installed, and nothing leaves the page. "
    "Cells about sockets, threads and other programs show what they printed elsewhere."
)
_NEEDED = {None, "lab"}  # the extras without which a lesson cannot run; None: no extra at all


class Kind(enum.StrEnum):
    """The first word of a line: it works, a lesson cannot run, or something is good to know."""

    OK = "ok"
    PROBLEM = "problem"
    NOTE = "note"


@dataclasses.dataclass(frozen=True)
class Finding:
    """One line of the report.

    Parameters
    ----------
    kind
        Its kind.
    text
        What was found and, for a problem, what to do.
    """

    kind: Kind
    text: str


def doctor() -> None:
    """Print each problem of this machine that would stop a lesson, or that there is none.

    In a terminal, ``dicomkit doctor`` also lists what works, with versions. In a browser it says where this Python
    runs, and what is different there.
    """
    from dicomkit.workshop.copies import workshop_folder  # noqa: PLC0415 - it imports pydicom, which costs

    problems = [finding for finding in examine(workshop_folder(None)) if finding.kind is Kind.PROBLEM]
    for finding in problems:
        print(f"{finding.kind:<8} {finding.text}")
    print(verdict(len(problems)))
    if in_browser():
        print(BROWSER_SENTENCE)


def examine(folder: Path) -> Iterator[Finding]:
    """Yield the findings about this machine, check by check.

    Parameters
    ----------
    folder
        The folder for the learner's notebooks. It is examined, not made.
    """
    for check in (
        _python,
        _packages,
        _notebooks,
        lambda: _folder(folder),
        lambda: _disk(folder),
        _record,
        _kernel,
        _loopback,
        _dcmtk,
        _decoders,
        _browser,
    ):
        # In a browser the site supplies packages and kernel, and there are no other programs.
        if not (in_browser() and check in {_packages, _kernel, _dcmtk, _browser}):
            yield from _examine(check)


def verdict(problems: int) -> str:
    """Return the sentence at the end of an examination."""
    if problems:
        plural = "problems" if problems > 1 else "problem"
        return f"Not every lesson can run here: {problems} {plural} to solve first."
    return "All lessons can run here."


def _examine(check: Callable[[], Iterator[Finding]]) -> Iterator[Finding]:
    """Yield the findings of a check; any exception in it is a finding too."""
    try:
        yield from check()
    except DicomKitError as error:
        yield Finding(Kind.PROBLEM, str(error))
    except Exception as error:  # noqa: BLE001 - a broken package may fail in any way, and that is the finding
        yield Finding(Kind.PROBLEM, f"a check failed with {type(error).__name__}: {_INSTALL_AGAIN}")


def _python() -> Iterator[Finding]:
    yield Finding(Kind.OK, f"Python {platform.python_version()}")


def _packages() -> Iterator[Finding]:
    """Compare the installed packages with the requirements in pyproject.toml."""
    found = []
    for wanted in _wanted().values():
        name, least = wanted["name"], wanted["least"]
        kind = Kind.PROBLEM if wanted["extra"] in _NEEDED else Kind.NOTE
        # Not as an extra of dicomkit: the kit is not on PyPI, where anybody could register its name.
        cure = f'run: pip install "{name}>={least}"'
        try:
            version = importlib.metadata.version(name)
        except importlib.metadata.PackageNotFoundError:
            optional = " (optional)" if kind is Kind.NOTE else ""
            yield Finding(kind, f"{name} is not installed{optional}: {cure}")
            continue
        if _numbers(version) < _numbers(least):
            upgrade = cure.replace("install", "install --upgrade", 1)
            yield Finding(kind, f"{name} {version} is older than {least}: {upgrade}")
        else:
            found.append(f"{name} {version}")
    yield Finding(Kind.OK, f"packages: {', '.join(found)}")


def _wanted() -> dict[str, re.Match[str]]:
    """Return the requirements by package name; if two extras require one, the extra that lessons need counts."""
    wanted: dict[str, re.Match[str]] = {}
    for requirement in importlib.metadata.requires("dicomkit") or []:
        found = _REQUIREMENT.match(requirement)
        if (
            found is not None
            and found["extra"] != "test"
            and (found["name"] not in wanted or found["extra"] in _NEEDED)
        ):
            wanted[found["name"]] = found
    return wanted


def _numbers(version: str) -> tuple[int, ...]:
    """Return the numbers of a version: 3.0.2rc1 is (3, 0, 2)."""
    return tuple(int(part) for part in re.findall(r"\d+", re.match(r"[\d.]*", version)[0]))  # type: ignore[index]


def _notebooks() -> Iterator[Finding]:
    count = len(list(pristine_folder().glob("*.ipynb")))
    yield Finding(Kind.OK, f"notebooks: {count}")


def _folder(folder: Path) -> Iterator[Finding]:
    place = _existing(folder)
    try:
        with tempfile.TemporaryFile(dir=place):
            pass
    except OSError as error:
        text = f"{place} cannot be written ({reason_of(error)}): choose another folder, dicomkit lab FOLDER"
        yield Finding(Kind.PROBLEM, text)
    else:
        yield Finding(Kind.OK, f"folder: {folder.resolve()} can be written")


def _disk(folder: Path) -> Iterator[Finding]:
    free_bytes = shutil.disk_usage(_existing(folder)).free
    text = f"free disk space: {free_bytes / 1e9:.1f} GB"
    if free_bytes < _TOO_LITTLE_BYTES:
        yield Finding(Kind.PROBLEM, f"{text}: make room, 1 GB is comfortable")
    else:
        yield Finding(Kind.NOTE if free_bytes < _LITTLE_BYTES else Kind.OK, text)


def _existing(folder: Path) -> Path:
    """Return the folder, or its nearest existing parent."""
    return next((place for place in (folder.resolve(), *folder.resolve().parents) if place.exists()), Path())


def _record() -> Iterator[Finding]:
    try:
        folder = record_path().parent
        with tempfile.TemporaryFile(dir=_existing(folder)):
            pass
    except (OSError, RuntimeError):
        yield Finding(
            Kind.NOTE, "progress cannot be kept: set DICOMKIT_STATE_FOLDER to a folder that can be written"
        )
    else:
        yield Finding(Kind.OK, f"progress is kept in {folder}, on this machine only")


def _kernel() -> Iterator[Finding]:
    from dicomkit.workshop.kernel import check_kernel  # noqa: PLC0415 - only when it is its turn

    check_kernel()
    yield Finding(Kind.OK, "kernel: it starts, and 1 + 1 is 2")


def _loopback() -> Iterator[Finding]:
    from dicomkit.network import StorageSCP, echo  # noqa: PLC0415 - only when it is its turn

    with tempfile.TemporaryDirectory(prefix="dicomkit-doctor-") as folder, StorageSCP(folder) as scp:
        echo("127.0.0.1", scp.port)
    yield Finding(Kind.OK, "network: a C-ECHO to this machine was answered")


def _dcmtk() -> Iterator[Finding]:
    if shutil.which("dcmdump"):
        yield Finding(Kind.OK, "DCMTK is installed")
    else:
        yield Finding(Kind.NOTE, "DCMTK is not installed (optional): the kit's own commands do the same")


def _decoders() -> Iterator[Finding]:
    """Yield which compressed pixels can be decoded, with the packages and their licences."""
    from dicomkit.pixels.missing_decoder import DECODERS  # noqa: PLC0415 - it imports pydicom, which costs

    found = []
    for package in DECODERS:
        packages = " ".join(package.packages)
        if package.is_installed:
            found.append(f"{package.decodes} ({packages}, {package.licence})")
        else:
            text = f"{package.decodes} cannot be shown (optional): run: pip install {packages}"
            yield Finding(Kind.NOTE, f"{text} (licence: {package.licence})")
    yield Finding(Kind.OK, f"decoders: JPEG of 8 bits and run lengths{''.join(f', {one}' for one in found)}")


def _browser() -> Iterator[Finding]:
    try:
        webbrowser.get()
    except webbrowser.Error:
        yield Finding(Kind.NOTE, "no browser was found: open the address that dicomkit lab prints yourself")
    else:
        yield Finding(Kind.OK, "a browser is there")
