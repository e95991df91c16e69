"""Exercises of notebook 08: one condition, a list of announcements, a period, a command, one wrong UID."""

from __future__ import annotations

from collections.abc import Callable
from types import SimpleNamespace

from dicomkit.lessons.exercise import PASS, Exercise, Misconception, Verdict, retry

__all__ = ["EXERCISES", "SPEAKER_NOTES", "checkpoint"]

_QUIET_PERIOD_S = 16
_ANNOUNCEMENTS = ((26, "A", 1), (36, "B", 1), (66, "A", 2))
_LONGEST_PAUSE_S = 40
_LONGEST_WAIT_S = 60  # 90 seconds are promised, and processing takes 30 of them
_ARGV = ("process.sh", "#p", "#s")

_NO_FUNCTION = "is_quiet is a function: write lambda last_s, now_s: and behind the colon the condition"
_SINCE_THE_BEGINNING = (
    "that looks at the clock alone: what counts is how long ago the last slice arrived, now_s - last_s"
)
_TURNED_ROUND = "last_s - now_s is negative as soon as time has passed: subtract the earlier from the later"
_STILL_ARRIVING = "that is the opposite: it is true while slices are still coming"
_EXACTLY = (
    "somebody who looks every 2 seconds misses the one moment when it is exactly 16: at 17 it is quiet too"
)
_MORE_THAN = "after exactly 16 seconds it counts as quiet: 16 or more"

_ANY_ARRIVAL = (
    "a slice of B does not keep A awake: each study has a quiet period of its own. "
    "That mistake is DCMTK's --eostudy-timeout"
)
_NO_REVISION = "(66, 'A', 1) would be the same announcement twice: a late slice makes revision 2"
_LATE_LOST = "the slice of A at 50 seconds is lost in your list: that is what the touch file with its set did"
_ONLY_AT_THE_END = (
    "at 26 seconds nobody can know that a slice will come at 50: A has been quiet for 16 seconds"
)
_FROM_THE_FIRST = "the quiet period begins anew with each slice of the study, not with its first one only"
_WITHOUT_PERIOD = "those are the moments of the last slices: 16 quiet seconds have to pass after each"
_ORDER = "the right announcements, but not in order of time"

_HANDOUT = "16 seconds is the handout's number: a pause of 40 seconds would split the study in two"
_SAME_AS_PAUSE = "with exactly 40 the last slice before the pause is due at the very moment when the next one comes: take more"
_SURGEON = (
    "the surgeon waits for the quiet period and then for the 30 seconds of processing: together more than 90"
)
_BOTH_BROKEN = "a period is a number of seconds above 40, the longest pause"

_ONE_TEXT = (
    "that is a text: somebody would have to cut it into arguments, and the one who does that is a shell"
)
_ONE_WORD = "a list with one text in it is a program whose name contains blanks: one entry for each argument"
_SHELL = "sh -c is a shell again: whatever stands in the folder's name becomes part of its text"
_QUOTES = "quotes are for a shell; in a list they would become a part of the argument"
_NO_PROGRAM = "the first entry is the program itself: process.sh"
_SWAPPED = "first the folder (#p), then the Study Instance UID (#s)"

_STUDY_IS_SHARED = (
    "it has to be the same: otherwise the result would lie in a study of its own, away from the images"
)
_SERIES_IS_NEW = "a new series is right: it was made by another device, and a series has one Modality"
_OTHER_IS_RIGHT = (
    "OT, other, is what a Secondary Capture of a page says: it was not made by the CT scanner. "
    "It could not hide the picture"
)
_NUMBER = "a Series Number only sorts for people: nothing is found or lost by it"
_TAG = "the right element: give its keyword, as pydicom spells it"
_VALUE = "that is the value: name the attribute"


def checkpoint() -> SimpleNamespace:
    """Make what the later cells of notebook 08 start from.

    Returns
    -------
    SimpleNamespace
        ``study``: the twelve CT slices of notebook 00; ``is_quiet``: the condition of 08.1;
        ``announcements``: second, study and revision of 08.2; ``argv``: the command of 08.4.
    """
    from dicomkit.samples import ct_series  # noqa: PLC0415 - numpy and pydicom are not light

    return SimpleNamespace(
        study=ct_series(),
        is_quiet=lambda last_s, now_s: now_s - last_s >= _QUIET_PERIOD_S,
        announcements=_ANNOUNCEMENTS,
        argv=_ARGV,
    )


def _check_condition(answer: object) -> Verdict:
    if not callable(answer):
        return retry(_NO_FUNCTION)
    condition: Callable[[float, float], object] = answer
    try:
        # A slice at 100 s: the clock shows 2 s, 15.5 s, 16 s, 17 s and an hour more.
        found = tuple(bool(condition(100, 100 + passed_s)) for passed_s in (2, 15.5, 16, 17, 3600))
    except TypeError:
        return retry("is_quiet takes two numbers, the time of the last slice and the time now")
    known: dict[tuple[bool, ...], str] = {
        (True, True, True, True, True): _SINCE_THE_BEGINNING,
        (False, False, False, False, False): _TURNED_ROUND,
        (True, True, False, False, False): _STILL_ARRIVING,
        (True, True, True, False, False): _STILL_ARRIVING,
        (False, False, True, False, False): _EXACTLY,
        (False, False, False, True, True): _MORE_THAN,
    }
    if found == (False, False, True, True, True):
        return PASS
    return retry(known.get(found, "true when now_s lies 16 seconds or more after last_s, otherwise false"))


