"""Exercises of notebook 03: a number, an encoding, a place in the hex, and what compresses."""

from __future__ import annotations

import io
from types import SimpleNamespace

from pydicom import dcmwrite
from pydicom.dataset import Dataset

from dicomkit.lessons import nb02_edit_tags
from dicomkit.lessons.exercise import PASS, TODO, Exercise, Misconception, Verdict, is_stub, retry

__all__ = ["EXERCISES", "SPEAKER_NOTES", "checkpoint"]

_SIDE = 32  # pixels
_ROWS_VALUE = 512
_TWO = "2 is the length, 02 00; the value stands behind it, and its low byte comes first: 00 02 is not 2"
_LENGTH_TOO = "the length has two bytes here, and the value begins after them"
_HEX = "the digits are hexadecimal: 02 00 would be 2, and 00 02 is 2 times 256"

_ENCODINGS = {"A": "explicit big", "B": "implicit little", "C": "explicit little"}
_BIG = "the tag of A reads 00 20: the high byte comes first, and in C the other way round"
_NO_LETTERS = "after the tag of B there are no two letters: 22 00 00 00 is already the length"
_LETTERS = "55 49 are the letters UI: A and C have a VR, so they are explicit"
_WORDS = 'give each of the three one of "implicit little", "explicit little", "explicit big"'

_AT_TAG = "there the tag begins; four bytes of tag, two of VR and two of length stand before the value"
_AT_LENGTH = "there the length begins; the value stands two bytes further"
_AT_VR = "there the VR begins; VR and length take two bytes each"
_OTHER_NAME = "there WORKSHOP01 stands as the patient's name; the Patient ID comes right behind it"
_ROW_START = "that is the beginning of the row; count on to the W of WORKSHOP01"

_LABEL = "that changes the label on the box; the pixels inside stay as they are"
_DECOMPRESS = "that is the way back: it makes the pixels native again"
_WRITES = "that writes what is there, compressed or not; something has to happen before"
_PACKS = "that packs bytes that are compressed already; who has compressed them?"


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


def _check_value(answer: object) -> Verdict:
    if isinstance(answer, bool) or not isinstance(answer, int):
        return retry("the answer is a whole number")
    # 02 00 is the length; 00 02, read with the high byte first, is 2 as well: say both.
    known = {2: _TWO, 0x02000002: _LENGTH_TOO}
    return PASS if answer == _ROWS_VALUE else retry(known.get(answer, _HEX))


def _check_encodings(answer: object) -> Verdict:
    if not isinstance(answer, dict) or set(answer) != set(_ENCODINGS):
        return retry(_WORDS)
    if any(is_stub(given) for given in answer.values()):
        return TODO
    given = {name: " ".join(str(words).casefold().split()) for name, words in answer.items()}
    if given == _ENCODINGS:
        return PASS
    if not set(given.values()) <= set(_ENCODINGS.values()):
        return retry(_WORDS)
    if given["B"] != _ENCODINGS["B"]:
        return retry(_NO_LETTERS)
    return retry(_LETTERS if "implicit little" in {given["A"], given["C"]} else _BIG)


def _value_offset() -> int:
    """Return where the value of Patient ID begins in the file that the notebook makes."""
    stream = io.BytesIO()
    dcmwrite(stream, checkpoint().image, enforce_file_format=True)
    # In Explicit VR Little Endian tag, VR and length of an LO take eight bytes (PS3.5 section 7.1.2).
    return stream.getvalue().index(b"\x10\x00\x20\x00LO") + 8


def _check_value_offset(answer: object) -> Verdict:
    if isinstance(answer, bool) or not isinstance(answer, int):
        return retry("the answer is a whole number: an offset from the start of the file")
    right = _value_offset()
    known = {
        right - 8: _AT_TAG,
        right - 4: _AT_VR,
        right - 2: _AT_LENGTH,
        right - 18: _OTHER_NAME,
        right // 16 * 16: _ROW_START,
    }
    if answer == right:
        return PASS
    return retry(known.get(answer, "look for 10 00 20 00 in the hex, and skip tag, VR and length: 8 bytes"))


def _check_method(answer: object) -> Verdict:
    word = str(answer).strip().removesuffix("()").rpartition(".")[2].casefold()
    known = {
        "transfersyntaxuid": _LABEL,
        "decompress": _DECOMPRESS,
        "save_as": _WRITES,
        "dcmwrite": _WRITES,
        "encapsulate": _PACKS,
    }
    return PASS if word == "compress" else retry(known.get(word, "this notebook has called it, for RLE"))


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
        ),
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
            Misconception('{"A": "big", "B": "implicit", "C": "little"}', _WORDS),
        ),
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
        ),
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
        ),
        learned="It sets the transfer syntax as well, after the pixels have really been compressed.",
    ),
)

SPEAKER_NOTES: dict[str, str] = {
    "predict": "Give it two minutes on paper. Most forget that the length grows from two bytes to four.",
    "hex": "Point at the first W with a stick; let the room find the second one.",
    "lie": "Ask who has seen a viewer call a JPEG damaged. Then run the cell.",
}
