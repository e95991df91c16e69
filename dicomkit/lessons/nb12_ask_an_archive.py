"""Exercises of notebook 12: responses, keys, levels, roles, what a C-MOVE did, and whose list is to be changed."""

from __future__ import annotations

from types import SimpleNamespace

from dicomkit.lessons.answer_parts import tuple_of
from dicomkit.lessons.answers import STATUS, WHOLE_NUMBER, WORD
from dicomkit.lessons.exercise import PASS, Exercise, Misconception, Verdict, retry
from dicomkit.lessons.nb12_part_keys import KEYS, archived_instances
from dicomkit.lessons.nb12_part_retrieve import ALL_THERE, ROLES

__all__ = ["EXERCISES", "SPEAKER_NOTES", "checkpoint"]

_RESPONSES = (6, 0xFF00)
_LEVELS = ("SERIES", "STUDY", "IMAGE")
_ENTRY = ("PACS", "WS", "10.0.0.7", 104)

_FORM_OF_RESPONSES = "responses is a tuple of two: how many, and a status such as 0x0000"
_NO_END = "each study has a response, and then comes one more that says that it was the last: without a study"
_ONE_FOR_ALL = "there is a response for each study that matches, not one for all of them"
_FIFTH_IS_ANSWER = "0000H is the end, which brings no study; the fifth response still brings one"
_PENDING_IS_ERROR = "a status that begins with A or C is a failure; FF00H only says that more follows"
_OTHER_COUNT = "count the studies, and the last response"

_FORM_OF_LEVELS = "levels is a tuple of three words: PATIENT, STUDY, SERIES or IMAGE"
_SERIES_IS_ITS_OWN = (
    "a description of a series is a key of the level SERIES: at STUDY there is one answer for each study"
)
_STUDIES_WANTED = "one answer for each study is asked for: at level SERIES you would have to give one study"
_ALL_IMAGES = "at level IMAGE there is an answer for each slice: ask where the thing itself is the answer"
_ONE_SLICE = "the UID of one slice is a key of the level of instances, which is called IMAGE"
_NOT_INSTANCE = "instance is right, and the Standard calls that level IMAGE"
_NOT_PATIENT = "the study root model has no level PATIENT, and none of the three is about patients"

_FORM_OF_ENTRY = "entry is a tuple of four: whose list, an AE title, a host, and a port as a number"
_WHOSE_LIST = "WS cannot help it: the archive looks the destination up on a list of its own"
_TITLE_OF_ARCHIVE = "that is the archive's own title: on the list stands the destination"
_ADDRESS_OF_ARCHIVE = "that is the archive's address; the list says where the destination listens"
_LISTENING_PORT = "the port is the one on which WS listens: the call comes from anywhere"


