"""Raw values as text: in the character set that holds, whatever the bytes are."""

from __future__ import annotations

from dicomkit.files.character_sets import character_sets
from dicomkit.files.code_extensions import decoded_text
from dicomkit.files.tags import SPECIFIC_CHARACTER_SET
from dicomkit.index.scan import Scan

__all__ = ["indexed_text"]

_PATIENT_NAME = 0x00100010
_PADDING = "\0 "


def indexed_text(scan: Scan, tag: int) -> str:
    """Return an indexed value as text; numbers as digits; empty if there is none."""
    raw = scan.values.get(tag, b"")
    if tag >> 16 == 0x0028 and tag & 0xFFFF != 0x0008:  # noqa: PLR2004 - Rows and Columns are US, Number of Frames is IS
        order = "little" if scan.encoding.little_endian else "big"
        return str(int.from_bytes(raw[:2], order)) if raw else ""  # type: ignore[arg-type]
    terms = character_sets(scan.values.get(SPECIFIC_CHARACTER_SET, b""))
    return decoded_text(raw, terms, "PN" if tag == _PATIENT_NAME else "LO").strip(_PADDING)
