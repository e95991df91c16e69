"""Exercises of notebook 03: a number, an encoding, an offset in the hex dump, a method that compresses, and a parser of your own."""

from __future__ import annotations

import re
import sys
from collections.abc import Iterator
from types import SimpleNamespace

import pydicom
from pydicom.dataset import Dataset, FileMetaDataset
from pydicom.filebase import DicomBytesIO
from pydicom.filewriter import write_dataset, write_file_meta_info
from pydicom.uid import UID, ExplicitVRBigEndian, ExplicitVRLittleEndian, ImplicitVRLittleEndian
from pydicom.valuerep import EXPLICIT_VR_LENGTH_16, EXPLICIT_VR_LENGTH_32

from dicomkit.lessons import nb02_edit_tags
from dicomkit.lessons.answer_parts import BYTES_OF, choice_of, in_units, mapping_of, or_stub
from dicomkit.lessons.answers import BYTES, FUNCTION, WHOLE_NUMBER, Form, unquoted
from dicomkit.lessons.exercise import PASS, TODO, Verdict, judged_by, retry
from dicomkit.lessons.learners_code import returned
from dicomkit.lessons.lesson_texts import LessonTexts

__all__ = ["EXERCISES", "checkpoint"]

_TEXTS = LessonTexts(__name__)

_SIDE = 32  # pixels
_ROWS_VALUE = 512

_ENCODINGS = {"A": "explicit big", "B": "implicit little", "C": "explicit little"}
_UIDS = {
    "implicit little": "1.2.840.10008.1.2",
    "explicit little": "1.2.840.10008.1.2.1",
    "explicit big": "1.2.840.10008.1.2.2",
}


def checkpoint() -> SimpleNamespace:
    """Return the values that notebook 03 starts from.

    Returns
    -------
    SimpleNamespace
        ``image``: the data set of notebook 01, with Rows and Columns; ``picture``: the same with 32 x 32
        native pixels of 8 bits.
    """
    image = nb02_edit_tags.checkpoint().image
    image.Rows = image.Columns = _ROWS_VALUE
    picture = nb02_edit_tags.checkpoint().image
    _add_pixels(picture)
    return SimpleNamespace(image=image, picture=picture)


def _add_pixels(picture: Dataset) -> None:
    """Add the image pixel module: a bright square on a dark ground (PS3.3 section C.7.6.3)."""
    picture.SamplesPerPixel = 1
    picture.PhotometricInterpretation = "MONOCHROME2"
    picture.Rows = picture.Columns = _SIDE
    picture.BitsAllocated = picture.BitsStored = 8
    picture.HighBit = 7
    picture.PixelRepresentation = 0
    dark, square = bytes(_SIDE), bytes(8) + b"\xff" * 16 + bytes(8)
    picture.add_new("PixelData", "OB", dark * 8 + square * 16 + dark * 8)


def _spellings(encoding: str) -> list[str]:
    """Return other spellings of ``explicit little``: in the other order, in full, by its UID."""
    vr, order = encoding.split()
    others = [f"{vr} vr {order} endian", f"{vr} {order} endian", f"{vr} vr {order}"]
    others += [f"{order} {vr}", f"{order} endian {vr}", f"{order} endian {vr} vr"]
    return [*others, _UIDS[encoding]] if encoding in _UIDS else others


def _offset(answer: object) -> int:
    """Read an offset, also in hexadecimal digits as in the dump: ``1c6``."""
    if isinstance(answer, str):
        text = re.sub(r"^offset\s+", "", unquoted(answer).casefold())
        if re.fullmatch(r"0*[1-9a-f][0-9a-f]*h?", text) and re.search("[a-f]", text):
            return int(text.removesuffix("h"), 16)
        answer = text
    return int(_A_COUNT.reader(answer))


_A_COUNT = in_units(WHOLE_NUMBER, BYTES_OF)
_ENCODING = choice_of({name: _spellings(name) for name in (*_UIDS, "implicit big")})


