"""Exercise 07.5: a handler that tells the truth on a full disk, and leaves no half file."""

from __future__ import annotations

import tempfile
from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING, Any

from dicomkit.errors import DicomKitError
from dicomkit.lessons.answers import FUNCTION, WrongForm
from dicomkit.lessons.exercise import PASS, Exercise, Misconception, Task, Verdict, retry
from dicomkit.lessons.full_disk import full_disk
from dicomkit.lessons.learners_code import call
from dicomkit.lessons.on_an_association import sending_to

if TYPE_CHECKING:  # the lessons are light to import
    from pydicom.dataset import FileDataset

__all__ = ["KEEP_WHOLE"]

_FREE_BYTES = 4_000  # the image that is sent has twice as many
_OUT_OF_RESOURCES = range(0xA700, 0xA800)  # PS3.4 Table B.2-1
_INVALID_STATUS = 0xC002

_NO_KEEP_WHOLE = "keep_whole is a function: change the one in the cell, and keep its name"
_CATCH_IT = "pynetdicom answers C211H for an exception: catch it with except OSError, and return the status"
_SILENT = "the sender was told 0000H, and may delete the only whole copy"
_A_NUMBER = "the sender was told C002H: a status is a number, 0xA700"
_HALF_LEFT = "the status is right, but half a file is still there as kept.dcm: take it away before you return"
_PART_LEFT = "nothing lies there as kept.dcm, which is right; what was written under another name is still in the folder"
_ALWAYS = "on a disk with room it has to be as before: the file kept.dcm, and 0000H"
_NOT_KEPT = (
    "with room on the disk the sender was told 0000H, but kept.dcm is not there, or is not what was sent"
)


def _check_keep_whole(keep_whole: Callable[..., Any]) -> Verdict:
    from dicomkit.samples import ct_series  # noqa: PLC0415 - the lessons are light to import

    image = ct_series(1, size=64)[0]
    with tempfile.TemporaryDirectory(prefix="dicomkit-") as name:
        folder = Path(name)
        with sending_to(
            lambda event: call(keep_whole, event, folder, name="keep_whole"), [image]
        ) as send_one:
            try:
                with full_disk(folder, _FREE_BYTES):
                    told = send_one(image)
            except WrongForm as error:
                is_full = "No space left" in error.reason
                raise WrongForm(f"{error.reason}; {_CATCH_IT}" if is_full else error.reason) from error
            verdict = _judge_full(told, folder)
            if verdict is not PASS:
                return verdict
            return _judge_roomy(send_one(image), folder, image)


def _judge_full(told: int | None, folder: Path) -> Verdict:
    if told == 0:
        return retry(_SILENT)
    if told == _INVALID_STATUS:
        return retry(_A_NUMBER)
    if told not in _OUT_OF_RESOURCES:
        status = "nothing" if told is None else f"{told:04X}H"
        return retry(f"the sender was told {status}; out of resources is A700H")
    left = [path.name for path in folder.rglob("*") if path.is_file()]
    if left:
        return retry(_HALF_LEFT if "kept.dcm" in left else _PART_LEFT)
    return PASS


def _judge_roomy(told: int | None, folder: Path, image: FileDataset) -> Verdict:
    from dicomkit.files.reading import read_file  # noqa: PLC0415 - the lessons are light to import

    if told != 0:
        return retry(_ALWAYS)
    try:
        found = read_file(folder / "kept.dcm")
    except DicomKitError:
        return retry(_NOT_KEPT)
    if found != image:
        return retry(_NOT_KEPT)
    return PASS if [path.name for path in folder.iterdir()] == ["kept.dcm"] else retry(_PART_LEFT)


_GIVEN = """\
def keep_whole(event, folder):
    with (folder / "kept.dcm").open("wb") as stream:
        stream.write(event.encoded_dataset())
    return 0x0000"""
_KEEP_WHOLE = """\
def keep_whole(event, folder):
    part = folder / "kept.part"
    try:
        part.write_bytes(event.encoded_dataset())
    except OSError:
        part.unlink(missing_ok=True)
        return 0xA700
    part.replace(folder / "kept.dcm")
    return 0x0000"""
_KEEP_SETUP = """\
def kept(event, folder, on_failure, name="kept.dcm", removed=False, status=0x0000):
    try:
        (folder / name).write_bytes(event.encoded_dataset())
    except OSError:
        if removed:
            (folder / name).unlink()
        return on_failure
    return status
"""

KEEP_WHOLE = Exercise(
    id="07.5",
    title="Tell the truth on a full disk, and leave no half file",
    name="keep_whole",
    checker=_check_keep_whole,
    form=FUNCTION.saying(_NO_KEEP_WHOLE),
    minutes=8,
    task=Task.CHANGE,
    given=_GIVEN,
    hints=(
        "A full disk is an OSError: put what writes between try: and except OSError:.",
        "In the except part: take the half file away, (folder / ...).unlink(), and return 0xA700.",
        'Better still: write under another name, and part.replace(folder / "kept.dcm") once it is whole.',
    ),
    solution=_KEEP_WHOLE,
    setup=_KEEP_SETUP,
    misconceptions=(
        Misconception("lambda event, folder: kept(event, folder, 0xA700)", _HALF_LEFT),
        Misconception("lambda event, folder: kept(event, folder, 0x0000, removed=True)", _SILENT),
        Misconception(
            "lambda event, folder: kept(event, folder, 0xC000, removed=True)",
            "the sender was told C000H; out of resources is A700H",
        ),
        Misconception('lambda event, folder: kept(event, folder, "A700H", removed=True)', _A_NUMBER),
        Misconception('lambda event, folder: kept(event, folder, 0xA700, name="kept.part")', _PART_LEFT),
        Misconception(
            'lambda event, folder: kept(event, folder, 0xA700, name="kept.part", removed=True)', _NOT_KEPT
        ),
        Misconception("lambda event, folder: 0xA700", _ALWAYS),
        Misconception("0xA700", _NO_KEEP_WHOLE),
    ),
    learned="The sender knows that it may try again, and no program that looks for new files finds half of one.",
)
