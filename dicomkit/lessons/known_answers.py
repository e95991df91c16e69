"""Checkers that look an answer up: one right, some known wrong ones, and a word for all the rest."""

from __future__ import annotations

from collections.abc import Callable, Hashable, Mapping

from dicomkit.lessons.exercise import PASS, Verdict, retry

__all__ = ["look_up"]


def look_up(right: Hashable, known: Mapping[Hashable, str], otherwise: str) -> Callable[[Hashable], Verdict]:
    """Return a checker of answers that the exercise's form has read.

    Parameters
    ----------
    right
        The right answer.
    known
        What to say to each known wrong answer.
    otherwise
        What to say to all others: they have the right form, so it is about the idea.
    """

    def checker(answer: Hashable) -> Verdict:
        return PASS if answer == right else retry(known.get(answer, otherwise))

    return checker
