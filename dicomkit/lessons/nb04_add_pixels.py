"""Exercises of notebook 04: lengths, an empty value, the bits of a sample, code for all of them, and damaged images."""

from __future__ import annotations

import re
from collections.abc import Iterator
from types import SimpleNamespace

import numpy as np
import numpy.typing as npt
from pydicom.dataset import Dataset, FileDataset
from pydicom.filebase import DicomBytesIO
from pydicom.filewriter import write_dataset

from dicomkit.lessons import nb02_edit_tags
from dicomkit.lessons.answer_parts import BYTES_OF, attributes_of, in_units, mapping_of, or_stub
from dicomkit.lessons.answers import BYTES, FUNCTION, KEYWORD, WHOLE_NUMBER, Form
from dicomkit.lessons.exercise import PASS, TODO, Verdict, judged_by, retry
from dicomkit.lessons.learners_code import returned
from dicomkit.lessons.lesson_texts import LessonTexts
from dicomkit.lessons.written_files import read_again
from dicomkit.pixels import render, secondary_capture, stored_values
from dicomkit.samples import cine, colour, ct_series, radiograph

__all__ = ["EXERCISES", "checkpoint"]

_TEXTS = LessonTexts(__name__)

_HEART = (" ## ## ", "#######", " ##### ", "  ###  ", "   #   ")
_WHITE = 255

_CONTRACT = {"BitsAllocated": 16, "BitsStored": 12, "HighBit": 11, "PixelRepresentation": 0}


