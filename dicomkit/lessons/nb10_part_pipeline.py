"""Exercises 10.10 to 10.12: when a study is worth the work, when it was done already, and a night that failed."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

from dicomkit.lessons.answers import FUNCTION, WORD, Form
from dicomkit.lessons.exercise import PASS, Exercise, Misconception, Task, Verdict, retry
from dicomkit.lessons.known_answers import look_up
from dicomkit.lessons.learners_code import decision

__all__ = ["PIPELINE"]

_WANTS = """\
def wants_key_image(study, instances):
    return len(instances) > 0"""
_CHANGE_IT = "wants_key_image is a function: change the one in the cell, and keep its name"
_OLD_CT = (
    "the old CT slices are still in the folder: of the instances, only those in study.instance_uids are new"
)
_LATE_SLICE = "a CT slice that comes late makes a later revision, and may be the one to look at: it wants a new key image"
_NEW_AT_ALL = "the page is new as well, and changes nothing about the CT: look at what each new instance is"
_MIXED = "a new slice counts, whatever else comes with it: one new CT instance is enough"
_WANTED = "true if at least one of the instances is a CT and new in this revision"

_NO_FUNCTION = "is_new is a function: lambda study, done: and behind the colon the condition"
_ARGUMENTS = "is_new is called with 2 arguments, but does not take that many"
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
_DONE_TOO_SOON = (
    "is_new was only asked, and has changed the set: what is in it before the work is done is lost in a crash"
)
_BOTH = "true when study and revision together are not in the set"
# Announced a second time; a late revision; another study; the first of all.
_ASKED = (("A", 1), ("A", 2), ("B", 1), ("A", 1))
_DONE_BEFORE: tuple[tuple[tuple[str, int], ...], ...] = ((("A", 1),), (("A", 1),), (("A", 1),), ())

_RECEIVED = "the receiver stored all 412 and refused none: it did its work"
_WATCHED = "the watcher announced the study with all its 412 instances: it did its work"
_PROCESSED = "the picture had been made: what raised the error was the last step, which calls the archive"
_ARCHIVE = (
    "the archive said no to one encoding, as it may; the station that chose this encoding is one of yours"
)
_REACTION = "the reaction is two stations of the pipeline, process and send: which of them is it?"
_STATION = 'answer with one of "receive", "watch", "process", "send"'


def _check_wants_key_image(answer: Callable[..., Any]) -> Verdict:
    """Ask about five revisions of a study, of slices and of pages, and about a study that is a page alone."""
    from dicomkit.arrivals import ManualClock, StudyWatcher  # noqa: PLC0415 - the lessons are light to import
    from dicomkit.pixels import secondary_capture  # noqa: PLC0415
    from dicomkit.samples import ct_series  # noqa: PLC0415

    ct = ct_series(4, size=16)
    pages = [secondary_capture(_white_page(), study_from=ct[0]) for _ in range(4)]
    alone = secondary_capture(_white_page())
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
        found.append(decision(answer, study, list(instances), name="wants_key_image"))
    known: dict[tuple[bool, ...], str] = {
        (True, True, True, True, True, False): _OLD_CT,
        (True, True, True, True, True, True): _NEW_AT_ALL,
        (True, True, False, False, True, False): _NEW_AT_ALL,
        (True, False, False, False, False, True): _LATE_SLICE,
        (True, False, False, False, False, False): _LATE_SLICE,
        (True, False, True, False, False, False): _MIXED,
    }
    expected = [True, False, True, False, True, False]
    return PASS if found == expected else retry(known.get(tuple(found), _WANTED))


def _white_page() -> Any:  # noqa: ANN401 - numpy's array, and numpy is not light to import
    import numpy as np  # noqa: PLC0415

    return np.full((4, 4), 255, np.uint8)


def _check_is_new(answer: Callable[..., Any]) -> Verdict:
    from dicomkit.arrivals import ArrivedStudy  # noqa: PLC0415 - the lessons are light to import

    announced = [ArrivedStudy(uid, Path(), 1, revision=number) for uid, number in _ASKED]
    given = [set(done) for done in _DONE_BEFORE]
    found = tuple(decision(answer, *each, name="is_new") for each in zip(announced, given, strict=True))
    known: dict[tuple[bool, ...], str] = {
        (False, False, True, True): _LATE_LOST,
        (False, True, False, True): _ANY_STUDY,
        (True, False, False, False): _INVERTED,
        (True, True, True, True): _NO_MEMORY,
        (True, False, True, True): _FIRST_ONLY,
    }
    if found != (False, True, True, True):
        return retry(known.get(found, _BOTH))
    return PASS if given == [set(done) for done in _DONE_BEFORE] else retry(_DONE_TOO_SOON)


def _station(answer: object) -> str:
    """Read the name of a station, as the log or the figure writes it."""
    word = str(WORD.saying(_STATION).read(answer)).removeprefix("the ").removesuffix(" station")
    figure = {
        "send on": "send",
        "sending": "send",
        "declare complete": "watch",
        "watcher": "watch",
        "receiver": "receive",
    }
    return figure.get(word, word)


PIPELINE = (
    Exercise(
        id="10.10",
        title="Make a key image only where the CT has changed",
        name="wants_key_image",
        checker=_check_wants_key_image,
        form=FUNCTION.saying(_CHANGE_IT),
        minutes=6,
        task=Task.CHANGE,
        given=_WANTS,
        hints=(
            "Two questions about each instance: what is it, and is it new?",
            'Modality says what it is: "CT". study.instance_uids holds the SOP Instance UIDs that are new.',
            'return any(each.Modality == "CT" and ... for each in instances)',
        ),
        solution=(
            "def wants_key_image(study, instances):\n"
            '    ct = [each for each in instances if each.Modality == "CT"]\n'
            "    return any(each.SOPInstanceUID in study.instance_uids for each in ct)"
        ),
        misconceptions=(
            Misconception(
                'lambda study, instances: any(each.Modality == "CT" for each in instances)', _OLD_CT
            ),
            Misconception("lambda study, instances: study.revision == 1", _LATE_SLICE),
            Misconception("lambda study, instances: len(study.instance_uids) > 0", _NEW_AT_ALL),
            Misconception("lambda study, instances: len(study.instance_uids) > 1", _NEW_AT_ALL),
            Misconception(
                'lambda study, instances: all(each.Modality == "CT" for each in instances '
                "if each.SOPInstanceUID in study.instance_uids)",
                _MIXED,
            ),
            Misconception(
                'lambda study, instances: not any(each.Modality == "CT" and each.SOPInstanceUID in study.instance_uids '
                "for each in instances)",
                _WANTED,
            ),
            Misconception("True", _CHANGE_IT),
        ),
        learned="The watcher says what is new; what that is worth is decided in code that somebody can read.",
    ),
    Exercise(
        id="10.11",
        title="Write the rule that keeps a repetition from doing harm",
        name="is_new",
        checker=_check_is_new,
        form=FUNCTION.saying(_NO_FUNCTION),
        minutes=4,
        task=Task.WRITE,
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
        id="10.12",
        title="Find the station that failed in the night",
        name="station",
        checker=look_up(
            "send",
            {
                "receive": _RECEIVED,
                "watch": _WATCHED,
                "process": _PROCESSED,
                "archive": _ARCHIVE,
                "reaction": _REACTION,
            },
            _STATION,
        ),
        form=Form("the name of a station", _station, _STATION),
        minutes=3,
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
            Misconception('"reaction"', _REACTION),
            Misconception('"the network"', _STATION),
        ),
        learned="Result 4: send a copy in another encoding (notebook 07). Nothing is lost: the failure was kept, and can be repeated.",
    ),
)
