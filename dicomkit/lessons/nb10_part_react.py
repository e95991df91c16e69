"""Exercises 10.8 and 10.9: what is wrong where the handout reacts."""

from __future__ import annotations

import re

from dicomkit.lessons.answer_parts import in_units
from dicomkit.lessons.answers import TEXT, WHOLE_NUMBER
from dicomkit.lessons.exercise import PASS, Exercise, Misconception, Verdict, retry
from dicomkit.lessons.known_answers import look_up

__all__ = ["REACT"]

# What may read the script: it is written for bash, and every shell of this family knows what it uses.
_SHELLS = {"sh", "bash", "dash", "ash", "ksh", "zsh"}

_UNCHANGED = "that is still a comment: the system looks for two characters, # and then !"
_TURNED_ROUND = "the same two characters, the other way round: # comes first"
_BLANK_FIRST = "the two characters have to be the first two bytes of the file, with nothing before or between"
_NO_PATH = "behind #! stands the whole path of a program: nobody searches for it"
_A_LINE = "the answer is the whole first line, as a text"
_FIRST_ALONE = "the first line alone, please: the answer ends where the line ends"
_NO_SHELL = "the rest of the file is in the language of a shell: the program named there has to be one"
_ENV_ALONE = "env looks for a program by its name: the name is missing"
_ENV_PLACE = "env itself is named by its whole path, and that is /usr/bin/env"
_ONE_WORD = (
    "the system hands all that stands behind the program on as one word: one option, and behind env none"
)
_CARRIAGE_RETURN = (
    "the line ends with a carriage return, as on Windows: it would become a part of the program's name"
)
_A_NUMBER = "the answer is a whole number"
_ONCE = "it would be once if somebody took the file away, or remembered: find lists a state, again and again"
_EVERY_LOOK = "during the first 16 seconds it is not yet in the list"
_EXACTLY = "at exactly 16 seconds the file is no longer newer than 16 seconds: that look counts"
_EVERY_PERIOD = "it is asked every 2 seconds, not every 16: each look finds the file"
_COUNT_LOOKS = "count the looks from 16 s to 60 s, both included, one every 2 seconds"


def _check_first_line(answer: str) -> Verdict:
    """Read the line as a system does before it starts a file: #!, blanks, a path, and one more word at most."""
    line, _, rest = answer.strip("\n").partition("\n")
    start, words = line[:2], line[2:].split()
    rules = (
        (not line.strip(), _A_LINE),
        (rest.strip() != "", _FIRST_ALONE),
        ("\r" in line, _CARRIAGE_RETURN),
        (line.lstrip().startswith("!#"), _TURNED_ROUND),
        (bool(re.match(r"\s+#|#\s+!", line)), _BLANK_FIRST),
        (start != "#!", _UNCHANGED if "/" in line else _A_LINE),
        (not words or not words[0].startswith("/") or words[0].count("/") == 1, _NO_PATH),
    )
    wrong = next((reason for is_wrong, reason in rules if is_wrong), None) or _fault_of_program(words)
    return PASS if wrong is None else retry(wrong)


def _fault_of_program(words: list[str]) -> str | None:
    """Return what is wrong with the path of a program and the words behind it, or None."""
    program, *options = words
    name = program.rpartition("/")[2]
    if name != "env":
        return _NO_SHELL if name not in _SHELLS else _ONE_WORD if len(options) > 1 else None
    if program not in {"/usr/bin/env", "/bin/env"}:
        return _ENV_PLACE
    if options[:1] == ["-S"]:
        options = options[1:2]
    if not options:
        return _ENV_ALONE
    return _ONE_WORD if len(options) > 1 else None if options[0] in _SHELLS else _NO_SHELL


REACT = (
    Exercise(
        id="10.8",
        title="Repair the first line of the script",
        name="first_line",
        checker=_check_first_line,
        form=TEXT.saying(_A_LINE),
        minutes=2,
        hints=(
            "Read the line once more, character by character. To a shell, # begins a comment.",
            "The character that is missing has a name of its own, 'bang', and the line is called after it: shebang.",
            "#!, and then the program with its whole path.",
        ),
        solution='first_line = "#!/usr/bin/env bash"',
        misconceptions=(
            Misconception('"#/usr/bin/env bash"', _UNCHANGED),
            Misconception('"!#/usr/bin/env bash"', _TURNED_ROUND),
            Misconception('"# !/usr/bin/env bash"', _BLANK_FIRST),
            Misconception('"#!bash"', _NO_PATH),
            Misconception('"!"', _A_LINE),
            Misconception('"#!/usr/bin/env"', _ENV_ALONE),
            Misconception('"#!/usr/env bash"', _ENV_PLACE),
            Misconception('"#!/usr/bin/env bash -e"', _ONE_WORD),
            Misconception('"#!/usr/bin/python3"', _NO_SHELL),
            Misconception(r'"#!/bin/bash\r"', _CARRIAGE_RETURN),
            Misconception(r'"#!/bin/bash\ntouch x"', _FIRST_ALONE),
            Misconception("17", _A_LINE),
        ),
        learned="From a shell the broken script runs all the same, in another language (sh). Without a shell it does not start.",
    ),
    Exercise(
        id="10.9",
        title="Count how often one study is announced",
        name="announced_times",
        checker=look_up(23, {1: _ONCE, 30: _EVERY_LOOK, 22: _EXACTLY, 3: _EVERY_PERIOD}, _COUNT_LOOKS),
        form=in_units(WHOLE_NUMBER, {"times": 1}).saying(_A_NUMBER),
        minutes=3,
        hints=(
            "At which looks is the file in the list? The first one is at 16 seconds.",
            "Does anything take it off the list again?",
            "16, 18, 20 … 60: (60 - 16) / 2, and one more for the first.",
        ),
        solution="announced_times = (60 - 16) // 2 + 1",
        misconceptions=(
            Misconception("1", _ONCE),
            Misconception("30", _EVERY_LOOK),
            Misconception("22", _EXACTLY),
            Misconception("3", _EVERY_PERIOD),
            Misconception("24", _COUNT_LOOKS),
            Misconception('"often"', _A_NUMBER),
        ),
        learned="For a person who reads a list that is harmless. For a program it is 23 results a minute.",
    ),
)
