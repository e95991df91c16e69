"""Exercises of notebook 10: nine mistakes of a handout, one rule of memory, and a night that failed."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from types import SimpleNamespace

from dicomkit.lessons.exercise import PASS, Exercise, Misconception, Verdict, retry
from dicomkit.lessons.known_answers import as_word, look_up
from dicomkit.lessons.nb10_part_make import MAKE
from dicomkit.lessons.nb10_part_react import REACT
from dicomkit.lessons.nb10_part_send import SEND

__all__ = ["EXERCISES", "SPEAKER_NOTES", "checkpoint"]

_NO_FUNCTION = "is_new is a function: lambda study, done: and behind the colon the condition"
_ARGUMENTS = "is_new takes two arguments: the announced study and the set of what was done"
_LATE_LOST = (
    "revision 2 of a study that was done would be passed over: the late images would never be processed"
)
_ANY_STUDY = "that looks at the revision alone: revision 1 of another study would be passed over"
_INVERTED = "that is the opposite: it is true for what was done already"
_NO_MEMORY = (
    "that is always true: a reaction that runs a second time does its work a second time. "
    "The set holds tuples: (study_instance_uid, revision)"
)
_FIRST_ONLY = "that never looks at what was done: a repetition is done again, and a late image never"
_RECEIVED = "the receiver stored all 412 and refused none: it did its work"
_WATCHED = "the watcher announced the study with all its 412 instances: it did its work"
_PROCESSED = "the picture had been made: what raised the error was the last step, which calls the archive"
_ARCHIVE = (
    "the archive said no to one encoding, as it may; the station that chose this encoding is one of yours"
)
_STATION = 'answer with one of "receive", "watch", "process", "send"'
# Announced a second time; a late revision; another study; the first of all.
_ASKED = (("A", 1), ("A", 2), ("B", 1), ("A", 1))
_DONE_BEFORE: tuple[tuple[tuple[str, int], ...], ...] = ((("A", 1),), (("A", 1),), (("A", 1),), ())


def checkpoint() -> SimpleNamespace:
    """Make what the later cells of notebook 10 start from.

    Returns
    -------
    SimpleNamespace
        ``study``: the twelve CT slices of notebook 00; ``picture``: the handout's picture as a PNM text, with
        real line ends; ``typed``: the four lines of the handout, with the right VR; ``first_lines``:
        of the handout's script, as printed and as meant; ``is_new``: the rule of 10.10.
    """
    from dicomkit.samples import ct_series  # noqa: PLC0415 - numpy and pydicom are not light

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


def _check_is_new(answer: object) -> Verdict:
    if not callable(answer):
        return retry(_NO_FUNCTION)
    from dicomkit.arrivals import ArrivedStudy  # noqa: PLC0415 - the lessons are light to import

    rule: Callable[[ArrivedStudy, set[tuple[str, int]]], object] = answer
    announced = [ArrivedStudy(uid, Path(), 1, revision=number) for uid, number in _ASKED]
    try:
        found = tuple(
            bool(rule(study, set(done))) for study, done in zip(announced, _DONE_BEFORE, strict=True)
        )
    except TypeError:
        return retry(_ARGUMENTS)
    known: dict[tuple[bool, ...], str] = {
        (False, False, True, True): _LATE_LOST,
        (False, True, False, True): _ANY_STUDY,
        (True, False, False, False): _INVERTED,
        (True, True, True, True): _NO_MEMORY,
        (True, False, True, True): _FIRST_ONLY,
    }
    if found == (False, True, True, True):
        return PASS
    return retry(known.get(found, "true when study and revision together are not in the set"))


EXERCISES = (
    *MAKE,
    *SEND,
    *REACT,
    Exercise(
        id="10.10",
        title="Write the rule that keeps a repetition from doing harm",
        name="is_new",
        checker=_check_is_new,
        hints=(
            "What names a piece of work: the study, the revision, or both?",
            "Make the tuple (study.study_instance_uid, study.revision) and look for it in the set.",
            "is_new = lambda study, done: (...) not in done",
        ),
        solution="is_new = lambda study, done: (study.study_instance_uid, study.revision) not in done",
        misconceptions=(
            Misconception(
                "lambda study, done: study.study_instance_uid not in {uid for uid, _ in done}", _LATE_LOST
            ),
            Misconception(
                "lambda study, done: study.revision not in {number for _, number in done}", _ANY_STUDY
            ),
            Misconception(
                "lambda study, done: (study.study_instance_uid, study.revision) in done", _INVERTED
            ),
            Misconception("lambda study, done: study not in done", _NO_MEMORY),
            Misconception("lambda study, done: study.revision == 1", _FIRST_ONLY),
            Misconception("lambda study: True", _ARGUMENTS),
            Misconception("True", _NO_FUNCTION),
        ),
        learned="At least once, with this rule, becomes once. The set has to lie on a disk to survive a restart.",
    ),
    Exercise(
        id="10.11",
        title="Find the station that failed in the night",
        name="station",
        checker=look_up(
            "send",
            {"receive": _RECEIVED, "watch": _WATCHED, "process": _PROCESSED, "archive": _ARCHIVE},
            _STATION,
            as_word,
        ),
        hints=(
            "Go along the stations and tick off each that says it has done its work.",
            "The error names a transfer syntax. Which station speaks with somebody about transfer syntaxes?",
            "The reaction makes the picture first and calls the archive last.",
        ),
        solution='station = "send"',
        misconceptions=(
            Misconception('"receive"', _RECEIVED),
            Misconception('"watch"', _WATCHED),
            Misconception('"process"', _PROCESSED),
            Misconception('"archive"', _ARCHIVE),
            Misconception('"the network"', _STATION),
        ),
        learned="Result 4: send a copy in another encoding (notebook 07). Nothing is lost: the failure was kept, and can be repeated.",
    ),
)

SPEAKER_NOTES: dict[str, str] = {
    "predict": "Three minutes in pairs, on paper. Nobody finds nine; most rooms find six. Write the suspects on the board.",
    "handout-make": "Ask who has ever typed such a line from a slide. Nobody needs to feel caught: so did the author.",
    "uids": "Let one half of the room be Anna and the other half Ben. Then ask for the study by its UID.",
    "chosen": "The title was 08's surprise. The new one is that a folder's name is the sender's text as well.",
    "storescu": "The moment of the day: nothing arrived, and the exit status says that all is well.",
    "touch": "Let them compute before they run it. 23, not 1: say what that means for an archive.",
    "pipeline": "From here everything is put together. Whoever is short of time jumps to this cell; only the imports are needed.",
    "twice": "The second day is why revision exists. Ask what their own script at home would have done.",
}
