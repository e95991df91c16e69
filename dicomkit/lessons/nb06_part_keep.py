"""Exercise 06.2: a handler that stores what arrives."""

from __future__ import annotations

import shutil
import tempfile
from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING, Any

from dicomkit.errors import DicomKitError, NotDicomError, TruncatedFileError
from dicomkit.lessons.answers import FUNCTION, WrongForm
from dicomkit.lessons.exercise import PASS, Outcome, Verdict, retry
from dicomkit.lessons.learners_code import call
from dicomkit.lessons.lesson_texts import LessonTexts
from dicomkit.lessons.pynetdicom_peer import sending_to

if TYPE_CHECKING:  # the lessons are light to import
    from pydicom.dataset import FileDataset

__all__ = ["KEEP"]

_TEXTS = LessonTexts(__name__)

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
    """Return one image in three encodings: two native ones, and an encapsulated one."""
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
    return WrongForm(
        "; ".join(
            ["for Implicit VR it works", f"for an instance in {how}, {error.reason}", _TEXTS.agreed_how]
        )
    )


def _judge_status(status: int | None, returned: object) -> Verdict:
    if status == 0:
        return PASS
    if returned is None:
        return retry(_TEXTS.no_status)
    known = {_TRUE_AS_STATUS: _TEXTS.true, _INVALID_STATUS: _TEXTS.no_number}
    told = "nothing" if status is None else f"{status:04X}H"
    return retry(known.get(status or 0, f"the sender was told {told}: what keep returns is the status"))


def _judge_file(folder: Path, sent: FileDataset) -> Verdict:
    from dicomkit.files.reading import read_file  # noqa: PLC0415 - the lessons are light to import

    files = [path for path in folder.rglob("*") if path.is_file()]
    path = folder / f"{sent.SOPInstanceUID}.dcm"
    if not files:
        return retry(_TEXTS.nothing_saved)
    try:
        found = read_file(files[0])
    except TruncatedFileError:
        return retry(_TEXTS.cut_off)
    except NotDicomError:
        head = files[0].read_bytes()[:132]
        if head.endswith(b"DICM"):
            return retry(_TEXTS.other_content)
        return retry(_TEXTS.no_preamble if head.startswith(b"\x02\x00") else _TEXTS.data_set_alone)
    except DicomKitError as error:
        return retry(f"the file is there, and cannot be read: {error}")
    if path not in files:
        return retry(_TEXTS.no_suffix if files[0] == path.with_suffix("") else _TEXTS.one_name)
    is_relabelled = found.file_meta.TransferSyntaxUID != sent.file_meta.TransferSyntaxUID
    if found != sent or (is_relabelled and sent.file_meta.TransferSyntaxUID.is_compressed):
        return retry(_TEXTS.other_content)
    return PASS


KEEP = _TEXTS.exercise("06.2", form=FUNCTION.saying(_TEXTS.no_function), checker=_check_keep)
