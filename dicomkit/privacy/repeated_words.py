"""Find the words of a patient where they are repeated: whole words, whatever their case, accents and encoding.

``MÜLLER`` in one character set is ``Müller`` in another and ``Mueller``'s neighbour in none: texts are decoded,
taken apart into letters and accents (Unicode, form KD) and folded before they are compared. A word counts where it
stands alone: a patient called Phil is not in Philips.

References
----------
The Unicode Standard, section 3.13, Default Case Algorithms, and annex 15, Unicode Normalization Forms; PS3.5 section
6.1, Support of Character Repertoires.
"""

from __future__ import annotations

import re
import unicodedata

__all__ = ["RepeatedWords", "folded"]

_SEPARATORS = re.compile(r"[\s\\^=,;\0]+")
_LEAST_LETTERS = 4  # shorter ones stand in any text by chance
_LEAST_SIGNS = 2  # of a script that writes a name with two signs
_LEAST_DIGITS = 6  # a number as long as this is nobody's by chance, also inside of another one


def folded(text: str) -> str:
    """Return a text as it is compared: without accents, in one case.

    Examples
    --------
    >>> folded("M\u00dcLLER"), folded("Stra\u00dfe")
    ('muller', 'strasse')
    """
    apart = unicodedata.normalize("NFKD", text.casefold())
    return "".join(sign for sign in apart if not unicodedata.combining(sign)).casefold()


class RepeatedWords:
    """The words that were taken away, and whether a text repeats one."""

    def __init__(self) -> None:
        self._words: set[str] = set()
        self._pattern: re.Pattern[str] | None = None

    def remember(self, text: str) -> None:
        """Add the words of a value that was taken away; short ones are left out."""
        for word in filter(None, _SEPARATORS.split(folded(text))):
            least = _LEAST_SIGNS if _needs_no_spaces(word) else _LEAST_LETTERS
            if len(word) >= least:
                self._words.add(word)
        self._pattern = None

    def are_in(self, text: str) -> bool:
        """Return whether a text repeats one of them."""
        if not self._words:
            return False
        if self._pattern is None:
            longest_first = sorted(self._words, key=len, reverse=True)
            self._pattern = re.compile("|".join(map(_alone, longest_first)))
        return self._pattern.search(folded(text)) is not None


def _alone(word: str) -> str:
    """Return a pattern that finds a word where it stands alone."""
    escaped = re.escape(word)
    is_long_number = sum(sign.isdigit() for sign in word) >= _LEAST_DIGITS
    if _needs_no_spaces(word) or is_long_number:
        return escaped
    return rf"(?<![^\W_]){escaped}(?![^\W_])"


def _needs_no_spaces(word: str) -> bool:
    """Return whether a word has signs of a script that writes words without spaces between them."""
    return any(unicodedata.east_asian_width(sign) in "WF" for sign in word)