def checkpoint() -> SimpleNamespace:
    """Make what notebook 12 asks about.

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
        return retry(_ONE_FOR_ALL)
    if count == _RESPONSES[0] - 1:
        return retry(_NO_END)
    if count != _RESPONSES[0]:
        return retry(_OTHER_COUNT)
    return retry(_FIFTH_IS_ANSWER if status == 0 else _PENDING_IS_ERROR)


def _check_levels(answer: tuple[str, str, str]) -> Verdict:
    levels = tuple(word.upper() for word in answer)
    if levels == _LEVELS:
        return PASS
    if "PATIENT" in levels:
        return retry(_NOT_PATIENT)
    if "INSTANCE" in levels:
        return retry(_NOT_INSTANCE)
    if levels[2] != "IMAGE":
        return retry(_ONE_SLICE if levels[2] in {"STUDY", "SERIES"} else _FORM_OF_LEVELS)
    if "IMAGE" in levels[:2]:
        return retry(_ALL_IMAGES)
    if levels[0] == "STUDY":
        return retry(_SERIES_IS_ITS_OWN)
    return retry(_STUDIES_WANTED if levels[1] == "SERIES" else _FORM_OF_LEVELS)


def _check_entry(answer: tuple[str, str, str, int]) -> Verdict:
    whose, title, host, port = (each.casefold() if isinstance(each, str) else each for each in answer)
    if (whose, title, host, port) == tuple(
        each.casefold() if isinstance(each, str) else each for each in _ENTRY
    ):
        return PASS
    if whose == "ws":
        return retry(_WHOSE_LIST)
    if title == "pacs":
        return retry(_TITLE_OF_ARCHIVE)
    if host in {"10.0.0.1", "archive.hospital"}:
        return retry(_ADDRESS_OF_ARCHIVE)
    if (whose, title, host) == ("pacs", "ws", "10.0.0.7"):
        return retry(_LISTENING_PORT)
    return retry(_FORM_OF_ENTRY)


EXERCISES = (
    Exercise(
        id="12.1",
        title="Count the responses of a query",
        name="responses",
        checker=_check_responses,
        form=tuple_of(WHOLE_NUMBER.saying(_FORM_OF_RESPONSES), STATUS.saying(_FORM_OF_RESPONSES)).saying(
            _FORM_OF_RESPONSES
        ),
        minutes=3,
        hints=(
            "In the cells above two studies matched. How many responses came?",
            "How would the other side know that no more will come?",
            "One for each study with FF00H, and the end with 0000H.",
        ),
        solution="responses = (6, 0xFF00)",
        misconceptions=(
            Misconception("(5, 0xFF00)", _NO_END),
            Misconception("(5, 0x0000)", _NO_END),
            Misconception("(6, 0x0000)", _FIFTH_IS_ANSWER),
            Misconception("(6, 0xA700)", _PENDING_IS_ERROR),
            Misconception("(1, 0x0000)", _ONE_FOR_ALL),
            Misconception("(7, 0xFF00)", _OTHER_COUNT),
            Misconception("'six'", _FORM_OF_RESPONSES),
        ),
        learned="Whoever stops at the first status that is not 0000H never sees a study.",
    ),
    KEYS,
    Exercise(
        id="12.3",
        title="Choose the level of three questions",
        name="levels",
        checker=_check_levels,
        form=tuple_of(*[WORD.saying(_FORM_OF_LEVELS)] * 3).saying(_FORM_OF_LEVELS),
        minutes=3,
        hints=(
            "The level is what each answer is about: one answer for each of what?",
            "Series Description is said of a series; ModalitiesInStudy is said of a study.",
            "One answer for each series, one for each study, one for each instance.",
        ),
        solution='levels = ("SERIES", "STUDY", "IMAGE")',
        misconceptions=(
            Misconception('("STUDY", "STUDY", "IMAGE")', _SERIES_IS_ITS_OWN),
            Misconception('("SERIES", "SERIES", "IMAGE")', _STUDIES_WANTED),
            Misconception('("SERIES", "IMAGE", "IMAGE")', _ALL_IMAGES),
            Misconception('("SERIES", "STUDY", "SERIES")', _ONE_SLICE),
            Misconception('("SERIES", "STUDY", "INSTANCE")', _NOT_INSTANCE),
            Misconception('("SERIES", "PATIENT", "IMAGE")', _NOT_PATIENT),
            Misconception('"SERIES"', _FORM_OF_LEVELS),
        ),
        learned="Then it needs the unique key of each level above: the study, and for slices the series as well.",
    ),
    ROLES,
    ALL_THERE,
    Exercise(
        id="12.6",
        title="Find out whose list is to be changed",
        name="entry",
        checker=_check_entry,
        form=tuple_of(
            *[WORD.saying(_FORM_OF_ENTRY)] * 3, WHOLE_NUMBER.saying("the last of the four is a port")
        ).saying(_FORM_OF_ENTRY),
        minutes=4,
        hints=(
            "Who has to know where WS is, and where did it look?",
            "On the list stands the AE title of the destination, with the address at which it listens.",
            "The list of PACS gets: WS, its host, and the port of its storescp.",
        ),
        solution='entry = ("PACS", "WS", "10.0.0.7", 104)',
        misconceptions=(
            Misconception('("WS", "PACS", "10.0.0.1", 11112)', _WHOSE_LIST),
            Misconception('("PACS", "PACS", "10.0.0.1", 11112)', _TITLE_OF_ARCHIVE),
            Misconception('("PACS", "WS", "10.0.0.1", 104)', _ADDRESS_OF_ARCHIVE),
            Misconception('("PACS", "WS", "10.0.0.7", 11112)', _LISTENING_PORT),
            Misconception('"PACS"', _FORM_OF_ENTRY),
        ),
        learned="It is the first thing to ask of whoever runs an archive: AE title, host and port, in writing.",
    ),
)

SPEAKER_NOTES: dict[str, str] = {
    "predict": "Ask who has ever typed a name into a PACS. What they typed was a C-FIND.",
    "find-by-hand": "Let them bet on FF00H before you run it. Most take it for an error, and so do programs.",
    "exercise-2-text": "The check asks an archive. Two keys to match, two to return: draw these two columns.",
    "time-out": "The most expensive mistake of this notebook: a silent archive is reported as 'no such patient'.",
    "move-unknown": "Three people play it: one asks, one has the pictures and a list of addresses, one waits for pictures.",
    "move-diagram": "Leave it on the screen. Point at the left ladder while the right one is at work.",
    "exercise-5-text": "Seven minutes. Whoever is done early asks what a study is whose count grows meanwhile.",
}
