"""Exercises of notebook 04: a length, a padding byte, an empty value, the bits of a sample, and code for all of them."""

from __future__ import annotations

from types import SimpleNamespace

import numpy as np
import numpy.typing as npt
from pydicom.dataset import Dataset, FileDataset
from pydicom.filebase import DicomBytesIO
from pydicom.filewriter import write_dataset

from dicomkit.lessons import nb02_edit_tags
from dicomkit.lessons.answer_parts import BYTES_OF, attributes_of, in_units, or_stub
from dicomkit.lessons.answers import KEYWORD, WHOLE_NUMBER, Form
from dicomkit.lessons.exercise import PASS, TODO, Exercise, Misconception, Verdict, retry
from dicomkit.lessons.nb04_part_code import CODE_EXERCISES
from dicomkit.lessons.nb04_part_damage import CULPRITS, make_damaged
from dicomkit.pixels import secondary_capture

__all__ = ["EXERCISES", "SPEAKER_NOTES", "checkpoint"]

_HEART = (" ## ## ", "#######", " ##### ", "  ###  ", "   #   ")
_WHITE = 255

_LENGTH = 512 * 512 * 2
_PIXELS = "that is the number of pixels; each of them takes Bits Allocated = 16 bits, two bytes"
_STORED = "the file keeps Bits Allocated for each sample, not Bits Stored: the four unused bits take room too"
_BITS = "that is the number of bits; the length of an element counts bytes"
_ONE_SIDE = "that is one row; there are 512 of them"
_A_LENGTH = "the answer is a whole number of bytes, with no comma in it; without quotes Python computes it"

_EVEN_LENGTH = 28
_ODD = "27 bytes of pixels are right, but the value of an element has an even length: one byte is added"
_ONE_SAMPLE = "a colour pixel has three samples, red, green and blue, and each takes a byte"
_ROW_PADDING = "rows follow each other without a gap (a BMP fills up each row); only the end is padded"
_TWO_BYTES = "Bits Allocated is 8 here: each sample takes one byte"
_SAMPLE_BITS = "that counts bits; the length of an element counts bytes"
_FOUR_BYTES = "the length has to be even, not a multiple of four or eight"

_CONTRACT = {"BitsAllocated": 16, "BitsStored": 12, "HighBit": 11, "PixelRepresentation": 0}
_HIGH_BIT_COUNT = "bits are counted from 0, so the highest of twelve is number 11: High Bit = Bits Stored - 1"
_HIGH_BIT_ALLOCATED = "High Bit is the highest bit in use, and only 12 of the 16 are in use"
_ALLOCATED = "numpy stores a uint16 in 16 bits, and so does the file; 12 is how many of them are used"
_ALL_STORED = "the values go up to 4095 = 2 to the power of 12, minus 1: twelve bits are in use"
_SIGNED = "0 means unsigned, 1 means two's complement: these values are never negative"
_NUMBERS = "give each of the four attributes a whole number"

_INVENTED = "that is a value, and the next program believes it; nothing is known, so nothing stands there"
_LEFT_OUT = "a Type 2 attribute is there also when nobody knows its value: it is empty, not missing"
_DICTIONARY = 'give a dictionary with one keyword: {"AccessionNumber": ...}'
_BLANKS = "blanks only fill up to an even length; an empty text has no character at all"


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
        image=nb02_edit_tags.checkpoint().image, heart=_heart(), finished=_finished(), damaged=make_damaged()
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


def _check_length(number: int) -> Verdict:
    known = {
        512: _ONE_SIDE,
        1024: _ONE_SIDE,
        512 * 512: _PIXELS,
        512 * 512 * 16: _BITS,
        512 * 512 * 12: _BITS,
        512 * 512 * 12 // 8: _STORED,
    }
    return (
        PASS if number == _LENGTH else retry(known.get(number, "rows, times columns, times bytes per sample"))
    )


def _check_even_length(number: int) -> Verdict:
    known = {9: _ONE_SAMPLE, 10: _ONE_SAMPLE, 27: _ODD, 30: _ROW_PADDING, 36: _ROW_PADDING, 32: _FOUR_BYTES}
    known |= {54: _TWO_BYTES, 216: _SAMPLE_BITS, 217: _SAMPLE_BITS}
    return (
        PASS if number == _EVEN_LENGTH else retry(known.get(number, "pixels, times samples, then made even"))
    )


