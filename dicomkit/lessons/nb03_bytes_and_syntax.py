"""Exercises of notebook 03: a number, an encoding, a place in the hex, what compresses, and a walk of your own."""

from __future__ import annotations

import dataclasses
import io
import re
import sys
from types import SimpleNamespace

import pydicom
from pydicom import dcmwrite
from pydicom.dataset import Dataset

from dicomkit.lessons import nb02_edit_tags
from dicomkit.lessons.answer_parts import BYTES_OF, choice_of, in_units, mapping_of, or_stub
from dicomkit.lessons.answers import WHOLE_NUMBER, Form, unquoted
from dicomkit.lessons.exercise import PASS, TODO, Exercise, Misconception, Verdict, retry
from dicomkit.lessons.nb03_part_walk import WALK_EXERCISES

__all__ = ["EXERCISES", "SPEAKER_NOTES", "checkpoint"]

_SIDE = 32  # pixels
_ROWS_VALUE = 512
_TWO = "2 is the length, 02 00; the value stands behind it, and its low byte comes first: 00 02 is not 2"
_LENGTH_TOO = "the length has two bytes here, and the value begins after them"
_HEX = "the digits are hexadecimal: 02 00 would be 2, and 00 02 is 2 times 256"
_ONE_NUMBER = "the answer is a whole number: read the two bytes of the value as one number"

_ENCODINGS = {"A": "explicit big", "B": "implicit little", "C": "explicit little"}
_BIG = "the tag of A reads 00 20: the high byte comes first, and in C the other way round"
_NO_LETTERS = "after the tag of B there are no two letters: 22 00 00 00 is already the length"
_LETTERS = "55 49 are the letters UI: A and C have a VR, so they are explicit"
_NO_SUCH = "implicit and big go together in no transfer syntax of the Standard (PS3.5 annex A)"
_WORDS = 'give each of A, B and C one of "implicit little", "explicit little", "explicit big"'
_UIDS = {
    "implicit little": "1.2.840.10008.1.2",
    "explicit little": "1.2.840.10008.1.2.1",
    "explicit big": "1.2.840.10008.1.2.2",
}

_AT_TAG = "there the tag begins; four bytes of tag, two of VR and two of length stand before the value"
_AT_LENGTH = "there the length begins; the value stands two bytes further"
_AT_VR = "there the VR begins; VR and length take two bytes each"
_OTHER_NAME = "there WORKSHOP01 stands as the patient's name; the Patient ID comes right behind it"
_ROW_START = "that is the beginning of the row; count on to the W of WORKSHOP01"
_IN_THE_ROW = "that is the place within its row; add the offset at the row's left end"
_FROM_ONE = "the first byte of a row has the row's own offset: count from 0"
_AN_OFFSET = "the answer is a whole number: an offset from the start of the file"
_SKIP = "look for 10 00 20 00 in the hex, and skip tag, VR and length: 8 bytes"

_LABEL = "that changes the label on the box; the pixels inside stay as they are"
_DECOMPRESS = "that is the way back: it makes the pixels native again"
_WRITES = "that writes what is there, compressed or not; something has to happen before"
_PACKS = "that packs bytes that are compressed already; who has compressed them?"
_SYNTAX = "that is the transfer syntax, which the method is given; what is the method called?"
_FUNCTION = (
    "that is a function, to which the data set is given; the data set has a method of its own that does it"
)
_NOT_THERE = "there is nothing of that name, or it is not a method of a data set: what stands before the dot in the cell above?"
_A_METHOD = (
    "the answer is the name of a method of the data set, as a text; this notebook has called it, for RLE"
)


