"""Exercises of notebook 00: the words for what was just seen, a window, a count."""

from __future__ import annotations

import re
from collections.abc import Callable
from types import SimpleNamespace
from typing import Any

import numpy as np
from pydicom.dataset import Dataset

from dicomkit.lessons.answer_parts import SECONDS, in_units
from dicomkit.lessons.answers import FUNCTION, KEYWORD, NUMBER, WHOLE_NUMBER, WORD, WrongForm
from dicomkit.lessons.exercise import PASS, Exercise, Misconception, Task, Verdict, retry
from dicomkit.lessons.learners_code import call
from dicomkit.pixels import display_values, modality_values
from dicomkit.samples import ct_series

__all__ = ["EXERCISES", "SPEAKER_NOTES", "checkpoint"]

_ARRIVALS_S = (0, 3, 9, 30, 33)
_QUIET_PERIOD_S = 16

_PROVIDER = "the SCP provides the service: it waits and answers. Who asks to have a study stored is its user"
_RIGHT_SIDE = (
    "that is the right side in everyday words; DICOM calls a side SCU or SCP: which of the two asks?"
)
_WRONG_SIDE = "that side waited and answered; the cell that called send asked for something"
_TWO_WORDS = 'the answer is one of two words, as a text: "SCU" or "SCP"'

_STUDY = "all instances of the study carry the same Study Instance UID; that is what makes them one study"
_SERIES = "all slices of one series carry the same Series Instance UID"
_SOP_CLASS = (
    "a SOP Class UID says what kind of object it is, for example a CT image; every slice has the same one"
)
_PATIENT = "a Patient ID is not even unique in the world: two hospitals may give the same one to two people"
_FOR_PEOPLE = (
    "it is different in each slice here, and identifies none: another series of the study counts from 1 again"
)
_KEYWORD = 'the answer is the keyword of an attribute, as a text: "StudyInstanceUID" or another'

_BONE_CENTER, _BONE_WIDTH = 500, 2000
_SWAPPED = (
    "center and width are exchanged: 500 is the value in the middle, 2000 the extent from black to white"
)
_ONLY_CENTER = "the center is right; the window is still 80 units wide, and bone has room in 2000"
_ONLY_WIDTH = "the width is right; the middle of the window still lies at 40, where the brain is"
_BORDERS = "-500 and 1500 are where this window begins and ends; the two numbers are its center and its width"
_STORED = (
    "the window was applied to the stored values; a center in Hounsfield units needs modality_values first"
)
_PICTURE = "the function returns the grey levels that display_values makes: change its two numbers, and keep the rest"

_SLICES = "that counts slices: all slices that carry the same Study Instance UID are one study"
_SERIES_COUNTED = "that counts series: one study may hold several"
_PATIENTS_COUNTED = "that counts patients: a patient may come again, and then there is a second study"
_NEIGHBOURS = "slices of two studies may arrive in turns: each study counts once, wherever its slices stand"
_STUDY_ID = "two studies may have the same Study ID, and the same date: neither is unique. Count the UIDs"
_OTHER_COUNT = (
    "called for three studies, then for one and then for no slice at all, it has to return 3, 1 and 0"
)
_EMPTY_LIST = "it counts right, except where there is no slice at all, which is 0 studies: {}"
_NO_COUNT = "the function returns a number, with return: how many studies there are"

_FROM_FIRST = "the clock does not run from the first arrival: each new instance starts it again"
_LAST = "that is after the last instance, but nobody tells the receiver which one is the last; it can only wait for quiet"
_PAUSE_END = "there was quiet long before the instance at 30 s came: the pause began at 9 s"
_NO_WAIT = (
    "at 9 s an instance has just arrived; quiet means that nothing arrives for the whole period after it"
)
_TOO_EARLY = "another instance arrives before these 16 seconds are over, and starts the clock again"
_GAP = "find the first gap that is longer than the quiet period, and where it begins"


def checkpoint() -> SimpleNamespace:
    """Make what the later cells of notebook 00 start from.

    Returns
    -------
    SimpleNamespace
        ``arrivals_s``: when instances arrived, in seconds; ``quiet_period_s``: how long it has to be
        quiet before a study counts as complete, in seconds.
    """
    return SimpleNamespace(arrivals_s=_ARRIVALS_S, quiet_period_s=_QUIET_PERIOD_S)


def _check_role(word: str) -> Verdict:
    words = re.sub(r"s\W?c\W?([up])\b", r"sc\1", word)  # S.C.U.
    words = re.sub(r"service\W*class\W*(user|provider)", lambda found: f"sc{found[1][0]}", words)
    roles = set(re.findall(r"\b(?:sc[up]|not|no)\b", words))
    if roles == {"scu"}:
        return PASS
    if roles == {"scp"}:
        return retry(_PROVIDER)
    name = word.removeprefix("the ").removeprefix("a ").removeprefix("an ")
    if name == "provider":
        return retry(_PROVIDER)
    if name in {"server", "receiver", "archive", "storescp", "called"}:
        return retry(_WRONG_SIDE)
    if name in {"client", "sender", "user", "scanner", "storescu", "requestor", "requester", "caller"}:
        return retry(_RIGHT_SIDE)
    return retry(_TWO_WORDS)


