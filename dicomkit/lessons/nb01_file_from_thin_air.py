"""Exercises of notebook 01: the bytes at the start of a file, elements, a length, a wrong header, "is this DICOM?"."""

from __future__ import annotations

import io
import tempfile
from collections.abc import Callable
from pathlib import Path
from types import SimpleNamespace
from typing import Any

from pydicom import dcmwrite
from pydicom.dataset import Dataset, FileMetaDataset
from pydicom.uid import ExplicitVRLittleEndian, SecondaryCaptureImageStorage

from dicomkit.lessons.answer_parts import BYTES_OF, in_units
from dicomkit.lessons.answers import BYTES, FUNCTION, KEYWORD, WHOLE_NUMBER, Form, plain
from dicomkit.lessons.exercise import PASS, Verdict, judged_by, reply_of, retry
from dicomkit.lessons.learners_code import call
from dicomkit.lessons.lesson_texts import LessonTexts
from dicomkit.lessons.written_files import written_file
from dicomkit.text import shorten

__all__ = ["EXERCISES", "checkpoint"]

_TEXTS = LessonTexts(__name__)

# PS3.10 section 7.1: 128 bytes that an application may use, all 00H if none does; then four characters.
_PREAMBLE_LENGTH = 128
_PREFIX = b"DICM"

# Group 0002 after its length element: tag, VR, value as it stands before padding.
_META_ELEMENTS = (
    ("(0002,0001)", "OB", b"\x00\x01"),
    ("(0002,0002)", "UI", b"1.2.840.10008.5.1.4.1.1.7"),
    ("(0002,0003)", "UI", b"2.25.42"),
    ("(0002,0010)", "UI", b"1.2.840.10008.1.2.1"),
    ("(0002,0012)", "UI", b"2.25.7"),
)
_META_LENGTH = 106  # 14 + 34 + 16 + 28 + 14

_NAME = b"WORKSHOP^01"
_NAME_TAG = b"\x10\x00\x10\x00"
_NAME_LENGTH = b"\x0c\x00"


def checkpoint() -> SimpleNamespace:
    """Return the values that the later cells of notebook 01 start from.

    Returns
    -------
    SimpleNamespace
        ``start``: preamble and prefix, 132 bytes; ``patient_name``: the element (0010,0010) as bytes;
        ``meta_elements``: (tag, VR, unpadded value) of group 0002 after its length element;
        ``group_length``: how many bytes these elements take.
    """
    return SimpleNamespace(
        start=bytes(_PREAMBLE_LENGTH) + _PREFIX,
        patient_name=_NAME_TAG + b"PN" + _NAME_LENGTH + _NAME + b" ",
        meta_elements=_META_ELEMENTS,
        group_length=_META_LENGTH,
    )


def _check_start(found: bytes) -> Verdict:
    zeros, head, tail = bytes(_PREAMBLE_LENGTH), found[:_PREAMBLE_LENGTH], found[_PREAMBLE_LENGTH:]
    before = len(found) - len(_PREFIX)
    # The Standard lets an application put anything into the preamble; the task asks for zeros.
    if found == zeros + _PREFIX:
        return PASS
    return judged_by(
        (found == _PREFIX, _TEXTS.no_preamble),
        (found.startswith(_PREFIX), _TEXTS.order),
        (found == bytes(len(found)), _TEXTS.only_preamble),
        (head == b"0" * _PREAMBLE_LENGTH, _TEXTS.digit_zero),
        (head == b" " * _PREAMBLE_LENGTH, _TEXTS.blanks),
        (tail.upper().startswith(b"DICOM"), _TEXTS.five_letters),
        (found.lower() == zeros + _PREFIX.lower(), _TEXTS.lower_case),
        (found == bytes(max(before, 0)) + _PREFIX, _TEXTS.other_offset.format(before)),
        (True, _TEXTS.all_of_it),
    )


