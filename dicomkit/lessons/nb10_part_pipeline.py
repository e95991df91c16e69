"""Exercises 10.10 to 10.12: which studies to process, which were processed before, and a night that failed."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

from dicomkit.lessons.answers import FUNCTION, WORD, Form
from dicomkit.lessons.exercise import PASS, Verdict, retry
from dicomkit.lessons.learners_code import decision
from dicomkit.lessons.lesson_texts import LessonTexts

__all__ = ["PIPELINE"]

_TEXTS = LessonTexts(__name__)

# Announced a second time; a late revision; another study; the first of all.
_ASKED = (("A", 1), ("A", 2), ("B", 1), ("A", 1))
_DONE_BEFORE: tuple[tuple[tuple[str, int], ...], ...] = ((("A", 1),), (("A", 1),), (("A", 1),), ())


def _check_wants_key_image(answer: Callable[..., Any]) -> Verdict:
    """Call the function with five revisions of a study of slices and pages, and a study of one page."""
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
        (True, True, True, True, True, False): _TEXTS.old_ct,
        (True, True, True, True, True, True): _TEXTS.new_at_all,
        (True, True, False, False, True, False): _TEXTS.new_at_all,
        (True, False, False, False, False, True): _TEXTS.late_slice,
        (True, False, False, False, False, False): _TEXTS.late_slice,
        (True, False, True, False, False, False): _TEXTS.mixed,
    }
    expected = [True, False, True, False, True, False]
    return PASS if found == expected else retry(known.get(tuple(found), _TEXTS.wanted))


def _white_page() -> Any:  # noqa: ANN401 - numpy's array, and numpy is not light to import
    import numpy as np  # noqa: PLC0415

    return np.full((4, 4), 255, np.uint8)


def _check_is_new(answer: Callable[..., Any]) -> Verdict:
    from dicomkit.arrivals import ArrivedStudy  # noqa: PLC0415 - the lessons are light to import

    announced = [ArrivedStudy(uid, Path(), 1, revision=number) for uid, number in _ASKED]
    given = [set(done) for done in _DONE_BEFORE]
    found = tuple(decision(answer, *each, name="is_new") for each in zip(announced, given, strict=True))
    known: dict[tuple[bool, ...], str] = {
        (False, False, True, True): _TEXTS.late_lost,
        (False, True, False, True): _TEXTS.any_study,
        (True, False, False, False): _TEXTS.inverted,
        (True, True, True, True): _TEXTS.no_memory,
        (True, False, True, True): _TEXTS.first_only,
    }
    if found != (False, True, True, True):
        return retry(known.get(found, _TEXTS.both))
    return PASS if given == [set(done) for done in _DONE_BEFORE] else retry(_TEXTS.done_too_soon)


def _station(answer: object) -> str:
    """Read the name of a station, as in the log or the figure."""
    word = str(WORD.saying(_TEXTS.station).read(answer)).removeprefix("the ").removesuffix(" station")
    figure = {
        "send on": "send",
        "sending": "send",
        "declare complete": "watch",
        "watcher": "watch",
        "receiver": "receive",
    }
    return figure.get(word, word)


PIPELINE = (
    _TEXTS.exercise("10.10", form=FUNCTION.saying(_TEXTS.change_it), checker=_check_wants_key_image),
    _TEXTS.exercise("10.11", form=FUNCTION.saying(_TEXTS.no_function), checker=_check_is_new),
    _TEXTS.looked_up(
        "10.12",
        form=Form("the name of a station", _station, _TEXTS.station),
        otherwise=_TEXTS.station,
    ),
)