def checkpoint() -> SimpleNamespace:
    """Return the values that notebook 04 starts from.

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
    """Return the data set at the end of the notebook."""
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


def _check_contract(given: dict[str, int | None]) -> Verdict:
    if None in given.values():
        return TODO
    wrong = {name for name in _CONTRACT if given[name] != _CONTRACT[name]}
    one_too_high = given["HighBit"] == _CONTRACT["BitsStored"]
    return judged_by(
        ("BitsAllocated" in wrong, _TEXTS.allocated),
        ("BitsStored" in wrong, _TEXTS.all_stored),
        ("HighBit" in wrong, _TEXTS.high_bit_count if one_too_high else _TEXTS.high_bit_allocated),
        ("PixelRepresentation" in wrong, _TEXTS.signed),
    )


def _one_value(answer: object) -> dict[str, object]:
    """Return a dictionary with Accession Number, whose keyword may be in any spelling, or an empty one."""
    if not isinstance(answer, dict):
        raise TypeError(answer)
    given = {KEYWORD.reader(key): value for key, value in answer.items()}
    if not given.keys() <= {"AccessionNumber"}:
        raise ValueError(answer)
    return given


def _check_unknown(given: dict[str, object]) -> Verdict:
    if not given:
        return retry(_TEXTS.left_out)
    value = given["AccessionNumber"]
    is_empty = value in ("", b"", None, [], ()) and _written_length(value) == 0
    return judged_by(
        (isinstance(value, str) and value.isspace(), _TEXTS.blanks),
        (not is_empty, _TEXTS.invented),
    )


def _written_length(value: object) -> int:
    """Return the value length that pydicom writes for an Accession Number of `value`."""
    dataset = Dataset()
    dataset.AccessionNumber = value
    stream = DicomBytesIO()
    stream.is_implicit_VR, stream.is_little_endian = True, True
    write_dataset(stream, dataset)
    return int.from_bytes(stream.getvalue()[4:8], "little")


_TOP = 4095  # the highest value of 12 bits
_DELIVERED = np.linspace(0, 1, 35).reshape(5, 7)  # as from a neural network


def _check_pixel_bytes(pixel_bytes: object) -> Verdict:
    found = returned(BYTES, pixel_bytes, _DELIVERED.copy())  # type: ignore[arg-type]
    count = _DELIVERED.size
    lengths = {
        8 * count: _TEXTS.still_floats,
        4 * count: _TEXTS.still_floats,
        count: _TEXTS.one_byte,
        count + 1: _TEXTS.one_byte,
    }
    if len(found) != 2 * count:
        return retry(lengths.get(len(found), _TEXTS.other_length))
    samples = _read_back(found)
    if samples.max() <= _TOP and np.abs(samples - _DELIVERED * _TOP).max() <= 1:  # rounded or cut off
        return _check_narrow(pixel_bytes)
    known = {255: _TEXTS.eight_bits, _TOP + 1: _TEXTS.too_high, 65535: _TEXTS.sixteen, 1: _TEXTS.cut}
    swapped = samples.byteswap().astype(int)
    if np.abs(swapped - _DELIVERED * _TOP).max() <= 1:
        return retry(_TEXTS.high_first)
    return retry(known.get(int(samples.flat[-1]), _TEXTS.other_samples))


def _check_narrow(pixel_bytes: object) -> Verdict:
    """Call the function with values that do not span 0.0 to 1.0, and check that it does not stretch them."""
    narrow = 0.25 + _DELIVERED / 4
    given = narrow.copy()
    found = returned(BYTES, pixel_bytes, given)  # type: ignore[arg-type]
    if len(found) != 2 * narrow.size or np.abs(_read_back(found) - narrow * _TOP).max() > 1:
        return retry(_TEXTS.stretched)
    return PASS if np.array_equal(given, narrow) else retry(_TEXTS.in_place)


def _read_back(content: bytes) -> npt.NDArray[np.uint16]:
    """Return the samples that pydicom reads back from a file with this Pixel Data."""
    image = secondary_capture(np.zeros(_DELIVERED.shape, dtype=np.uint16))
    image.PixelData = content
    return stored_values(read_again(image))


def _images() -> Iterator[tuple[Dataset, int]]:
    """Yield images, each with the length of Pixel Data in the file that pydicom writes."""
    images = (
        secondary_capture(np.zeros((5, 7), dtype=np.uint8)),
        colour(size=64),
        cine(3),
        ct_series(1, size=32)[0],
        secondary_capture(np.zeros((3, 3, 3, 3), dtype=np.uint8)),
    )
    for image in images:
        length = len(read_again(image).PixelData)
        image.PixelData = image.PixelData[:10]  # cut off, as in the question
        yield image, length


def _check_expected_length(expected_length: object) -> Verdict:
    for image, length in _images():
        found = returned(WHOLE_NUMBER, expected_length, image)  # type: ignore[arg-type]
        if found != length:
            return retry(_why(found, image, length))
    return PASS


def _why(found: int, image: Dataset, length: int) -> str:
    samples, frames = image.SamplesPerPixel, int(image.get("NumberOfFrames", 1))
    pixels = image.Rows * image.Columns
    exact = pixels * samples * frames * image.BitsAllocated // 8
    known = {
        pixels * samples * frames * image.BitsStored // 8: _TEXTS.stored_bits,
        len(image.PixelData): _TEXTS.as_it_is,
        exact * 8: _TEXTS.in_bits,
        frames * (exact // frames + exact // frames % 2): _TEXTS.row_wise,
        image.Rows * (exact // image.Rows + exact // image.Rows % 2): _TEXTS.row_wise,
    }
    if exact != length:
        known[exact] = _TEXTS.odd_length
    if samples > 1:
        known |= {exact // samples: _TEXTS.samples, exact // samples + exact // samples % 2: _TEXTS.samples}
    if frames > 1:
        known |= {exact // frames: _TEXTS.frames, exact // frames + exact // frames % 2: _TEXTS.frames}
    return known.get(found, _TEXTS.another)


_CROPPED_ROWS = 191  # with 192 columns nearly a square, but not quite

_CULPRITS = {"A": "Columns", "B": "PlanarConfiguration", "C": "PixelRepresentation"}
_CHOICES = {*_CULPRITS.values(), "PhotometricInterpretation"}


def make_damaged() -> dict[str, FileDataset]:
    """Return images A, B and C, each with one wrong attribute."""
    eye, chest = render(colour())[:_CROPPED_ROWS], render(radiograph())
    sheared, tripled, split = (secondary_capture(array) for array in (eye, eye, chest))
    # The number of bytes stays right, so no reader can notice.
    sheared.Rows, sheared.Columns = sheared.Columns, sheared.Rows
    planes = np.moveaxis(eye, -1, 0).tobytes()  # all red, all green, all blue, and a label that says RGBRGB
    tripled.PixelData = planes + b"\0" * (len(planes) % 2)
    split.PixelRepresentation = 1
    return {"A": sheared, "B": tripled, "C": split}


def _attribute(answer: object) -> str:
    """Return the keyword of one attribute; Rows and Columns, which are wrong together, count as one."""
    parts = answer if isinstance(answer, list | tuple | set) else [answer]
    if isinstance(answer, str) and not re.search(r"\d", answer):
        parts = re.split(r"[,;/&+()]|\band\b|\btogether with\b", answer.strip(" ()"))
    found = {
        "Columns" if keyword == "Rows" else keyword for keyword in map(KEYWORD.reader, filter(None, parts))
    }
    if len(found) != 1 or not found <= _CHOICES:
        raise ValueError(answer)
    return str(found.pop())


def _check_culprits(given: dict[str, str | None]) -> Verdict:
    if None in given.values():
        return TODO
    wrong = {name for name in _CULPRITS if given[name] != _CULPRITS[name]}
    return judged_by(
        ("PhotometricInterpretation" in given.values(), _TEXTS.inverted),
        ("A" in wrong, _TEXTS.sheared),
        ("B" in wrong, _TEXTS.tripled),
        ("C" in wrong, _TEXTS.split),
    )


_A_LENGTH = in_units(WHOLE_NUMBER, BYTES_OF)
_BITS = or_stub(in_units(WHOLE_NUMBER, {"bit": 1, "bits": 1}))
_CULPRIT = or_stub(Form("an attribute", _attribute))

EXERCISES = (
    _TEXTS.looked_up("04.1", _A_LENGTH),
    _TEXTS.looked_up("04.2", _A_LENGTH),
    _TEXTS.exercise(
        "04.3", Form("a dictionary with one keyword", _one_value, takes_none=True), _check_unknown
    ),
    _TEXTS.exercise("04.4", attributes_of(dict.fromkeys(_CONTRACT, _BITS)), _check_contract),
    _TEXTS.exercise("04.5", FUNCTION, _check_pixel_bytes),
    _TEXTS.exercise("04.6", FUNCTION, _check_expected_length),
    _TEXTS.exercise("04.7", mapping_of(dict.fromkeys(_CULPRITS, _CULPRIT)), _check_culprits),
)
