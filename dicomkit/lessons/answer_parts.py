"""Compound forms of answers: several parts, a choice, a number with a unit."""

from __future__ import annotations

import dataclasses
import re
from collections.abc import Collection, Mapping
from typing import Any

from dicomkit.lessons.answers import Form, keyword_of, number_of, unquoted, word_of

__all__ = [
    "BYTES_OF",
    "SECONDS",
    "attributes_of",
    "choice_of",
    "in_units",
    "letters_of",
    "list_of",
    "mapping_of",
    "one_or_more",
    "or_stub",
    "set_of",
    "tuple_of",
]

BYTES_OF = {"bytes": 1, "byte": 1, "B": 1, "KiB": 1024, "kB": 1024, "MiB": 1024 * 1024}
SECONDS = {"s": 1, "sec": 1, "second": 1, "seconds": 1, "min": 60, "minute": 60, "minutes": 60}
_BETWEEN = {"and", "or", "both"}
_WITH_UNIT = re.compile(
    r"(?!.*0x)(?P<number>.*[\d.])\s*(?P<unit>[^\W\d_][^\W\d_ ]*( [^\W\d_]+)?)", re.IGNORECASE
)


def tuple_of(*forms: Form) -> Form:
    """Return the form of a tuple with a form for each part; a list, an array or a string with commas is accepted, too."""

    def read(answer: object) -> tuple[object, ...]:
        if isinstance(answer, str):  # the whole tuple in quotes
            answer = re.split(r"[,;]", unquoted(answer).strip("()[]"))
        if not isinstance(answer, list | tuple) or len(answer) != len(forms):
            raise TypeError(answer)
        return tuple(form.read(part) for form, part in zip(forms, answer, strict=True))

    return Form(f"a tuple of {len(forms)} parts", read, parts=dict(enumerate(forms)))


def list_of(form: Form) -> Form:
    """Return the form of a list whose parts have one form; a tuple or an array is accepted, too."""

    def read(answer: object) -> tuple[object, ...]:
        if not isinstance(answer, list | tuple):
            raise TypeError(answer)
        return tuple(form.read(part) for part in answer)

    return Form("a list", read, parts={0: form})


def set_of(form: Form) -> Form:
    """Return the form of several values in any order: a set, list, tuple, or string with commas."""

    def read(answer: object) -> frozenset[object]:
        parts = re.split(r"[,;+&]|\band\b", answer) if isinstance(answer, str) else answer
        if not isinstance(parts, list | tuple | set):
            raise TypeError(answer)
        return frozenset(form.read(part) for part in parts)

    return Form("a set or a list", read, parts={0: form})


def letters_of(choices: str) -> Form:
    """Return the form of one or more of these letters in any order: "BD", "b, d", "B and D", {"B", "D"}."""

    def read(answer: object) -> frozenset[str]:
        parts = [answer] if isinstance(answer, str) else answer
        if not isinstance(parts, list | tuple | set):
            raise TypeError(answer)
        words = [word for part in parts for word in re.findall(r"\w+", word_of(part)) if word not in _BETWEEN]
        letters = frozenset("".join(words).upper())
        if not letters or not letters <= set(choices):
            raise ValueError(answer)
        return letters

    return Form("a text of letters", read)


def one_or_more(form: Form) -> Form:
    """Return the form of one value or a list of values; it is always read as a tuple."""

    def read(answer: object) -> tuple[object, ...]:
        parts = answer if isinstance(answer, list | tuple) else [answer]
        return tuple(form.read(part) for part in parts)

    return Form(form.name, read, parts={0: form})


def mapping_of(forms: Mapping[Any, Form]) -> Form:
    """Return the form of a dictionary with exactly these keys; their case and quotes are ignored."""
    names = {str(name).casefold(): name for name in forms}

    def read(answer: object) -> dict[Any, object]:
        if not isinstance(answer, dict):
            raise TypeError(answer)
        given = {names.get(word_of(key), key): part for key, part in answer.items()}
        if given.keys() != forms.keys() or len(given) != len(answer):
            raise ValueError(answer)
        return {name: forms[name].read(given[name]) for name in forms}

    wanted = ", ".join(f'"{name}"' if isinstance(name, str) else str(name) for name in forms)
    return Form(f"a dictionary with the keys {wanted}", read, parts=dict(forms))


def attributes_of(forms: Mapping[str, Form]) -> Form:
    """Return the form of a dictionary with exactly these attributes as keys, in any spelling that `KEYWORD` reads."""
    inner = mapping_of(forms)

    def read(answer: object) -> dict[str, object]:
        if not isinstance(answer, dict):
            raise TypeError(answer)
        given = {keyword_of(key): part for key, part in answer.items()}
        if len(given) != len(answer):
            raise ValueError(answer)
        read_parts: dict[str, object] = inner.reader(given)
        return read_parts

    return dataclasses.replace(inner, reader=read)


def choice_of(choices: Mapping[str, Collection[str]]) -> Form:
    """Return the form of one of several words; it is read as the key of `choices`.

    Parameters
    ----------
    choices
        Synonyms by word. Case, blanks and punctuation are ignored.

    Examples
    --------
    >>> choice_of({"window": ["VOI LUT"], "polarity": []}).read("voi-lut")
    'window'
    """
    names = {_folded(name): choice for choice, others in choices.items() for name in (choice, *others)}

    def read(answer: object) -> str:
        return names.get(_folded(word_of(answer)), "") or _refuse(answer)

    return Form("one of " + ", ".join(f'"{choice}"' for choice in choices), read)


def _folded(text: str) -> str:
    return re.sub(r"[\W_]+", "", text).casefold()


def _refuse(answer: object) -> str:
    raise ValueError(answer)


def in_units(form: Form, units: Mapping[str, float]) -> Form:
    """Return the form of a number that may be followed by a unit.

    Parameters
    ----------
    form
        `NUMBER` or `WHOLE_NUMBER`.
    units
        Factors to the unit of the answer, by name.

    Examples
    --------
    >>> from dicomkit.lessons.answers import NUMBER
    >>> in_units(NUMBER, {"bytes": 1, "KiB": 1024}).read("2 KiB")
    2048
    """
    factors = {unit.casefold(): factor for unit, factor in units.items()}

    def read(answer: object) -> object:
        found = _WITH_UNIT.fullmatch(unquoted(answer).rstrip(".")) if isinstance(answer, str) else None
        if found is None:
            return form.reader(answer)
        factor = factors.get(found["unit"].casefold())
        return form.reader(number_of(found["number"]) * factor if factor else _refuse(answer))

    return dataclasses.replace(form, reader=read)


def or_stub(form: Form) -> Form:
    """Return the same form for a part that may be None or ``...``, which are read as None."""

    def read(answer: object) -> object:
        return None if answer is None or answer is Ellipsis else form.reader(answer)

    return dataclasses.replace(form, reader=read)
