"""Exercises 10.1 to 10.3: what is wrong where the handout makes a file."""

from __future__ import annotations

import dataclasses
import re

from dicomkit.lessons.answer_parts import tuple_of
from dicomkit.lessons.answers import WHOLE_NUMBER
from dicomkit.lessons.exercise import Exercise, Misconception
from dicomkit.lessons.known_answers import look_up

__all__ = ["MAKE"]

_HEXADECIMAL = "the digits of a tag are hexadecimal: 000D and 000d are the same element"
_WHICH_LINE = "look at the lines with a tag, 4 to 7: which of the two letters behind a tag are no VR?"
_AS_MEANT = (
    "that is what was meant: bash's echo copies a backslash and an n as they are, without the option -e"
)
_ITS_OWN = "echo itself ends what it prints with one line end"
_COUNT_ENDS = "count how often bash's echo really ends a line here"
_SAME_DIGITS = (
    "the same digits in another place are another name: whoever looks for a study compares Study Instance UIDs, "
    "and there are two of them"
)
_SERIES_DIFFER = "the two Series Instance UIDs are different as well, so they are two series"
_STUDIES_DIFFER = "the two Study Instance UIDs are different as well, so they are two studies"
_TOO_MANY = "an image belongs to one study and one series: two images cannot make more than two of each"
_COMPARE = "compare the two Study Instance UIDs with each other, and then the two Series Instance UIDs"
_TWO_NUMBERS = "the answer is a tuple of two whole numbers: studies, series"
_A_NUMBER = "the answer is a number: the one that stands before the line"
_LINE = dataclasses.replace(
    WHOLE_NUMBER,
    reader=lambda answer: WHOLE_NUMBER.reader(
        re.sub(r"^\W*line\s+", "", answer, flags=re.IGNORECASE) if isinstance(answer, str) else answer
    ),
    reason=_A_NUMBER,
)
_HOW_MANY = "the answer is a whole number"
_EMPTY_IS_FINE = "an empty text makes an empty data set: that works, here and with DCMTK"
_DUMP_IS_INPUT = "what dcmdump prints, dump2dcm reads: a list of elements may be continued like that"
_OLD_NAME = (
    "a name without ^ is an old form of a PN, and every reader takes it; notebook 04 has met its warning"
)


MAKE = (
    Exercise(
        id="10.1",
        title="Find the line with a VR that does not exist",
        name="bad_line",
        checker=look_up(
            5,
            {2: _EMPTY_IS_FINE, 3: _DUMP_IS_INPUT, 4: _OLD_NAME, 6: _HEXADECIMAL, 7: _HEXADECIMAL},
            _WHICH_LINE,
        ),
        form=_LINE,
        minutes=2,
        hints=(
            "A VR is two letters, and PS3.5 section 6.2 lists about thirty of them.",
            "PN, UI, LO, SH, DA … Which of the pairs in lines 4 to 7 have you never met?",
            "Patient ID is a long string: LO.",
        ),
        solution="bad_line = 5",
        misconceptions=(
            Misconception("2", _EMPTY_IS_FINE),
            Misconception("3", _DUMP_IS_INPUT),
            Misconception("4", _OLD_NAME),
            Misconception("6", _HEXADECIMAL),
            Misconception("11", _WHICH_LINE),
            Misconception('"LN"', _A_NUMBER),
        ),
        learned="A mistake that is repaired without a word is met again where nobody repairs it.",
    ),
    Exercise(
        id="10.2",
        title="Count the line ends that echo writes",
        name="line_ends",
        checker=look_up(1, {12: _AS_MEANT, 13: _AS_MEANT, 11: _AS_MEANT, 0: _ITS_OWN}, _COUNT_ENDS),
        form=WHOLE_NUMBER.saying(_HOW_MANY),
        minutes=2,
        hints=(
            r"For bash, \n between double quotes is two ordinary characters.",
            "echo -e, or printf, would turn them into line ends. Here is neither.",
            "What remains is the line end that echo adds to everything it prints.",
        ),
        solution="line_ends = 1",
        misconceptions=(
            Misconception("12", _AS_MEANT),
            Misconception("13", _AS_MEANT),
            Misconception("0", _ITS_OWN),
            Misconception("2", _COUNT_ENDS),
            Misconception('"one"', _HOW_MANY),
        ),
        learned="Other shells (zsh, dash) do turn them into line ends: the same line, another file. printf is the same everywhere.",
    ),
    Exercise(
        id="10.3",
        title="Count the studies that two people make of one handout",
        name="studies_and_series",
        checker=look_up(
            (2, 2),
            {
                (1, 1): _SAME_DIGITS,
                (2, 1): _SERIES_DIFFER,
                (1, 2): _STUDIES_DIFFER,
                (4, 4): _TOO_MANY,
                (2, 4): _TOO_MANY,
                (4, 2): _TOO_MANY,
                (3, 3): _TOO_MANY,
            },
            _COMPARE,
        ),
        form=tuple_of(WHOLE_NUMBER.saying(_TWO_NUMBERS), WHOLE_NUMBER.saying(_TWO_NUMBERS)).saying(
            _TWO_NUMBERS
        ),
        minutes=3,
        hints=(
            "Write down Study and Series Instance UID of each of the two images, side by side.",
            "Two images are in one study exactly if their Study Instance UIDs are equal.",
            "Anna's study ends in 444, Ben's in 789.",
        ),
        solution="studies_and_series = (2, 2)",
        misconceptions=(
            Misconception("(1, 1)", _SAME_DIGITS),
            Misconception("(2, 1)", _SERIES_DIFFER),
            Misconception("(1, 2)", _STUDIES_DIFFER),
            Misconception("(4, 4)", _TOO_MANY),
            Misconception("(0, 2)", _COMPARE),
            Misconception('"two"', _TWO_NUMBERS),
        ),
        learned="Both images are valid, and no program can notice: a UID is only ever compared.",
    ),
)
