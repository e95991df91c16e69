"""Exercises of notebook 06: who calls whom, a handler that keeps, counting, a ladder, a wrong word."""

from __future__ import annotations

import io
import tempfile
from collections.abc import Callable
from pathlib import Path
from types import SimpleNamespace
from typing import TYPE_CHECKING

from dicomkit.errors import NotDicomError
from dicomkit.lessons.exercise import PASS, Exercise, Misconception, Verdict, retry

if TYPE_CHECKING:  # the lessons are light to import
    from pydicom.dataset import Dataset

__all__ = ["EXERCISES", "SPEAKER_NOTES", "checkpoint"]

_WHO_IS_WHO = ("CT1", "PACS", "archive.hospital", 104)
_COUNTS = (50, 50, 1)
_SAFELY_STORED = 2

_FORM_OF_WHO = "who_is_who is a tuple of four: two AE titles, a host, and a port as a number"
_TITLES_SWAPPED = "the one who types the line calls: -aet is the caller's own title, so that is the SCU"
_PROGRAMS = "those are names of programs: an AE title is what a program calls itself, and it can be anything"
_HOST_AS_TITLE = (
    "archive.hospital is where the network finds the program; how the program is called is another thing"
)
_PORT_AS_TEXT = "the port is a number: 104, without quotes"

_NO_FUNCTION = "keep is a function: def keep(event, folder): and below it what to do with each instance"
_ARGUMENTS = "pynetdicom calls keep with the event; this one gets two arguments, event and folder"
_NOTHING_SAVED = "keep said something, but there is no file in the folder: the sender would believe it"
_NO_STATUS = (
    "the file is there, but keep returns None: pynetdicom answers C002H for that, a failure. "
    "Return the status of success"
)
_TRUE = "True is no status: success is the number 0x0000"
_DATA_SET_ALONE = (
    "that file is a data set alone: give the data set its file_meta before it is written, event.file_meta"
)
_NO_PREAMBLE = "group 0002 is in it, but preamble and DICM are not: save_as needs enforce_file_format=True to insist on them"
_ONE_NAME = (
    "with that name each instance overwrites the one before: the name is the SOP Instance UID and .dcm"
)

_ONE_STATUS_A_STUDY = "there is no status for a study: each C-STORE request gets one of its own"
_ONE_REQUEST_A_STUDY = "C-STORE moves one instance: a study of 40 slices takes 40 requests"
_ONE_ASSOCIATION_A_STUDY = "an association knows no studies: it carries whatever instances were agreed on"
_ONE_ASSOCIATION_A_SLICE = (
    "an association for each slice is possible, and slow; here it says that there was one"
)

_REQUESTS = "those are the requests: asking for something does not mean that it was done"
_ANSWERS = "those are the answers, but one of them is A700H: refused, out of resources"
_ABORT_TAKES_BACK = "an abort ends the conversation; what had been answered with success stays stored"
_FAILURE_STOPS = "a failed instance says nothing about the next one: message 3 got its 0000H"
_UNKNOWN = "message 4 got no answer: it may be stored or not. It has to be sent again, so it is not safe"

_TITLE_IS_FINE = "the call never got as far as AE titles: refused means that nobody listens at that address"
_PORT_IS_FINE = "11112 is the port on which the laptop listens"
_OPTION = "the option is right: look at what it is followed by, and at the words after it"


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


def _check_who_is_who(answer: object) -> Verdict:
    if not isinstance(answer, list | tuple) or len(answer) != len(_WHO_IS_WHO):
        return retry(_FORM_OF_WHO)
    found = tuple(answer)
    if found == _WHO_IS_WHO:
        return PASS
    words = {str(word).casefold() for word in found}
    if words & {"storescu", "storescp"}:
        return retry(_PROGRAMS)
    if found[:2] == _WHO_IS_WHO[1::-1]:
        return retry(_TITLES_SWAPPED)
    if "archive.hospital" in {str(word) for word in found[:2]}:
        return retry(_HOST_AS_TITLE)
    if found[:3] == _WHO_IS_WHO[:3] and str(found[3]).strip() == str(_WHO_IS_WHO[3]):
        return retry(_PORT_AS_TEXT)
    return retry(_FORM_OF_WHO)


def _check_keep(answer: object) -> Verdict:
    if not callable(answer):
        return retry(_NO_FUNCTION)
    handler: Callable[[object, Path], object] = answer
    with tempfile.TemporaryDirectory(prefix="dicomkit-") as name:
        event = SimpleNamespace(dataset=_as_received(), file_meta=_agreed_file_meta())
        try:
            status = handler(event, Path(name))
        except TypeError:
            return retry(_ARGUMENTS)
        except Exception as error:  # noqa: BLE001 - a learner's function may raise anything
            return retry(f"keep raised {type(error).__name__}: pynetdicom would answer C211H, a failure")
        return _judge_files(sorted(Path(name).rglob("*")), status)


