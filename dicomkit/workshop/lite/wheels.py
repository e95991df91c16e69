"""Wheels without compiled code, as entries of Pyodide's lock: so an import finds them and no lesson needs %pip."""

from __future__ import annotations

import hashlib
import io
import re
import zipfile
from collections.abc import Collection
from dataclasses import dataclass
from email.parser import HeaderParser
from typing import Any

from dicomkit.errors import WorkshopError

__all__ = ["PureWheel", "without_tests"]

_NAME = re.compile(r"^[A-Za-z0-9][\w.-]*")
_TESTS = re.compile(r"/tests/")
_PURE = re.compile(r"-py(2\.py)?3-none-any\.whl$")


@dataclass(frozen=True)
class PureWheel:
    """A wheel that runs wherever Python does.

    Parameters
    ----------
    file_name
        As the index has it.
    content
        The file.
    """

    file_name: str
    content: bytes

    @property
    def name(self) -> str:
        """The package's name, as Pyodide's lock spells it."""
        return str(self._headers()["Name"]).lower().replace("_", "-").replace(".", "-")

    @property
    def version(self) -> str:
        """The package's version."""
        return str(self._headers()["Version"])

    def requirements(self) -> list[str]:
        """Return the names of what it needs in any case: what an extra or another system needs is left out."""
        names = []
        for requirement in self._headers().get_all("Requires-Dist", []):
            wanted, _, marker = requirement.partition(";")
            if not marker.strip():
                names.append(_NAME.match(wanted.strip())[0].lower().replace("_", "-"))  # type: ignore[index]
        return names

    def entry(self, known: Collection[str]) -> dict[str, Any]:
        """Return its entry for the lock.

        Parameters
        ----------
        known
            The packages that the site has; what else it names is left out, because nothing could load it.
        """
        return {
            "name": self.name,
            "version": self.version,
            "file_name": self.file_name,
            "install_dir": "site",
            "sha256": hashlib.sha256(self.content).hexdigest(),
            "package_type": "package",
            "imports": self._modules(),
            "depends": sorted(name for name in self.requirements() if name in known),
            "unvendored_tests": False,
        }

    def check(self) -> None:
        """Refuse what a browser cannot run.

        Raises
        ------
        WorkshopError
            If it is no wheel, or holds compiled code.
        """
        if not _PURE.search(self.file_name) or not zipfile.is_zipfile(io.BytesIO(self.content)):
            raise WorkshopError(
                self.file_name,
                "is no wheel without compiled code",
                "take the one that ends in py3-none-any.whl",
            )

    def _headers(self) -> Any:  # noqa: ANN401 - email.message.Message, whose generic form not every Python has
        with zipfile.ZipFile(io.BytesIO(self.content)) as archive:
            name = next(
                each for each in archive.namelist() if re.fullmatch(r"[^/]+\.dist-info/METADATA", each)
            )
            return HeaderParser().parsestr(archive.read(name).decode("utf-8"))

    def _modules(self) -> list[str]:
        with zipfile.ZipFile(io.BytesIO(self.content)) as archive:
            tops = {each.split("/")[0] for each in archive.namelist() if each.endswith(".py")}
        return sorted(top.removesuffix(".py") for top in tops if not top.endswith((".dist-info", ".data")))


def without_tests(content: bytes) -> bytes:
    """Return a wheel without its own tests: nobody runs them in a browser, and of nibabel they are three quarters."""
    stream = io.BytesIO()
    with (
        zipfile.ZipFile(io.BytesIO(content)) as archive,
        zipfile.ZipFile(stream, "w", zipfile.ZIP_DEFLATED) as smaller,
    ):
        for member in archive.infolist():
            if not _TESTS.search(member.filename):
                smaller.writestr(member, archive.read(member), zipfile.ZIP_DEFLATED)
    return stream.getvalue()