def checkpoint() -> SimpleNamespace:
    """Make what notebook 03 starts from.

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


def _check_value(value: int) -> Verdict:
    # 02 00 is the length; 00 02, read with the high byte first, is 2 as well: say both.
    known = {2: _TWO, 0x02000002: _LENGTH_TOO}
    return PASS if value == _ROWS_VALUE else retry(known.get(value, _HEX))


def _spellings(encoding: str) -> list[str]:
    """Return what else people call ``explicit little``: the other way round, in full, by its UID."""
    vr, order = encoding.split()
    others = [f"{vr} vr {order} endian", f"{vr} {order} endian", f"{vr} vr {order}"]
    others += [f"{order} {vr}", f"{order} endian {vr}", f"{order} endian {vr} vr"]
    return [*others, _UIDS[encoding]] if encoding in _UIDS else others


def _offset(answer: object) -> int:
    """Read an offset, also as the dump writes it, in hexadecimal digits: ``1c6``."""
    if isinstance(answer, str):
        text = re.sub(r"^offset\s+", "", unquoted(answer).casefold())
        if re.fullmatch(r"0*[1-9a-f][0-9a-f]*h?", text) and re.search("[a-f]", text):
            return int(text.removesuffix("h"), 16)
        answer = text
    return int(_A_COUNT.reader(answer))


_A_COUNT = in_units(WHOLE_NUMBER, BYTES_OF)
_ENCODING = choice_of({name: _spellings(name) for name in (*_UIDS, "implicit big")}).saying(_WORDS)


def _check_encodings(encodings: dict[str, str | None]) -> Verdict:
    given = encodings.values()
    if None in given:
        return TODO
    if encodings == _ENCODINGS:
        return PASS
    if "implicit big" in given:
        return retry(_NO_SUCH)
    if encodings["B"] != _ENCODINGS["B"]:
        return retry(_NO_LETTERS)
    return retry(_LETTERS if "implicit little" in {encodings["A"], encodings["C"]} else _BIG)


def _value_offset() -> int:
    """Return where the value of Patient ID begins in the file that the notebook makes."""
    stream = io.BytesIO()
    dcmwrite(stream, checkpoint().image, enforce_file_format=True)
    # In Explicit VR Little Endian tag, VR and length of an LO take eight bytes (PS3.5 section 7.1.2).
    return stream.getvalue().index(b"\x10\x00\x20\x00LO") + 8


def _check_value_offset(offset: int) -> Verdict:
    right = _value_offset()
    known = {
        right - 8: _AT_TAG,
        right - 4: _AT_VR,
        right - 2: _AT_LENGTH,
        right - 18: _OTHER_NAME,
        right // 16 * 16: _ROW_START,
        right % 16: _IN_THE_ROW,
        right % 16 + 1: _IN_THE_ROW,
        right + 1: _FROM_ONE,
    }
    return PASS if offset == right else retry(known.get(offset, _SKIP))


def _method(answer: object) -> str:
    """Return the name that was meant, and ``compress`` only for the method of a data set."""
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
    """Return ``compress`` if `owner` is a data set or its class; a module is looked up, and has no data set's method."""
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
        "transfersyntaxuid": _LABEL,
        "decompress": _DECOMPRESS,
        "save_as": _WRITES,
        "dcmwrite": _WRITES,
        "function dcmwrite": _WRITES,
        "encode": _WRITES,
        "encapsulate": _PACKS,
        "function encapsulate": _PACKS,
        "rlelossless": _SYNTAX,
        "rle": _SYNTAX,
        "function compress": _FUNCTION,
        "no compress": _NOT_THERE,
    }
    return PASS if name == "compress" else retry(known.get(name, _A_METHOD))


