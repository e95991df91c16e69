"""Fold a text for the comparison of words: one case, no accents, Latin letters.

One text may have a name in its own script, another one transliterated as in a passport: ``Иванов`` and ``Ivanov`` are
folded to the same letters, and so are ``ヤマダ`` and ``やまだ``.

References
----------
The Unicode Standard, section 3.13, Default Case Algorithms, and annex 15, Unicode Normalization Forms; ICAO Doc 9303
part 3, section 6 (transliteration in passports); ISO 843 (Greek).
"""

from __future__ import annotations

import unicodedata
from collections.abc import Iterable, Iterator

__all__ = ["folded", "forms", "is_without_spaces"]

# Letters that Unicode does not decompose, as they are written on other keyboards.
_LATIN = {"\u0131": "i", "ł": "l", "ø": "o", "đ": "d", "ħ": "h", "æ": "ae", "œ": "oe", "þ": "th", "ð": "d"}
_CYRILLIC = dict(zip("абвгдезиклмнопрстуфыэіґђ\u0458", "abvgdeziklmnoprstufyeigdj", strict=True))
_CYRILLIC |= dict(
    zip(
        "жчшщъьюяєљњћџ\u0445ц",
        ["zh", "ch", "sh", "shch", "ie", "", "iu", "ia", "ie", "lj", "nj", "c", "dz", "kh", "ts"],
        strict=True,
    )
)
_GREEK = dict(zip("αβγδεζηικλμνξοπρστυφω", "avgdeziiklmnxoprstufo", strict=True))
_GREEK |= {"θ": "th", "χ": "ch", "ψ": "ps"}
_KATAKANA = {
    chr(code): chr(code - 0x60) for code in range(0x30A1, 0x30F7)
}  # and the hiragana of the same sound
_PLAIN_LETTERS = str.maketrans({**_LATIN, **_CYRILLIC, **_GREEK, **_KATAKANA})
_UMLAUTS = str.maketrans({"ä": "ae", "ö": "oe", "ü": "ue", "å": "aa", "ø": "oe"})
# Thai and Lao, Myanmar, Khmer: no spaces between words.
_WITHOUT_SPACES = (range(0x0E00, 0x0F00), range(0x1000, 0x10A0), range(0x1780, 0x1800))


def folded(text: str) -> str:
    """Return a text for comparison: without accents, in one case, transliterated to Latin letters where possible.

    Examples
    --------
    >>> folded("M\u00dcLLER"), folded("Stra\u00dfe"), folded("\u0141ukasz"), folded("Щукин")
    ('muller', 'strasse', 'lukasz', 'shchukin')
    """
    apart = unicodedata.normalize("NFKD", text.casefold())
    plain = "".join(sign for sign in apart if not unicodedata.combining(sign)).casefold()
    return plain.translate(_PLAIN_LETTERS)


def forms(texts: Iterable[str]) -> Iterator[str]:
    """Yield each text folded, and once more with its umlauts written out."""
    for text in texts:
        yield folded(text)
        spelled = unicodedata.normalize("NFKC", text).casefold().translate(_UMLAUTS)
        if spelled != text:
            yield folded(spelled)


def is_without_spaces(word: str) -> bool:
    """Return whether a word has characters of a script that does not separate words by spaces."""
    return any(
        unicodedata.east_asian_width(sign) in "WF" or any(ord(sign) in block for block in _WITHOUT_SPACES)
        for sign in word
    )
