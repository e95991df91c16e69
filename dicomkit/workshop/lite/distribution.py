"""The distribution of Pyodide that a site is made of: which of its files are needed, each checked against its lock.

Pyodide is CPython for the browser. Its distribution is a folder with the interpreter, wheels compiled for it, and
``pyodide-lock.json``, which names every file with its SHA-256 and what each package needs.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Iterable, Mapping
from pathlib import Path
from typing import Any

from dicomkit.errors import WorkshopError

__all__ = ["CORE_FILES", "LOCK_NAME", "Distribution", "closure"]

LOCK_NAME = "pyodide-lock.json"
# The lock names no digest of these; what they are is said by the version that the lock is of.
CORE_FILES = ("pyodide.js", "pyodide.mjs", "pyodide.asm.js", "pyodide.asm.wasm", "python_stdlib.zip")
_WHERE_TO_GET_IT = (
    "get the full distribution (pyodide-VERSION.tar.bz2, a release of github.com/pyodide/pyodide), unpack it, "
    "and give the folder: dicomkit lite OUT --pyodide FOLDER"
)
Entry = dict[str, Any]


class Distribution:
    """An unpacked distribution.

    Parameters
    ----------
    folder
        With ``pyodide-lock.json`` in it.

    Raises
    ------
    WorkshopError
        If it is no distribution of Pyodide.
    """

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        try:
            lock = json.loads((folder / LOCK_NAME).read_text(encoding="utf-8"))
            self.info: dict[str, str] = lock["info"]
            self.packages: dict[str, Entry] = lock["packages"]
            self.version, _ = self.info["version"], self.info["python"]
        except (OSError, ValueError, KeyError, TypeError) as error:
            raise WorkshopError(
                folder, f"this is no distribution of Pyodide: it has no usable {LOCK_NAME}", _WHERE_TO_GET_IT
            ) from error
        missing = [name for name in CORE_FILES if not (folder / name).is_file()]
        if missing:
            raise WorkshopError(folder, f"{', '.join(missing)} is missing", _WHERE_TO_GET_IT)

    @property
    def python(self) -> str:
        """The version of its Python, as ``3.12``."""
        return ".".join(self.info["python"].split(".")[:2])

    @staticmethod
    def not_given() -> WorkshopError:
        """Return the error that says where to get a distribution."""
        return WorkshopError("a site that runs Python in the browser", "needs Pyodide", _WHERE_TO_GET_IT)

    def needed(self, names: Iterable[str]) -> dict[str, Entry]:
        """Return the entries of packages and of all that they need.

        Raises
        ------
        WorkshopError
            If the distribution does not know one of them.
        """
        try:
            return closure(self.packages, names)
        except KeyError as error:
            raise WorkshopError(
                self.folder, f"it has no package {error.args[0]}", _WHERE_TO_GET_IT
            ) from error

    def file(self, entry: Entry) -> bytes:
        """Return a package's file, which is what the lock says.

        Raises
        ------
        WorkshopError
            If it is missing, or is another one.
        """
        path = self.folder / str(entry["file_name"])
        try:
            content = path.read_bytes()
        except OSError as error:
            raise WorkshopError(path, "this file of the distribution is missing", _WHERE_TO_GET_IT) from error
        if hashlib.sha256(content).hexdigest() != entry["sha256"]:
            raise WorkshopError(
                path, f"it is not the file that {LOCK_NAME} names (SHA-256)", "get the distribution again"
            )
        return content


def closure(packages: Mapping[str, Entry], names: Iterable[str]) -> dict[str, Entry]:
    """Return the entries of packages, and of all that they need, by name; raise `KeyError` for one that is missing."""
    waiting, entries = list(names), dict[str, Entry]()
    while waiting:
        name = waiting.pop().lower().replace("_", "-")  # the lock spells some names in two ways
        if name not in entries:
            entries[name] = packages[name]
            waiting += entries[name]["depends"]
    return entries
