"""Exercise 07.5: a handler that returns a failure on a full disk, and leaves no partial file."""

from __future__ import annotations

import tempfile
from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING, Any

from dicomkit.errors import DicomKitError
from dicomkit.lessons.answers import FUNCTION, WrongForm
from dicomkit.lessons.exercise import PASS, Misconception, Verdict, retry
from dicomkit.lessons.full_disk import full_disk
from dicomkit.lessons.learners_code import call
from dicomkit.lessons.lesson_texts import LessonTexts
from dicomkit.lessons.pynetdicom_peer import sending_to

if TYPE_CHECKING:  # the lessons are light to import
    from pydicom.dataset import FileDataset

__all__ = ["KEEP_WHOLE"]

_TEXTS = LessonTexts(__name__)

_FREE_BYTES = 4_000  # the image that is sent has twice as many
_OUT_OF_RESOURCES = range(0xA700, 0xA800)  # PS3.4 Table B.2-1
_INVALID_STATUS = 0xC002


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
                raise WrongForm(
                    "; ".join([error.reason, _TEXTS.catch_it] if is_full else [error.reason])
                ) from error
            verdict = _judge_full(told, folder)
            if verdict is not PASS:
                return verdict
            return _judge_roomy(send_one(image), folder, image)


def _judge_full(told: int | None, folder: Path) -> Verdict:
    if told == 0:
        return retry(_TEXTS.silent)
    if told == _INVALID_STATUS:
        return retry(_TEXTS.a_number)
    if told not in _OUT_OF_RESOURCES:
        status = "nothing" if told is None else f"{told:04X}H"
        return retry(_TEXTS.was_told.format(status))
    left = [path.name for path in folder.rglob("*") if path.is_file()]
    if left:
        return retry(_TEXTS.half_left if "kept.dcm" in left else _TEXTS.part_left)
    return PASS


def _judge_roomy(told: int | None, folder: Path, image: FileDataset) -> Verdict:
    from dicomkit.files.reading import read_file  # noqa: PLC0415 - the lessons are light to import

    if told != 0:
        return retry(_TEXTS.always)
    try:
        found = read_file(folder / "kept.dcm")
    except DicomKitError:
        return retry(_TEXTS.not_kept)
    if found != image:
        return retry(_TEXTS.not_kept)
    return PASS if [path.name for path in folder.iterdir()] == ["kept.dcm"] else retry(_TEXTS.part_left)


KEEP_WHOLE = _TEXTS.exercise(
    "07.5",
    form=FUNCTION.saying(_TEXTS.no_keep_whole),
    checker=_check_keep_whole,
    also=(
        Misconception(
            "lambda event, folder: kept(event, folder, 0xC000, removed=True)", _TEXTS.was_told.format("C000H")
        ),
    ),
)
