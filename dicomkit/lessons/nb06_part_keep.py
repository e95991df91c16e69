"""Exercise 06.2: a handler that keeps what arrives."""

from __future__ import annotations

import shutil
import tempfile
from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING, Any

from dicomkit.errors import DicomKitError, NotDicomError, TruncatedFileError
from dicomkit.lessons.answers import FUNCTION, WrongForm
from dicomkit.lessons.exercise import PASS, Exercise, Misconception, Outcome, Task, Verdict, retry
from dicomkit.lessons.learners_code import call
from dicomkit.lessons.on_an_association import sending_to

if TYPE_CHECKING:  # the lessons are light to import
    from pydicom.dataset import FileDataset

__all__ = ["KEEP"]

_NO_FUNCTION = "keep is a function: def keep(event, folder): and below it what to do with each instance"
_TWO_ARGUMENTS = "keep is called with 2 arguments, but does not take that many"
_NOTHING_SAVED = (
    "whatever keep returned, there is no file of any name in the folder, and a sender that is told 0000H may "
    "delete its own copy"
)
_DATA_SET_ALONE = (
    "that file is a data set alone: give the data set its file_meta before it is written, event.file_meta"
)
_NO_PREAMBLE = "group 0002 is in it, but preamble and DICM are not: save_as needs enforce_file_format=True to insist on them"
_ONE_NAME = (
    "with that name each instance overwrites the one before: the name is the SOP Instance UID and .dcm"
)
_NO_SUFFIX = "the name is nearly right: the SOP Instance UID, and then .dcm"
_OTHER_CONTENT = (
    "the file says another transfer syntax than its data set is encoded in, or holds something else than what came: "
    "event.file_meta has the transfer syntax that was agreed on"
)
_CUT_OFF = "the file is there, but its end is missing: write all of it before you return the status"
_NO_STATUS = (
    "the file is there, but keep returns None: pynetdicom answers C002H for that, a failure. "
    "Return the status of success"
)
_TRUE = "True is no status: the sender was told 0001H, and success is the number 0x0000"
_NO_NUMBER = "the sender was told C002H, which is a failure: pynetdicom takes only an int for a status, or a data set with one"

_AGREED_HOW = "event.file_meta has the transfer syntax that was agreed on"
_TRUE_AS_STATUS, _INVALID_STATUS = 0x0001, 0xC002


def _check_keep(keep: Callable[..., Any]) -> Verdict:
    instances = _instances()
    returned: list[object] = []
    with tempfile.TemporaryDirectory(prefix="dicomkit-") as name:
        folder = Path(name)

        def handle(event: object) -> object:
            returned.append(call(keep, event, folder, name="keep"))
            return returned[-1]

        with sending_to(handle, instances) as send_one:
            for sent in instances:
                try:
                    status = send_one(sent)
                except WrongForm as error:
                    if sent is instances[0]:
                        raise
                    raise _for_others_only(sent, error) from error
                verdict = _judge_file(folder, sent)
                if verdict.outcome is Outcome.PASS:
                    verdict = _judge_status(status, returned[-1])
                if verdict.outcome is not Outcome.PASS:
                    return verdict
                shutil.rmtree(folder)
                folder.mkdir()
    return PASS


def _instances() -> list[FileDataset]:
    """Return one image in three encodings: two plain ones, and an encapsulated one."""
    from pydicom.uid import (  # noqa: PLC0415 - the lessons are light to import
        ExplicitVRLittleEndian,
        ImplicitVRLittleEndian,
        RLELossless,
    )

    from dicomkit.pixels import compress  # noqa: PLC0415
    from dicomkit.samples import localiser  # noqa: PLC0415

    implicit, explicit = localiser(size=16), localiser(size=16)
    implicit.file_meta.TransferSyntaxUID = ImplicitVRLittleEndian
    explicit.file_meta.TransferSyntaxUID = ExplicitVRLittleEndian
    return [implicit, explicit, compress(explicit, RLELossless)]


