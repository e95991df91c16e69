"""Which package decodes what, and the error if it is not installed.

A damaged stream and a stream without a decoder are two problems with two remedies.
"""

from __future__ import annotations

import importlib.util
from typing import NamedTuple

from pydicom.uid import UID

from dicomkit.errors import ImageError
from dicomkit.pixels.transfer_syntax import JPEG, JPEG_2000, JPEG_LS

__all__ = ["DECODERS", "DecoderPackage", "lacks", "no_decoder", "no_encoder"]


class DecoderPackage(NamedTuple):
    """A package that decodes what pydicom and Pillow alone do not.

    ``syntaxes`` are the transfer syntaxes, ``modules`` the names to import, ``packages`` the names to install,
    ``licence`` their licence.
    """

    decodes: str
    syntaxes: frozenset[UID]
    modules: tuple[str, ...]
    packages: tuple[str, ...]
    licence: str

    @property
    def is_installed(self) -> bool:
        """Whether it can be imported."""
        return all(importlib.util.find_spec(module) is not None for module in self.modules)


DECODERS = (
    DecoderPackage("JPEG-LS", JPEG_LS, ("jpeg_ls",), ("pyjpegls",), "MIT"),
    DecoderPackage(
        "JPEG 2000", JPEG_2000, ("pylibjpeg", "openjpeg"), ("pylibjpeg", "pylibjpeg-openjpeg"), "MIT"
    ),
    DecoderPackage(
        "JPEG Lossless and JPEG of 12 bits", JPEG, ("imagecodecs",), ("imagecodecs",), "BSD-3-Clause"
    ),
)


def _package_for(syntax: UID) -> DecoderPackage | None:
    return next((package for package in DECODERS if syntax in package.syntaxes), None)


def lacks(syntax: UID) -> bool:
    """Return whether the package for a transfer syntax exists but is not installed."""
    package = _package_for(syntax)
    return package is not None and not package.is_installed


def no_encoder(syntax: UID) -> ImageError:
    """Return the error for a transfer syntax without an installed encoder."""
    package = _package_for(syntax)
    packages = " ".join(package.packages if package is not None else ())
    problem = f"{syntax.name} needs an encoder that is not installed"
    return ImageError("Pixel Data", problem, f"install one: pip install {packages}")


def no_decoder(syntax: UID, given: str) -> ImageError:
    """Return the error for an actual transfer syntax without an installed decoder, with the right remedy."""
    package = _package_for(syntax)
    if package is not None and not package.is_installed:
        remedy = f"install a decoder: pip install {' '.join(package.packages)}"
        return ImageError(given, f"{syntax.name} needs a decoder that is not installed", remedy)
    kind = "is a video" if "MPEG" in syntax.name or "HEVC" in syntax.name else "has no decoder in this kit"
    return ImageError(given, f"{syntax.name} {kind}", "convert the file first, with a program that knows it")
