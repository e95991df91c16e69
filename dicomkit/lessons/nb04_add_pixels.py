"""Exercises of notebook 04: a length, a padding byte, an empty value, the bits of a sample, a lie."""

from __future__ import annotations

from types import SimpleNamespace

import numpy as np
import numpy.typing as npt
from pydicom.dataset import FileDataset

from dicomkit.lessons import nb02_edit_tags
from dicomkit.lessons.exercise import PASS, TODO, Exercise, Misconception, Verdict, is_stub, retry
from dicomkit.pixels import render, secondary_capture
from dicomkit.samples import colour, radiograph

__all__ = ["EXERCISES", "SPEAKER_NOTES", "checkpoint"]

_HEART = (" ## ## ", "#######", " ##### ", "  ###  ", "   #   ")
_WHITE = 255
_CROPPED_ROWS = 191  # with 192 columns nearly a square, but not quite

_LENGTH = 512 * 512 * 2
_PIXELS = "that is the number of pixels; each of them takes Bits Allocated = 16 bits, two bytes"
_STORED = "the file keeps Bits Allocated for each sample, not Bits Stored: the four unused bits take room too"
_BITS = "that is the number of bits; the length of an element counts bytes"
_ONE_SIDE = "that is one row; there are 512 of them"

_EVEN_LENGTH = 28
_ODD = "27 bytes of pixels are right, but the value of an element has an even length: one byte is added"
_ONE_SAMPLE = "a colour pixel has three samples, red, green and blue, and each takes a byte"
_ROW_PADDING = "rows follow each other without a gap (a BMP fills up each row); only the end is padded"
_FOUR_BYTES = "the length has to be even, not a multiple of four or eight"

_CONTRACT = {"BitsAllocated": 16, "BitsStored": 12, "HighBit": 11, "PixelRepresentation": 0}
_HIGH_BIT_COUNT = "bits are counted from 0, so the highest of twelve is number 11: High Bit = Bits Stored - 1"
_HIGH_BIT_ALLOCATED = "High Bit is the highest bit in use, and only 12 of the 16 are in use"
_ALLOCATED = "numpy stores a uint16 in 16 bits, and so does the file; 12 is how many of them are used"
_ALL_STORED = "the values go up to 4095 = 2 to the power of 12, minus 1: twelve bits are in use"
_SIGNED = "0 means unsigned, 1 means two's complement: these values are never negative"
_NUMBERS = "give each of the four attributes a whole number"

_INVENTED = "that is a value, and the next program believes it; nothing is known, so nothing stands there"
_LEFT_OUT = "a Type 2 element is there also when nobody knows its value: it is empty, not missing"
_DICTIONARY = 'give a dictionary with one keyword: {"AccessionNumber": ...}'
_BLANKS = "blanks only fill up to an even length; an empty text has no character at all"

_CULPRITS = {"A": "Columns", "B": "PlanarConfiguration", "C": "PixelRepresentation"}
_CHOICES = (
    "Columns",
    "PlanarConfiguration",
    "PixelRepresentation",
    "PhotometricInterpretation",
)
_SHEARED = "A is sheared: each row begins a little too late. Which attribute says how long a row is?"
_TRIPLED = "B shows small grey copies: red, green and blue were cut apart wrongly. Which attribute says how they lie?"
_SPLIT = "in C the brightest parts turned black, with a hard edge: large numbers became negative ones"
_INVERTED = "a wrong Photometric Interpretation turns all grey values over, or changes all colours; nothing of the kind here"
_WHICH = "give A, B and C one each of " + ", ".join(_CHOICES)


def checkpoint() -> SimpleNamespace:
    """Make what notebook 04 starts from.

    Returns
    -------
    SimpleNamespace
        ``image``: the data set of notebook 01, a Secondary Capture without pixels; ``heart``: a picture of
        5 rows and 7 columns, ``uint8``; ``finished``: the data set that the notebook ends with, valid;
        ``damaged``: three images by the names A, B and C, in each of which one attribute is wrong.
    """
    return SimpleNamespace(
        image=nb02_edit_tags.checkpoint().image, heart=_heart(), finished=_finished(), damaged=_damaged()
    )


def _heart() -> npt.NDArray[np.uint8]:
    return np.array([[_WHITE if dot == "#" else 0 for dot in row] for row in _HEART], dtype=np.uint8)


def _finished() -> FileDataset:
    """Return the data set of the notebook with everything that it adds."""
    start = nb02_edit_tags.checkpoint().image
    return secondary_capture(
        _heart(),
        sop_instance_uid=start.SOPInstanceUID,
        StudyInstanceUID=start.StudyInstanceUID,
        SeriesInstanceUID=start.SeriesInstanceUID,
        PatientName="WORKSHOP^ANNA",
        StudyDate="20220914",
        StudyTime="101112",
        ContentDate="20220914",
        ContentTime="101112",
    )


