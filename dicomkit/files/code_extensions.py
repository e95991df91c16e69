r"""Decode text in the character sets of its data set, including escape sequences that switch between several.

pydicom leaves the escape sequences of GB 2312 in the text, does not know Latin alphabet No. 9, and stays in the last
character set after a ``^`` or a ``\``, where the Standard returns to the first one.
"""

from __future__ import annotations

import re
from collections.abc import Sequence

from dicomkit.files.character_sets import STAND_ALONE_TERMS, codec_of, corrected_term, registration
from dicomkit.files.encoding import SINGLE_VALUE_VRS

__all__ = ["REPLACEMENT", "decoded_text"]

REPLACEMENT = "\ufffd"
_ESCAPE = b"\x1b"
_ASCII, _JIS_X_0201, _JIS_X_0208, _JIS_X_0212 = 6, 13, 87, 159
# PS3.3 Tables C.12-3 and C.12-4: the registration that each escape sequence designates, as G0 (the meaning of bytes
# below 80H) or as G1 (the meaning of the others).
_TO_G0 = {b"(B": _ASCII, b"(J": _JIS_X_0201, b"$B": _JIS_X_0208, b"$(D": _JIS_X_0212}
_TO_G1 = {
    b"-A": 100,
    b"-B": 101,
    b"-C": 109,
    b"-D": 110,
    b"-F": 126,
    b"-G": 127,
    b"-H": 138,
    b"-L": 144,
    b"-M": 148,
    b"-T": 166,
    b"-b": 203,
    b")I": _JIS_X_0201,
    b"$)C": 149,
    b"$)A": 58,
}
_JAPANESE = {_JIS_X_0201, _JIS_X_0208, _JIS_X_0212}
_PIECES = re.compile(
    rb"\x1b(\$[()]?[@-~]|[-()][@-~])|([\x21-\x7e]+)|([\x80-\xff]+)|([\0-\x20\x7f])", re.DOTALL
)


def decoded_text(raw: bytes, terms: Sequence[str], vr: str = "LO") -> str:
    r"""Return `raw` as text. An invalid byte becomes U+FFFD, never an error.

    Parameters
    ----------
    raw
        The value's bytes.
    terms
        The values of Specific Character Set, from `dicomkit.files.character_sets.character_sets`; a misspelt
        term counts as the one that it means.
    vr
        The value representation, which determines the delimiters.

    References
    ----------
    PS3.5 section 6.1.2.5, Usage of Code Extension; PS3.3 section C.12.1.1.2, Specific Character Set.

    Examples
    --------
    >>> decoded_text("Łukasz".encode(), ("ISO_IR 192",))
    'Łukasz'
    >>> decoded_text(b"Zhang^XiaoDong=\x1b$)A\xd5\xc5^\x1b$)A\xd0\xa1\xb6\xab", ("", "ISO 2022 IR 58"), "PN")
    'Zhang^XiaoDong=张^小东'
    """
    if raw.isascii() and _ESCAPE not in raw:
        return raw.decode("ascii")
    meant = [corrected_term(term) for term in terms] or [""]
    if _ESCAPE not in raw or meant[0] in STAND_ALONE_TERMS:
        return raw.decode(codec_of(meant[0]), "replace")
    return _Extended(meant, vr).decode(raw)


class _Extended:
    """The character sets in force while a value with escape sequences is read."""

    def __init__(self, terms: Sequence[str], vr: str) -> None:
        self.first = terms[0]
        self.declared = {_ASCII, *(registration(term) or _ASCII for term in terms)}
        if self.declared & _JAPANESE:
            self.declared.add(_JIS_X_0201)  # many files return to its Latin half without naming it
        # PS3.5 section 6.1.2.5.3: at these the first character set is in force again.
        backslash = "" if vr in SINGLE_VALUE_VRS else "\\"
        self.delimiters = f"\t\n\f\r{backslash}{'^=' if vr == 'PN' else ''}"
        self.parts = re.compile(f"([{re.escape(self.delimiters)}])")
        self.begin()

    def begin(self) -> None:
        self.g0, self.g1 = _ASCII, codec_of(self.first)

    def decode(self, raw: bytes) -> str:
        text, position = [], 0
        while position < len(raw):
            found = _PIECES.match(raw, position)
            position = found.end() if found else position + 1
            if found is None:
                text.append("\x1b")  # of no escape sequence
            elif found[1]:
                text.append(self.switched(found[1]))
            elif found[2]:
                text.append(self.lower(found[2]))
            elif found[3]:
                text.append(found[3].decode(self.g1, "replace"))
            else:
                text.append(self.control(found[4].decode("ascii")))
        return "".join(text)

    def switched(self, sequence: bytes) -> str:
        """Switch to another set, or return the escape sequence as text if its set is not declared."""
        number = _TO_G0.get(sequence) or _TO_G1.get(sequence)
        if number not in self.declared:
            return f"\x1b{sequence.decode('ascii')}"
        if sequence in _TO_G0:
            self.g0 = number
        else:
            self.g1 = codec_of(f"ISO 2022 IR {number}")
        return ""

    def control(self, character: str) -> str:
        if character in self.delimiters:
            self.begin()
        return character

    def lower(self, run: bytes) -> str:
        """Decode bytes below 80H."""
        if self.g0 not in {_JIS_X_0208, _JIS_X_0212}:
            return self.ascii(run.decode("ascii"))
        # Two bytes for each character, and either may equal a delimiter; an odd last byte is not half of a character.
        pairs = bytearray()
        for start in range(0, len(run) - 1, 2):
            pairs += b"\x8f" if self.g0 == _JIS_X_0212 else b""
            pairs += bytes((run[start] | 0x80, run[start + 1] | 0x80))
        odd = run[-1:].decode("ascii") if len(run) % 2 else ""
        return pairs.decode("euc_jp", "replace") + self.ascii(odd)

    def ascii(self, text: str) -> str:
        if self.parts.search(text):
            self.begin()
        return text