def _judge_files(files: list[Path], status: object) -> Verdict:
    from dicomkit.files.reading import read_file  # noqa: PLC0415 - the lessons are light to import

    if not files:
        return retry(_NOTHING_SAVED)
    try:
        found = read_file(files[0])
    except NotDicomError:
        begins_with_meta = files[0].read_bytes()[:2] == b"\x02\x00"
        return retry(_NO_PREAMBLE if begins_with_meta else _DATA_SET_ALONE)
    if files[0].name != f"{found.SOPInstanceUID}.dcm":
        return retry(_ONE_NAME)
    if isinstance(status, bool):
        return retry(_TRUE)
    if status is None:
        return retry(_NO_STATUS)
    return PASS if status == 0 else retry("what keep returns is the status, and success is 0x0000")


def _as_received() -> Dataset:
    """Return a data set as pynetdicom makes it of what was on the wire: it knows its encoding, no more."""
    from pydicom.filebase import DicomBytesIO  # noqa: PLC0415 - the lessons are light to import
    from pydicom.filereader import read_dataset  # noqa: PLC0415
    from pydicom.filewriter import write_dataset  # noqa: PLC0415

    from dicomkit.samples import localiser  # noqa: PLC0415

    wire = DicomBytesIO()
    wire.is_little_endian = wire.is_implicit_VR = True
    write_dataset(wire, localiser(size=16))
    return read_dataset(io.BytesIO(wire.getvalue()), is_implicit_VR=True, is_little_endian=True)


def _agreed_file_meta() -> Dataset:
    from pydicom.dataset import FileMetaDataset  # noqa: PLC0415 - the lessons are light to import
    from pydicom.uid import ImplicitVRLittleEndian  # noqa: PLC0415

    from dicomkit.samples import localiser  # noqa: PLC0415

    meta = FileMetaDataset()
    sent = localiser(size=16)
    meta.MediaStorageSOPClassUID, meta.MediaStorageSOPInstanceUID = sent.SOPClassUID, sent.SOPInstanceUID
    meta.TransferSyntaxUID = ImplicitVRLittleEndian
    return meta


def _check_counts(answer: object) -> Verdict:
    if not isinstance(answer, list | tuple) or len(answer) != len(_COUNTS):
        return retry("counts is a tuple of three numbers: requests, statuses, associations")
    requests, statuses, associations = answer
    if (requests, statuses, associations) == _COUNTS:
        return PASS
    if requests != _COUNTS[0]:
        return retry(_ONE_REQUEST_A_STUDY)
    if statuses != _COUNTS[1]:
        return retry(_ONE_STATUS_A_STUDY)
    return retry(_ONE_ASSOCIATION_A_SLICE if associations == requests else _ONE_ASSOCIATION_A_STUDY)


def _check_safely_stored(answer: object) -> Verdict:
    if isinstance(answer, bool) or not isinstance(answer, int):
        return retry("the answer is a whole number of instances")
    known = {4: _REQUESTS, 3: _ANSWERS, 1: _FAILURE_STOPS, 0: _ABORT_TAKES_BACK}
    return PASS if answer == _SAFELY_STORED else retry(known.get(answer, _UNKNOWN))


def _check_wrong_word(answer: object) -> Verdict:
    word = str(answer).strip().casefold()
    if word == "localhost":
        return PASS
    known = {
        "laptop": _TITLE_IS_FINE,
        "server": _TITLE_IS_FINE,
        "11112": _PORT_IS_FINE,
        "-aet": _OPTION,
        "-aec": _OPTION,
    }
    return retry(known.get(word, "the answer is one word of the second command, as a text"))


_KEEP = """\
def keep(event, folder):
    event.dataset.file_meta = event.file_meta
    path = folder / f"{event.dataset.SOPInstanceUID}.dcm"
    event.dataset.save_as(path, enforce_file_format=True)
    return 0x0000"""
_SETUP = """\
def give(event):
    event.dataset.file_meta = event.file_meta
    return event.dataset
"""
_PATH = 'folder / f"{event.dataset.SOPInstanceUID}.dcm"'

