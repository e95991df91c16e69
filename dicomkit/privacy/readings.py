"""All that bytes may stand for when a person reads them: in their own character set, in another, or wrapped up.

A name that is written in a character set which the file does not declare, in an address (``M%C3%BCller``), as HTML
or in base64 is a name all the same.

References
----------
PS3.5 section 6.1, Support of Character Repertoires; RFC 3986 section 2.1 (percent-encoding); RFC 4648 (base 64, base 16).
"""

from __future__ import annotations

import base64
import binascii
import html
import re
import urllib.parse
from collections.abc import Iterator, Sequence

from pydicom.charset import CODES_TO_ENCODINGS, decode_bytes, default_encoding

__all__ = ["byte_readings", "decoded", "text_readings"]

_DELIMITERS = {0x0D, 0x0A, 0x09, 0x0C, 0x5C, 0x5E, 0x3D}  # PS3.5 section 6.1.2.5.3: where code extensions end
_ESCAPE = 0x1B
_HIGHEST_ASCII = 0x7F
# In which texts are written by programs that do not say so, or say something else.
_UNDECLARED = ("utf-8", "latin-1", "gb18030", "shift_jis", "euc_kr")
_EXTENSIONS = [default_encoding, *dict.fromkeys(CODES_TO_ENCODINGS.values())]
_BASE_64 = re.compile(r"[A-Za-z0-9+/_-]{8,}={0,2}")
_BASE_16 = re.compile(r"(?:[0-9A-Fa-f]{2}){4,}")


def decoded(value: bytes, encodings: Sequence[str]) -> str:
    """Return the text that bytes stand for in the character sets of their data set; nothing is refused.

    Parameters
    ----------
    value
        As in the file.
    encodings
        Python's names of the character sets.
    """
    try:
        return decode_bytes(value, list(encodings) or [default_encoding], _DELIMITERS)
    except (LookupError, UnicodeError, ValueError):
        return value.decode("latin-1")


def text_readings(value: bytes, encodings: Sequence[str]) -> tuple[str, ...]:
    """Return what a text may stand for, the right reading first.

    Parameters
    ----------
    value, encodings
        As for `decoded`.
    """
    texts = [decoded(value, encodings)]
    if _ESCAPE in value:
        texts.append(decoded(value, _EXTENSIONS))
    if any(byte > _HIGHEST_ASCII for byte in value):
        for encoding in _UNDECLARED:
            try:
                texts.append(value.decode(encoding))
            except UnicodeError:
                continue
    return tuple(dict.fromkeys(reading for text in texts for reading in (text, *_unwrapped(text))))


def byte_readings(value: bytes) -> Iterator[str]:
    """Yield what bytes that are no text may stand for if they are one after all."""
    for encoding in ("utf-8", "latin-1"):
        yield value.decode(encoding, errors="replace")
    for encoding in ("utf-16-le", "utf-16-be"):
        for start in (0, 1):
            yield value[start:].decode(encoding, errors="replace")


def _unwrapped(text: str) -> Iterator[str]:
    """Yield what a text says once its wrapping is taken off."""
    if "%" in text:
        for encoding in ("utf-8", "latin-1"):
            yield urllib.parse.unquote_plus(text, encoding=encoding)
    if "&" in text:
        yield html.unescape(text)
    for found in _BASE_16.findall(text):
        yield from byte_readings(bytes.fromhex(found))
    for found in _BASE_64.findall(text):
        try:
            content = base64.urlsafe_b64decode(found.rstrip("=").replace("+", "-").replace("/", "_") + "==")
        except (binascii.Error, ValueError):
            continue
        yield from byte_readings(content)
