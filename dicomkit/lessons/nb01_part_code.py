"""Two tasks of notebook 01 that run what the learner wrote: another header for an element, and "is this DICOM?"."""

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
from dicomkit.lessons.exercise import PASS, Exercise, Misconception, Task, Verdict, retry
from dicomkit.lessons.learners_code import call
from dicomkit.text import shorten

__all__ = ["CHANGE_ELEMENT", "WRITE_IS_DICOM"]

_GIVEN = """\
def any_element(group, number, vr, value):
    padding = b"\\0" if vr == b"UI" else b" "
    value += padding * (len(value) % 2)
    return struct.pack("<HH2sH", group, number, vr, len(value)) + value"""
_CHANGED = """\
def any_element(group, number, vr, value):
    padding = b"\\0" if vr in (b"UI", b"OB") else b" "
    value += padding * (len(value) % 2)
    if vr == b"OB":
        return struct.pack("<HH2sHI", group, number, vr, 0, len(value)) + value
    return struct.pack("<HH2sH", group, number, vr, len(value)) + value"""

_SHORT_HEADER = "an OB still has the short header: behind its VR come two bytes 00 and a length of four bytes"
_NO_RESERVED = "the length of an OB has four bytes, and the two reserved bytes 00 before it are missing"
_NO_LONG_LENGTH = (
    "the two reserved bytes are there; the length of an OB has four bytes behind them (I in struct)"
)
_BIG_ENDIAN = "the length of the OB is big endian: the low byte comes first (< in struct)"
_BLANK_IN_OB = "an OB of odd length is padded with a byte 00, not with a blank: it is not text"
_UNPADDED_OB = "an OB of odd length is padded as well: every value has an even length"
_ALL_LONG = "every VR has the long header now; PN and UI keep the short one"
_ALL_NUL = "a text such as a PN is padded with a blank, as before; only UI and OB get a byte 00"
_NOT_BYTES = "any_element returns bytes: the header, made by struct.pack, and then the value"
_UNCOUNTED = "the length of an OB counts its padding too: pad first, and then take the length"
_OTHER_ELEMENT = "pydicom writes other bytes for {} of {} bytes: change the header and the padding of OB only"

_PATIENT_NAME, _SOP_INSTANCE, _DOCUMENT = (0x0010, 0x0010), (0x0008, 0x0018), (0x0042, 0x0011)
_ELEMENTS = (
    (_PATIENT_NAME, b"PN", b"WORKSHOP01"),
    (_PATIENT_NAME, b"PN", b"WORKSHOP^01"),
    (_SOP_INSTANCE, b"UI", b"2.25.42"),
    (_DOCUMENT, b"OB", b"%PDF"),
    (_DOCUMENT, b"OB", b"%PDF-"),
    (_DOCUMENT, b"OB", bytes(70_000)),
)

_FIRST_FOUR = (
    "a file of DICOM begins with 128 bytes of preamble: the four letters stand behind them, at offset 128"
)
_ANYWHERE = "a letter about DICM is no DICOM file: look at the four bytes at offset 128 only"
_BY_NAME = "a name proves nothing: a letter may be called letter.dcm, and an image IM0001. Look at the bytes"
_TEXT_AND_BYTES = 'nothing is ever DICOM to it: compare the four bytes from offset 128 on with b"DICM", which is bytes and no text'
_EVERYTHING = (
    "everything is DICOM to it, also an empty file and a letter; force=True reads whatever it is given"
)
_HEADLESS = "it takes a data set without preamble and prefix for a file of DICOM"
_NOT_TRUTH = "is_dicom returns True or False, for every file; of {} it returned {}"
_WHICH = "of {} it says {}; compare the four bytes at offset 128 with b'DICM'"


def _check_element(function: Callable[..., Any]) -> Verdict:
    for (group, number), vr, value in _ELEMENTS:
        found = call(function, group, number, vr, value, name="any_element")
        if not isinstance(found, bytes | bytearray):
            return retry(_NOT_BYTES)
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
        return _ALL_LONG
    return _ALL_NUL if vr == b"PN" and found.endswith(b"\0") else _OTHER_ELEMENT


def _wrong_document(found: bytes, value: bytes) -> str:
    even, header = len(value) + len(value) % 2, b"\x42\x00\x11\x00OB"
    behind = found.removeprefix(header)
    if behind.startswith(even.to_bytes(4, "little")):
        return _NO_RESERVED
    if behind.startswith(even.to_bytes(2, "little")):
        return _SHORT_HEADER
    if behind.startswith(bytes(2) + even.to_bytes(4, "big")):
        return _BIG_ENDIAN
    if behind.startswith(bytes(2) + even.to_bytes(2, "little")) and behind[4:6] != bytes(2):
        return _NO_LONG_LENGTH
    if len(value) % 2 and found.endswith(value):
        return _UNPADDED_OB
    if len(value) % 2 and behind.startswith(bytes(2) + len(value).to_bytes(4, "little")):
        return _UNCOUNTED
    return _BLANK_IN_OB if found.endswith(value + b" ") else _OTHER_ELEMENT


