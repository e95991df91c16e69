"""The transfer syntax of an image: how its pixels are laid out or compressed, and what decodes them."""

from __future__ import annotations

from pydicom.dataset import Dataset
from pydicom.uid import (
    UID,
    JPEG2000TransferSyntaxes,
    JPEGLSTransferSyntaxes,
    JPEGTransferSyntaxes,
)

from dicomkit.errors import ImageError

__all__ = ["JPEG", "JPEG_2000", "JPEG_LS", "install_codec", "remedy_without_decoder", "transfer_syntax_of"]

JPEG = frozenset(JPEGTransferSyntaxes)
JPEG_LS = frozenset(JPEGLSTransferSyntaxes)
JPEG_2000 = frozenset(JPEG2000TransferSyntaxes)  # with high throughput or without


def transfer_syntax_of(dataset: Dataset) -> UID:
    """Return the transfer syntax of an image; without it nobody knows how its bytes are laid out.

    Raises
    ------
    ImageError
        If the image has none, or one that is unknown.

    References
    ----------
    PS3.5 section 10, Transfer Syntax.
    """
    meta = getattr(dataset, "file_meta", None)
    value = None if meta is None else meta.get("TransferSyntaxUID")
    if not value:
        raise ImageError(
            "data set", "it has no Transfer Syntax UID (0002,0010)", "read it from a file, or set it"
        )
    syntax = UID(value) if isinstance(value, str) else UID("")
    if not syntax.is_transfer_syntax:
        raise ImageError("data set", "its Transfer Syntax UID is unknown", "convert the file first")
    return syntax


def install_codec(syntax: UID) -> str:
    """Return the command that installs what encodes and decodes JPEG-LS or JPEG 2000."""
    return f"run: pip install {'pyjpegls' if syntax in JPEG_LS else 'pylibjpeg pylibjpeg-openjpeg'}"


def remedy_without_decoder(syntax: UID) -> str:
    """Return what to do where nothing decodes a transfer syntax."""
    if syntax in JPEG_LS | JPEG_2000:
        return f"{install_codec(syntax)}, or get the file again"
    return "convert the file first, for example with dcmdjpeg"
