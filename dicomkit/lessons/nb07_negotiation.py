"""Exercises of notebook 07: results of contexts, proposals, a repaired call, a full disk, a night's failures."""

from __future__ import annotations

import re
from types import SimpleNamespace

from dicomkit.lessons.answer_parts import letters_of, list_of, mapping_of, tuple_of
from dicomkit.lessons.answers import TEXT, WHOLE_NUMBER, WORD, Form
from dicomkit.lessons.exercise import PASS, Exercise, Misconception, Verdict, retry
from dicomkit.lessons.nb07_part_disk import KEEP_WHOLE
from dicomkit.lessons.nb07_part_propose import PROPOSE

__all__ = ["EXERCISES", "SPEAKER_NOTES", "checkpoint"]

_RESULTS = (4, 0, 3, 4)
_ENCODINGS = {
    "explicit": ("explicit vr", "explicit vr little endian", "1.2.840.10008.1.2.1"),
    "rle": ("rle lossless", "1.2.840.10008.1.2.5"),
    "jpegls": ("jpeg-ls", "jpeg ls", "jpeg-ls lossless", "jpegls lossless", "1.2.840.10008.1.2.4.80"),
}
_REPAIR = ("called_ae_title", "ARCHIVE")
_WHAT_TO_DO = {1: "B", 2: "C", 3: "A", 4: "D", 5: "B"}
_CURES = frozenset("BD")

_FOUR_NUMBERS = "results is a list of four numbers, in the order of the contexts 1, 3, 5 and 7"
_KNOWN_RESULTS = "three results are possible here: 0 accepted, 3 for the what, 4 for the how"
_FOR_CT_ONLY = (
    "context 1: JPEG-LS is supported for CT images; for MR images it is not. What and how belong together"
)
_ONE_IS_ENOUGH = (
    "context 3: the receiver need not support all that is offered: one common transfer syntax is enough"
)
_WHAT_FIRST = "context 5: the trouble is the what: Implicit VR is an encoding that everybody takes, but not of everything"
_HOW_IS_MISSING = "context 7: CT images are supported, but not as RLE: the how is refused, which is 4"
_SWAPPED = "3 and 4 are swapped: 3 is about what it is (abstract), 4 about how it is written (transfer)"

_FORM_OF_PROPOSAL = 'proposal is a list of contexts, and each context is a list of words such as ["rle"]'
_WORDS_OF_PROPOSAL = 'the words for the encodings are "explicit", "rle" and "jpegls"'
_ONE_CONTEXT = (
    "that is one context: the receiver picks one of the three, and the files in the other two stay at home"
)
_SHARED_CONTEXT = (
    "a context that offers two encodings is accepted as one of them: the other files may be left without"
)
_MISSING = "an encoding that nobody proposes cannot be accepted: there are files in three encodings"

_FORM_OF_REPAIR = "repair is a tuple of two texts: the name of the argument, and its new value"
_ARGUMENT_FIRST = "the name of the argument comes first, then its new value"
_OTHER_NAME = "the idea may be right, but take the argument's name from the call: it ends with _ae_title"
_OTHER_CALLER = "XR7 is a known device; the receiver complained about the called title, not about the caller"
_CASE = "upper and lower case count: the owner wrote ARCHIVE"
_OWN_TITLE = "calling_ae_title is the caller's own name: whoever calls itself ARCHIVE takes the receiver's"
_PORT = "somebody answered, and with a reason: the connection stands, so host and port are right"
_NOTE = "the owner's note says how the receiver is called"

_FORM_OF_CASES = "what_to_do is a dictionary: the number of each case from 1 to 5, and one letter for it"
_FULL_DISK = "case 1: nothing is wrong with the instance; A7xx is about the receiver's disk or memory"
_DATA_SET = (
    "case 2: A9xx is about the data set: the very same bytes will be refused again (a missing UID, often)"
)
_WARNING = "case 3: B000H is a warning: the instance is stored, and sending it again changes nothing"
_CONTEXT = (
    "case 4: it was never offered in an encoding that the receiver takes: the same again ends the same way"
)
_UNKNOWN = "case 5: no answer, so nobody knows: send it again; if it had arrived, nothing happens"

_FORM_OF_CURES = 'cures is a text of letters from A to E, such as "AE"'
_LABEL = (
    "C changes the label and not the bytes: at best storescu refuses them, "
    "at worst the archive stores pictures that nobody can open"
)
_TITLE = "A: the CT slices arrive on the same call, so the association is accepted and the title is right"
_HALT = (
    "E: without -nh it would stop at the first picture, and the rest of the folder would stay at home as well"
)
_ONLY_ONE = "that is one cure; there is another one, on the same side of the call"