def _check_encodings(encodings: dict[str, str | None]) -> Verdict:
    given = encodings.values()
    if None in given:
        return TODO
    if encodings == _ENCODINGS:
        return PASS
    return judged_by(
        ("implicit big" in given, _TEXTS.no_such),
        (encodings["B"] != _ENCODINGS["B"], _TEXTS.no_letters),
        ("implicit little" in {encodings["A"], encodings["C"]}, _TEXTS.letters),
        (True, _TEXTS.big),
    )


def _method(answer: object) -> str:
    """Return the name of a method; ``compress`` only for that of a data set."""
    if callable(answer):
        method = getattr(answer, "__func__", answer)
        name = str(getattr(method, "__name__", ""))
        is_own = getattr(Dataset, name, None) is method
        known = str(getattr(method, "__module__", "")).startswith(("pydicom", "dicomkit"))
        return name if is_own else _refuse_unless(known, f"function {name}")
    if isinstance(answer, list | tuple | set) and len(answer) == 1:
        return _method(next(iter(answer)))
    if not isinstance(answer, str):
        raise TypeError(answer)
    words = [word for word in answer.strip("\"'` ").partition("(")[0].split() if word not in _FILLERS]
    owner, _, name = "".join(words).rstrip(".").rpartition(".")
    if name.casefold() == "compress":
        return _whose_compress(owner)
    return _refuse_unless(bool(name), name.casefold())


_FILLERS = {"the", "method", "function", "call", "use"}
_MODULES = {*sys.stdlib_module_names, "pydicom", "dicomkit", "numpy", "np"}


def _whose_compress(owner: str) -> str:
    """Return ``compress`` if `owner` is a data set or its class, but not if it is a module."""
    first, *rest = owner.split(".")
    if first not in _MODULES:
        return "compress"
    found: object = pydicom if first == "pydicom" else None
    for name in rest:
        found = getattr(found, name, None)
    if getattr(found, "compress", None) is Dataset.compress:
        return "compress"
    return "function compress" if hasattr(found, "compress") or first == "dicomkit" else "no compress"


def _refuse_unless(holds: bool, word: str) -> str:  # noqa: FBT001 - a condition
    if not holds:
        raise ValueError(word)
    return word


_VALUE_END = 144  # preamble 128, prefix 4, then 12 bytes of the element with the group's length
_SYNTAXES = (ExplicitVRLittleEndian, ImplicitVRLittleEndian, ExplicitVRBigEndian)


def _files() -> Iterator[tuple[bytes, bytes]]:
    """Yield files written by pydicom, each with the bytes of its data set."""
    for number, syntax in enumerate((*_SYNTAXES, ExplicitVRLittleEndian)):
        image = nb02_edit_tags.checkpoint().image
        meta = FileMetaDataset(image.file_meta)
        meta.TransferSyntaxUID = syntax
        meta.MediaStorageSOPClassUID = image.SOPClassUID
        meta.MediaStorageSOPInstanceUID = image.SOPInstanceUID
        if number == len(_SYNTAXES):  # a group longer than one byte can count
            meta.PrivateInformationCreatorUID, meta.PrivateInformation = UID("2.25.42"), bytes(70_000)
        elif number:
            meta.SourceApplicationEntityTitle = "WORKSHOP" * number
        stream = DicomBytesIO()
        write_file_meta_info(stream, meta)
        body = _encoded(image, implicit=syntax.is_implicit_VR, little=syntax.is_little_endian)
        yield bytes(128) + b"DICM" + stream.getvalue() + body, body


def _encoded(dataset: Dataset, *, implicit: bool = False, little: bool = True) -> bytes:
    stream = DicomBytesIO()
    stream.is_implicit_VR, stream.is_little_endian = implicit, little
    write_dataset(stream, dataset)
    return stream.getvalue()


def _check_data_set_bytes(data_set_bytes: object) -> Verdict:
    for number, (content, body) in enumerate(_files()):
        found = returned(BYTES, data_set_bytes, content)  # type: ignore[arg-type]
        if found != body:
            later = _TEXTS.one_byte if number == len(_SYNTAXES) else _TEXTS.fixed
            return retry(later if number else _cut(content, found))
    return PASS


