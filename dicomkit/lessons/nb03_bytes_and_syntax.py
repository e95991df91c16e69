"""Exercises of notebook 03: a number, an encoding, an offset in the hex dump, a method that compresses, and a parser of your own."""

from __future__ import annotations

import dataclasses
import re
import sys
from types import SimpleNamespace

import pydicom
from pydicom.dataset import Dataset

from dicomkit.lessons import nb02_edit_tags
from dicomkit.lessons.answer_parts import BYTES_OF, choice_of, in_units, mapping_of, or_stub
from dicomkit.lessons.answers import WHOLE_NUMBER, Form, unquoted
from dicomkit.lessons.exercise import PASS, TODO, Verdict, retry
from dicomkit.lessons.lesson_texts import LessonTexts
from dicomkit.lessons.nb03_part_walk import WALK_EXERCISES
from dicomkit.lessons.written_files import written_file

__all__ = ["EXERCISES", "SPEAKER_NOTES", "checkpoint"]

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
_ENCODING = choice_of({name: _spellings(name) for name in (*_UIDS, "implicit big")}).saying(_TEXTS.words)


def _check_encodings(encodings: dict[str, str | None]) -> Verdict:
    given = encodings.values()
    if None in given:
        return TODO
    if encodings == _ENCODINGS:
        return PASS
    if "implicit big" in given:
        return retry(_TEXTS.no_such)
    if encodings["B"] != _ENCODINGS["B"]:
        return retry(_TEXTS.no_letters)
    return retry(_TEXTS.letters if "implicit little" in {encodings["A"], encodings["C"]} else _TEXTS.big)


def _value_offset() -> int:
    """Return where the value of Patient ID begins in the file that the notebook makes."""
    # In Explicit VR Little Endian tag, VR and length of an LO take eight bytes (PS3.5 section 7.1.2).
    return written_file(checkpoint().image).index(b"\x10\x00\x20\x00LO") + 8


def _check_value_offset(offset: int) -> Verdict:
    right = _value_offset()
    known = {
        right - 8: _TEXTS.at_tag,
        right - 4: _TEXTS.at_vr,
        right - 2: _TEXTS.at_length,
        right - 18: _TEXTS.other_name,
        right // 16 * 16: _TEXTS.row_start,
        right % 16: _TEXTS.in_the_row,
        right % 16 + 1: _TEXTS.in_the_row,
        right + 1: _TEXTS.from_one,
    }
    return PASS if offset == right else retry(known.get(offset, _TEXTS.skip))


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


def _check_method(name: str) -> Verdict:
    known = {
        "transfersyntaxuid": _TEXTS.label,
        "decompress": _TEXTS.decompress,
        "save_as": _TEXTS.writes,
        "dcmwrite": _TEXTS.writes,
        "function dcmwrite": _TEXTS.writes,
        "encode": _TEXTS.writes,
        "encapsulate": _TEXTS.packs,
        "function encapsulate": _TEXTS.packs,
        "rlelossless": _TEXTS.syntax,
        "rle": _TEXTS.syntax,
        "function compress": _TEXTS.function,
        "no compress": _TEXTS.not_there,
    }
    return PASS if name == "compress" else retry(known.get(name, _TEXTS.a_method))


EXERCISES = (
    _TEXTS.looked_up(
        "03.1", form=in_units(WHOLE_NUMBER, {"rows": 1}).saying(_TEXTS.one_number), otherwise=_TEXTS.hex
    ),
    _TEXTS.exercise(
        "03.2",
        form=mapping_of(dict.fromkeys(_ENCODINGS, or_stub(_ENCODING))).saying(_TEXTS.words),
        checker=_check_encodings,
    ),
    _TEXTS.exercise(
        "03.3",
        form=dataclasses.replace(WHOLE_NUMBER, reader=_offset, reason=_TEXTS.an_offset),
        checker=_check_value_offset,
    ),
    _TEXTS.exercise(
        "03.4", form=Form("the name of a method, as a text", _method, _TEXTS.a_method), checker=_check_method
    ),
    *WALK_EXERCISES,
)

SPEAKER_NOTES = _TEXTS.speaker_notes
