r"""Decode raw values to text, without insignificant spaces, and encode them.

References
----------
PS3.5 section 6.2, Value Representation: which spaces are significant; section 6.4, Value Multiplicity.
"""

from __future__ import annotations

import contextlib
import struct

from dicomkit.files.character_sets import character_sets
from dicomkit.files.code_extensions import decoded_text
from dicomkit.files.encoding import CHARACTER_SET_VRS, NUMBER_CODES, SINGLE_VALUE_VRS, TEXT_VRS

__all__ = ["decoded", "is_plain", "padded", "texts"]

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
    if not terms.strip(b" \0"):
        # Not allowed without a character set, but common.
        with contextlib.suppress(UnicodeDecodeError):
            return raw.decode("utf-8")
    return decoded_text(raw, character_sets(terms), vr)


def padded(text: str, vr: str) -> bytes:
    """Return text in UTF-8, padded to even length."""
    raw = text.encode("utf-8", "replace")
    return raw + (b"\0" if vr == "UI" else b" ") * (len(raw) % 2)
