"""Exercises of notebook 10: nine mistakes of a handout, two rules of a pipeline, and a night that failed."""

from __future__ import annotations

import re
import shlex
from collections.abc import Callable
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import numpy as np

from dicomkit.arrivals import ArrivedStudy, ManualClock, StudyWatcher
from dicomkit.lessons.answer_parts import in_units, tuple_of
from dicomkit.lessons.answers import TEXT, WHOLE_NUMBER, Form, word_of
from dicomkit.lessons.exercise import PASS, Verdict, judged_by, retry
from dicomkit.lessons.learners_code import behaviour_of, decision
from dicomkit.lessons.lesson_texts import LessonTexts
from dicomkit.pixels import secondary_capture
from dicomkit.samples import ct_series

__all__ = ["EXERCISES", "checkpoint"]

_TEXTS = LessonTexts(__name__)


def checkpoint() -> SimpleNamespace:
    """Return the values that the later cells of notebook 10 start from.

    Returns
    -------
    SimpleNamespace
        ``study``: the twelve CT slices of notebook 00; ``picture``: the handout's picture as a PNM text, with
        real line ends; ``typed``: the four lines of the handout, with the right VR; ``first_lines``:
        of the handout's script, as printed and as meant; ``is_new``: the rule of 10.11.
    """
    typed = (
        "(0010,0010) PN [WORKSHOP01]\n(0010,0020) LO [WORKSHOP01]\n"
        "(0020,000D) UI [1.3.6.1.4.1.45037.5.2.1.987655444]\n"
        "(0020,000E) UI [1.3.6.1.4.1.45037.5.2.1.123456789]\n"
    )
    return SimpleNamespace(
        study=ct_series(),
        picture="P1\n10 10\n" + 10 * "0 0 0 0 0 0 0 0 0 0\n",
        typed=typed,
        first_lines=("#/usr/bin/env bash", "#!/usr/bin/env bash"),
        is_new=lambda study, done: (study.study_instance_uid, study.revision) not in done,
    )


def _line_number(answer: object) -> int:
    text = re.sub(r"^\W*line\s+", "", answer, flags=re.IGNORECASE) if isinstance(answer, str) else answer
    return int(WHOLE_NUMBER.reader(text))


_HOOK = ("myScript.sh", "#a", "#c", "#r", "#p", "#f")


def _program(answer: object) -> str:
    """Read the name of a program, also after ``dicomkit``, or its role."""
    word = word_of(answer).removeprefix("dicomkit ").removeprefix("the ")
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


# Shells that can run the script, which is written for bash.
_SHELLS = {"sh", "bash", "dash", "ash", "ksh", "zsh"}


def _check_first_line(answer: str) -> Verdict:
    """Parse a shebang line as the system does: #!, blanks, a path, and at most one argument."""
    line, _, rest = answer.strip("\n").partition("\n")
    start, words = line[:2], line[2:].split()
    return judged_by(
        (not line.strip(), _TEXTS.a_line),
        (rest.strip() != "", _TEXTS.first_alone),
        ("\r" in line, _TEXTS.carriage_return),
        (line.lstrip().startswith("!#"), _TEXTS.turned_round),
        (bool(re.match(r"\s+#|#\s+!", line)), _TEXTS.blank_first),
        (start != "#!", _TEXTS.unchanged if "/" in line else _TEXTS.a_line),
        (not words or not words[0].startswith("/") or words[0].count("/") == 1, _TEXTS.no_path),
        *_rules_of_program(*words or [""]),
    )


def _rules_of_program(program: str, *options: str) -> list[tuple[bool, str]]:
    """Return the rules for a program's path and arguments, as for `judged_by`."""
    name = program.rpartition("/")[2]
    if name != "env":
        return [(name not in _SHELLS, _TEXTS.no_shell), (len(options) > 1, _TEXTS.one_word)]
    named = options[1:2] if options[:1] == ("-S",) else options
    return [
        (program not in {"/usr/bin/env", "/bin/env"}, _TEXTS.env_place),
        (not named, _TEXTS.env_alone),
        (len(named) > 1, _TEXTS.one_word),
        (not _SHELLS.issuperset(named), _TEXTS.no_shell),
    ]


_WHITE_PAGE = np.full((4, 4), 255, np.uint8)

# Announced a second time; a late revision; another study; the first of all.
_ASKED = (("A", 1), ("A", 2), ("B", 1), ("A", 1))
_DONE_BEFORE: tuple[tuple[tuple[str, int], ...], ...] = ((("A", 1),), (("A", 1),), (("A", 1),), ())


def _key_images(wants_key_image: Callable[..., Any]) -> tuple[bool, ...]:
    """Call the function with five revisions of a study of slices and pages, and a study of one page."""
    ct = ct_series(4, size=16)
    pages = [secondary_capture(_WHITE_PAGE, study_from=ct[0]) for _ in range(4)]
    alone = secondary_capture(_WHITE_PAGE)
    clock, found = ManualClock(), []
    watcher = StudyWatcher(16, clock=clock)
    there: dict[str, list[Any]] = {ct[0].StudyInstanceUID: [], alone.StudyInstanceUID: []}
    for new in (ct[:2], pages[:2], [ct[2]], [pages[2]], [ct[3], pages[3]], [alone]):
        for each in new:
            watcher.arrived(each.StudyInstanceUID, each.SOPInstanceUID, folder=Path("inbox"))
        instances = there[new[0].StudyInstanceUID]
        instances += new
        clock.advance(16)
        [study] = watcher.due()
        found.append(decision(wants_key_image, study, list(instances), name="wants_key_image"))
    return tuple(found)


def _asked(is_new: Callable[..., Any]) -> tuple[tuple[bool, ...], bool]:
    """Return what the function says of each announcement, and whether it has changed the set."""
    announced = [ArrivedStudy(uid, Path(), 1, revision=number) for uid, number in _ASKED]
    given = [set(done) for done in _DONE_BEFORE]
    found = tuple(decision(is_new, *each, name="is_new") for each in zip(announced, given, strict=True))
    return found, given != [set(done) for done in _DONE_BEFORE]


def _station(answer: object) -> str:
    """Read the name of a station, as in the log or the figure."""
    word = word_of(answer).removeprefix("the ").removesuffix(" station")
    figure = {
        "send on": "send",
        "sending": "send",
        "declare complete": "watch",
        "watcher": "watch",
        "receiver": "receive",
    }
    return figure.get(word, word)


_PROGRAM = Form("the name of a program", _program)

EXERCISES = (
    _TEXTS.looked_up("10.1", Form("the number of a line", _line_number)),
    _TEXTS.looked_up("10.2", WHOLE_NUMBER),
    _TEXTS.looked_up("10.3", tuple_of(WHOLE_NUMBER, WHOLE_NUMBER)),
    _TEXTS.looked_up("10.4", tuple_of(_PROGRAM, _PROGRAM)),
    _TEXTS.exercise("10.5", TEXT, _check_hook),
    _TEXTS.looked_up("10.6", Form("a set of placeholders", _placeholders)),
    _TEXTS.looked_up("10.7", tuple_of(WHOLE_NUMBER, WHOLE_NUMBER)),
    _TEXTS.exercise("10.8", TEXT, _check_first_line),
    _TEXTS.looked_up("10.9", in_units(WHOLE_NUMBER, {"times": 1})),
    _TEXTS.looked_up("10.10", behaviour_of(_key_images)),
    _TEXTS.looked_up("10.11", behaviour_of(_asked)),
    _TEXTS.looked_up("10.12", Form("the name of a station", _station)),
)
