"""Exercises 10.8 and 10.9: what is wrong where the handout reacts."""

from __future__ import annotations

import re

from dicomkit.lessons.exercise import PASS, Exercise, Misconception, Verdict, retry
from dicomkit.lessons.known_answers import as_number, look_up

__all__ = ["REACT"]

_UNCHANGED = "that is still a comment: the system looks for two signs, # and then !"
_TURNED_ROUND = "the same two signs, the other way round: # comes first"
_BLANK_FIRST = "the two signs have to be the first two bytes of the file, with nothing before or between"
_NO_PATH = "behind #! stands the whole path of a program: nobody searches for it"
_A_LINE = "the answer is the whole first line, as a text"
_ONCE = "it would be once if somebody took the file away, or remembered: find lists a state, again and again"
_EVERY_LOOK = "during the first 16 seconds it is not yet in the list"
_EXACTLY = "at exactly 16 seconds the file is no longer newer than 16 seconds: that look counts"
_EVERY_PERIOD = "it is asked every 2 seconds, not every 16: each look finds the file"
_COUNT_LOOKS = "count the looks from 16 s to 60 s, both included, one every 2 seconds"


def _check_first_line(answer: object) -> Verdict:
    if not isinstance(answer, str):
        return retry(_A_LINE)
    line = answer.removesuffix("\n")
    if re.fullmatch(r"#! ?(/usr/bin/env bash|(/usr)?/bin/bash)", line):
        return PASS
    if line.lstrip().startswith("!#"):
        return retry(_TURNED_ROUND)
    if re.match(r"\s+#|#\s+!", line):
        return retry(_BLANK_FIRST)
    if line.startswith("#!"):
        return retry(_NO_PATH)
    return retry(_UNCHANGED if "bash" in line else _A_LINE)


REACT = (
    Exercise(
        id="10.8",
        title="Repair the first line of the script",
        name="first_line",
        checker=_check_first_line,
        hints=(
            "Read the line once more, sign by sign. To a shell, # begins a comment.",
            "The sign that is missing has a name of its own, 'bang', and the line is called after it: shebang.",
            "#!, and then the program with its whole path.",
        ),
        solution='first_line = "#!/usr/bin/env bash"',
        misconceptions=(
            Misconception('"#/usr/bin/env bash"', _UNCHANGED),
            Misconception('"!#/usr/bin/env bash"', _TURNED_ROUND),
            Misconception('"# !/usr/bin/env bash"', _BLANK_FIRST),
            Misconception('"#!bash"', _NO_PATH),
            Misconception("17", _A_LINE),
        ),
        learned="From a shell the broken script runs all the same, in another language (sh). Without a shell it does not start.",
    ),
    Exercise(
        id="10.9",
        title="Count how often one study is announced",
        name="announced_times",
        checker=look_up(
            23, {1: _ONCE, 30: _EVERY_LOOK, 22: _EXACTLY, 3: _EVERY_PERIOD}, _COUNT_LOOKS, as_number
        ),
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
        ),
        learned="For a person who reads a list that is harmless. For a program it is 23 results a minute.",
    ),
)