def _check_identifier(keyword: str) -> Verdict:
    known = {
        "StudyInstanceUID": _STUDY,
        "SeriesInstanceUID": _SERIES,
        "SOPClassUID": _SOP_CLASS,
        "MediaStorageSOPClassUID": _SOP_CLASS,
        "PatientID": _PATIENT,
        "InstanceNumber": _FOR_PEOPLE,
        "SliceLocation": _FOR_PEOPLE,
        "ImagePositionPatient": _FOR_PEOPLE,
    }
    # Group 0002 repeats the same UID under a name of its own.
    if keyword in {"SOPInstanceUID", "MediaStorageSOPInstanceUID"}:
        return PASS
    return retry(known.get(keyword, f"{keyword} is not the name of one slice; which of the UIDs is?"))


def _check_window(function: Callable[..., Any]) -> Verdict:
    one = ct_series(1)[0]
    units = modality_values(one)
    stored = (units - float(one.RescaleIntercept)) / float(one.RescaleSlope)
    found = call(function, one)
    known = (
        (units, 2000, 500, _SWAPPED),
        (units, _BONE_CENTER, 80, _ONLY_CENTER),
        (units, 40, _BONE_WIDTH, _ONLY_WIDTH),
        (units, -500, 1500, _BORDERS),
        (stored, _BONE_CENTER, _BONE_WIDTH, _STORED),
    )
    if _alike(found, display_values(units, _BONE_CENTER, _BONE_WIDTH)):
        return PASS
    if isinstance(found, np.ndarray) and 0 < np.max(found) <= 1:  # nearly black, as a wrong window may be too
        return retry(_PICTURE)
    for values, center, width, reason in known:
        if _alike(found, display_values(values, center, width)):
            return retry(reason)
    return retry(_PICTURE)


def _alike(found: object, expected: np.ndarray) -> bool:
    """Return whether two pictures are the same; one level of grey is rounding."""
    if not isinstance(found, np.ndarray) or found.shape != expected.shape or found.dtype.kind not in "uif":
        return False
    return bool(np.max(np.abs(found.astype(float) - expected)) <= 1)


def _check_count(function: Callable[..., Any]) -> Verdict:
    mixed = _mixed_slices()
    form = WHOLE_NUMBER.saying(_NO_COUNT)
    counts = [form.read(call(function, slices)) for slices in (list(mixed), mixed[:1])]
    if counts == [3, 1]:
        try:
            counts.append(form.read(call(function, [])))
        except WrongForm as error:
            return retry(_EMPTY_LIST.format(error.reason))
    if counts == [3, 1, 0]:
        return PASS
    # Each idea of what makes a study counts the seven slices differently.
    known = {7: _SLICES, 4: _SERIES_COUNTED, 2: _PATIENTS_COUNTED, 1: _STUDY_ID}
    known |= dict.fromkeys((5, 6), _NEIGHBOURS)
    return retry(known.get(counts[0], _OTHER_COUNT))


def _mixed_slices() -> list[Dataset]:
    """Return seven slices in the order in which they came: two patients, three studies, four series."""
    came = ("EVA A 1", "EVA B 1", "EVA A 1", "EVA B 1", "EVA A 2", "EVA A 2", "ADA C 1")
    slices: list[Dataset] = []
    for number, (patient, study, series) in enumerate(each.split() for each in came):
        [one] = ct_series(1, size=16)
        one.PatientID, one.StudyID = patient, "1"
        one.StudyInstanceUID = f"2.25.{ord(study)}"
        one.SeriesInstanceUID = f"{one.StudyInstanceUID}.{series}"
        one.SOPInstanceUID = f"{one.SeriesInstanceUID}.{number}"
        slices.append(one)
    return slices


def _check_quiet(seconds: float) -> Verdict:
    known: dict[float, str] = {
        _ARRIVALS_S[0] + _QUIET_PERIOD_S: _FROM_FIRST,
        _ARRIVALS_S[-1] + _QUIET_PERIOD_S: _LAST,
        30: _PAUSE_END,
        9: _NO_WAIT,
        3 + _QUIET_PERIOD_S: _TOO_EARLY,
        30 + _QUIET_PERIOD_S: _TOO_EARLY,
    }
    return PASS if seconds == _ARRIVALS_S[2] + _QUIET_PERIOD_S else retry(known.get(seconds, _GAP))