def _check_is_dicom(function: Callable[..., Any]) -> Verdict:
    with tempfile.TemporaryDirectory(prefix="dicomkit-lesson-") as name:
        said = {}
        for path, content in _files(Path(name)).items():
            path.write_bytes(content)
            said[path.name] = plain(call(function, path, name="is_dicom"))
    for name, answer in said.items():
        if answer is not True and answer is not False:
            return retry(_NOT_TRUTH.format(name, shorten(repr(answer), 40)))
    right = {name: name in {"IM0001", "slice.dcm"} for name in said}
    if said == right:
        return PASS
    if len(set(said.values())) == 1:
        return retry(_EVERYTHING if said["IM0001"] else _TEXT_AND_BYTES)
    if said["slice.dcm"] and not said["IM0001"]:
        return retry(_BY_NAME)
    if said["prefix.bin"]:
        return retry(_ANYWHERE if said["about.txt"] else _FIRST_FOUR)
    if said["headless.dcm"]:
        return retry(_HEADLESS)
    wrong = next(name for name in said if said[name] != right[name])
    return retry(_WHICH.format(wrong, said[wrong]))


def _files(folder: Path) -> dict[Path, bytes]:
    """Return files to be told apart: two of DICOM, written by pydicom, and some that only look like it."""
    dataset = Dataset()
    dataset.file_meta = FileMetaDataset()
    dataset.file_meta.TransferSyntaxUID = ExplicitVRLittleEndian
    dataset.SOPClassUID, dataset.SOPInstanceUID = SecondaryCaptureImageStorage, "2.25.42"
    stream = io.BytesIO()
    dcmwrite(stream, dataset, enforce_file_format=True)
    whole = stream.getvalue()
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


_SHORT = 'struct.pack("<HH2sH", g, n, vr, size)'
_LONG = 'struct.pack("<HH2sHI", g, n, vr, 0, size)'


def _in_one_line(
    header: str, *, short: str = _SHORT, padding: str = 'b"\\0" if vr in (b"UI", b"OB") else b" "'
) -> str:
    """Return a version of the solution: with this header for an OB, and perhaps others for the rest."""
    header = header.replace("size", "len(v) + len(v) % 2")
    short = short.replace("size", "len(v) + len(v) % 2")
    return f'lambda g, n, vr, v: ({header} if vr == b"OB" else {short}) + v + ({padding}) * (len(v) % 2)'


CHANGE_ELEMENT = Exercise(
    id="01.4",
    title="Change the function that writes an element, so that it writes an OB too",
    name="any_element",
    form=FUNCTION.saying("any_element is a function: keep its first line, def any_element(...)"),
    minutes=8,
    task=Task.CHANGE,
    given=_GIVEN,
    checker=_check_element,
    hints=(
        "Look at the first line of the cell above that makes version: it writes an OB by hand.",
        "Two things differ for an OB: it is padded with a byte 00, as a UID is, and its header is longer.",
        'The header is struct.pack("<HH2sHI", group, number, vr, 0, len(value)); return it where vr == b"OB".',
    ),
    solution=_CHANGED,
    misconceptions=(
        Misconception(_in_one_line(_SHORT), _SHORT_HEADER),
        Misconception(_in_one_line('struct.pack("<HH2sI", g, n, vr, size)'), _NO_RESERVED),
        Misconception(_in_one_line('struct.pack("<HH2sHH", g, n, vr, 0, size)'), _NO_LONG_LENGTH),
        Misconception(
            _in_one_line('struct.pack("<HH2sH", g, n, vr, 0) + struct.pack(">I", size)'), _BIG_ENDIAN
        ),
        Misconception(_in_one_line(_LONG, padding='b"\\0" if vr == b"UI" else b" "'), _BLANK_IN_OB),
        Misconception(_in_one_line(_LONG, padding='b"\\0"'), _ALL_NUL),
        Misconception(_in_one_line(_LONG, short=_LONG), _ALL_LONG),
    ),
    learned="OB, OD, OF, OL, OV, OW, SQ, SV, UC, UN, UR, UT and UV have the long header; all other VRs the short one.",
    setup="import struct",
)

WRITE_IS_DICOM = Exercise(
    id="01.5",
    title="Write a function that recognises a DICOM file",
    name="is_dicom",
    form=FUNCTION.saying("is_dicom is a function: def is_dicom(path): ..."),
    minutes=6,
    task=Task.WRITE,
    checker=_check_is_dicom,
    hints=(
        "The name of a file proves nothing, and its first 128 bytes prove nothing: what comes then does.",
        "path.read_bytes() is the whole file as bytes; [128:132] are the four behind the preamble.",
        'Return whether these four are equal to b"DICM".',
    ),
    solution='def is_dicom(path):\n    return path.read_bytes()[128:132] == b"DICM"',
    misconceptions=(
        Misconception('lambda path: path.read_bytes()[:4] == b"DICM"', _FIRST_FOUR),
        Misconception('lambda path: b"DICM" in path.read_bytes()', _ANYWHERE),
        Misconception('lambda path: path.suffix == ".dcm"', _BY_NAME),
        Misconception('lambda path: path.read_bytes()[128:132] == "DICM"', _TEXT_AND_BYTES),
        Misconception("lambda path: pydicom.dcmread(path, force=True) is not None", _EVERYTHING),
        Misconception(
            'lambda path: path.read_bytes()[128:132] or b"DICM"', _NOT_TRUTH.format("IM0001", "b'DICM'")
        ),
    ),
    learned="pydicom.misc.is_dicom does just this. A folder from a CD has files without any suffix, so it is needed often.",
    setup="import pydicom",
)
