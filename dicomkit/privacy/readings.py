"""All possible readings of bytes: in their own character set, in another one, or encoded as in a URL or base64.

A name in an undeclared character set, in a URL (``M%C3%BCller``), in HTML or in base64 is a name all the same.

References
----------
PS3.5 section 6.1, Support of Character Repertoires; RFC 3986 section 2.1 (percent-encoding); RFC 4648 (base 64, base 16);
RFC 2045 section 6.7 (quoted-printable).
"""

from __future__ import annotations

import base64
import binascii
import html
import quopri
import re
import urllib.parse
from collections.abc import Iterator, Sequence

from dicomkit.files.character_sets import DEFINED_TERMS
from dicomkit.files.code_extensions import decoded_text

__all__ = ["byte_readings", "text_readings"]

_ESCAPE = 0x1B
_HIGHEST_ASCII = 0x7F
# Encodings of programs that do not declare one, or declare a wrong one.
_UNDECLARED = ("utf-8", "latin-1", "gb18030", "shift_jis", "euc_kr")
_EXTENSIONS = ("", *sorted(term for term in DEFINED_TERMS if term.startswith("ISO 2022")))
_BASE_64 = re.compile(r"[A-Za-z0-9+/_-]{8,}={0,2}")
_BASE_16 = re.compile(r"(?:[0-9A-Fa-f]{2}){4,}")
_WRAPPINGS = 2  # one inside another: a URL in HTML
# Hebrew and Arabic, which old programs store in visual order, and the marks that change the direction of text.
_RIGHT_TO_LEFT = re.compile("[\u0590-\u08ff\u202b\u202e\u2067\ufb1d-\ufefc]")


def text_readings(value: bytes, vr: str, terms: Sequence[str]) -> tuple[str, ...]:
    """Return all readings of the bytes of a text, the correct one first.

    `terms` are the character sets of its data set, as Specific Character Set names them.
    """
    texts = [decoded_text(value, terms, vr)]
    if _ESCAPE in value:
        texts.append(decoded_text(value, _EXTENSIONS, vr))
    if any(byte > _HIGHEST_ASCII for byte in value):
        for encoding in _UNDECLARED:
            try:
                texts.append(value.decode(encoding))
            except UnicodeError:
                continue
    found = dict.fromkeys(texts)
    for _ in range(_WRAPPINGS):
        texts = [reading for text in texts for reading in _unwrapped(text) if reading not in found]
        found.update(dict.fromkeys(texts))
    return tuple(found)


def byte_readings(value: bytes) -> Iterator[str]:
    """Yield the readings as text of bytes that should not be text."""
    for encoding in ("utf-8", "latin-1"):
        yield value.decode(encoding, errors="replace")
    for encoding in ("utf-16-le", "utf-16-be"):
        for start in (0, 1):
            yield value[start:].decode(encoding, errors="replace")


def _unwrapped(text: str) -> Iterator[str]:
    """Yield the text inside a text that is encoded in HTML, a URL or base64, one level deep."""
    if _RIGHT_TO_LEFT.search(text):
        yield text[::-1]
    if "=" in text:
        yield from byte_readings(quopri.decodestring(text.encode("utf-8", "replace")))
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
