"""Exercises of notebook 07: results of contexts, proposals, a repaired association, a full disk, the failures of a night."""

from __future__ import annotations

import re
import tempfile
from collections.abc import Callable, Sequence
from pathlib import Path
from types import SimpleNamespace
from typing import Any

from pydicom.dataset import FileDataset
from pydicom.uid import RLELossless

from dicomkit.errors import DicomKitError
from dicomkit.files.reading import read_file
from dicomkit.lessons.answer_parts import letters_of, list_of, mapping_of, tuple_of
from dicomkit.lessons.answers import FUNCTION, TEXT, WHOLE_NUMBER, WORD, Form, WrongForm
from dicomkit.lessons.exercise import PASS, Verdict, judged_by, reply_of, retry
from dicomkit.lessons.full_disk import full_disk
from dicomkit.lessons.learners_code import call
from dicomkit.lessons.lesson_texts import LessonTexts
from dicomkit.lessons.pynetdicom_peer import (
    Pair,
    accepted_pairs,
    encodings_of,
    is_default,
    new_sender,
    sending_to,
)
from dicomkit.pixels import compress
from dicomkit.samples import cine, ct_series

__all__ = ["EXERCISES", "checkpoint"]

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
    alone = {context for context in answer if len(context) == 1}
    return judged_by(
        (not answer or not all(answer), _TEXTS.form_of_proposal),
        (not proposed <= _ENCODINGS.keys(), _TEXTS.words_of_proposal),
        (proposed < _ENCODINGS.keys(), _TEXTS.missing),
        (len(answer) == 1, _TEXTS.one_context),
        (alone != {frozenset({name}) for name in _ENCODINGS}, _TEXTS.shared_context),
    )


def _check_repair(answer: tuple[str, str]) -> Verdict:
    name, value = answer[0].rstrip(" =").replace(" ", "_"), answer[1].strip(" '\"")
    is_archive = value.upper() == _REPAIR[1]
    return judged_by(
        (value.casefold() in {"called_ae_title", "calling_ae_title"}, _TEXTS.argument_first),
        (name in {"port", "host"}, _TEXTS.port),
        (name == "calling_ae_title", _TEXTS.own_title if is_archive else _TEXTS.other_caller),
        (name != _REPAIR[0], _TEXTS.other_name),
        (value != _REPAIR[1], _TEXTS.case if is_archive else _TEXTS.note),
    )


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
    return judged_by(
        ("C" in answer, _TEXTS.label),
        ("A" in answer, _TEXTS.title),
        ("E" in answer, _TEXTS.halt),
        (answer != _CURES, _TEXTS.only_one),
    )


_REPEATED = 60  # more files than an association has room for contexts, but few kinds


def _check_propose(propose: Callable[..., Any]) -> Verdict:
    files = _files()
    supported = encodings_of(files)
    wanted = {(uid, syntax) for uid, syntaxes in supported.items() for syntax in syntaxes}
    proposed = _proposed(propose, files)
    if not proposed:
        return retry(_TEXTS.nothing_proposed)
    for direction in (1, -1):  # two receivers that accept everything, with different preferences
        favourites = {uid: syntaxes[::direction] for uid, syntaxes in supported.items()}
        if not wanted <= accepted_pairs(proposed, favourites):
            return retry(_what_is_wrong(proposed, wanted))
    try:
        again = _proposed(propose, files * _REPEATED)
    except WrongForm:
        if len(proposed) == len(wanted):
            raise
        return retry(_TEXTS.one_per_file)
    pairs = {(str(each.abstract_syntax), *map(str, each.transfer_syntax)) for each in again}
    if len(again) > len(pairs):
        return retry(_TEXTS.too_many.format(len(again), len(pairs)))
    return PASS if len(again) >= len(wanted) else retry(_TEXTS.remembers)


def _files() -> list[FileDataset]:
    first, second = ct_series(2, size=16)
    return [first, second, compress(first, RLELossless), cine(2)]


def _proposed(propose: Callable[..., Any], files: Sequence[FileDataset]) -> list[Any]:
    """Return the contexts that a learner's function proposes for these files."""
    ae = new_sender()
    call(propose, ae, files, name="propose")
    return list(ae.requested_contexts)


def _what_is_wrong(proposed: list[Any], wanted: set[Pair]) -> str:
    kinds = {uid for uid, _ in wanted}
    return reply_of(
        (any(is_default(context) for context in proposed), _TEXTS.defaults),
        (not kinds <= {str(context.abstract_syntax) for context in proposed}, _TEXTS.kind_missing),
        (any(len(context.transfer_syntax) > 1 for context in proposed), _TEXTS.shared),
        (True, _TEXTS.encoding_missing),
    )


_FREE_BYTES = 4_000  # the image that is sent has twice as many
_OUT_OF_RESOURCES = range(0xA700, 0xA800)  # PS3.4 Table B.2-1
_INVALID_STATUS = 0xC002


def _check_keep_whole(keep_whole: Callable[..., Any]) -> Verdict:
    image = ct_series(1, size=64)[0]
    with tempfile.TemporaryDirectory(prefix="dicomkit-") as name:
        folder = Path(name)
        with sending_to(
            lambda event: call(keep_whole, event, folder, name="keep_whole"), [image]
        ) as send_one:
            try:
                with full_disk(folder, _FREE_BYTES):
                    told = send_one(image)
            except WrongForm as error:
                if "No space left" not in error.reason:
                    raise
                raise WrongForm(f"{error.reason}; {_TEXTS.catch_it}") from error
            verdict = _judge_full(told, folder)
            if verdict is not PASS:
                return verdict
            return _judge_roomy(send_one(image), folder, image)


def _judge_full(told: int | None, folder: Path) -> Verdict:
    left = [path.name for path in folder.rglob("*") if path.is_file()]
    status = "nothing" if told is None else f"{told:04X}H"
    return judged_by(
        (told == 0, _TEXTS.silent),
        (told == _INVALID_STATUS, _TEXTS.a_number),
        (told not in _OUT_OF_RESOURCES, _TEXTS.was_told.format(status)),
        ("kept.dcm" in left, _TEXTS.half_left),
        (bool(left), _TEXTS.part_left),
    )


def _judge_roomy(told: int | None, folder: Path, image: FileDataset) -> Verdict:
    if told != 0:
        return retry(_TEXTS.always)
    try:
        found = read_file(folder / "kept.dcm")
    except DicomKitError:
        return retry(_TEXTS.not_kept)
    if found != image:
        return retry(_TEXTS.not_kept)
    return PASS if [path.name for path in folder.iterdir()] == ["kept.dcm"] else retry(_TEXTS.part_left)


EXERCISES = (
    _TEXTS.exercise("07.1", tuple_of(*[WHOLE_NUMBER] * len(_RESULTS)), _check_results),
    _TEXTS.exercise("07.2", list_of(_CONTEXT_FORM), _check_proposal),
    _TEXTS.exercise("07.3", FUNCTION, _check_propose),
    _TEXTS.exercise("07.4", tuple_of(WORD, TEXT), _check_repair),
    _TEXTS.exercise("07.5", FUNCTION, _check_keep_whole),
    _TEXTS.exercise("07.6", mapping_of(dict.fromkeys(_WHAT_TO_DO, WORD)), _check_what_to_do),
    _TEXTS.exercise("07.7", letters_of("ABCDE"), _check_cures),
)