def _cut(content: bytes, found: bytes) -> str:
    """Return the reply to a data set that was cut at a wrong offset."""
    length = int.from_bytes(content[140:144], "little")
    known = {
        content[length:]: _TEXTS.from_the_start,
        content[132 + length :]: _TEXTS.from_the_group,
        content[140 + length :]: _TEXTS.from_the_group,
        content[_VALUE_END:]: _TEXTS.one_element,
        content[132:]: _TEXTS.all_of_it,
        content[_VALUE_END : _VALUE_END + length]: _TEXTS.the_group,
        content[132 : _VALUE_END + length]: _TEXTS.the_group,
        b"": _TEXTS.order,
    }
    return known.get(found, _TEXTS.searched)


def _elements() -> Iterator[tuple[str, bytes]]:
    """Yield an element of each VR, an empty and a large one, as pydicom writes them."""
    inner = Dataset()
    inner.CodeValue = "T-A0100"
    values: dict[str, object] = {
        "AT": 0x00100010,
        "PN": "DOE^JANE",
        "DA": "20220914",
        "TM": "1011",
        "UI": "1.2",
    }
    values |= dict.fromkeys(("US", "UL", "SS", "SL", "FL", "FD", "SV", "UV"), 7)
    values |= dict.fromkeys(("OB", "OW", "OD", "OF", "OL", "OV", "UN"), bytes(range(16)))
    values |= {"SQ": [inner], "AS": "050Y", "DT": "20220914101112"}
    yield "PN", _element("PN", "")
    for vr in (*sorted(EXPLICIT_VR_LENGTH_16), *sorted(EXPLICIT_VR_LENGTH_32)):
        yield str(vr.value), _element(vr.value, values.get(vr.value, "12"))
    yield "large", _element("OB", bytes(70_000))
    yield "large", _element("UT", "x" * 70_000)


def _element(vr: str, value: object) -> bytes:
    dataset = Dataset()
    dataset.add_new(0x00091001, vr, value)
    return _encoded(dataset)


_AS_SHORT = -20  # an OB of 16 bytes, taken for an empty value after a header of 8


def _check_next_offset(next_offset: object) -> Verdict:
    wrong = {}
    start = bytes(132)
    for vr, element in _elements():
        # With bytes before and after it, as in a file.
        content = start + element + _element("LO", "END")
        step = returned(WHOLE_NUMBER, next_offset, content, len(start)) - len(start)  # type: ignore[arg-type]
        if step != len(element):
            wrong[vr] = step - len(element)
    if not wrong:
        return PASS
    steps = set(wrong.values())
    return judged_by(
        (steps == {-len(start)}, _TEXTS.a_step),
        (set(wrong) == {"large"}, _TEXTS.four_bytes),
        ("PN" in wrong, _TEXTS.zero_test if "LO" not in wrong else _TEXTS.all_long),
        (steps == {-4}, _TEXTS.twelve),
        (wrong.get("OB", _AS_SHORT) != _AS_SHORT, _TEXTS.no_length.format(wrong.get("OB"))),
        ("OB" in wrong, _TEXTS.still_two),
        ("UT" in wrong, _TEXTS.some_vrs),
        (True, _TEXTS.some_vr.format(min(wrong))),
    )


EXERCISES = (
    _TEXTS.looked_up("03.1", in_units(WHOLE_NUMBER, {"rows": 1})),
    _TEXTS.exercise("03.2", mapping_of(dict.fromkeys(_ENCODINGS, or_stub(_ENCODING))), _check_encodings),
    _TEXTS.looked_up("03.3", Form("an offset", _offset)),
    _TEXTS.looked_up("03.4", Form("the name of a method, as a text", _method)),
    _TEXTS.exercise("03.5", FUNCTION, _check_data_set_bytes),
    _TEXTS.exercise("03.6", FUNCTION, _check_next_offset),
)
