"""The names of transfer syntaxes that ``dcmdump`` prints in the line ``# Used TransferSyntax``.

Recorded from DCMTK 3.6.7, which names an unknown transfer syntax after the encoding of the bytes.
"""

from __future__ import annotations

import functools

from dicomkit.files.encoding import EXPLICIT_BIG, IMPLICIT_LITTLE, Encoding
from dicomkit.files.file_bytes import bytes_beside

__all__ = ["transfer_syntax_name"]


def transfer_syntax_name(uid: str, encoding: Encoding) -> str:
    """Return DCMTK's name of the transfer syntax `uid`; if it has none, the name of the `encoding`.

    Examples
    --------
    >>> transfer_syntax_name("1.2.840.10008.1.2.5", IMPLICIT_LITTLE), transfer_syntax_name("", IMPLICIT_LITTLE)
    ('RLE Lossless', 'Little Endian Implicit')
    """
    if name := _names().get(uid):
        return name
    if encoding == IMPLICIT_LITTLE:
        return "Little Endian Implicit"
    return "Big Endian Explicit" if encoding == EXPLICIT_BIG else "Little Endian Explicit"


@functools.cache
def _names() -> dict[str, str]:
    # One line for each transfer syntax: the UID, a tab, DCMTK's name.
    text = bytes_beside(__file__, "transfer_syntax_names.tsv").decode("ascii")
    return dict(line.split("\t") for line in text.splitlines())