def _for_others_only(sent: FileDataset, error: WrongForm) -> WrongForm:
    how = sent.file_meta.TransferSyntaxUID.name
    return WrongForm(f"for Implicit VR it works; for an instance in {how}, {error.reason}; {_AGREED_HOW}")


def _judge_status(status: int | None, returned: object) -> Verdict:
    if status == 0:
        return PASS
    if returned is None:
        return retry(_NO_STATUS)
    known = {_TRUE_AS_STATUS: _TRUE, _INVALID_STATUS: _NO_NUMBER}
    told = "nothing" if status is None else f"{status:04X}H"
    return retry(known.get(status or 0, f"the sender was told {told}: what keep returns is the status"))


def _judge_file(folder: Path, sent: FileDataset) -> Verdict:
    from dicomkit.files.reading import read_file  # noqa: PLC0415 - the lessons are light to import

    files = [path for path in folder.rglob("*") if path.is_file()]
    path = folder / f"{sent.SOPInstanceUID}.dcm"
    if not files:
        return retry(_NOTHING_SAVED)
    try:
        found = read_file(files[0])
    except TruncatedFileError:
        return retry(_CUT_OFF)
    except NotDicomError:
        head = files[0].read_bytes()[:132]
        if head.endswith(b"DICM"):
            return retry(_OTHER_CONTENT)
        return retry(_NO_PREAMBLE if head.startswith(b"\x02\x00") else _DATA_SET_ALONE)
    except DicomKitError as error:
        return retry(f"the file is there, and cannot be read: {error}")
    if path not in files:
        return retry(_NO_SUFFIX if files[0] == path.with_suffix("") else _ONE_NAME)
    is_relabelled = found.file_meta.TransferSyntaxUID != sent.file_meta.TransferSyntaxUID
    if found != sent or (is_relabelled and sent.file_meta.TransferSyntaxUID.is_compressed):
        return retry(_OTHER_CONTENT)
    return PASS


_KEEP = """\
def keep(event, folder):
    event.dataset.file_meta = event.file_meta
    path = folder / f"{event.dataset.SOPInstanceUID}.dcm"
    event.dataset.save_as(path, enforce_file_format=True)
    return 0x0000"""
_KEEP_SETUP = """\
def give(event):
    event.dataset.file_meta = event.file_meta
    return event.dataset

def labelled(event, syntax):
    event.dataset.file_meta = event.file_meta
    event.dataset.file_meta.TransferSyntaxUID = syntax
    return event.dataset
"""
_PATH = 'folder / f"{event.dataset.SOPInstanceUID}.dcm"'

KEEP = Exercise(
    id="06.2",
    title="Write a handler that keeps what arrives",
    name="keep",
    checker=_check_keep,
    form=FUNCTION.saying(_NO_FUNCTION),
    minutes=8,
    task=Task.WRITE,
    hints=(
        "Four steps: give the data set its file meta, make the path, save, return the status.",
        "event.dataset.file_meta = event.file_meta comes first; save_as(path, enforce_file_format=True) later.",
        'The path is folder / f"{event.dataset.SOPInstanceUID}.dcm", and the last line returns 0x0000.',
    ),
    solution=_KEEP,
    setup=_KEEP_SETUP,
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
        Misconception(
            f'lambda event, folder: give(event).save_as({_PATH}, enforce_file_format=True) or "0000H"',
            _NO_NUMBER,
        ),
        Misconception(
            'lambda event, folder: labelled(event, "1.2.840.10008.1.2")'
            f".save_as({_PATH}, enforce_file_format=True) or 0",
            _OTHER_CONTENT,
        ),
        Misconception("lambda event, folder: 0x0000", _NOTHING_SAVED),
        Misconception("lambda event: 0x0000", _TWO_ARGUMENTS),
        Misconception("0x0000", _NO_FUNCTION),
    ),
    learned="Success may be said only when the file is there: the sender may delete its own after that.",
)
