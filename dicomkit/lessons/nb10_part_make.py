"""Exercises 10.1 to 10.3: what is wrong where the handout makes a file."""

from __future__ import annotations

import dataclasses
import re

from dicomkit.lessons.answer_parts import tuple_of
from dicomkit.lessons.answers import WHOLE_NUMBER
from dicomkit.lessons.known_answers import look_up
from dicomkit.lessons.lesson_texts import LessonTexts

__all__ = ["MAKE"]

_TEXTS = LessonTexts(__name__)

_LINE = dataclasses.replace(
    WHOLE_NUMBER,
    reader=lambda answer: WHOLE_NUMBER.reader(
        re.sub(r"^\W*line\s+", "", answer, flags=re.IGNORECASE) if isinstance(answer, str) else answer
    ),
    reason=_TEXTS.a_number,
)


MAKE = (
    _TEXTS.exercise(
        "10.1",
        form=_LINE,
        checker=look_up(
            5,
            {
                2: _TEXTS.empty_is_fine,
                3: _TEXTS.dump_is_input,
                4: _TEXTS.old_name,
                6: _TEXTS.hexadecimal,
                7: _TEXTS.hexadecimal,
            },
            _TEXTS.which_line,
        ),
    ),
    _TEXTS.exercise(
        "10.2",
        form=WHOLE_NUMBER.saying(_TEXTS.how_many),
        checker=look_up(
            1,
            {12: _TEXTS.as_meant, 13: _TEXTS.as_meant, 11: _TEXTS.as_meant, 0: _TEXTS.its_own},
            _TEXTS.count_ends,
        ),
    ),
    _TEXTS.exercise(
        "10.3",
        form=tuple_of(
            WHOLE_NUMBER.saying(_TEXTS.two_numbers), WHOLE_NUMBER.saying(_TEXTS.two_numbers)
        ).saying(_TEXTS.two_numbers),
        checker=look_up(
            (2, 2),
            {
                (1, 1): _TEXTS.same_digits,
                (2, 1): _TEXTS.series_differ,
                (1, 2): _TEXTS.studies_differ,
                (4, 4): _TEXTS.too_many,
                (2, 4): _TEXTS.too_many,
                (4, 2): _TEXTS.too_many,
                (3, 3): _TEXTS.too_many,
            },
            _TEXTS.compare,
        ),
    ),
)