EXERCISES = (
    Exercise(
        id="00.1",
        title="Say which role asked for the study to be stored",
        name="sender_role",
        form=WORD.saying(_TWO_WORDS),
        minutes=2,
        checker=_check_role,
        hints=(
            "In DICOM one side uses a service, the other provides it.",
            "The receiver was started first and waited. It provides the service Storage.",
            "User or provider: service class user is SCU, service class provider is SCP.",
        ),
        solution='sender_role = "SCU"',
        misconceptions=(
            Misconception('"SCP"', _PROVIDER),
            Misconception('"receiver"', _WRONG_SIDE),
            Misconception('"sender"', _RIGHT_SIDE),
            Misconception('"store"', _TWO_WORDS),
        ),
        learned="The SCU asks, the SCP answers. The same machine may be both, for different services.",
    ),
    Exercise(
        id="00.2",
        title="Choose the identifier that is different in every file of a study",
        name="identifier",
        form=KEYWORD.saying(_KEYWORD),
        minutes=2,
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
            Misconception('"InstanceNumber"', _FOR_PEOPLE),
        ),
        learned="A receiver that sees a SOP Instance UID again has received a duplicate.",
    ),
    Exercise(
        id="00.3",
        title="Change a window, so that it shows bone",
        name="bone_picture",
        form=FUNCTION.saying("bone_picture is a function: keep the line with def, change the numbers"),
        minutes=4,
        task=Task.CHANGE,
        given=(
            "def bone_picture(slice_):\n"
            "    units = modality_values(slice_)\n"
            "    return display_values(units, window_center=40, window_width=80)"
        ),
        checker=_check_window,
        hints=(
            "Two numbers of the last line make the window: its center and its width.",
            "The middle of the bone window lies at 500 Hounsfield units, and it is 2000 wide.",
            "window_center=500, window_width=2000; everything else stays.",
        ),
        solution=(
            "def bone_picture(slice_):\n"
            "    units = modality_values(slice_)\n"
            "    return display_values(units, window_center=500, window_width=2000)"
        ),
        misconceptions=(
            Misconception("lambda one: display_values(modality_values(one), 2000, 500)", _SWAPPED),
            Misconception("lambda one: display_values(modality_values(one), 500, 80)", _ONLY_CENTER),
            Misconception("lambda one: display_values(modality_values(one), 40, 2000)", _ONLY_WIDTH),
            Misconception("lambda one: display_values(modality_values(one), -500, 1500)", _BORDERS),
            Misconception("lambda one: display_values(one.pixel_array, 500, 2000)", _STORED),
            Misconception("lambda one: one.pixel_array", _PICTURE),
        ),
        learned="The file stays as it is: a window only chooses which of its values become grey. Notebook 05 shows how.",
        setup="from dicomkit.pixels import display_values, modality_values",
    ),
    Exercise(
        id="00.4",
        title="Write a function that counts studies",
        name="count_studies",
        form=FUNCTION.saying("count_studies is a function: def count_studies(slices): ..."),
        minutes=5,
        task=Task.WRITE,
        checker=_check_count,
        hints=(
            "Two slices belong to the same study if their StudyInstanceUID is the same.",
            "A set keeps each value once: {each.StudyInstanceUID for each in slices}.",
            "len(...) of that set is the number of studies; give it back with return.",
        ),
        solution=("def count_studies(slices):\n    return len({each.StudyInstanceUID for each in slices})"),
        misconceptions=(
            Misconception("lambda slices: len(slices)", _SLICES),
            Misconception("lambda slices: len({each.SeriesInstanceUID for each in slices})", _SERIES_COUNTED),
            Misconception("lambda slices: len({each.PatientID for each in slices})", _PATIENTS_COUNTED),
            Misconception("lambda slices: len({each.StudyID for each in slices})", _STUDY_ID),
            Misconception(
                "lambda s: sum(a.StudyInstanceUID != b.StudyInstanceUID for a, b in zip(s, s[1:])) + bool(s)",
                _NEIGHBOURS,
            ),
            Misconception("lambda slices: {each.StudyInstanceUID for each in slices}", _NO_COUNT),
        ),
        learned="Every program that sorts images begins like this: by their UIDs, never by names or by folders.",
    ),
    Exercise(
        id="00.5",
        title="Say when the study first counts as complete",
        name="complete_at_s",
        form=in_units(NUMBER, SECONDS).saying("the answer is a number of seconds"),
        minutes=4,
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
            Misconception("30 + 16", _TOO_EARLY),
        ),
        learned="At 25 s the study counts as complete, and at 30 s it turns out that it was not. Notebook 08 is about that.",
        setup="arrivals_s, quiet_period_s = (0, 3, 9, 30, 33), 16",
    ),
)

SPEAKER_NOTES: dict[str, str] = {
    "dicom-text": "Ask who has met DICOM as a file, who as a network, who as a list of tags. Leave the table to be looked up.",
    "predict": "Collect answers on the board: a count, an end message, silence. Cross out the end message: there is none.",
    "send": "Name the roles while it runs. Everybody has their own receiver; no two can get into each other's way.",
    "process": "Say that the head is synthetic. Ask what the ring is; do not answer (a lesion, put there to be seen).",
    "exercise-1-text": "Leave the quotes out once, on purpose, so that everybody has seen the NameError before it is theirs.",
    "exercise-3-text": "The first task that changes code. After it, let them call the function and show the picture.",
    "exercise-5-text": "Draw the five arrivals on a line. Most find 49; the gap after 9 is the point of the exercise.",
    "help-text": "Show a hint once, live, so that nobody is shy to ask for one.",
}
