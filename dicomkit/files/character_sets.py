"""The character sets that a data set may name, and no others.

A reader that passes the term to its language's codecs would also accept ``utf_8`` or ``rot13``. Another reader
does not, so the same file would show two different names.
"""

from __future__ import annotations

import functools
import re

__all__ = [
    "DEFINED_TERMS",
    "STAND_ALONE_TERMS",
    "character_sets",
    "codec_of",
    "corrected_term",
    "has_unknown_term",
    "plain_codec_of",
    "registration",
]

_PADDING = "\0 "
# Python's codecs of the single-byte repertoires, by the number of their registration (PS3.3 section C.12.1.1.2).
_SINGLE_BYTE = {
    13: "shift_jis",
    100: "latin_1",
    101: "iso8859_2",
    109: "iso8859_3",
    110: "iso8859_4",
    126: "iso8859_7",
    127: "iso8859_6",
    138: "iso8859_8",
    144: "iso8859_5",
    148: "iso8859_9",
    166: "iso8859_11",
    203: "iso8859_15",
}
_MULTI_BYTE = {
    58: "gb2312",
    87: "ascii",
    149: "euc_kr",
    159: "ascii",
}  # with 87 and 159, text begins in ASCII
_STAND_ALONE = {"ISO_IR 192": "utf_8", "GB18030": "gb18030", "GBK": "gbk"}
STAND_ALONE_TERMS = frozenset(_STAND_ALONE)
# PS3.3 section C.12.1.1.2, Specific Character Set. The empty term is the default repertoire. Files also name it
# ISO_IR 6, which every reader understands.
DEFINED_TERMS = frozenset(
    {"", "ISO_IR 6", "ISO 2022 IR 6"}
    | {f"ISO_IR {number}" for number in _SINGLE_BYTE}
    | {f"ISO 2022 IR {number}" for number in (*_SINGLE_BYTE, *_MULTI_BYTE)}
    | STAND_ALONE_TERMS
)
_NUMBER = r"ISO(?:_| 2022 )IR (\d+)"
_MISSPELT = r"ISO(2022)?(?:IR)?(\d{1,3})"
_PART_OF_8859 = r"(?:ISO)?8859(\d{1,2})|LATIN(1)"
_OTHER_NAMES = {
    "UTF8": "ISO_IR 192",
    "ISO2022GBK": "GBK",
    "GB2312": "GBK",
    "GB18030": "GB18030",
    "GBK": "GBK",
}


def character_sets(raw: bytes) -> tuple[str, ...]:
    r"""Return the terms in a value of Specific Character Set (0008,0005).

    References
    ----------
    PS3.3 section C.12.1.1.2, Specific Character Set.

    Examples
    --------
    >>> character_sets(b"\\ISO 2022 IR 87")
    ('', 'ISO 2022 IR 87')
    """
    return tuple(part.strip(_PADDING) for part in raw.decode("latin-1").split("\\"))


@functools.lru_cache(maxsize=64)  # the files of a folder repeat them
def has_unknown_term(raw: bytes) -> bool:
    """Say whether a value of Specific Character Set holds a term that the Standard does not define.

    Examples
    --------
    >>> has_unknown_term(b"ISO_IR 192"), has_unknown_term(b"utf_8 ")
    (False, True)
    """
    return not DEFINED_TERMS.issuperset(character_sets(raw))


def registration(term: str) -> int | None:
    """Return the ISO registration number in a defined term; None for a term without one."""
    found = re.fullmatch(_NUMBER, term)
    return int(found[1]) if found else None


def codec_of(term: str) -> str:
    """Return Python's codec for text in the repertoire of a defined term, before any escape sequence.

    Non-ASCII bytes in the default repertoire are read as Latin-1, as most programs do.

    Examples
    --------
    >>> codec_of("ISO_IR 203"), codec_of("ISO 2022 IR 149"), codec_of("")
    ('iso8859_15', 'euc_kr', 'latin_1')
    """
    return plain_codec_of(term) or _MULTI_BYTE.get(registration(term) or 0, "latin_1")


def plain_codec_of(term: str) -> str:
    """Return Python's codec of a repertoire that needs no escape sequence; empty for any other."""
    return _STAND_ALONE.get(term) or _SINGLE_BYTE.get(registration(term) or 0, "")


@functools.lru_cache(maxsize=256)  # the files of a folder repeat the same misspellings
def corrected_term(term: str) -> str:
    """Return the defined term that a misspelt one means; the default repertoire ("") where that is unclear.

    Examples
    --------
    >>> corrected_term("ISO-IR 100"), corrected_term("iso 2022_ir_87"), corrected_term("UTF-8"), corrected_term("IS")
    ('ISO_IR 100', 'ISO 2022 IR 87', 'ISO_IR 192', '')
    """
    if term in DEFINED_TERMS:
        return term
    plain = re.sub("[^A-Z0-9]+", "", term.upper())
    meant = _OTHER_NAMES.get(plain, "")
    if found := re.fullmatch(_MISSPELT, plain):
        meant = f"ISO{' 2022 ' if found[1] else '_'}IR {int(found[2])}"
    elif found := re.fullmatch(_PART_OF_8859, plain):
        codec = f"iso8859_{int(found[1] or found[2])}".replace(
            "iso8859_1", "latin_1", found[1] in {"1", None}
        )
        meant = next((f"ISO_IR {number}" for number, name in _SINGLE_BYTE.items() if name == codec), "")
    return meant if meant in DEFINED_TERMS else ""
