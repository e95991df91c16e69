"""Exercises of notebook 06: who calls whom, a handler that keeps, counting, a ladder, a wrong word, one call."""

from __future__ import annotations

from types import SimpleNamespace

from dicomkit.lessons.answer_parts import in_units, tuple_of
from dicomkit.lessons.answers import WHOLE_NUMBER, WORD
from dicomkit.lessons.exercise import PASS, Exercise, Misconception, Verdict, retry
from dicomkit.lessons.nb06_part_keep import KEEP
from dicomkit.lessons.nb06_part_send import SEND_ALL

__all__ = ["EXERCISES", "SPEAKER_NOTES", "checkpoint"]

_WHO_IS_WHO = ("CT1", "PACS", "archive.hospital", 104)
_COUNTS = (50, 50, 1)
_SAFELY_STORED = 2

_FORM_OF_WHO = "who_is_who is a tuple of four: two AE titles, a host, and a port as a number"
_PORT_LAST = "the last of the four is the port: the number that stands behind the host"
_TITLES_SWAPPED = "the one who types the line calls: -aet is the caller's own title, so that is the SCU"
_PROGRAMS = "those are names of programs: an AE title is what a program calls itself, and it can be anything"
_ROLES = "SCU and SCP are the roles: answer with the AE titles of those who play them"
_OPTIONS = "leave out the options: -aet and -aec only say which title follows"
_HOST_AS_TITLE = (
    "archive.hospital is where the network finds the program; how the program is called is another thing"
)
_FOLDER = "study is what is sent: it is neither a title nor an address"
_CELLS_ABOVE = "those are the names from the cells above: take all four from the line"

_THREE_NUMBERS = "counts is a tuple of three numbers: requests, statuses, associations"
_ORDER_OF_COUNTS = (
    "the right numbers in another order: first requests, then statuses, then A-ASSOCIATE requests"
)
_ONE_STATUS_A_STUDY = "there is no status for a study: each C-STORE request gets one of its own"
_ONE_REQUEST_A_STUDY = "C-STORE moves one instance: a study of 40 slices takes 40 requests"
_OTHER_STUDY_TOO = "both studies are sent: 40 slices and then 10"
_ALL_REQUESTS = "count the C-STORE requests alone: A-ASSOCIATE has the third number, and A-RELEASE none"
_ONE_ASSOCIATION_A_STUDY = "an association knows no studies: it carries whatever instances were agreed on"
_ONE_ASSOCIATION_A_SLICE = (
    "an association for each slice is possible, and slow; here it says that there was one"
)
_NO_ASSOCIATION = "without an association nothing can be sent: it says that there was one"

_HOW_MANY = "safely_stored is how many instances, as a whole number"
_REQUESTS = "those are the requests: asking for something does not mean that it was done"
_ANSWERS = "those are the answers, but one of them is A700H: refused, out of resources"
_ABORT_TAKES_BACK = "an abort ends the conversation; what had been answered with success stays stored"
_FAILURE_STOPS = "a failed instance says nothing about the next one: message 3 got its 0000H"
_LINES = "count the instances, not the lines: there are four requests, and one answer at most for each"

_ONE_WORD = "wrong_word is one word of the second command, as a text"
_TITLE_IS_FINE = "the call never got as far as AE titles: refused means that nobody listens at that address"
_PORT_IS_FINE = "11112 is the port on which the laptop listens"
_OPTION = "the option is right: look at what it is followed by, and at the words after it"
_PROGRAM = "storescu is the right program: it calls. storescp waits, on the laptop"
_NOT_YET = "study is what would be sent, and the call never got that far"
_TWO_WORDS = "one of these two is wrong, and the other is right: name the wrong one alone"
_BEHIND_THE_WORD = "that is what the word stands for: answer with the word, as it is in the command"


