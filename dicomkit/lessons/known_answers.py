"""Checkers that look an answer up: one right, some known wrong ones, and a word for all the rest."""

from __future__ import annotations

from collections.abc import Callable, Hashable, Mapping

from dicomkit.lessons.exercise import PASS, Verdict, retry

__all__ = ["as_number", "as_numbers", "as_word", "look_up"]


def look_up(
    right: Hashable, known: Mapping[Hashable, str], otherwise: str, normal: Callable[[object], Hashable]
) -> Callable[[object], Verdict]:
    """Return a checker.

    Parameters
    ----------
    right
        The right answer, in its normal form.
    known
        What to say to each known wrong answer, by its normal form.
    otherwise
        What to say to all others: usually which form the answer has.
    normal
        Gives all ways to type an answer one form.
    """

    def checker(answer: object) -> Verdict:
        found = normal(answer)
        return PASS if found == right else retry(known.get(found, otherwise))

    return checker


def as_number(answer: object) -> float | None:
    """Take a number of any kind; True is none, although Python counts with it."""
    is_number = hasattr(answer, "__float__") and not isinstance(answer, bool)
    return float(answer) if is_number else None  # type: ignore[arg-type]


def as_numbers(answer: object) -> tuple[float | None, ...] | None:
    """Take a list or a tuple of numbers."""
    return tuple(map(as_number, answer)) if isinstance(answer, list | tuple) else None


def as_word(answer: object) -> str:
    """Take a word, whatever its case and the blanks around it."""
    return str(answer).strip().casefold()