def _check_announcements(answer: object) -> Verdict:
    if not isinstance(answer, list | tuple) or not all(
        isinstance(row, list | tuple) and len(row) == len(_ANNOUNCEMENTS[0]) for row in answer
    ):
        return retry('announcements is a list of tuples of three: a second, "A" or "B", and a revision')
    found = [(row[0], str(row[1]).strip().upper(), row[2]) for row in answer]
    if found == list(_ANNOUNCEMENTS):
        return PASS
    if set(found) == set(_ANNOUNCEMENTS):
        return retry(_ORDER)
    if (66, "A", 1) in found and (26, "A", 1) in found:
        return retry(_NO_REVISION)
    known = {
        ((26, "A", 1), (36, "B", 1)): _LATE_LOST,
        ((36, "B", 1), (66, "A", 1)): _ONLY_AT_THE_END,
        ((10, "A", 1), (20, "B", 1), (50, "A", 2)): _WITHOUT_PERIOD,
        ((16, "A", 1), (21, "B", 1), (66, "A", 2)): _FROM_THE_FIRST,
    }
    seconds = [row[0] for row in found if row[1] == "A"]
    if tuple(found) not in known and 36 in seconds:  # noqa: PLR2004 - 16 s after the last slice of B
        return retry(_ANY_ARRIVAL)
    return retry(
        known.get(
            tuple(found),
            "go through the slices of one study at a time: where do 16 quiet seconds follow? Then do the other",
        )
    )


def _check_period(answer: object) -> Verdict:
    if isinstance(answer, bool) or not isinstance(answer, int | float):
        return retry("the answer is a number of seconds")
    if _LONGEST_PAUSE_S < answer <= _LONGEST_WAIT_S:
        return PASS
    if answer > _LONGEST_WAIT_S:
        return retry(_SURGEON)
    known: dict[float, str] = {_QUIET_PERIOD_S: _HANDOUT, _LONGEST_PAUSE_S: _SAME_AS_PAUSE}
    return retry(known.get(answer, _BOTH_BROKEN))


def _check_argv(answer: object) -> Verdict:
    if isinstance(answer, str):
        return retry(_ONE_TEXT)
    if not isinstance(answer, list | tuple) or not all(isinstance(word, str) for word in answer):
        return retry("argv is a list of texts: the program, then its arguments")
    words = tuple(answer)
    if words == _ARGV:
        return PASS
    if len(words) == 1 and " " in words[0]:
        return retry(_ONE_WORD)
    if words[:1] and words[0].rpartition("/")[2] in {"sh", "bash"}:
        return retry(_SHELL)
    if any(quote in word for quote in "'\"" for word in words):
        return retry(_QUOTES)
    if words[:1] != _ARGV[:1]:
        return retry(_NO_PROGRAM)
    return retry(_SWAPPED)


def _check_wrong_attribute(answer: object) -> Verdict:
    word = str(answer).replace(" ", "").casefold()
    known = {
        "studyinstanceuid": _STUDY_IS_SHARED,
        "seriesinstanceuid": _SERIES_IS_NEW,
        "modality": _OTHER_IS_RIGHT,
        "seriesnumber": _NUMBER,
        "(0008,0018)": _TAG,
        "2.25.12": _VALUE,
    }
    if word == "sopinstanceuid":
        return PASS
    return retry(known.get(word, "the answer is one of the five attributes of the table, as a text"))