EXERCISES = (
    Exercise(
        id="03.1",
        title="Read a number from its bytes",
        name="value",
        checker=_check_value,
        hints=(
            "Tag 28 00 10 00, VR 55 53, length 02 00. What is left?",
            "The low byte comes first, so the two bytes 00 02 mean 0 + 2 * 256.",
            'int.from_bytes(b"\\x00\\x02", "little") computes it.',
        ),
        solution="value = 0 + 2 * 256",
        misconceptions=(
            Misconception("2", _TWO),
            Misconception("200", _HEX),
            Misconception("0x02000002", _LENGTH_TOO),
            Misconception('b"\\x00\\x02"', _ONE_NUMBER),
        ),
        form=in_units(WHOLE_NUMBER, {"rows": 1}).saying(_ONE_NUMBER),
        minutes=3,
        learned="The tag is (0028,0010): the image has 512 rows.",
    ),
    Exercise(
        id="03.2",
        title="Tell three encodings apart",
        name="encodings",
        checker=_check_encodings,
        hints=(
            "Look at the first two bytes: the group is 0020 in all three.",
            "Then look behind the tag: are there two letters? 55 49 is UI.",
            "A has its high byte first and a VR. B has no VR. C is what is left.",
        ),
        solution='encodings = {"A": "explicit big", "B": "implicit little", "C": "explicit little"}',
        misconceptions=(
            Misconception('{"A": "explicit little", "B": "implicit little", "C": "explicit big"}', _BIG),
            Misconception(
                '{"A": "explicit big", "B": "explicit little", "C": "implicit little"}', _NO_LETTERS
            ),
            Misconception(
                '{"A": "implicit little", "B": "implicit little", "C": "explicit little"}', _LETTERS
            ),
            Misconception('{"A": "explicit big", "B": "implicit big", "C": "explicit little"}', _NO_SUCH),
            Misconception('{"A": "big", "B": "implicit", "C": "little"}', _WORDS),
        ),
        form=mapping_of(dict.fromkeys(_ENCODINGS, or_stub(_ENCODING))).saying(_WORDS),
        minutes=4,
        learned="That is how a program guesses, when group 0002 is missing; it is a guess all the same.",
    ),
    Exercise(
        id="03.3",
        title="Find a value in a hex dump",
        name="value_offset",
        checker=_check_value_offset,
        hints=(
            "The tag (0010,0020) reads 10 00 20 00 in this file.",
            "Behind the tag come two bytes of VR (4c 4f) and two bytes of length (0a 00).",
            "The value begins with 57, the letter W. It is the second W of the dump: count from its row.",
        ),
        solution="value_offset = 454",
        misconceptions=(
            Misconception("454 - 8", _AT_TAG),
            Misconception("454 - 4", _AT_VR),
            Misconception("454 - 2", _AT_LENGTH),
            Misconception("454 - 18", _OTHER_NAME),
            Misconception("454 // 16 * 16", _ROW_START),
            Misconception("6", _IN_THE_ROW),
            Misconception("455", _FROM_ONE),
            Misconception('"10 00 20 00"', _AN_OFFSET),
        ),
        form=dataclasses.replace(WHOLE_NUMBER, reader=_offset, reason=_AN_OFFSET),
        minutes=4,
        learned="anatomy() finds it for you; now you know what it does.",
    ),
    Exercise(
        id="03.4",
        title="Name what compresses",
        name="method",
        checker=_check_method,
        hints=(
            "Setting an attribute changes one element. Compressing changes the pixel data.",
            "The cell with RLE called a method of the data set before it was encoded.",
            "It is the verb: to make something smaller.",
        ),
        solution='method = "compress"',
        misconceptions=(
            Misconception('"TransferSyntaxUID"', _LABEL),
            Misconception('"decompress"', _DECOMPRESS),
            Misconception('"save_as"', _WRITES),
            Misconception('"encapsulate"', _PACKS),
            Misconception('"RLELossless"', _SYNTAX),
            Misconception('"pydicom.pixels.compress"', _FUNCTION),
            Misconception('"pydicom.compress"', _NOT_THERE),
            Misconception('"compression"', _A_METHOD),
        ),
        form=Form("the name of a method, as a text", _method, _A_METHOD),
        minutes=2,
        learned="It sets the transfer syntax as well, after the pixels have really been compressed.",
    ),
    *WALK_EXERCISES,
)

SPEAKER_NOTES: dict[str, str] = {
    "predict": "Give it two minutes on paper. Most forget that the length grows from two bytes to four.",
    "hex": "Point at the first W; let the room find the second one.",
    "lie": "Ask who has seen a viewer call a JPEG damaged. Then run the cell.",
    "exercise-5-text": "Write the twelve bytes on the board and mark where the count begins: behind the value.",
    "exercise-6-text": "Short of time? Do this one together: who spots why 00 00 alone does not tell the long form?",
}
