"""Find repeated words of a patient: whole words, regardless of case, accents and separators.

``MÜLLER`` in one text is ``Müller``, ``Mueller`` or ``M U L L E R`` in another: texts are folded before they are
compared (`dicomkit.privacy.folding`). Only whole words count: a patient named Phil is not in Philips, but in
``phil2``.
"""

from __future__ import annotations

import datetime as dt
import itertools
import re
from collections.abc import Callable, Iterable, Iterator

from dicomkit.privacy.folding import forms, is_without_spaces

__all__ = ["RepeatedWords"]

_SEPARATORS = re.compile(r"[\s\\^=,;\0]+")
_IN_A_NAME = re.compile(r"[^\w]+")  # Meyer-Landrut is Landrut, too
_BETWEEN_LETTERS = r"[\W_]{0,3}"
_LEAST_LETTERS = 4  # shorter words occur in any text by chance
_LEAST_IN_A_NAME = 3
_LEAST_SIGNS = 2  # of a script that writes names with two characters
_LEAST_DIGITS = 6  # a number of this length does not occur by chance, even inside another one
_LEAST_TAKEN_APART = 5  # letters of a word that may have separators between them
_LONG = 9  # a word of this length does not occur inside another one by chance
_LONG_IN_BYTES = 5  # the same among bytes, of which one in a hundred thousand files has five by chance
_DATE_DIGITS = 8


class RepeatedWords:
    """The words of removed values, and whether a text repeats one."""

    def __init__(self) -> None:
        self._words: set[str] = set()
        self._loose: set[str] = set()  # patterns for free text only: short names, separated letters
        self._patterns: dict[str, tuple[tuple[int, int], re.Pattern[str]]] = {}

    def remember(self, text: str) -> None:
        """Add the words of a removed value; short ones are left out."""
        for word in _words_of(text):
            if len(word) >= (_LEAST_SIGNS if is_without_spaces(word) else _LEAST_LETTERS):
                self._words.add(word)

    def remember_name(self, text: str) -> None:
        """Add a person's name: its words, including short ones, and its words joined together."""
        self.remember(text)
        for group in text.replace("\\", "=").split("="):
            words = [word for word in _words_of(group, _IN_A_NAME) if len(word) > 1]
            # A component of several words may be written as one: van der Berg, vanderberg.
            parts = [list(_words_of(part, _IN_A_NAME)) for part in group.split("^")]
            words += ["".join(part) for part in parts if len(part) > 1]
            self._words.update(word for word in words if len(word) >= _LEAST_LETTERS)
            self._loose.update(_whole_word(word) for word in words if len(word) == _LEAST_IN_A_NAME)
            for one, other in itertools.permutations(words, 2):
                self._loose.add(_whole_word(one) + r"[\W_]{1,3}" + _whole_word(other))
                together = (f"{one}{other}", f"{one[0]}{other}", f"{one}{other[0]}")
                self._words.update(word for word in together if len(word) >= _LEAST_LETTERS)

    def remember_date(self, text: str) -> None:
        """Add a date as people write it."""
        self.remember(text)
        try:
            date = dt.datetime.strptime(text.strip(" \0")[:_DATE_DIGITS], "%Y%m%d")  # noqa: DTZ007 - a date has no zone
        except ValueError:
            return
        self._words.update((f"{date:%d%m%Y}", f"{date:%m%d%Y}"))
        self._loose.update(rf"(?<!\d){date:{form}}(?!\d)" for form in ("%y%m%d", "%d%m%y", "%m%d%y"))
        for first, second in ((date.day, date.month), (date.month, date.day)):
            self._loose.add(rf"\b0?{first}[\W_]{{1,2}}0?{second}[\W_]{{1,2}}(?:{date:%Y}|{date:%y})\b")
        # Feb, February, and what other languages add to the three letters.
        day, months = rf"0?{date.day}", rf"{date:%b}".casefold() + r"[^\W\d_]*"
        year = f"(?:{date:%Y}|{date:%y})"
        self._loose.add(rf"\b{day}[\W_]{{0,3}}{months}[\W_]{{0,3}}{year}\b")
        self._loose.add(rf"\b{months}[\W_]{{0,3}}{day}[\W_]{{0,3}}{year}\b")

    def are_in_text(self, texts: Iterable[str]) -> bool:
        """Return whether a reading of a free text repeats a word; short ones and separated letters count too."""
        return self._are_in(texts, "text", lambda: [*map(_separated_word, self._words), *self._loose])

    def are_in_value(self, texts: Iterable[str]) -> bool:
        """Return whether a term, a number or a UID repeats a word; short ones and separated letters do not count."""
        return self._are_in(texts, "value", lambda: map(_whole_word, self._words))

    def are_in_bytes(self, texts: Iterable[str]) -> bool:
        """Return whether bytes that are not text repeat a word; it need not be separated from its neighbours."""
        patterns = (_bounded(word, re.escape(word), _LONG_IN_BYTES) for word in self._words)
        return self._are_in(texts, "bytes", lambda: patterns)

    def _are_in(self, texts: Iterable[str], kind: str, patterns: Callable[[], Iterable[str]]) -> bool:
        known = len(self._words), len(self._loose)  # nothing is ever removed
        if self._patterns.get(kind, (None,))[0] != known:
            longest_first = sorted(patterns(), key=len, reverse=True)
            self._patterns[kind] = known, re.compile("|".join(longest_first) or "(?!)")
        search = self._patterns[kind][1].search
        return any(search(text) for text in forms(texts))


def _words_of(text: str, separators: re.Pattern[str] = _SEPARATORS) -> Iterator[str]:
    for form in dict.fromkeys(forms([text])):
        yield from filter(None, separators.split(form))


def _whole_word(word: str) -> str:
    return _bounded(word, re.escape(word))


def _separated_word(word: str) -> str:
    """Return a pattern that finds a word even with separators between its letters."""
    signs = [sign for sign in word if sign.isalnum()]
    if len(signs) < _LEAST_TAKEN_APART or is_without_spaces(word):
        return _whole_word(word)
    return _bounded(word, _BETWEEN_LETTERS.join(signs))


def _bounded(word: str, pattern: str, long: int = _LONG) -> str:
    is_long_number = sum(sign.isdigit() for sign in word) >= _LEAST_DIGITS
    if is_without_spaces(word) or is_long_number or len(word) >= long:
        return pattern
    # Digits may adjoin a letter at the end of a word.
    before, behind = (r"[^\W\d_]" if sign.isalpha() else r"[^\W_]" for sign in (word[0], word[-1]))
    return rf"(?<!{before}){pattern}(?!{behind})"
