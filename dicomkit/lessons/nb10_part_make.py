"""Exercises 10.1 to 10.3: the mistakes of the handout in making a file."""

from __future__ import annotations

import dataclasses
import re

from dicomkit.lessons.answer_parts import tuple_of
from dicomkit.lessons.answers import WHOLE_NUMBER
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
    _TEXTS.looked_up(
        "10.1",
        form=_LINE,
        otherwise=_TEXTS.which_line,
    ),
    _TEXTS.looked_up(
        "10.2",
        form=WHOLE_NUMBER.saying(_TEXTS.how_many),
        otherwise=_TEXTS.count_ends,
    ),
    _TEXTS.looked_up(
        "10.3",
        form=tuple_of(
            WHOLE_NUMBER.saying(_TEXTS.two_numbers), WHOLE_NUMBER.saying(_TEXTS.two_numbers)
        ).saying(_TEXTS.two_numbers),
        otherwise=_TEXTS.compare,
    ),
)
