"""Add a missing preamble, ``DICM`` and group 0002 to a data set, when the caller asks for it.

A reader that does so unasked takes a letter for an image. So a repair is asked for by name, and the data set itself
stays as it is, byte for byte.
"""

from __future__ import annotations

from dicomkit.errors import NotDicomError, UsageError
from dicomkit.files.encoding import native_syntax, transfer_syntax
from dicomkit.files.identifiers import read_identifiers
from dicomkit.files.layout import FileLayout, file_layout
from dicomkit.files.part10 import PREAMBLE_BYTES, PREFIX, begins_with_meta, encode_file_head
from dicomkit.files.tokens import Kind

__all__ = ["CHARACTER_SET", "REPAIRS", "repaired"]

CHARACTER_SET = "character_set"
REPAIRS = ("preamble", "meta", CHARACTER_SET)


def repaired(buffer: bytes, repair: str, *, given: str = "bytes") -> bytes:
    """Return the file with a complete head before its data set; a complete file is returned as it is.

    Parameters
    ----------
    buffer
        The content of a file.
    repair
        ``"preamble"``: 128 zero bytes and ``DICM`` are put before a file that begins with group 0002.
        ``"meta"``: preamble, ``DICM`` and group 0002 are written anew, with the transfer syntax that the
        bytes of the data set show, if group 0002 is missing, names no transfer syntax, or contradicts them.
        ``"character_set"`` only affects how texts are decoded, and changes no byte.
    given
        How an error names the input.

    Raises
    ------
    UsageError
        If no repair has that name.
    NotDicomError
        If the bytes are not a data set in any native transfer syntax. Encapsulated pixels do not tell their transfer
        syntax, so such a file is not repaired.

    References
    ----------
    PS3.10 section 7.1, DICOM File Meta Information.
    """
    if repair not in REPAIRS:
        raise UsageError(f"repair={repair!r}", "there is no such repair", f"use one of {', '.join(REPAIRS)}")
    if repair == CHARACTER_SET:
        return buffer
    if begins_with_meta(buffer):
        buffer = bytes(PREAMBLE_BYTES) + PREFIX + buffer
    if repair == "preamble":
        return buffer
    layout = file_layout(buffer, given=given, require_prefix=False)
    if layout.transfer_syntax_uid and transfer_syntax(layout.transfer_syntax_uid).encoding == layout.encoding:
        return buffer
    return _with_new_meta(layout, given)


def _with_new_meta(layout: FileLayout, given: str) -> bytes:
    """Return the file with a new group 0002, whose transfer syntax is found in the bytes."""
    for token in layout.tokens(given=given):
        if token.kind is Kind.PIXEL_SEQUENCE:
            raise NotDicomError(
                given,
                "its pixels are compressed, and without group 0002 nobody knows how",
                "ask where it came from, and give it its transfer syntax with modify()",
            )
    uid = native_syntax(layout.encoding)
    found = read_identifiers(layout.dataset, layout.dataset_start, uid, given=given)
    head = encode_file_head(
        sop_class_uid=found.sop_class_uid,
        sop_instance_uid=found.sop_instance_uid,
        transfer_syntax_uid=uid,
    )
    return head + layout.dataset[layout.dataset_start :]
