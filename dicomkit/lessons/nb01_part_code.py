"""Two exercises of notebook 01 that run the learner's code: another header for an element, and "is this DICOM?"."""

from __future__ import annotations

import io
import tempfile
from collections.abc import Callable
from pathlib import Path
from typing import Any

from pydicom import dcmwrite
from pydicom.dataset import Dataset, FileMetaDataset
from pydicom.uid import ExplicitVRLittleEndian, SecondaryCaptureImageStorage

from dicomkit.lessons.answers import FUNCTION, plain
from dicomkit.lessons.exercise import PASS, Misconception, Verdict, retry
from dicomkit.lessons.learners_code import call
from dicomkit.lessons.lesson_texts import LessonTexts
from dicomkit.lessons.written_files import written_file
from dicomkit.text import shorten

__all__ = ["CHANGE_ELEMENT", "WRITE_IS_DICOM"]

_TEXTS = LessonTexts(__name__)

_PATIENT_NAME, _SOP_INSTANCE, _DOCUMENT = (0x0010, 0x0010), (0x0008, 0x0018), (0x0042, 0x0011)
_ELEMENTS = (
    (_PATIENT_NAME, b"PN", b"WORKSHOP01"),
    (_PATIENT_NAME, b"PN", b"WORKSHOP^01"),
    (_SOP_INSTANCE, b"UI", b"2.25.42"),
    (_DOCUMENT, b"OB", b"%PDF"),
    (_DOCUMENT, b"OB", b"%PDF-"),
    (_DOCUMENT, b"OB", bytes(70_000)),
)


def _check_element(function: Callable[..., Any]) -> Verdict:
    for (group, number), vr, value in _ELEMENTS:
        found = call(function, group, number, vr, value, name="any_element")
        if not isinstance(found, bytes | bytearray):
            return retry(_TEXTS.not_bytes)
        expected = _as_pydicom_writes((group, number), vr, value)
        if bytes(found) != expected:
            return retry(
                (
                    _wrong_document(bytes(found), value) if vr == b"OB" else _wrong_text(vr, bytes(found))
                ).format(vr.decode(), len(value))
            )
    return PASS


def _as_pydicom_writes(tag: tuple[int, int], vr: bytes, value: bytes) -> bytes:
    dataset = Dataset()
    dataset.add_new(tag, vr.decode(), value if vr == b"OB" else value.decode())
    stream = io.BytesIO()
    dcmwrite(stream, dataset, implicit_vr=False, little_endian=True)
    return stream.getvalue()


def _wrong_text(vr: bytes, found: bytes) -> str:
    if found[4:8] == vr + bytes(2):
        return _TEXTS.all_long
    return _TEXTS.all_nul if vr == b"PN" and found.endswith(b"\0") else _TEXTS.other_element


def _wrong_document(found: bytes, value: bytes) -> str:
    even, header = len(value) + len(value) % 2, b"\x42\x00\x11\x00OB"
    behind = found.removeprefix(header)
    if behind.startswith(even.to_bytes(4, "little")):
        return _TEXTS.no_reserved
    if behind.startswith(even.to_bytes(2, "little")):
        return _TEXTS.short_header
    if behind.startswith(bytes(2) + even.to_bytes(4, "big")):
        return _TEXTS.big_endian
    if behind.startswith(bytes(2) + even.to_bytes(2, "little")) and behind[4:6] != bytes(2):
        return _TEXTS.no_long_length
    if len(value) % 2 and found.endswith(value):
        return _TEXTS.unpadded_ob
    if len(value) % 2 and behind.startswith(bytes(2) + len(value).to_bytes(4, "little")):
        return _TEXTS.uncounted
    return _TEXTS.blank_in_ob if found.endswith(value + b" ") else _TEXTS.other_element


def _check_is_dicom(function: Callable[..., Any]) -> Verdict:
    with tempfile.TemporaryDirectory(prefix="dicomkit-lesson-") as name:
        said = {}
        for path, content in _files(Path(name)).items():
            path.write_bytes(content)
            said[path.name] = plain(call(function, path, name="is_dicom"))
    for name, answer in said.items():
        if answer is not True and answer is not False:
            return retry(_TEXTS.not_truth.format(name, shorten(repr(answer), 40)))
    right = {name: name in {"IM0001", "slice.dcm"} for name in said}
    if said == right:
        return PASS
    if len(set(said.values())) == 1:
        return retry(_TEXTS.everything if said["IM0001"] else _TEXTS.text_and_bytes)
    if said["slice.dcm"] and not said["IM0001"]:
        return retry(_TEXTS.by_name)
    if said["prefix.bin"]:
        return retry(_TEXTS.anywhere if said["about.txt"] else _TEXTS.first_four)
    if said["headless.dcm"]:
        return retry(_TEXTS.headless)
    wrong = next(name for name in said if said[name] != right[name])
    return retry(_TEXTS.which.format(wrong, said[wrong]))


def _files(folder: Path) -> dict[Path, bytes]:
    """Return two DICOM files, written by pydicom, and some files that only look like it."""
    dataset = Dataset()
    dataset.file_meta = FileMetaDataset()
    dataset.file_meta.TransferSyntaxUID = ExplicitVRLittleEndian
    dataset.SOPClassUID, dataset.SOPInstanceUID = SecondaryCaptureImageStorage, "2.25.42"
    whole = written_file(dataset)
    letter = b"Dear colleague, thank you for sending us your patient. "
    return {
        folder / name: content
        for name, content in {
            "IM0001": whole,
            "slice.dcm": b"II*\0" + whole[4:].replace(b"2.25.42", b"2.25.43"),  # the preamble of a TIFF
            "letter.dcm": letter * 4,
            "headless.dcm": whole[132:],
            "prefix.bin": b"DICM" + letter * 4,
            "about.txt": letter * 4 + b"The letters DICM were missing.",
            "short.bin": b"DICM",
            "zeros.bin": bytes(200),
            "empty.bin": b"",
        }.items()
    }


CHANGE_ELEMENT = _TEXTS.exercise(
    "01.4",
    form=FUNCTION.saying("any_element is a function: keep its first line, def any_element(...)"),
    checker=_check_element,
)

WRITE_IS_DICOM = _TEXTS.exercise(
    "01.5",
    form=FUNCTION.saying("is_dicom is a function: def is_dicom(path): ..."),
    checker=_check_is_dicom,
    also=(
        Misconception(
            'lambda path: path.read_bytes()[128:132] or b"DICM"', _TEXTS.not_truth.format("IM0001", "b'DICM'")
        ),
    ),
)
