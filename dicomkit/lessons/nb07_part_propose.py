"""Exercise 07.3: presentation contexts for a list of files."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import TYPE_CHECKING, Any

from dicomkit.lessons.answers import FUNCTION, WrongForm
from dicomkit.lessons.exercise import PASS, Verdict, retry
from dicomkit.lessons.learners_code import call
from dicomkit.lessons.lesson_texts import LessonTexts
from dicomkit.lessons.pynetdicom_peer import Pair, accepted_pairs, encodings_of, is_default, new_sender

if TYPE_CHECKING:  # the lessons are light to import
    from pydicom.dataset import FileDataset

__all__ = ["PROPOSE"]

_TEXTS = LessonTexts(__name__)

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
    from pydicom.uid import RLELossless  # noqa: PLC0415 - the lessons are light to import

    from dicomkit.pixels import compress  # noqa: PLC0415
    from dicomkit.samples import cine, ct_series  # noqa: PLC0415

    first, second = ct_series(2, size=16)
    return [first, second, compress(first, RLELossless), cine(2)]


def _proposed(propose: Callable[..., Any], files: Sequence[FileDataset]) -> list[Any]:
    """Return the contexts that a learner's function proposes for these files."""
    ae = new_sender()
    call(propose, ae, files, name="propose")
    return list(ae.requested_contexts)


def _what_is_wrong(proposed: list[Any], wanted: set[Pair]) -> str:
    if any(is_default(context) for context in proposed):
        return _TEXTS.defaults
    if not {uid for uid, _ in wanted} <= {str(context.abstract_syntax) for context in proposed}:
        return _TEXTS.kind_missing
    is_shared = any(len(context.transfer_syntax) > 1 for context in proposed)
    return _TEXTS.shared if is_shared else _TEXTS.encoding_missing


PROPOSE = _TEXTS.exercise("07.3", form=FUNCTION.saying(_TEXTS.no_propose), checker=_check_propose)
