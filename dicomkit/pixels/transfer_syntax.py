"""The transfer syntax of an image: how its pixels are stored or compressed."""

from __future__ import annotations

from pydicom.config import IGNORE
from pydicom.dataset import Dataset
from pydicom.uid import (
    UID,
    JPEG2000TransferSyntaxes,
    JPEGLSTransferSyntaxes,
    JPEGTransferSyntaxes,
)

from dicomkit.errors import ImageError

__all__ = ["JPEG", "JPEG_2000", "JPEG_LS", "RETIRED_JPEG", "transfer_syntax_of"]

JPEG = frozenset(JPEGTransferSyntaxes)
JPEG_LS = frozenset(JPEGLSTransferSyntaxes)
JPEG_2000 = frozenset(JPEG2000TransferSyntaxes)  # with high throughput or without
# Retired sequential and progressive JPEG; the decoders of the others decode them too.
RETIRED_JPEG = frozenset(UID(f"1.2.840.10008.1.2.4.{number}") for number in range(52, 57))


def transfer_syntax_of(dataset: Dataset) -> UID:
    """Return the transfer syntax of an image, without which its bytes cannot be interpreted.

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
    syntax = UID(
        value if isinstance(value, str) else "", validation_mode=IGNORE
    )  # its warning repeats the value
    if not syntax.is_transfer_syntax:
        raise ImageError("data set", "its Transfer Syntax UID is unknown", "convert the file first")
    return syntax
