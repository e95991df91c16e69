"""Exercises of notebook 07: results of contexts, proposals, a repaired association, a full disk, the failures of a night."""

from __future__ import annotations

import re
from types import SimpleNamespace

from dicomkit.lessons.answer_parts import letters_of, list_of, mapping_of, tuple_of
from dicomkit.lessons.answers import TEXT, WHOLE_NUMBER, WORD, Form
from dicomkit.lessons.exercise import PASS, Verdict, retry
from dicomkit.lessons.lesson_texts import LessonTexts
from dicomkit.lessons.nb07_part_disk import KEEP_WHOLE
from dicomkit.lessons.nb07_part_propose import PROPOSE

__all__ = ["EXERCISES", "SPEAKER_NOTES", "checkpoint"]

_TEXTS = LessonTexts(__name__)

_RESULTS = (4, 0, 3, 4)
_ENCODINGS = {
    "explicit": ("explicit vr", "explicit vr little endian", "1.2.840.10008.1.2.1"),
    "rle": ("rle lossless", "1.2.840.10008.1.2.5"),
    "jpegls": ("jpeg-ls", "jpeg ls", "jpeg-ls lossless", "jpegls lossless", "1.2.840.10008.1.2.4.80"),
}
_REPAIR = ("called_ae_title", "ARCHIVE")
_WHAT_TO_DO = {1: "B", 2: "C", 3: "A", 4: "D", 5: "B"}
_CURES = frozenset("BD")


def checkpoint() -> SimpleNamespace:
    """Return what notebook 07 sends, and its answers.

    Returns
    -------
    SimpleNamespace
        ``study``: four CT slices; ``results``, ``proposal``, ``what_to_do``: the answers of 07.1, 07.2 and
        07.4.
    """
    from dicomkit.samples import ct_series  # noqa: PLC0415 - numpy and pydicom are not light

    return SimpleNamespace(
        study=ct_series(4),
        results=_RESULTS,
        proposal=[[name] for name in sorted(_ENCODINGS)],
        what_to_do=dict(_WHAT_TO_DO),
    )


def _check_results(answer: tuple[int, ...]) -> Verdict:
    if answer == _RESULTS:
        return PASS
    if not set(answer) <= {0, 3, 4}:
        return retry(_TEXTS.known_results)
    swap = {3: 4, 4: 3}
    if answer == tuple(swap.get(result, result) for result in _RESULTS):
        return retry(_TEXTS.swapped)
    reasons = (_TEXTS.for_ct_only, _TEXTS.one_is_enough, _TEXTS.what_first, _TEXTS.how_is_missing)
    return retry(
        next(text for text, one, right in zip(reasons, answer, _RESULTS, strict=True) if one != right)
    )


def _read_context(answer: object) -> frozenset[str]:
    """Read one context; a bare string is ambiguous, as in ``["rle", "jpegls"]``."""
    if not isinstance(answer, list | tuple | set):
        raise TypeError(answer)
    names = {_folded(other): name for name, others in _ENCODINGS.items() for other in (name, *others)}
    words = [WORD.saying(_TEXTS.words_of_proposal).read(word) for word in answer]
    return frozenset(names.get(_folded(word), word) for word in words)


def _folded(word: str) -> str:
    return re.sub(r"[\W_]+", "", word)


_CONTEXT_FORM = Form("a list", _read_context, reason=_TEXTS.form_of_proposal, parts={0: WORD})


def _check_proposal(answer: tuple[frozenset[str], ...]) -> Verdict:
    proposed = frozenset().union(*answer)
    if not answer or not all(answer):
        return retry(_TEXTS.form_of_proposal)
    if not proposed <= _ENCODINGS.keys():
        return retry(_TEXTS.words_of_proposal)
    if proposed < _ENCODINGS.keys():
        return retry(_TEXTS.missing)
    if {context for context in answer if len(context) == 1} == {frozenset({name}) for name in _ENCODINGS}:
        return PASS
    return retry(_TEXTS.one_context if len(answer) == 1 else _TEXTS.shared_context)


def _check_repair(answer: tuple[str, str]) -> Verdict:
    name, value = answer[0].rstrip(" =").replace(" ", "_"), answer[1].strip(" '\"")
    if (name, value) == _REPAIR:
        return PASS
    if value.casefold() in {"called_ae_title", "calling_ae_title"}:
        return retry(_TEXTS.argument_first)
    if name in {"port", "host"}:
        return retry(_TEXTS.port)
    if name == "calling_ae_title":
        return retry(_TEXTS.own_title if value.upper() == _REPAIR[1] else _TEXTS.other_caller)
    if name != _REPAIR[0]:
        return retry(_TEXTS.other_name)
    return retry(_TEXTS.case if value.upper() == _REPAIR[1] else _TEXTS.note)


def _check_what_to_do(answer: dict[int, str]) -> Verdict:
    reasons = {
        1: _TEXTS.full_disk,
        2: _TEXTS.data_set,
        3: _TEXTS.warning,
        4: _TEXTS.context,
        5: _TEXTS.unknown,
    }
    for case, letter in _WHAT_TO_DO.items():
        given = answer[case].rstrip(").:")
        if given != letter.casefold():
            return retry(reasons[case] if given in {*"abcd"} else _TEXTS.form_of_cases)
    return PASS


def _check_cures(answer: frozenset[str]) -> Verdict:
    for letter, reason in (("C", _TEXTS.label), ("A", _TEXTS.title), ("E", _TEXTS.halt)):
        if letter in answer:
            return retry(reason)
    return PASS if answer == _CURES else retry(_TEXTS.only_one)


EXERCISES = (
    _TEXTS.exercise(
        "07.1",
        form=tuple_of(*[WHOLE_NUMBER.saying(_TEXTS.four_numbers)] * len(_RESULTS)).saying(
            _TEXTS.four_numbers
        ),
        checker=_check_results,
    ),
    _TEXTS.exercise(
        "07.2", form=list_of(_CONTEXT_FORM).saying(_TEXTS.form_of_proposal), checker=_check_proposal
    ),
    PROPOSE,
    _TEXTS.exercise(
        "07.4",
        form=tuple_of(WORD.saying(_TEXTS.form_of_repair), TEXT.saying(_TEXTS.form_of_repair)).saying(
            _TEXTS.form_of_repair
        ),
        checker=_check_repair,
    ),
    KEEP_WHOLE,
    _TEXTS.exercise(
        "07.6",
        form=mapping_of(dict.fromkeys(_WHAT_TO_DO, WORD.saying(_TEXTS.form_of_cases))).saying(
            _TEXTS.form_of_cases
        ),
        checker=_check_what_to_do,
    ),
    _TEXTS.exercise("07.7", form=letters_of("ABCDE").saying(_TEXTS.form_of_cures), checker=_check_cures),
)

SPEAKER_NOTES = _TEXTS.speaker_notes
