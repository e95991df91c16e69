"""Exercises of notebook 00: the words for what was just seen."""

from __future__ import annotations

from types import SimpleNamespace

from dicomkit.lessons.exercise import PASS, Exercise, Misconception, Verdict, retry

__all__ = ["EXERCISES", "SPEAKER_NOTES", "checkpoint"]

_ARRIVALS_S = (0, 3, 9, 30, 33)
_QUIET_PERIOD_S = 16

_PROVIDER = "the SCP provides the service: it waits and answers. Who asks to have a study stored is its user"
_PEER = "client and server are words of the web; DICOM says service class user (SCU) and provider (SCP)"
_STUDY = "all instances of the study carry the same Study Instance UID; that is what makes them one study"
_SERIES = "all slices of one series carry the same Series Instance UID"
_SOP_CLASS = (
    "a SOP Class UID says what kind of object it is, for example a CT image; every slice has the same one"
)
_PATIENT = "a Patient ID is not even unique in the world: two hospitals may give the same one to two people"
_FROM_FIRST = "the clock does not run from the first arrival: each new instance starts it again"
_LAST = "that is after the last instance, but nobody tells the receiver which one is the last; it can only wait for quiet"
_PAUSE_END = "there was quiet long before the instance at 30 s came: the pause began at 9 s"
_NO_WAIT = (
    "at 9 s an instance has just arrived; quiet means that nothing arrives for the whole period after it"
)


def checkpoint() -> SimpleNamespace:
    """Make what the later cells of notebook 00 start from.

    Returns
    -------
    SimpleNamespace
        ``arrivals_s``: when instances arrived, in seconds; ``quiet_period_s``: how long it has to be
        quiet before a study counts as complete, in seconds.
    """
    return SimpleNamespace(arrivals_s=_ARRIVALS_S, quiet_period_s=_QUIET_PERIOD_S)


def _check_role(answer: object) -> Verdict:
    word = str(answer).strip().casefold()
    if word in {"scu", "service class user"}:
        return PASS
    if word in {"scp", "service class provider"}:
        return retry(_PROVIDER)
    if word in {"client", "server", "sender", "receiver"}:
        return retry(_PEER)
    return retry('the answer is one of two words, as a text: "SCU" or "SCP"')


def _check_identifier(answer: object) -> Verdict:
    word = str(answer).replace(" ", "").casefold()
    known = {
        "studyinstanceuid": _STUDY,
        "seriesinstanceuid": _SERIES,
        "sopclassuid": _SOP_CLASS,
        "patientid": _PATIENT,
    }
    if word == "sopinstanceuid":
        return PASS
    return retry(
        known.get(word, 'the answer is the keyword of an attribute, as a text: "StudyInstanceUID" or another')
    )


def _check_quiet(answer: object) -> Verdict:
    if isinstance(answer, bool) or not isinstance(answer, int | float):
        return retry("the answer is a number of seconds")
    known = {
        _ARRIVALS_S[0] + _QUIET_PERIOD_S: _FROM_FIRST,
        _ARRIVALS_S[-1] + _QUIET_PERIOD_S: _LAST,
        30: _PAUSE_END,
        9: _NO_WAIT,
    }
    if answer == _ARRIVALS_S[2] + _QUIET_PERIOD_S:
        return PASS
    return retry(
        known.get(int(answer), "find the first gap that is longer than the quiet period, and where it begins")
    )


EXERCISES = (
    Exercise(
        id="00.1",
        title="Say which role asked for the study to be stored",
        name="sender_role",
        checker=_check_role,
        hints=(
            "In DICOM one side uses a service, the other provides it.",
            "The receiver was started first and waited. It provides the service Storage.",
            "User or provider: service class user is SCU, service class provider is SCP.",
        ),
        solution='sender_role = "SCU"',
        misconceptions=(
            Misconception('"SCP"', _PROVIDER),
            Misconception('"client"', _PEER),
        ),
        learned="The SCU asks, the SCP answers. The same machine may be both, for different services.",
    ),
    Exercise(
        id="00.2",
        title="Choose the identifier that is different in every file of a study",
        name="identifier",
        checker=_check_identifier,
        hints=(
            "A study holds series, a series holds instances. A file holds one instance.",
            "Three of the identifiers are called Instance UID: Study, Series and SOP Instance UID.",
            "SOP means service-object pair: the thing that is sent. What names one thing?",
        ),
        solution='identifier = "SOPInstanceUID"',
        misconceptions=(
            Misconception('"StudyInstanceUID"', _STUDY),
            Misconception('"SeriesInstanceUID"', _SERIES),
            Misconception('"SOPClassUID"', _SOP_CLASS),
            Misconception('"PatientID"', _PATIENT),
        ),
        learned="A receiver that sees a SOP Instance UID again has received a duplicate.",
    ),
    Exercise(
        id="00.3",
        title="Say when the study first counts as complete",
        name="complete_at_s",
        checker=_check_quiet,
        hints=(
            "Each instance that arrives starts the clock of the quiet period again.",
            "Write down the gaps: 3, 6, 21 and 3 seconds. Which one is longer than 16?",
            "The long gap begins at 9 s. Add the quiet period.",
        ),
        solution="complete_at_s = 9 + 16",
        misconceptions=(
            Misconception("16", _FROM_FIRST),
            Misconception("33 + 16", _LAST),
            Misconception("30", _PAUSE_END),
            Misconception("9", _NO_WAIT),
        ),
        learned="At 25 s the study counts as complete, and at 30 s it turns out that it was not. Notebook 08 is about that.",
        setup="arrivals_s, quiet_period_s = (0, 3, 9, 30, 33), 16",
    ),
)

SPEAKER_NOTES: dict[str, str] = {
    "predict": "Collect answers on the board: a count, an end message, silence. Cross out the end message: there is none.",
    "send": "Name the roles while it runs. Everybody has their own receiver; no two can get into each other's way.",
    "process": "Say that the head is synthetic. Ask what the ring is; do not answer (a lesion, put there to be seen).",
    "exercise-3-text": "Draw the five arrivals on a line. Most find 49; the gap after 9 is the point of the exercise.",
    "help-text": "Show a hint once, live, so that nobody is shy to ask for one.",
}