EXERCISES = (
    Exercise(
        id="06.1",
        title="Tell SCU from SCP, and AE title from host and port",
        name="who_is_who",
        checker=_check_who_is_who,
        hints=(
            "The one who types the command calls, and whoever calls is the SCU.",
            "-aet is followed by the caller's own title, -aec by the title that is called.",
            "Behind the options stand the host, then the port, then what to send.",
        ),
        solution='who_is_who = ("CT1", "PACS", "archive.hospital", 104)',
        misconceptions=(
            Misconception('("PACS", "CT1", "archive.hospital", 104)', _TITLES_SWAPPED),
            Misconception('("storescu", "storescp", "archive.hospital", 104)', _PROGRAMS),
            Misconception('("CT1", "archive.hospital", "PACS", 104)', _HOST_AS_TITLE),
            Misconception('("CT1", "PACS", "archive.hospital", "104")', _PORT_AS_TEXT),
            Misconception('"CT1 calls PACS"', _FORM_OF_WHO),
        ),
        learned="Host and port find the program; the titles are what the two then call each other.",
    ),
    Exercise(
        id="06.2",
        title="Write a handler that keeps what arrives",
        name="keep",
        checker=_check_keep,
        hints=(
            "Four steps: give the data set its file meta, make the path, save, return the status.",
            "event.dataset.file_meta = event.file_meta comes first; save_as(path, enforce_file_format=True) later.",
            'The path is folder / f"{event.dataset.SOPInstanceUID}.dcm", and the last line returns 0x0000.',
        ),
        solution=_KEEP,
        setup=_SETUP,
        misconceptions=(
            Misconception(f"lambda event, folder: event.dataset.save_as({_PATH})", _DATA_SET_ALONE),
            Misconception(f"lambda event, folder: give(event).save_as({_PATH})", _NO_PREAMBLE),
            Misconception(
                f"lambda event, folder: give(event).save_as({_PATH}, enforce_file_format=True)", _NO_STATUS
            ),
            Misconception(
                'lambda event, folder: give(event).save_as(folder / "slice.dcm", enforce_file_format=True)',
                _ONE_NAME,
            ),
            Misconception(
                f"lambda event, folder: give(event).save_as({_PATH}, enforce_file_format=True) is None", _TRUE
            ),
            Misconception("lambda event, folder: 0x0000", _NOTHING_SAVED),
            Misconception("lambda event: 0x0000", _ARGUMENTS),
            Misconception("0x0000", _NO_FUNCTION),
        ),
        learned="Success may be said only when the file is there: the sender may delete its own after that.",
    ),
    Exercise(
        id="06.3",
        title="Count requests, statuses and associations",
        name="counts",
        checker=_check_counts,
        hints=(
            "How many instances does one C-STORE request move?",
            "Each request has exactly one answer, and the answer holds the status.",
            "The third number stands in the question.",
        ),
        solution="counts = (50, 50, 1)",
        misconceptions=(
            Misconception("(2, 2, 1)", _ONE_REQUEST_A_STUDY),
            Misconception("(50, 2, 1)", _ONE_STATUS_A_STUDY),
            Misconception("(50, 1, 1)", _ONE_STATUS_A_STUDY),
            Misconception("(50, 50, 2)", _ONE_ASSOCIATION_A_STUDY),
            Misconception("(50, 50, 50)", _ONE_ASSOCIATION_A_SLICE),
        ),
        learned="So the end of an association is not the end of a study: notebook 08 lives on that.",
    ),
    Exercise(
        id="06.4",
        title="Read a ladder",
        name="safely_stored",
        checker=_check_safely_stored,
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
            Misconception("5", _UNKNOWN),
        ),
        learned="Message 2 failed, message 4 is unknown: both are sent again, for different reasons.",
    ),
    Exercise(
        id="06.5",
        title="Find the word that leads to the wrong computer",
        name="wrong_word",
        checker=_check_wrong_word,
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
        ),
        learned="Once the host is right, a firewall is the next to say no; the AE titles come last.",
    ),
)

SPEAKER_NOTES: dict[str, str] = {
    "predict": "Have two people play it: one has a telephone number, the other asks for a name. Who knows which?",
    "address": "Most people bet on the name. Stress that pynetdicom's default and DCMTK's storescp never look at it.",
    "wire": "Let them guess 44 49 43 4d. Then point at 08 00 05 00: notebook 01 had these four bytes.",
    "syntax-look": "Leave the question open on purpose. Whoever asks now is ready for notebook 07.",
    "exercise-2-text": "The one exercise with a def. Five minutes; pair those who do not write Python every day.",
    "kit-send-look": "Ask what their own scanner does when slice 7 of 12 is refused. Few know.",
    "ladder": "Keep it on the screen and let two volunteers read it aloud, one for each side.",
}
