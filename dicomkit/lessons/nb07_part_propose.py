"""Exercise 07.3: presentation contexts that are made of files."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import TYPE_CHECKING, Any

from dicomkit.lessons.answers import FUNCTION, WrongForm
from dicomkit.lessons.exercise import PASS, Exercise, Misconception, Task, Verdict, retry
from dicomkit.lessons.learners_code import call
from dicomkit.lessons.on_an_association import Pair, agreed, encodings_of, is_default, new_sender

if TYPE_CHECKING:  # the lessons are light to import
    from pydicom.dataset import FileDataset

__all__ = ["PROPOSE"]

_REPEATED = 60  # so many times the same few files are more than an association has room for contexts

_NO_PROPOSE = (
    "propose is a function: def propose(ae, datasets): and below it one context for each kind and encoding"
)
_NOTHING_PROPOSED = (
    "nothing was added to ae: call add_requested_context of the ae that propose is given, not of another one"
)
_DEFAULTS = "without a transfer syntax pynetdicom proposes its four default ones, in one context: RLE is not among them"
_SHARED = (
    "a context that offers two encodings is accepted as one of them: give each encoding a context of its own"
)
_KIND_MISSING = "a kind of object is missing: take the SOP Class UID of each data set, not of the first alone"
_ENCODING_MISSING = "an encoding is missing: each data set says its own, in file_meta.TransferSyntaxUID"
_ONE_PER_FILE = (
    "with 240 files it raises ValueError, for there is room for 128 contexts: "
    "files of the same kind and encoding share one, so go through a set of pairs"
)


_TOO_MANY = "for 240 files it proposes {} contexts, and only {} of them differ: one for each kind and encoding is enough"
_REMEMBERS = "called again with another ae, it proposes less: what it remembers lies outside of the function, or in a default"


def _check_propose(propose: Callable[..., Any]) -> Verdict:
    files = _files()
    supported = encodings_of(files)
    wanted = {(uid, syntax) for uid, syntaxes in supported.items() for syntax in syntaxes}
    proposed = _proposed(propose, files)
    if not proposed:
        return retry(_NOTHING_PROPOSED)
    for direction in (1, -1):  # two receivers that take everything; each has a favourite of its own
        favourites = {uid: syntaxes[::direction] for uid, syntaxes in supported.items()}
        if not wanted <= agreed(proposed, favourites):
            return retry(_what_is_wrong(proposed, wanted))
    try:
        again = _proposed(propose, files * _REPEATED)
    except WrongForm:
        if len(proposed) == len(wanted):
            raise
        return retry(_ONE_PER_FILE)
    pairs = {(str(each.abstract_syntax), *map(str, each.transfer_syntax)) for each in again}
    if len(again) > len(pairs):
        return retry(_TOO_MANY.format(len(again), len(pairs)))
    return PASS if len(again) >= len(wanted) else retry(_REMEMBERS)


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
        return _DEFAULTS
    if not {uid for uid, _ in wanted} <= {str(context.abstract_syntax) for context in proposed}:
        return _KIND_MISSING
    is_shared = any(len(context.transfer_syntax) > 1 for context in proposed)
    return _SHARED if is_shared else _ENCODING_MISSING


_PROPOSE = """\
def propose(ae, datasets):
    pairs = {(ds.SOPClassUID, ds.file_meta.TransferSyntaxUID) for ds in datasets}
    for what, how in pairs:
        ae.add_requested_context(what, how)"""
_PROPOSE_SETUP = """\
from pynetdicom import AE

def for_each(ae, datasets):
    for ds in datasets:
        ae.add_requested_context(ds.SOPClassUID, ds.file_meta.TransferSyntaxUID)

def defaults(ae, datasets):
    for what in {ds.SOPClassUID for ds in datasets}:
        ae.add_requested_context(what)

def shared(ae, datasets):
    for what in {ds.SOPClassUID for ds in datasets}:
        ae.add_requested_context(what, list({ds.file_meta.TransferSyntaxUID for ds in datasets}))

def of_the_first(ae, datasets):
    ae.add_requested_context(datasets[0].SOPClassUID, datasets[0].file_meta.TransferSyntaxUID)

def of_the_classes(ae, datasets):
    for what in {ds.SOPClassUID for ds in datasets}:
        ae.add_requested_context(what, datasets[0].file_meta.TransferSyntaxUID)
"""

PROPOSE = Exercise(
    id="07.3",
    title="Propose what the files need, in pynetdicom",
    name="propose",
    checker=_check_propose,
    form=FUNCTION.saying(_NO_PROPOSE),
    minutes=7,
    task=Task.WRITE,
    hints=(
        "What a data set is says ds.SOPClassUID; how it is encoded says ds.file_meta.TransferSyntaxUID.",
        "Twelve slices of one kind and encoding need one context: collect the pairs in a set, then go through it.",
        "For each pair: ae.add_requested_context(what, how).",
    ),
    solution=_PROPOSE,
    setup=_PROPOSE_SETUP,
    misconceptions=(
        Misconception("for_each", _ONE_PER_FILE),
        Misconception("defaults", _DEFAULTS),
        Misconception("shared", _SHARED),
        Misconception("of_the_first", _KIND_MISSING),
        Misconception("of_the_classes", _ENCODING_MISSING),
        Misconception('lambda ae, datasets: for_each(AE("SCANNER"), datasets)', _NOTHING_PROPOSED),
        Misconception('[["explicit"], ["rle"]]', _NO_PROPOSE),
    ),
    learned="Whatever the folder holds, each file that the receiver supports can travel as it is.",
)
