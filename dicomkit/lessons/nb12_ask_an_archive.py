"""Exercises of notebook 12: responses, keys, levels, roles, what a C-MOVE did, and whose list is to be changed."""

from __future__ import annotations

from types import SimpleNamespace

from dicomkit.lessons.answer_parts import tuple_of
from dicomkit.lessons.answers import STATUS, WHOLE_NUMBER, WORD
from dicomkit.lessons.exercise import PASS, Verdict, retry
from dicomkit.lessons.lesson_texts import LessonTexts
from dicomkit.lessons.nb12_part_keys import KEYS, archived_instances
from dicomkit.lessons.nb12_part_retrieve import ALL_THERE, ROLES

__all__ = ["EXERCISES", "SPEAKER_NOTES", "checkpoint"]

_TEXTS = LessonTexts(__name__)

_RESPONSES = (6, 0xFF00)
_LEVELS = ("SERIES", "STUDY", "IMAGE")
_ENTRY = ("PACS", "WS", "10.0.0.7", 104)


def checkpoint() -> SimpleNamespace:
    """Return what notebook 12 asks about, and its answers.

    Returns
    -------
    SimpleNamespace
        ``instances``: five studies of three patients, 19 instances in all; ``responses``, ``levels`` and
        ``entry``: the answers of 12.1, 12.3 and 12.6.
    """
    return SimpleNamespace(instances=archived_instances(), responses=_RESPONSES, levels=_LEVELS, entry=_ENTRY)


def _check_responses(answer: tuple[int, int]) -> Verdict:
    count, status = answer
    if answer == _RESPONSES:
        return PASS
    if count == 1:
        return retry(_TEXTS.one_for_all)
    if count == _RESPONSES[0] - 1:
        return retry(_TEXTS.no_end)
    if count != _RESPONSES[0]:
        return retry(_TEXTS.other_count)
    return retry(_TEXTS.fifth_is_answer if status == 0 else _TEXTS.pending_is_error)


def _check_levels(answer: tuple[str, str, str]) -> Verdict:
    levels = tuple(word.upper() for word in answer)
    if levels == _LEVELS:
        return PASS
    if "PATIENT" in levels:
        return retry(_TEXTS.not_patient)
    if "INSTANCE" in levels:
        return retry(_TEXTS.not_instance)
    if levels[2] != "IMAGE":
        return retry(_TEXTS.one_slice if levels[2] in {"STUDY", "SERIES"} else _TEXTS.form_of_levels)
    if "IMAGE" in levels[:2]:
        return retry(_TEXTS.all_images)
    if levels[0] == "STUDY":
        return retry(_TEXTS.series_is_its_own)
    return retry(_TEXTS.studies_wanted if levels[1] == "SERIES" else _TEXTS.form_of_levels)


def _check_entry(answer: tuple[str, str, str, int]) -> Verdict:
    whose, title, host, port = (each.casefold() if isinstance(each, str) else each for each in answer)
    if (whose, title, host, port) == tuple(
        each.casefold() if isinstance(each, str) else each for each in _ENTRY
    ):
        return PASS
    if whose == "ws":
        return retry(_TEXTS.whose_list)
    if title == "pacs":
        return retry(_TEXTS.title_of_archive)
    if host in {"10.0.0.1", "archive.hospital"}:
        return retry(_TEXTS.address_of_archive)
    if (whose, title, host) == ("pacs", "ws", "10.0.0.7"):
        return retry(_TEXTS.listening_port)
    return retry(_TEXTS.form_of_entry)


EXERCISES = (
    _TEXTS.exercise(
        "12.1",
        form=tuple_of(
            WHOLE_NUMBER.saying(_TEXTS.form_of_responses), STATUS.saying(_TEXTS.form_of_responses)
        ).saying(_TEXTS.form_of_responses),
        checker=_check_responses,
    ),
    KEYS,
    _TEXTS.exercise(
        "12.3",
        form=tuple_of(*[WORD.saying(_TEXTS.form_of_levels)] * 3).saying(_TEXTS.form_of_levels),
        checker=_check_levels,
    ),
    ROLES,
    ALL_THERE,
    _TEXTS.exercise(
        "12.6",
        form=tuple_of(
            *[WORD.saying(_TEXTS.form_of_entry)] * 3, WHOLE_NUMBER.saying("the last of the four is a port")
        ).saying(_TEXTS.form_of_entry),
        checker=_check_entry,
    ),
)

SPEAKER_NOTES = _TEXTS.speaker_notes