def _check_patient_name(found: bytes) -> Verdict:
    if found == checkpoint().patient_name:
        return PASS
    tag, rest = found[:4], found[4:]
    vr, length, value = rest[:2], rest[2:4], rest[4:]
    known_length = {b"\x0b\x00": _TEXTS.uncounted, b"\x12\x00": _TEXTS.decimal_length}
    return judged_by(
        (tag == b"\x00\x10\x00\x10", _TEXTS.big_endian_tag),
        (tag != _NAME_TAG, _TEXTS.other_tag),
        (vr != b"PN", _TEXTS.implicit if rest[1:4] == bytes(3) else _TEXTS.no_vr),
        (length == b"\x00\x00" or value.startswith(b"\x00\x00"), _TEXTS.long_length),
        (length in {b"\x00\x0b", b"\x00\x0c"}, _TEXTS.big_endian_length),
        (value == _NAME, _TEXTS.odd),
        (value == _NAME + b"\x00", _TEXTS.nul_padding),
        (value == _NAME + b" ", known_length.get(length, _TEXTS.other_length)),
        (True, _TEXTS.other_value),
    )


def _read_element(answer: object) -> str:
    """Read a keyword; most wrong answers are the name of the element, or its value."""
    words = " ".join(answer.strip(" \"'.").casefold().split()) if isinstance(answer, str) else ""
    if words in {"transfer syntax", "the transfer syntax", "transfersyntax"}:
        return "TransferSyntaxUID"
    if words in {"explicit vr little endian", "1.2.840.10008.1.2.1", "1.2.840.10008.1.2"}:
        return words
    return str(KEYWORD.reader(answer))


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
        if bytes(found) != _as_pydicom_writes((group, number), vr, value):
            wrong = _wrong_document(bytes(found), value) if vr == b"OB" else _wrong_text(vr, bytes(found))
            return retry(wrong.format(vr.decode(), len(value)))
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
    even, is_odd = len(value) + len(value) % 2, len(value) % 2 == 1
    rest = found.removeprefix(b"\x42\x00\x11\x00OB")
    two_bytes, reserved = even.to_bytes(4, "little")[:2], bytes(2)
    return reply_of(
        (rest.startswith(even.to_bytes(4, "little")), _TEXTS.no_reserved),
        (rest.startswith(two_bytes), _TEXTS.short_header),
        (rest.startswith(reserved + even.to_bytes(4, "big")), _TEXTS.big_endian),
        (rest.startswith(reserved + two_bytes) and rest[4:6] != bytes(2), _TEXTS.no_long_length),
        (is_odd and found.endswith(value), _TEXTS.unpadded_ob),
        (is_odd and rest.startswith(reserved + len(value).to_bytes(4, "little")), _TEXTS.uncounted_ob),
        (found.endswith(value + b" "), _TEXTS.blank_in_ob),
        (True, _TEXTS.other_element),
    )


def _check_is_dicom(function: Callable[..., Any]) -> Verdict:
    with tempfile.TemporaryDirectory(prefix="dicomkit-lesson-") as name:
        said: dict[str, Any] = {}
        for path, content in _files(Path(name)).items():
            path.write_bytes(content)
            said[path.name] = plain(call(function, path, name="is_dicom"))
    for name, answer in said.items():
        if answer is not True and answer is not False:
            return retry(_TEXTS.not_truth.format(name, shorten(repr(answer), 40)))
    wrong = [name for name in said if said[name] is not (name in {"IM0001", "slice.dcm"})]
    if not wrong:
        return PASS
    return judged_by(
        (all(said.values()), _TEXTS.everything),
        (not any(said.values()), _TEXTS.text_and_bytes),
        (said["slice.dcm"] and not said["IM0001"], _TEXTS.by_name),
        (said["prefix.bin"] and said["about.txt"], _TEXTS.anywhere),
        (said["prefix.bin"], _TEXTS.first_four),
        (said["headless.dcm"], _TEXTS.headless),
        (True, _TEXTS.which.format(wrong[0], said[wrong[0]])),
    )


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


EXERCISES = (
    _TEXTS.exercise("01.1", BYTES, _check_start),
    _TEXTS.exercise("01.2", BYTES, _check_patient_name),
    _TEXTS.looked_up("01.3", in_units(WHOLE_NUMBER, BYTES_OF)),
    _TEXTS.exercise("01.4", FUNCTION, _check_element),
    _TEXTS.exercise("01.5", FUNCTION, _check_is_dicom),
    _TEXTS.looked_up("01.6", Form("a keyword", _read_element)),
)