def checkpoint() -> SimpleNamespace:
    """Make what notebook 07 sends and answers.

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
        return retry(_KNOWN_RESULTS)
    swap = {3: 4, 4: 3}
    if answer == tuple(swap.get(result, result) for result in _RESULTS):
        return retry(_SWAPPED)
    reasons = (_FOR_CT_ONLY, _ONE_IS_ENOUGH, _WHAT_FIRST, _HOW_IS_MISSING)
    return retry(
        next(text for text, one, right in zip(reasons, answer, _RESULTS, strict=True) if one != right)
    )


def _read_context(answer: object) -> frozenset[str]:
    """Read one context; a text alone is none, because nobody can tell what was meant by ``["rle", "jpegls"]``."""
    if not isinstance(answer, list | tuple | set):
        raise TypeError(answer)
    names = {_folded(other): name for name, others in _ENCODINGS.items() for other in (name, *others)}
    words = [WORD.saying(_WORDS_OF_PROPOSAL).read(word) for word in answer]
    return frozenset(names.get(_folded(word), word) for word in words)


def _folded(word: str) -> str:
    return re.sub(r"[\W_]+", "", word)


_CONTEXT_FORM = Form("a list", _read_context, reason=_FORM_OF_PROPOSAL, parts={0: WORD})


def _check_proposal(answer: tuple[frozenset[str], ...]) -> Verdict:
    proposed = frozenset().union(*answer)
    if not answer or not all(answer):
        return retry(_FORM_OF_PROPOSAL)
    if not proposed <= _ENCODINGS.keys():
        return retry(_WORDS_OF_PROPOSAL)
    if proposed < _ENCODINGS.keys():
        return retry(_MISSING)
    if {context for context in answer if len(context) == 1} == {frozenset({name}) for name in _ENCODINGS}:
        return PASS
    return retry(_ONE_CONTEXT if len(answer) == 1 else _SHARED_CONTEXT)


def _check_repair(answer: tuple[str, str]) -> Verdict:
    name, value = answer[0].rstrip(" =").replace(" ", "_"), answer[1].strip(" '\"")
    if (name, value) == _REPAIR:
        return PASS
    if value.casefold() in {"called_ae_title", "calling_ae_title"}:
        return retry(_ARGUMENT_FIRST)
    if name in {"port", "host"}:
        return retry(_PORT)
    if name == "calling_ae_title":
        return retry(_OWN_TITLE if value.upper() == _REPAIR[1] else _OTHER_CALLER)
    if name != _REPAIR[0]:
        return retry(_OTHER_NAME)
    return retry(_CASE if value.upper() == _REPAIR[1] else _NOTE)


def _check_what_to_do(answer: dict[int, str]) -> Verdict:
    reasons = {1: _FULL_DISK, 2: _DATA_SET, 3: _WARNING, 4: _CONTEXT, 5: _UNKNOWN}
    for case, letter in _WHAT_TO_DO.items():
        given = answer[case].rstrip(").:")
        if given != letter.casefold():
            return retry(reasons[case] if given in {*"abcd"} else _FORM_OF_CASES)
    return PASS


def _check_cures(answer: frozenset[str]) -> Verdict:
    for letter, reason in (("C", _LABEL), ("A", _TITLE), ("E", _HALT)):
        if letter in answer:
            return retry(reason)
    return PASS if answer == _CURES else retry(_ONLY_ONE)


EXERCISES = (
    Exercise(
        id="07.1",
        title="Foresee the results of four presentation contexts",
        name="results",
        checker=_check_results,
        form=tuple_of(*[WHOLE_NUMBER.saying(_FOUR_NUMBERS)] * len(_RESULTS)).saying(_FOUR_NUMBERS),
        minutes=4,
        hints=(
            "Ask twice for each context: is this kind of object in the receiver's list at all?",
            "If it is: is one of the offered encodings in the list for this kind of object?",
            "The first question decides about 3, the second about 4; two yes make 0.",
        ),
        solution="results = [4, 0, 3, 4]",
        misconceptions=(
            Misconception("[0, 0, 3, 4]", _FOR_CT_ONLY),
            Misconception("[4, 4, 3, 4]", _ONE_IS_ENOUGH),
            Misconception("[4, 0, 0, 4]", _WHAT_FIRST),
            Misconception("[4, 0, 4, 4]", _WHAT_FIRST),
            Misconception("[4, 0, 3, 0]", _HOW_IS_MISSING),
            Misconception("[3, 0, 4, 3]", _SWAPPED),
            Misconception("[1, 0, 1, 1]", _KNOWN_RESULTS),
            Misconception("{1: 4, 3: 0, 5: 3, 7: 4}", _FOUR_NUMBERS),
        ),
        learned="Such a table stands in every conformance statement: now you can compare two of them.",
    ),
    Exercise(
        id="07.2",
        title="Propose a context for each encoding",
        name="proposal",
        checker=_check_proposal,
        form=list_of(_CONTEXT_FORM).saying(_FORM_OF_PROPOSAL),
        minutes=3,
        hints=(
            "An accepted context has one transfer syntax. In which one will a file of another encoding travel?",
            "You cannot know what the receiver picks. Leave it no choice.",
            "Three encodings, three contexts, one word in each.",
        ),
        solution='proposal = [["explicit"], ["rle"], ["jpegls"]]',
        misconceptions=(
            Misconception('[["explicit", "rle", "jpegls"]]', _ONE_CONTEXT),
            Misconception('[["explicit"], ["rle", "jpegls"]]', _SHARED_CONTEXT),
            Misconception('[["explicit"], ["explicit", "rle"], ["explicit", "jpegls"]]', _SHARED_CONTEXT),
            Misconception('[["explicit"]]', _MISSING),
            Misconception('["explicit", "rle", "jpegls"]', _FORM_OF_PROPOSAL),
            Misconception('[["CT"], ["rle"], ["jpegls"]]', _WORDS_OF_PROPOSAL),
        ),
        learned="There is room for 128 contexts in an association, so being exact costs nothing.",
    ),
    PROPOSE,
    Exercise(
        id="07.4",
        title="Repair a call that was rejected",
        name="repair",
        checker=_check_repair,
        form=tuple_of(WORD.saying(_FORM_OF_REPAIR), TEXT.saying(_FORM_OF_REPAIR)).saying(_FORM_OF_REPAIR),
        minutes=3,
        hints=(
            "Whose title is wrong: that of the caller, or that of the one who is called?",
            "Compare the call with the owner's note, letter by letter.",
            'The argument is "called_ae_title".',
        ),
        solution='repair = ("called_ae_title", "ARCHIVE")',
        misconceptions=(
            Misconception('("calling_ae_title", "CT1")', _OTHER_CALLER),
            Misconception('("called_ae_title", "archive")', _CASE),
            Misconception('("calling_ae_title", "ARCHIVE")', _OWN_TITLE),
            Misconception('("port", "104")', _PORT),
            Misconception('("called_ae_title", "PACS")', _NOTE),
            Misconception('("ARCHIVE", "called_ae_title")', _ARGUMENT_FIRST),
            Misconception('("-aec", "ARCHIVE")', _OTHER_NAME),
            Misconception('"ARCHIVE"', _FORM_OF_REPAIR),
        ),
        learned="The rejection names what is wrong; guessing at the port would have cost the afternoon.",
    ),
    KEEP_WHOLE,
    Exercise(
        id="07.6",
        title="Sort the failures of a night",
        name="what_to_do",
        checker=_check_what_to_do,
        form=mapping_of(dict.fromkeys(_WHAT_TO_DO, WORD.saying(_FORM_OF_CASES))).saying(_FORM_OF_CASES),
        minutes=4,
        hints=(
            "The first digits are the family: A7 resources, A9 data set, B warning.",
            "Would the very same bytes be refused once more? Then something has to change first.",
            "Two of the five are simply sent again: the full disk, later, and the one without an answer.",
        ),
        solution='what_to_do = {1: "B", 2: "C", 3: "A", 4: "D", 5: "B"}',
        misconceptions=(
            Misconception('{1: "C", 2: "C", 3: "A", 4: "D", 5: "B"}', _FULL_DISK),
            Misconception('{1: "B", 2: "B", 3: "A", 4: "D", 5: "B"}', _DATA_SET),
            Misconception('{1: "B", 2: "C", 3: "B", 4: "D", 5: "B"}', _WARNING),
            Misconception('{1: "B", 2: "C", 3: "A", 4: "B", 5: "B"}', _CONTEXT),
            Misconception('{1: "B", 2: "C", 3: "A", 4: "D", 5: "A"}', _UNKNOWN),
            Misconception('"BCADB"', _FORM_OF_CASES),
        ),
        learned="Two of the five only need another try. For the others something has to change first.",
    ),
    Exercise(
        id="07.7",
        title="Bring the pictures to the archive",
        name="cures",
        checker=_check_cures,
        form=letters_of("ABCDE").saying(_FORM_OF_CURES),
        minutes=4,
        hints=(
            "How far did the pictures get? The CT slices on the same call arrived.",
            "Which transfer syntaxes does storescu propose by itself?",
            "Either the sender proposes what the pictures are, or it makes them what it proposes.",
        ),
        solution='cures = "BD"',
        misconceptions=(
            Misconception('"BCD"', _LABEL),
            Misconception('"C"', _LABEL),
            Misconception('"ABD"', _TITLE),
            Misconception('"BDE"', _HALT),
            Misconception('"the sender"', _FORM_OF_CURES),
            Misconception('"B"', _ONLY_ONE),
            Misconception('"D"', _ONLY_ONE),
        ),
        learned="Nobody was to blame but a default. The exit status of 0 hid it every night.",
    ),
)

SPEAKER_NOTES: dict[str, str] = {
    "predict": "Let them write the three answers down before the next cell: the first one surprises nearly everybody.",
    "answers": "Point at context 1: the sender preferred Explicit, the receiver took Implicit. The receiver chooses.",
    "compressed": "The heart of the notebook. Accepted and useless: wait until somebody has seen why.",
    "label": "0000H, and nobody can open it. Ask who would find out, and when.",
    "far-text": "The slide to come back to. Keep it on the screen while they sort the night's failures.",
    "half": "Notebook 08 watches folders for new files. Now they know why half files matter.",
    "exercise-3-text": "Who is done early: what happens with a study of 200 slices? There is room for 128 contexts.",
    "exercise-5-text": "The full disk is simulated, the association is real. Ask first what the sender should be told.",
    "abort": "Ask for a show of hands: stored or not? There is no right answer, and that is the point.",
}
