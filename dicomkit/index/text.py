"""Raw values as text: in the character set that holds, whatever the bytes are."""

from __future__ import annotations

from dicomkit.files.character_sets import DEFINED_TERMS, character_sets
from dicomkit.files.quiet_pydicom import quiet_pydicom
from dicomkit.index.scan import Scan

__all__ = ["decoded", "indexed_text"]

_SPECIFIC_CHARACTER_SET = 0x00080005
_ESCAPE = 0x1B
_PADDING = "\0 "


def indexed_text(scan: Scan, tag: int) -> str:
    """Return an indexed value as text; numbers as digits; empty if there is none."""
    raw = scan.values.get(tag, b"")
    if tag >> 16 == 0x0028 and tag & 0xFFFF != 0x0008:  # noqa: PLR2004 - Rows and Columns are US, Number of Frames is IS
        order = "little" if scan.encoding.little_endian else "big"
        return str(int.from_bytes(raw[:2], order)) if raw else ""  # type: ignore[arg-type]
    return decoded(raw, character_sets(scan.values.get(_SPECIFIC_CHARACTER_SET, b""))).strip(_PADDING)


def decoded(raw: bytes, terms: tuple[str, ...], *, is_person_name: bool = False) -> str:
    """Return `raw` as text. A byte that is no character becomes U+FFFD, never an error.

    Parameters
    ----------
    raw
        The value's bytes.
    terms
        What `dicomkit.files.character_sets.character_sets` returned. An unknown term counts as the default repertoire.
    is_person_name
        Whether ``^`` and ``=`` end the reach of an escape sequence too.

    Examples
    --------
    >>> decoded("Łukasz".encode(), ("ISO_IR 192",))
    'Łukasz'
    """
    if raw.isascii() and _ESCAPE not in raw:
        return raw.decode("ascii")
    from pydicom.charset import convert_encodings, decode_bytes  # noqa: PLC0415 - ASCII needs no pydicom

    # pydicom would take the name of any Python codec.
    known = [term if term in DEFINED_TERMS else "" for term in terms] or [""]
    delimiters = {ord(character) for character in ("\\\r\n\t\f^=" if is_person_name else "\\\r\n\t\f")}
    try:
        with quiet_pydicom():
            return decode_bytes(raw, convert_encodings(known), delimiters)
    except (LookupError, ValueError):
        return raw.decode("ascii", "replace")
