r"""Decode raw values to text, without insignificant spaces, and encode them.

References
----------
PS3.5 section 6.2, Value Representation: which spaces are significant; section 6.4, Value Multiplicity.
"""

from __future__ import annotations

import functools
import struct
from collections.abc import Sequence

from dicomkit.files.character_sets import character_sets, has_unknown_term
from dicomkit.files.code_extensions import decoded_text
from dicomkit.files.encoding import CHARACTER_SET_VRS, NUMBER_CODES, SINGLE_VALUE_VRS, TEXT_VRS

__all__ = ["decoded", "encoded_number", "is_plain", "padded", "texts"]

_ESCAPE = b"\x1b"


def texts(vr: str, raw: bytes, terms: bytes = b"") -> tuple[str, ...]:
    r"""Return the values of an element as text, without insignificant spaces; empty for no value.

    `raw` is in Little Endian; `terms` is the raw value of the Specific Character Set (0008,0005) in effect.

    Examples
    --------
    >>> texts("CS", rb"ORIGINAL\PRIMARY "), texts("US", b"\x00\x02"), texts("SH", b"")
    (('ORIGINAL', 'PRIMARY'), ('512',), ())
    """
    if not raw:
        return ()
    if vr in TEXT_VRS or vr == "UN":
        text = decoded(vr, raw, terms)
        if vr in SINGLE_VALUE_VRS:
            text = text.rstrip(" \0")
            return (text,) if text else ()
        if "\\" not in text:
            text = text.strip(" \0")
            return (text,) if text else ()
        return tuple(part.strip(" \0") for part in text.split("\\"))
    if vr == "AT":
        return tuple(f"{group:04X}{element:04X}" for group, element in _numbers("HH", raw))
    code = NUMBER_CODES.get(vr)
    return tuple(str(number) for (number,) in _numbers(code, raw)) if code else ()


def _numbers(code: str, raw: bytes) -> list[tuple[int, ...]]:
    layout = struct.Struct("<" + code)
    return list(layout.iter_unpack(raw[: len(raw) - len(raw) % layout.size]))


def is_plain(raw: bytes) -> bool:
    """Return whether a value is ASCII without escape sequences, and so the same in each character set."""
    return raw.isascii() and _ESCAPE not in raw


def decoded(vr: str, raw: bytes, terms: bytes) -> str:
    """Return the decoded text; an invalid byte becomes U+FFFD."""
    if is_plain(raw):
        return raw.decode("ascii")
    if vr not in CHARACTER_SET_VRS:
        return raw.decode("ascii", "replace")
    if has_unknown_term(terms):
        return decoded_text(raw, character_sets(terms), vr)  # not a codec that only Python knows
    if not terms.strip(b" \0"):
        # Not allowed without a character set, but common.
        try:
            return raw.decode("utf-8")
        except UnicodeDecodeError:
            return raw.decode("latin-1")
    from pydicom.charset import decode_bytes  # noqa: PLC0415 - needed for non-ASCII text only

    from dicomkit.files.quiet_pydicom import quiet_pydicom  # noqa: PLC0415 - the same

    delimiters = {0x0D, 0x0A, 0x09, 0x0C} | ({ord("^"), ord("=")} if vr == "PN" else set())
    with quiet_pydicom():
        return decode_bytes(raw, _codecs(terms), delimiters | {ord("\\")})


@functools.lru_cache(maxsize=64)
def _codecs(terms: bytes) -> Sequence[str]:
    from pydicom.charset import convert_encodings  # noqa: PLC0415 - the same

    return list(convert_encodings(list(character_sets(terms))))


def padded(text: str, vr: str) -> bytes:
    """Return text in UTF-8, padded to even length."""
    raw = text.encode("utf-8", "replace")
    return raw + (b"\0" if vr == "UI" else b" ") * (len(raw) % 2)


def encoded_number(number: int) -> bytes:
    """Return a number as a value of VR IS."""
    return padded(str(number), "IS")
