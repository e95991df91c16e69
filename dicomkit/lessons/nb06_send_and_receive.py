"""Exercises of notebook 06: who calls whom, a handler that keeps, counting, a ladder, a wrong word, one call, a room."""

from __future__ import annotations

from types import SimpleNamespace

from dicomkit.lessons.answer_parts import in_units, tuple_of
from dicomkit.lessons.answers import WHOLE_NUMBER, WORD
from dicomkit.lessons.exercise import PASS, Verdict, retry
from dicomkit.lessons.lesson_texts import LessonTexts
from dicomkit.lessons.nb06_part_keep import KEEP
from dicomkit.lessons.nb06_part_send import SEND_ALL
from dicomkit.lessons.nb06_part_wall import TO_THE_WALL

__all__ = ["EXERCISES", "SPEAKER_NOTES", "checkpoint"]

_TEXTS = LessonTexts(__name__)

_WHO_IS_WHO = ("CT1", "PACS", "archive.hospital", 104)
_COUNTS = (50, 50, 1)


def checkpoint() -> SimpleNamespace:
    """Return what notebook 06 sends, and its answers.

    Returns
    -------
    SimpleNamespace
        ``study``: the twelve CT slices of notebook 00; ``who_is_who``, ``counts``: the answers of 06.1 and
        06.3.
    """
    from dicomkit.samples import ct_series  # noqa: PLC0415 - numpy and pydicom are not light

    return SimpleNamespace(study=ct_series(), who_is_who=_WHO_IS_WHO, counts=_COUNTS)


def _check_who_is_who(answer: tuple[str, str, str, int]) -> Verdict:
    titles, host = answer[:2], answer[2]
    if answer == tuple(each.casefold() if isinstance(each, str) else each for each in _WHO_IS_WHO):
        return PASS
    if {"storescu", "storescp"} & set(titles):
        return retry(_TEXTS.programs)
    if {"scu", "scp"} & set(titles):
        return retry(_TEXTS.roles)
    if any(each.startswith("-ae") for each in titles):
        return retry(_TEXTS.options)
    if titles == ("pacs", "ct1"):
        return retry(_TEXTS.titles_swapped)
    if "archive.hospital" in titles:
        return retry(_TEXTS.host_as_title)
    if {"scanner", "archive"} & set(titles) or host in {"127.0.0.1", "localhost"}:
        return retry(_TEXTS.cells_above)
    if "study" in answer:
        return retry(_TEXTS.folder)
    if titles == ("ct1", "pacs"):
        return retry(
            _TEXTS.port_last if host == "archive.hospital" else "the host is the word before the port"
        )
    return retry(_TEXTS.form_of_who)


def _check_counts(answer: tuple[int, int, int]) -> Verdict:
    requests, statuses, associations = answer
    if answer == _COUNTS:
        return PASS
    if sorted(answer) == sorted(_COUNTS):
        return retry(_TEXTS.order_of_counts)
    if requests in {10, 40}:
        return retry(_TEXTS.other_study_too)
    if requests != _COUNTS[0]:
        return retry(_TEXTS.one_request_a_study if requests < _COUNTS[0] else _TEXTS.all_requests)
    if statuses != _COUNTS[1]:
        return retry(_TEXTS.one_status_a_study if statuses < _COUNTS[1] else _TEXTS.all_requests)
    known = {requests: _TEXTS.one_association_a_slice, 0: _TEXTS.no_association}
    return retry(known.get(associations, _TEXTS.one_association_a_study))


def _check_wrong_word(answer: str) -> Verdict:
    answer = answer.removeprefix("the word ")
    if answer in {"localhost 11112", "localhost:11112"}:
        return retry(_TEXTS.two_words)
    known = {
        "laptop": _TEXTS.title_is_fine,
        "server": _TEXTS.title_is_fine,
        "11112": _TEXTS.port_is_fine,
        **dict.fromkeys(("-aet", "-aec", "aet", "aec", "+sd"), _TEXTS.option),
        **dict.fromkeys(("storescu", "storescp"), _TEXTS.program),
        "study": _TEXTS.not_yet,
        **dict.fromkeys(("127.0.0.1", "host", "the host"), _TEXTS.behind_the_word),
    }
    return PASS if answer == "localhost" else retry(known.get(answer, _TEXTS.one_word))


EXERCISES = (
    _TEXTS.exercise(
        "06.1",
        form=tuple_of(*[WORD.saying(_TEXTS.form_of_who)] * 3, WHOLE_NUMBER.saying(_TEXTS.port_last)).saying(
            _TEXTS.form_of_who
        ),
        checker=_check_who_is_who,
    ),
    KEEP,
    _TEXTS.exercise(
        "06.3",
        form=tuple_of(*[WHOLE_NUMBER.saying(_TEXTS.three_numbers)] * len(_COUNTS)).saying(
            _TEXTS.three_numbers
        ),
        checker=_check_counts,
    ),
    _TEXTS.looked_up(
        "06.4",
        form=in_units(WHOLE_NUMBER, {"instances": 1}).saying(_TEXTS.how_many),
        otherwise=_TEXTS.lines,
    ),
    _TEXTS.exercise("06.5", form=WORD.saying(_TEXTS.one_word), checker=_check_wrong_word),
    SEND_ALL,
    TO_THE_WALL,
)

SPEAKER_NOTES = _TEXTS.speaker_notes