def _check_contract(given: dict[str, int | None]) -> Verdict:
    if None in given.values():
        return TODO
    if given["BitsAllocated"] != _CONTRACT["BitsAllocated"]:
        return retry(_ALLOCATED)
    if given["BitsStored"] != _CONTRACT["BitsStored"]:
        return retry(_ALL_STORED)
    if given["HighBit"] != _CONTRACT["HighBit"]:
        return retry(_HIGH_BIT_COUNT if given["HighBit"] == _CONTRACT["BitsStored"] else _HIGH_BIT_ALLOCATED)
    return PASS if given["PixelRepresentation"] == 0 else retry(_SIGNED)


def _one_value(answer: object) -> dict[str, object]:
    """Return a dictionary with Accession Number in it, however its keyword is spelt, or an empty one."""
    if not isinstance(answer, dict):
        raise TypeError(answer)
    given = {KEYWORD.reader(key): value for key, value in answer.items()}
    if not given.keys() <= {"AccessionNumber"}:
        raise ValueError(answer)
    return given


def _check_unknown(given: dict[str, object]) -> Verdict:
    if not given:
        return retry(_LEFT_OUT)
    value = given["AccessionNumber"]
    if isinstance(value, str) and value.isspace():
        return retry(_BLANKS)
    return PASS if value in ("", b"", None, [], ()) and _written_length(value) == 0 else retry(_INVENTED)


def _written_length(value: object) -> int:
    """Return the length that pydicom writes in front of an Accession Number of `value`."""
    dataset = Dataset()
    dataset.AccessionNumber = value
    stream = DicomBytesIO()
    stream.is_implicit_VR, stream.is_little_endian = True, True
    write_dataset(stream, dataset)
    return int.from_bytes(stream.getvalue()[4:8], "little")


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
            Misconception('"512 * 512 * 2"', _A_LENGTH),
        ),
        form=in_units(WHOLE_NUMBER, BYTES_OF).saying(_A_LENGTH),
        minutes=3,
        learned="Half a mebibyte: a slice of 512 x 512 pixels in 16 bits, uncompressed, takes as much whatever it shows.",
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
            Misconception("3 * 3 * 3 * 2", _TWO_BYTES),
            Misconception("3 * 3 * 3 * 8", _SAMPLE_BITS),
        ),
        form=in_units(WHOLE_NUMBER, BYTES_OF).saying(_A_LENGTH),
        minutes=3,
        learned="A reader computes 27 from the attributes, and leaves the padding byte out.",
    ),
    Exercise(
        id="04.3",
        title="Write a value that nobody knows",
        name="to_write",
        checker=_check_unknown,
        hints=(
            "Accession Number is of Type 2. Read the table again: may it be missing? May it be empty?",
            "The cell above gave all the others of Type 2 the value that is right here too.",
            "The value is two quotation marks with nothing between them.",
        ),
        solution='to_write = {"AccessionNumber": ""}',
        misconceptions=(
            Misconception('{"AccessionNumber": "UNKNOWN"}', _INVENTED),
            Misconception('{"AccessionNumber": 0}', _INVENTED),
            Misconception("{}", _LEFT_OUT),
            Misconception('{"AccessionNumber": " "}', _BLANKS),
            Misconception('""', _DICTIONARY),
            Misconception('{"PatientID": ""}', _DICTIONARY),
        ),
        form=Form("a dictionary with one keyword", _one_value, _DICTIONARY, takes_none=True),
        minutes=3,
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
        form=attributes_of(
            dict.fromkeys(_CONTRACT, or_stub(in_units(WHOLE_NUMBER, {"bit": 1, "bits": 1}).saying(_NUMBERS)))
        ).saying(_NUMBERS),
        minutes=4,
        learned="High Bit = Bits Stored - 1: PS3.5 section 8.1.1 allows nothing else.",
    ),
    *CODE_EXERCISES,
    *CULPRITS,
)

SPEAKER_NOTES: dict[str, str] = {
    "predict": "Let people count on paper, and list what has to be said. The picture comes only after the padding.",
    "bare": "Do not read the list aloud. Point at the last lines: what is missing is exactly what was just guessed.",
    "wrong-length": "The floats are the commonest mistake of people who come from machine learning.",
    "type-two": "Say it once more at the end: Type 1 has a value, Type 2 is there, Type 3 is a courtesy.",
    "exercise-5-text": "Ask who feeds a network with DICOM. The way back is the question that nobody asks in time.",
    "exercise-6-text": "Short of time? Write it together, factor by factor, and let the room name the next one.",
    "wrapped": "Silence of the validator, then the error of the reader. Ask which of the two is right: both.",
    "damaged": "Cover the text and let the room name the attributes. Everybody meets all three in practice.",
}