def checkpoint() -> SimpleNamespace:
    """Make what notebook 06 sends and answers.

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
        return retry(_PROGRAMS)
    if {"scu", "scp"} & set(titles):
        return retry(_ROLES)
    if any(each.startswith("-ae") for each in titles):
        return retry(_OPTIONS)
    if titles == ("pacs", "ct1"):
        return retry(_TITLES_SWAPPED)
    if "archive.hospital" in titles:
        return retry(_HOST_AS_TITLE)
    if {"scanner", "archive"} & set(titles) or host in {"127.0.0.1", "localhost"}:
        return retry(_CELLS_ABOVE)
    if "study" in answer:
        return retry(_FOLDER)
    if titles == ("ct1", "pacs"):
        return retry(_PORT_LAST if host == "archive.hospital" else "the host is the word before the port")
    return retry(_FORM_OF_WHO)


def _check_counts(answer: tuple[int, int, int]) -> Verdict:
    requests, statuses, associations = answer
    if answer == _COUNTS:
        return PASS
    if sorted(answer) == sorted(_COUNTS):
        return retry(_ORDER_OF_COUNTS)
    if requests in {10, 40}:
        return retry(_OTHER_STUDY_TOO)
    if requests != _COUNTS[0]:
        return retry(_ONE_REQUEST_A_STUDY if requests < _COUNTS[0] else _ALL_REQUESTS)
    if statuses != _COUNTS[1]:
        return retry(_ONE_STATUS_A_STUDY if statuses < _COUNTS[1] else _ALL_REQUESTS)
    known = {requests: _ONE_ASSOCIATION_A_SLICE, 0: _NO_ASSOCIATION}
    return retry(known.get(associations, _ONE_ASSOCIATION_A_STUDY))


def _check_safely_stored(answer: int) -> Verdict:
    known = {4: _REQUESTS, 3: _ANSWERS, 1: _FAILURE_STOPS, 0: _ABORT_TAKES_BACK}
    return PASS if answer == _SAFELY_STORED else retry(known.get(answer, _LINES))


def _check_wrong_word(answer: str) -> Verdict:
    answer = answer.removeprefix("the word ")
    if answer in {"localhost 11112", "localhost:11112"}:
        return retry(_TWO_WORDS)
    known = {
        "laptop": _TITLE_IS_FINE,
        "server": _TITLE_IS_FINE,
        "11112": _PORT_IS_FINE,
        **dict.fromkeys(("-aet", "-aec", "aet", "aec", "+sd"), _OPTION),
        **dict.fromkeys(("storescu", "storescp"), _PROGRAM),
        "study": _NOT_YET,
        **dict.fromkeys(("127.0.0.1", "host", "the host"), _BEHIND_THE_WORD),
    }
    return PASS if answer == "localhost" else retry(known.get(answer, _ONE_WORD))


EXERCISES = (
    Exercise(
        id="06.1",
        title="Tell SCU from SCP, and AE title from host and port",
        name="who_is_who",
        checker=_check_who_is_who,
        form=tuple_of(*[WORD.saying(_FORM_OF_WHO)] * 3, WHOLE_NUMBER.saying(_PORT_LAST)).saying(_FORM_OF_WHO),
        minutes=3,
        hints=(
            "The one who types the command calls, and whoever calls is the SCU.",
            "-aet is followed by the caller's own title, -aec by the title that is called.",
            "Behind the options stand the host, then the port, then what to send.",
        ),
        solution='who_is_who = ("CT1", "PACS", "archive.hospital", 104)',
        misconceptions=(
            Misconception('("PACS", "CT1", "archive.hospital", 104)', _TITLES_SWAPPED),
            Misconception('("storescu", "storescp", "archive.hospital", 104)', _PROGRAMS),
            Misconception('("SCU", "SCP", "archive.hospital", 104)', _ROLES),
            Misconception('("-aet CT1", "-aec PACS", "archive.hospital", 104)', _OPTIONS),
            Misconception('("CT1", "archive.hospital", "PACS", 104)', _HOST_AS_TITLE),
            Misconception('("SCANNER", "ARCHIVE", "127.0.0.1", 11112)', _CELLS_ABOVE),
            Misconception('("CT1", "PACS", "study", 104)', _FOLDER),
            Misconception('("CT1", "PACS", 104, "archive.hospital")', _PORT_LAST),
            Misconception('("CT1", "PACS", "archive.hospital", 11112)', _PORT_LAST),
            Misconception('"CT1 calls PACS"', _FORM_OF_WHO),
        ),
        learned="Host and port find the program; the titles are what the two then call each other.",
    ),
    KEEP,
    Exercise(
        id="06.3",
        title="Count requests, statuses and associations",
        name="counts",
        checker=_check_counts,
        form=tuple_of(*[WHOLE_NUMBER.saying(_THREE_NUMBERS)] * len(_COUNTS)).saying(_THREE_NUMBERS),
        minutes=2,
        hints=(
            "How many instances does one C-STORE request move?",
            "Each request has exactly one answer, and the answer holds the status.",
            "The third number stands in the question.",
        ),
        solution="counts = (50, 50, 1)",
        misconceptions=(
            Misconception("(2, 2, 1)", _ONE_REQUEST_A_STUDY),
            Misconception("(40, 40, 1)", _OTHER_STUDY_TOO),
            Misconception("(51, 51, 1)", _ALL_REQUESTS),
            Misconception("(50, 2, 1)", _ONE_STATUS_A_STUDY),
            Misconception("(50, 1, 1)", _ONE_STATUS_A_STUDY),
            Misconception("(50, 50, 2)", _ONE_ASSOCIATION_A_STUDY),
            Misconception("(50, 50, 50)", _ONE_ASSOCIATION_A_SLICE),
            Misconception("(50, 50, 0)", _NO_ASSOCIATION),
            Misconception("(1, 50, 50)", _ORDER_OF_COUNTS),
        ),
        learned="So the end of an association is not the end of a study: notebook 08 builds on that.",
    ),
    Exercise(
        id="06.4",
        title="Read a ladder",
        name="safely_stored",
        checker=_check_safely_stored,
        form=in_units(WHOLE_NUMBER, {"instances": 1}).saying(_HOW_MANY),
        minutes=3,
        hints=(
            "An instance is safe when its own answer says so. Find the answer of each message.",
            "0000H is success. What does a status that begins with A mean?",
            "Messages 1 and 3 have 0000H, message 2 has A700H, message 4 has no answer.",
        ),
        solution="safely_stored = 2",
        misconceptions=(
            Misconception("4", _REQUESTS),
            Misconception("3", _ANSWERS),
            Misconception("1", _FAILURE_STOPS),
            Misconception("0", _ABORT_TAKES_BACK),
            Misconception("9", _LINES),
            Misconception("[1, 3]", _HOW_MANY),
        ),
        learned="Message 2 failed, message 4 is unknown: both are sent again, for different reasons.",
    ),
    Exercise(
        id="06.5",
        title="Find the word that leads to the wrong computer",
        name="wrong_word",
        checker=_check_wrong_word,
        form=WORD.saying(_ONE_WORD),
        minutes=3,
        hints=(
            "Refused: was any AE title said at that point?",
            "The command is typed on the server. Which computer does it call?",
            "Every computer calls itself localhost.",
        ),
        solution='wrong_word = "localhost"',
        misconceptions=(
            Misconception('"LAPTOP"', _TITLE_IS_FINE),
            Misconception('"SERVER"', _TITLE_IS_FINE),
            Misconception('"11112"', _PORT_IS_FINE),
            Misconception('"-aec"', _OPTION),
            Misconception('"storescu"', _PROGRAM),
            Misconception('"study"', _NOT_YET),
            Misconception('"127.0.0.1"', _BEHIND_THE_WORD),
            Misconception('"the port"', _ONE_WORD),
        ),
        learned="Once the host is right, a firewall is the next to say no; the AE titles come last.",
    ),
    SEND_ALL,
)

SPEAKER_NOTES: dict[str, str] = {
    "predict": "Have two people play it: one has a telephone number, the other asks for a name. Who knows which?",
    "address": "Most people bet on the name. Stress that pynetdicom's default and DCMTK's storescp never look at it.",
    "wire": "Let them guess 44 49 43 4d. Then point at 08 00 05 00: notebook 01 had these four bytes.",
    "syntax-look": "Leave the question open on purpose. Whoever asks now is ready for notebook 07.",
    "exercise-2-text": (
        "The check calls their handler from a real pynetdicom, in three transfer syntaxes. "
        "Eight minutes; pair those who do not write Python every day."
    ),
    "kit-send-look": "Ask what their own scanner does when slice 7 of 12 is refused. Few know.",
    "ladder": "Keep it on the screen and let two volunteers read it aloud, one for each side.",
    "exercise-6-text": "The cell works, and that is the trap: run it before you change it, and ask what nobody noticed.",
}