EXERCISES = (
    Exercise(
        id="08.1",
        title="Write the condition of the detector",
        name="is_quiet",
        checker=_check_condition,
        hints=(
            "How long ago was the last slice? Subtract the earlier time from the later one.",
            "The difference is compared with 16; exactly 16 counts as quiet.",
            "is_quiet = lambda last_s, now_s: now_s - last_s >= ...",
        ),
        solution="is_quiet = lambda last_s, now_s: now_s - last_s >= 16",
        misconceptions=(
            Misconception("lambda last_s, now_s: now_s >= 16", _SINCE_THE_BEGINNING),
            Misconception("lambda last_s, now_s: last_s - now_s >= 16", _TURNED_ROUND),
            Misconception("lambda last_s, now_s: now_s - last_s < 16", _STILL_ARRIVING),
            Misconception("lambda last_s, now_s: now_s - last_s == 16", _EXACTLY),
            Misconception("lambda last_s, now_s: now_s - last_s > 16", _MORE_THAN),
            Misconception("100 - 84 >= 16", _NO_FUNCTION),
        ),
        learned="The whole detector is this line; what goes wrong is what it does not know.",
    ),
    Exercise(
        id="08.2",
        title="Foresee the announcements of two interleaved studies",
        name="announcements",
        checker=_check_announcements,
        hints=(
            "Take study A alone: after which of its slices do 16 seconds pass without another slice of A?",
            "A is quiet after 10 and after 50, B after 20. Add 16 to each.",
            "A is announced twice. The second time it is revision 2.",
        ),
        solution='announcements = [(26, "A", 1), (36, "B", 1), (66, "A", 2)]',
        misconceptions=(
            Misconception('[(36, "A", 1), (36, "B", 1), (66, "A", 2)]', _ANY_ARRIVAL),
            Misconception('[(26, "A", 1), (36, "B", 1), (66, "A", 1)]', _NO_REVISION),
            Misconception('[(26, "A", 1), (36, "B", 1)]', _LATE_LOST),
            Misconception('[(36, "B", 1), (66, "A", 1)]', _ONLY_AT_THE_END),
            Misconception('[(16, "A", 1), (21, "B", 1), (66, "A", 2)]', _FROM_THE_FIRST),
            Misconception('[(10, "A", 1), (20, "B", 1), (50, "A", 2)]', _WITHOUT_PERIOD),
            Misconception('[(26, "A", 1), (66, "A", 2), (36, "B", 1)]', _ORDER),
        ),
        learned="Study and revision together name a piece of work; the second says what changed.",
    ),
    Exercise(
        id="08.3",
        title="Choose a quiet period that keeps two promises",
        name="quiet_period_s",
        checker=_check_period,
        hints=(
            "A pause splits a study if it is as long as the quiet period. So the period has a lower border.",
            "After the last slice: quiet period, then 30 seconds of processing, and 90 are promised.",
            "Anything above 40 and up to 60 seconds will do.",
        ),
        solution="quiet_period_s = 50",
        misconceptions=(
            Misconception("16", _HANDOUT),
            Misconception("40", _SAME_AS_PAUSE),
            Misconception("90", _SURGEON),
            Misconception("600", _SURGEON),
            Misconception("0", _BOTH_BROKEN),
        ),
        learned="There is not always such a number. Then a late slice has to be cheap, not impossible.",
    ),
    Exercise(
        id="08.4",
        title="Write a command that needs no shell",
        name="argv",
        checker=_check_argv,
        hints=(
            "One entry for the program, one for each argument.",
            "The placeholders stand alone in their entries, without quotes: '#p' in Python is the text #p.",
            'argv = ["process.sh", ...] with two more entries.',
        ),
        solution='argv = ["process.sh", "#p", "#s"]',
        misconceptions=(
            Misconception("\"process.sh '#p' '#s'\"", _ONE_TEXT),
            Misconception('["process.sh #p #s"]', _ONE_WORD),
            Misconception('["sh", "-c", "process.sh #p #s"]', _SHELL),
            Misconception('["process.sh", "\'#p\'", "\'#s\'"]', _QUOTES),
            Misconception('["#p", "#s"]', _NO_PROGRAM),
            Misconception('["process.sh", "#s", "#p"]', _SWAPPED),
        ),
        learned="A value that stays one argument cannot become a command, whoever chose it.",
    ),
    Exercise(
        id="08.5",
        title="Find out why a result cannot be found",
        name="wrong_attribute",
        checker=_check_wrong_attribute,
        hints=(
            "Which of the three UIDs names one object, and no other in the world?",
            "The archive looks the object up by it, finds that it has it already, and answers with success.",
            "The result was made from a copy of the slice, and one of its UIDs was forgotten.",
        ),
        solution='wrong_attribute = "SOPInstanceUID"',
        misconceptions=(
            Misconception('"SeriesInstanceUID"', _SERIES_IS_NEW),
            Misconception('"StudyInstanceUID"', _STUDY_IS_SHARED),
            Misconception('"Modality"', _OTHER_IS_RIGHT),
            Misconception('"SeriesNumber"', _NUMBER),
            Misconception('"(0008,0018)"', _TAG),
            Misconception('"2.25.12"', _VALUE),
        ),
        learned="Some archives keep the old object and some overwrite it: the slice would be gone.",
    ),
)

SPEAKER_NOTES: dict[str, str] = {
    "predict": "Collect the three ways on a board before anybody scrolls. Tick them off as the cells provoke them.",
    "detector": "Read it aloud as the handout's shell line: touch, find, not newer than 16 seconds. It is the same thing.",
    "twice": "Most people expect an empty list. Wait for somebody to say 'state' or 'event'.",
    "late": "This is the one that hurts patients: nothing failed, nobody was told, two slices were never read.",
    "watcher": "Stress that it guesses too. What differs is what happens after a wrong guess.",
    "shell": "Ask who has such a hook at home. Sixteen characters are enough to fetch a script.",
    "loop": "Nothing here waits for real: the clock is turned by the watch itself. The network is real.",
    "feedback": "Ask how fast the archive fills with a montage of 1 MB every 16 seconds: about 5 GB a day.",
}
