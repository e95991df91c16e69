"""How many lines of metadata one page may carry: of many or large files, the first; of the others it says so."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from typing import Any

from dicomkit.text import counted
from dicomkit.viewers.frame.viewer import Answer

__all__ = ["LEFT_OUT", "MAX_PAGE_LINES", "answers_within"]

MAX_PAGE_LINES = 150_000  # about 40 MB of page and 500 MB of memory to write it
LEFT_OUT = (
    f"a page has room for {counted(MAX_PAGE_LINES, 'line')} of metadata; the rest is left out: "
    "make one of fewer files, or open them in a notebook"
)

Question = dict[str, Any]


def answers_within(
    questions: Iterable[Question], answer: Callable[[Question], Answer], lines: int = MAX_PAGE_LINES
) -> Iterator[tuple[Question, Answer]]:
    """Yield each question with its answer, and with `LEFT_OUT` once the page is full.

    Parameters
    ----------
    questions
        As the front end asks them; the overview is always answered.
    answer
        Answers one of them.
    lines
        For how many lines there is room.
    """
    for question in questions:
        if lines <= 0 and question["ask"] != "overview":
            yield question, Answer({"problem": LEFT_OUT})
            continue
        answered = answer(question)
        lines -= sum(len(answered.content.get(key, ())) for key in ("rows", "attributes"))
        yield question, answered
