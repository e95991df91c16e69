"""Exercises 10.8 and 10.9: the mistakes of the handout in reacting to an arrival."""

from __future__ import annotations

import re

from dicomkit.lessons.answer_parts import in_units
from dicomkit.lessons.answers import TEXT, WHOLE_NUMBER
from dicomkit.lessons.exercise import PASS, Verdict, retry
from dicomkit.lessons.lesson_texts import LessonTexts

__all__ = ["REACT"]

_TEXTS = LessonTexts(__name__)

# Shells that can run the script, which is written for bash.
_SHELLS = {"sh", "bash", "dash", "ash", "ksh", "zsh"}


def _check_first_line(answer: str) -> Verdict:
    """Parse a shebang line as the system does: #!, blanks, a path, and at most one argument."""
    line, _, rest = answer.strip("\n").partition("\n")
    start, words = line[:2], line[2:].split()
    rules = (
        (not line.strip(), _TEXTS.a_line),
        (rest.strip() != "", _TEXTS.first_alone),
        ("\r" in line, _TEXTS.carriage_return),
        (line.lstrip().startswith("!#"), _TEXTS.turned_round),
        (bool(re.match(r"\s+#|#\s+!", line)), _TEXTS.blank_first),
        (start != "#!", _TEXTS.unchanged if "/" in line else _TEXTS.a_line),
        (not words or not words[0].startswith("/") or words[0].count("/") == 1, _TEXTS.no_path),
    )
    wrong = next((reason for is_wrong, reason in rules if is_wrong), None) or _fault_of_program(words)
    return PASS if wrong is None else retry(wrong)


def _fault_of_program(words: list[str]) -> str | None:
    """Return what is wrong with a program's path and arguments, or None."""
    program, *options = words
    name = program.rpartition("/")[2]
    if name != "env":
        return _TEXTS.no_shell if name not in _SHELLS else _TEXTS.one_word if len(options) > 1 else None
    if program not in {"/usr/bin/env", "/bin/env"}:
        return _TEXTS.env_place
    if options[:1] == ["-S"]:
        options = options[1:2]
    if not options:
        return _TEXTS.env_alone
    return _TEXTS.one_word if len(options) > 1 else None if options[0] in _SHELLS else _TEXTS.no_shell


REACT = (
    _TEXTS.exercise("10.8", form=TEXT.saying(_TEXTS.a_line), checker=_check_first_line),
    _TEXTS.looked_up(
        "10.9",
        form=in_units(WHOLE_NUMBER, {"times": 1}).saying(_TEXTS.a_number),
        otherwise=_TEXTS.count_looks,
    ),
)