def _damaged() -> dict[str, FileDataset]:
    """Return images that each carry one lie about their pixels."""
    eye, chest = render(colour())[:_CROPPED_ROWS], render(radiograph())
    sheared, tripled, split = (secondary_capture(array) for array in (eye, eye, chest))
    # The number of bytes stays right, so no reader can notice.
    sheared.Rows, sheared.Columns = sheared.Columns, sheared.Rows
    planes = np.moveaxis(eye, -1, 0).tobytes()  # all red, all green, all blue, and a label that says RGBRGB
    tripled.PixelData = planes + b"\0" * (len(planes) % 2)
    split.PixelRepresentation = 1
    return {"A": sheared, "B": tripled, "C": split}


def _whole(answer: object) -> int | None:
    """Return an answer as a whole number, be it one of numpy or the result of a division; None otherwise."""
    if isinstance(answer, bool) or not isinstance(answer, (int, float, np.integer, np.floating)):
        return None
    return int(answer) if float(answer).is_integer() else None


def _check_length(answer: object) -> Verdict:
    number = _whole(answer)
    if number is None:
        return retry("the answer is a whole number of bytes")
    known = {
        512: _ONE_SIDE,
        1024: _ONE_SIDE,
        512 * 512: _PIXELS,
        512 * 512 * 16: _BITS,
        512 * 512 * 12: _BITS,
    }
    known[512 * 512 * 12 // 8] = _STORED
    return (
        PASS if number == _LENGTH else retry(known.get(number, "rows, times columns, times bytes per sample"))
    )


def _check_even_length(answer: object) -> Verdict:
    number = _whole(answer)
    if number is None:
        return retry("the answer is a whole number of bytes")
    known = {9: _ONE_SAMPLE, 10: _ONE_SAMPLE, 27: _ODD, 30: _ROW_PADDING, 36: _ROW_PADDING, 32: _FOUR_BYTES}
    return (
        PASS if number == _EVEN_LENGTH else retry(known.get(number, "pixels, times samples, then made even"))
    )


def _check_contract(answer: object) -> Verdict:
    if not isinstance(answer, dict) or set(answer) != set(_CONTRACT):
        return retry(_NUMBERS)
    if any(is_stub(value) for value in answer.values()):
        return TODO
    given = {keyword: _whole(value) for keyword, value in answer.items()}
    if None in given.values():
        return retry(_NUMBERS)
    if given["BitsAllocated"] != _CONTRACT["BitsAllocated"]:
        return retry(_ALLOCATED)
    if given["BitsStored"] != _CONTRACT["BitsStored"]:
        return retry(_ALL_STORED)
    if given["HighBit"] != _CONTRACT["HighBit"]:
        return retry(_HIGH_BIT_COUNT if given["HighBit"] == _CONTRACT["BitsStored"] else _HIGH_BIT_ALLOCATED)
    return PASS if given["PixelRepresentation"] == 0 else retry(_SIGNED)


def _check_unknown(answer: object) -> Verdict:
    if not isinstance(answer, dict) or not set(answer) <= {"AccessionNumber"}:
        return retry(_DICTIONARY)
    if not answer:
        return retry(_LEFT_OUT)
    value = answer["AccessionNumber"]
    if not isinstance(value, str):
        return TODO if is_stub(value) else retry(_INVENTED)
    if not value:
        return PASS
    return retry(_BLANKS if value.isspace() else _INVENTED)


def _check_culprits(answer: object) -> Verdict:
    if not isinstance(answer, dict) or set(answer) != set(_CULPRITS):
        return retry(_WHICH)
    if any(is_stub(value) for value in answer.values()):
        return TODO
    given = {name: str(value).replace(" ", "").casefold() for name, value in answer.items()}
    allowed = {keyword.casefold() for keyword in _CHOICES}
    given = {name: "columns" if word == "rows" else word for name, word in given.items()}
    if not set(given.values()) <= allowed:
        return retry(_WHICH)
    if "photometricinterpretation" in given.values():
        return retry(_INVERTED)
    for name, reason in (("A", _SHEARED), ("B", _TRIPLED), ("C", _SPLIT)):
        if given[name] != _CULPRITS[name].casefold():
            return retry(reason)
    return PASS


EXERCISES = (
    Exercise(
        id="04.1",
        title="Compute the length of Pixel Data",
        name="number_of_bytes",
        checker=_check_length,
        hints=(
            "How many pixels are there, and how many bytes does the file keep for each?",
            "Bits Allocated decides: 16 bits are two bytes, whatever is stored in them.",
            "512 * 512 * 2",
        ),
        solution="number_of_bytes = 512 * 512 * 2",
        misconceptions=(
            Misconception("512 * 512", _PIXELS),
            Misconception("512 * 512 * 12 // 8", _STORED),
            Misconception("512 * 512 * 16", _BITS),
            Misconception("512 * 2", _ONE_SIDE),
        ),
        learned="Half a mebibyte: every CT slice that is not compressed has that size.",
    ),
    Exercise(
        id="04.2",
        title="Pad Pixel Data to an even length",
        name="even_length",
        checker=_check_even_length,
        hints=(
            "Count the samples first: 3 rows, 3 columns, 3 samples for each pixel.",
            "3 * 3 * 3 = 27. May the value of an element have an odd length?",
            "One byte 00 is added at the very end, not in each row.",
        ),
        solution="even_length = 3 * 3 * 3 + 1",
        misconceptions=(
            Misconception("27", _ODD),
            Misconception("9", _ONE_SAMPLE),
            Misconception("10", _ONE_SAMPLE),
            Misconception("3 * 10", _ROW_PADDING),
            Misconception("3 * 12", _ROW_PADDING),
            Misconception("32", _FOUR_BYTES),
        ),
        learned="A reader cuts off what Rows, Columns and Samples per Pixel do not ask for.",
    ),
    Exercise(
        id="04.3",
        title="Write a value that nobody knows",
        name="to_write",
        checker=_check_unknown,
        hints=(
            "Accession Number is of Type 2. Read the table again: may it be missing? May it be empty?",
            "What the cell above gave to all the others of Type 2 is right here too.",
            "The value is two quotation marks with nothing between them.",
        ),
        solution='to_write = {"AccessionNumber": ""}',
        misconceptions=(
            Misconception('{"AccessionNumber": "UNKNOWN"}', _INVENTED),
            Misconception('{"AccessionNumber": 0}', _INVENTED),
            Misconception("{}", _LEFT_OUT),
            Misconception('{"AccessionNumber": " "}', _BLANKS),
            Misconception('""', _DICTIONARY),
        ),
        learned="An archive full of 0 and UNKNOWN finds a thousand examinations of the same number.",
    ),
    Exercise(
        id="04.4",
        title="Describe the bits of a sample",
        name="detector",
        checker=_check_contract,
        hints=(
            "The array's type tells what is allocated; the values tell what is stored.",
            "4095 is twelve ones in binary, so twelve bits are in use. Bits are counted from 0.",
            "Pixel Representation is 0 for unsigned and 1 for signed values.",
        ),
        solution=(
            "detector = {\n"
            '    "BitsAllocated": 16,\n'
            '    "BitsStored": 12,\n'
            '    "HighBit": 11,\n'
            '    "PixelRepresentation": 0,\n'
            "}"
        ),
        misconceptions=(
            Misconception(
                '{"BitsAllocated": 16, "BitsStored": 12, "HighBit": 12, "PixelRepresentation": 0}',
                _HIGH_BIT_COUNT,
            ),
            Misconception(
                '{"BitsAllocated": 16, "BitsStored": 12, "HighBit": 15, "PixelRepresentation": 0}',
                _HIGH_BIT_ALLOCATED,
            ),
            Misconception(
                '{"BitsAllocated": 12, "BitsStored": 12, "HighBit": 11, "PixelRepresentation": 0}', _ALLOCATED
            ),
            Misconception(
                '{"BitsAllocated": 16, "BitsStored": 16, "HighBit": 15, "PixelRepresentation": 0}',
                _ALL_STORED,
            ),
            Misconception(
                '{"BitsAllocated": 16, "BitsStored": 12, "HighBit": 11, "PixelRepresentation": 1}', _SIGNED
            ),
            Misconception('{"BitsAllocated": "16"}', _NUMBERS),
        ),
        learned="High Bit = Bits Stored - 1: the Standard has allowed nothing else for a long time.",
    ),
    Exercise(
        id="04.5",
        title="Tell from the picture which attribute is wrong",
        name="culprits",
        checker=_check_culprits,
        hints=(
            "The bytes are the same as in a good image; only the way of cutting them is wrong.",
            "A: each row begins a few pixels too late. B: the colours are gone. C: what was brightest turned black.",
            "Columns shears. Planar Configuration mixes colours up. A sign makes large numbers negative.",
        ),
        solution=('culprits = {"A": "Columns", "B": "PlanarConfiguration", "C": "PixelRepresentation"}'),
        misconceptions=(
            Misconception(
                '{"A": "PlanarConfiguration", "B": "Columns", "C": "PixelRepresentation"}', _SHEARED
            ),
            Misconception(
                '{"A": "Columns", "B": "PixelRepresentation", "C": "PlanarConfiguration"}', _TRIPLED
            ),
            Misconception('{"A": "Columns", "B": "PlanarConfiguration", "C": "Columns"}', _SPLIT),
            Misconception(
                '{"A": "Columns", "B": "PlanarConfiguration", "C": "PhotometricInterpretation"}', _INVERTED
            ),
            Misconception('{"A": "a virus", "B": "b", "C": "c"}', _WHICH),
        ),
        learned="A validator is silent about all three: it counts bytes and never looks at a picture.",
    ),
)

SPEAKER_NOTES: dict[str, str] = {
    "predict": "Let people count on paper: 35 bytes. Ask who would write the size of the picture where.",
    "bare": "Do not read the list aloud. Point at the last lines: what is missing is exactly what was just guessed.",
    "wrong-length": "The floats are the commonest mistake of people who come from machine learning.",
    "type-two": "Say it once more at the end: Type 1 has a value, Type 2 is there, Type 3 is a courtesy.",
    "wrapped": "Silence of the validator, then the error of the reader. Ask which of the two is right: both.",
    "damaged": "Cover the text and let the room name the attributes. Everybody meets all three in practice.",
}
