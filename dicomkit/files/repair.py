"""Put before a data set what a file has to begin with, when somebody who knows the file asks for it.

A reader that does so on its own account takes a letter for an image. So it is asked for by name, and
nothing else is changed: the data set stays as it is, byte for byte.
"""

from __future__ import annotations

from dicomkit.errors import NotDicomError, UsageError
from dicomkit.files.encoding import transfer_syntax
from dicomkit.files.identifiers import read_identifiers
from dicomkit.files.layout import FileLayout, file_layout
from dicomkit.files.part10 import PREAMBLE_BYTES, PREFIX, encode_file_head, has_prefix
from dicomkit.files.tokens import Kind
from dicomkit.files.walk import walk
from dicomkit.uids import EXPLICIT_VR_BIG_ENDIAN, EXPLICIT_VR_LITTLE_ENDIAN, IMPLICIT_VR_LITTLE_ENDIAN

__all__ = ["REPAIRS", "repaired"]

REPAIRS = ("preamble", "meta")
_UIDS = {
    transfer_syntax(uid).encoding: uid
    for uid in (IMPLICIT_VR_LITTLE_ENDIAN, EXPLICIT_VR_LITTLE_ENDIAN, EXPLICIT_VR_BIG_ENDIAN)
}


def repaired(buffer: bytes, repair: str, *, given: str = "bytes") -> bytes:
    """Return the file with what it lacks before its data set; a file that lacks nothing comes back as it is.

    Parameters
    ----------
    buffer
        The content of a file.
    repair
        ``"preamble"``: 128 zero bytes and ``DICM`` are put before a file that begins with group 0002.
        ``"meta"``: preamble, ``DICM`` and group 0002 are written anew, with the transfer syntax that the
        bytes of the data set show, if group 0002 is missing, names no transfer syntax, or contradicts them.
    given
        What an error calls the input.

    Raises
    ------
    UsageError
        If there is no such repair.
    NotDicomError
        If the bytes are no data set in any transfer syntax that the bytes can show. A compressed one cannot
        be told from an uncompressed one for sure, so encapsulated pixels are not repaired.

    References
    ----------
    PS3.10 section 7.1, DICOM File Meta Information.
    """
    if repair not in REPAIRS:
        raise UsageError(f"repair={repair!r}", "there is no such repair", f"use one of {', '.join(REPAIRS)}")
    begins_with_meta = buffer.startswith(b"\x02\x00")
    if begins_with_meta and not has_prefix(buffer):
        buffer = bytes(PREAMBLE_BYTES) + PREFIX + buffer
    if repair == "preamble":
        return buffer
    layout = file_layout(buffer, given=given, require_prefix=False)
    if layout.transfer_syntax_uid and transfer_syntax(layout.transfer_syntax_uid).encoding == layout.encoding:
        return buffer
    return _with_new_meta(layout, given)


def _with_new_meta(layout: FileLayout, given: str) -> bytes:
    """Return the file with a group 0002 that says what the bytes show."""
    end = len(layout.dataset)
    for token in walk(layout.dataset, layout.dataset_start, end, layout.encoding, given=given):
        if token.kind is Kind.PIXEL_SEQUENCE:
            raise NotDicomError(
                given,
                "its pixels are compressed, and without group 0002 nobody knows how",
                "ask where it came from, and give it its transfer syntax with modify()",
            )
    uid = _UIDS[layout.encoding]
    found = read_identifiers(layout.dataset, layout.dataset_start, uid, given=given)
    head = encode_file_head(
        sop_class_uid=found.sop_class_uid,
        sop_instance_uid=found.sop_instance_uid,
        transfer_syntax_uid=uid,
    )
    return head + layout.dataset[layout.dataset_start :]
