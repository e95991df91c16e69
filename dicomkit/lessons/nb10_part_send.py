"""Exercises 10.4 to 10.7: the mistakes of the handout in sending and receiving."""

from __future__ import annotations

import re
import shlex

from dicomkit.lessons.answer_parts import tuple_of
from dicomkit.lessons.answers import TEXT, WHOLE_NUMBER, WORD, Form
from dicomkit.lessons.exercise import PASS, Verdict, judged_by, retry
from dicomkit.lessons.lesson_texts import LessonTexts

__all__ = ["SEND"]

_TEXTS = LessonTexts(__name__)

_HOOK = ("myScript.sh", "#a", "#c", "#r", "#p", "#f")


def _program(answer: object) -> str:
    """Read the name of a program, also after ``dicomkit``, or its role."""
    word = str(WORD.saying(_TEXTS.two_names).read(answer)).removeprefix("dicomkit ").removeprefix("the ")
    return {"scp": "storescp", "scu": "storescu"}.get(word, word)


_SEVERAL = re.compile("(#?[acrpf]){2,}")


def _placeholders(answer: object) -> frozenset[str]:
    """Read placeholders, with or without their #, as a set, a list or a text with blanks or commas."""
    parts = answer
    if isinstance(answer, str):  # "#a, #c and #p", "#a#c#p", "acp"
        words = [word for word in re.split(r"[,;+&\s]+", answer.casefold()) if word not in {"", "and"}]
        parts = [
            each
            for word in words
            for each in (re.findall("[acrpf]", word) if _SEVERAL.fullmatch(word) else [word])
        ]
    if not isinstance(parts, list | tuple | set):
        raise TypeError(answer)
    found = frozenset(
        "#" + TEXT.read(part).strip().strip("'\"").removeprefix("#").casefold() for part in parts
    )
    if not found or not found <= set(_HOOK):
        raise ValueError(answer)
    return found


def _check_hook(answer: str) -> Verdict:
    """Split the command as a shell does, once with values that contain blanks."""
    text = answer.strip()
    if len(text) > 1 and text[0] == text[-1] == '"':  # the double quotes around it were given as well
        text = text[1:-1]
    verdict = judged_by(
        ("exec-on-reception" in text, _TEXTS.inside_alone),
        (not text.isascii(), _TEXTS.still_typographic),
        ('"' in text, _TEXTS.double_quotes),
        ("`" in text, _TEXTS.backtick),
        (text.count("'") % 2 == 1, _TEXTS.odd_quotes),
    )
    if verdict is not PASS:
        return verdict
    if _arguments(text) != list(_HOOK):
        return retry(_TEXTS.all_five)
    filled = re.sub("#([acrpf])", r"#\1 \1", text)
    return (
        PASS
        if _arguments(filled) == [re.sub("#([acrpf])", r"#\1 \1", word) for word in _HOOK]
        else retry(_TEXTS.no_quotes)
    )


def _arguments(command: str) -> list[str]:
    """Return the arguments of a command, the program without its folder; ``;`` and similar are words of their own."""
    words = shlex.shlex(command, posix=True, punctuation_chars=True)
    words.commenters = ""
    words.whitespace_split = True
    try:
        program, *arguments = words
    except ValueError:  # nothing at all, or a backslash at the end
        return []
    return [program.rpartition("/")[2], *arguments]


_PROGRAM = Form("the name of a program", _program, _TEXTS.two_names)

SEND = (
    _TEXTS.looked_up(
        "10.4",
        form=tuple_of(_PROGRAM, _PROGRAM).saying(_TEXTS.two_names),
        otherwise=_TEXTS.one_waits,
    ),
    _TEXTS.exercise("10.5", form=TEXT.saying(_TEXTS.all_five), checker=_check_hook),
    _TEXTS.looked_up(
        "10.6",
        form=Form("a set of placeholders", _placeholders, _TEXTS.a_set),
        otherwise=_TEXTS.whose,
    ),
    _TEXTS.looked_up(
        "10.7",
        form=tuple_of(
            WHOLE_NUMBER.saying(_TEXTS.arrived_and_status), WHOLE_NUMBER.saying(_TEXTS.arrived_and_status)
        ).saying(_TEXTS.arrived_and_status),
        otherwise=_TEXTS.never_touched,
    ),
)
