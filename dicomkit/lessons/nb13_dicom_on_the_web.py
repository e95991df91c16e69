"""Exercises of notebook 13: JSON, searches, media types, frames, bodies, and which service to use."""

from __future__ import annotations

from types import SimpleNamespace

from dicomkit.lessons.answer_parts import choice_of, in_units, tuple_of
from dicomkit.lessons.answers import TEXT, WHOLE_NUMBER
from dicomkit.lessons.exercise import PASS, Verdict, retry
from dicomkit.lessons.lesson_texts import LessonTexts
from dicomkit.lessons.nb12_part_keys import archived_instances
from dicomkit.lessons.nb13_part_web import BODY, NAME_OF, TARGET

__all__ = ["EXERCISES", "SPEAKER_NOTES", "checkpoint"]

_TEXTS = LessonTexts(__name__)

_FRAME_BYTES = 256 * 512 * 2
_ACCEPTED = (
    'multipart/related; type="application/dicom"; transfer-syntax=*',
    "application/dicom+json",
    "image/png",
)
_DOORS = ("dimse", "web", "web", "dimse")


def checkpoint() -> SimpleNamespace:
    """Return what notebook 13 asks about, and its answers.

    Returns
    -------
    SimpleNamespace
        ``instances``: the archive of notebook 12, five studies of three patients; ``accepted``, ``frame_bytes``
        and ``doors``: the answers of 13.3, 13.4 and 13.6.
    """
    return SimpleNamespace(
        instances=archived_instances(), accepted=_ACCEPTED, frame_bytes=_FRAME_BYTES, doors=_DOORS
    )


def _folded(text: str) -> str:
    return text.lower().replace(" ", "").replace('"', "").replace("'", "").strip(";")


def _check_accepted(answer: tuple[str, str, str]) -> Verdict:
    files, metadata, picture = (_folded(text) for text in answer)
    if files == "application/dicom" or (
        files.startswith("multipart") and "type=application/dicom" not in files
    ):
        return retry(_TEXTS.bare_dicom)
    if files.startswith("multipart") and "transfer-syntax=*" not in files:
        return retry(_TEXTS.no_syntax)
    if metadata == "application/json":
        return retry(_TEXTS.plain_json)
    if "xml" in metadata:
        return retry(_TEXTS.xml)
    if picture in {"image/jpeg", "image/jpg", "image/*"}:
        return retry(_TEXTS.jpeg)
    if not picture.startswith("image/"):
        return retry(_TEXTS.not_a_picture)
    right = tuple(_folded(text) for text in _ACCEPTED)
    parts = sorted(files.split(";")), metadata, picture
    return PASS if parts == (sorted(right[0].split(";")), *right[1:]) else retry(_TEXTS.other_type)


def _check_bytes(answer: int) -> Verdict:
    reasons = {
        _FRAME_BYTES * 8: _TEXTS.bits,
        _FRAME_BYTES // 2: _TEXTS.one_byte,
        _FRAME_BYTES * 12 // 16: _TEXTS.stored_bits,
        _FRAME_BYTES * 10: _TEXTS.all_frames,
    }
    if answer == _FRAME_BYTES:
        return PASS
    return retry(reasons.get(answer, _TEXTS.with_head if answer > _FRAME_BYTES else _TEXTS.one_byte))


def _check_doors(answer: tuple[str, str, str, str]) -> Verdict:
    reasons = (_TEXTS.scanner, _TEXTS.firewall, _TEXTS.browser, _TEXTS.worklist)
    wrong = [reason for said, door, reason in zip(answer, _DOORS, reasons, strict=True) if said != door]
    return retry(wrong[0]) if wrong else PASS


_DOOR = choice_of({
    "dimse": ["DICOM", "association", "C-STORE", "C-FIND", "DIMSE-C", "MWL", "worklist"],
    "web": ["HTTP", "HTTPS", "DICOMweb", "WADO", "WADO-RS", "QIDO", "QIDO-RS", "STOW", "STOW-RS", "rendered"],
}).saying(_TEXTS.form_of_doors)  # fmt: skip

EXERCISES = (
    NAME_OF,
    TARGET,
    _TEXTS.exercise(
        "13.3",
        form=tuple_of(*[TEXT.saying(_TEXTS.form_of_accepted)] * 3).saying(_TEXTS.form_of_accepted),
        checker=_check_accepted,
    ),
    _TEXTS.exercise(
        "13.4",
        form=in_units(WHOLE_NUMBER, {"bytes": 1, "byte": 1, "KiB": 1024}).saying(_TEXTS.form_of_bytes),
        checker=_check_bytes,
    ),
    BODY,
    _TEXTS.exercise("13.6", form=tuple_of(*[_DOOR] * 4).saying(_TEXTS.form_of_doors), checker=_check_doors),
)

SPEAKER_NOTES = _TEXTS.speaker_notes
