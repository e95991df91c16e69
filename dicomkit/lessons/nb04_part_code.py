"""Two exercises of notebook 04 in code: turn floats into samples, and compute how long Pixel Data has to be."""

from __future__ import annotations

import io
from collections.abc import Iterator

import numpy as np
import numpy.typing as npt
import pydicom
from pydicom.dataset import Dataset

from dicomkit.files.reading import read_content
from dicomkit.lessons.answers import BYTES, FUNCTION, WHOLE_NUMBER
from dicomkit.lessons.exercise import PASS, Exercise, Misconception, Task, Verdict, retry
from dicomkit.lessons.learners_code import returned
from dicomkit.pixels import secondary_capture, stored_values
from dicomkit.samples import cine, colour, ct_series

__all__ = ["CODE_EXERCISES"]

_TOP = 4095  # the highest value of 12 bits
_DELIVERED = np.linspace(0, 1, 35).reshape(5, 7)  # what a network delivers

_STILL_FLOATS = (
    "a float64 takes eight bytes, a float32 four: the values are still floats; convert them to uint16"
)
_ONE_BYTE = "that is one byte for each sample; 12 bits are kept in 16, which are two bytes"
_EIGHT_BITS = (
    "1.0 becomes 255, so only eight of the twelve bits are used: the highest value of twelve bits is 4095"
)
_TOO_HIGH = "1.0 becomes 4096, which needs a thirteenth bit: the highest value of twelve bits is 4095"
_SIXTEEN = "1.0 becomes 65535: all sixteen bits are used, and Bits Stored says 12"
_CUT = "nearly every sample is 0: converting to whole numbers cuts the fraction off, so multiply first"
_HIGH_FIRST = 'the high byte comes first: the low one has to, which numpy calls "<u2"'
_STRETCHED = "that fits an array that reaches from 0.0 to 1.0; where the highest value is 0.5, it has to become 2048 and not 4095"
_IN_PLACE = "the bytes are right, but the caller's array was changed: make a new one, values * 4095"
_OTHER_SAMPLES = "the samples are different: 0.0 becomes 0, 1.0 becomes 4095, and 0.5 lies in the middle"
_OTHER_LENGTH = "35 samples of two bytes are 70 bytes; that is another length"

_ODD = "the length in the file is even: 35 bytes of pixels become 36"
_AS_IT_IS = "that measures the bytes that are there; the question is how many there have to be"
_SAMPLES = "a colour image has three samples for each pixel: Samples per Pixel is a factor too"
_FRAMES = "a multi-frame image has as many frames as Number of Frames says, one behind the other"
_STORED = "the file keeps Bits Allocated for each sample, not Bits Stored"
_IN_BITS = "that counts bits; the length of an element counts bytes"
_ROW_WISE = "only the end of Pixel Data is padded, not each row or frame"
_ANOTHER = "rows, times columns, times samples, times frames, times bytes for each sample, then made even"


def _check_pixel_bytes(pixel_bytes: object) -> Verdict:
    found = returned(BYTES, pixel_bytes, _DELIVERED.copy())  # type: ignore[arg-type]
    count = _DELIVERED.size
    lengths = {8 * count: _STILL_FLOATS, 4 * count: _STILL_FLOATS, count: _ONE_BYTE, count + 1: _ONE_BYTE}
    if len(found) != 2 * count:
        return retry(lengths.get(len(found), _OTHER_LENGTH))
    samples = _read_back(found)
    if samples.max() <= _TOP and np.abs(samples - _DELIVERED * _TOP).max() <= 1:  # rounded or cut off
        return _check_narrow(pixel_bytes)
    known = {255: _EIGHT_BITS, _TOP + 1: _TOO_HIGH, 65535: _SIXTEEN, 1: _CUT}
    swapped = samples.byteswap().astype(int)
    if np.abs(swapped - _DELIVERED * _TOP).max() <= 1:
        return retry(_HIGH_FIRST)
    return retry(known.get(int(samples.flat[-1]), _OTHER_SAMPLES))


def _check_narrow(pixel_bytes: object) -> Verdict:
    """Give the function values that do not reach from 0.0 to 1.0, and look whether it leaves them alone."""
    narrow = 0.25 + _DELIVERED / 4
    given = narrow.copy()
    found = returned(BYTES, pixel_bytes, given)  # type: ignore[arg-type]
    if len(found) != 2 * narrow.size or np.abs(_read_back(found) - narrow * _TOP).max() > 1:
        return retry(_STRETCHED)
    return PASS if np.array_equal(given, narrow) else retry(_IN_PLACE)


def _read_back(content: bytes) -> npt.NDArray[np.uint16]:
    """Return the samples in a file that pydicom writes with such Pixel Data."""
    image = secondary_capture(np.zeros(_DELIVERED.shape, dtype=np.uint16))
    image.PixelData = content
    return stored_values(_in_a_file(image))


def _in_a_file(image: Dataset) -> Dataset:
    """Return a data set as it is read from the file that pydicom writes of it."""
    stream = io.BytesIO()
    pydicom.dcmwrite(stream, image, enforce_file_format=True)
    return read_content(stream.getvalue())


def _images() -> Iterator[tuple[Dataset, int]]:
    """Yield images, and how long Pixel Data is in the file that pydicom writes of each."""
    images = (
        secondary_capture(np.zeros((5, 7), dtype=np.uint8)),
        colour(size=64),
        cine(3),
        ct_series(1, size=32)[0],
        secondary_capture(np.zeros((3, 3, 3, 3), dtype=np.uint8)),
    )
    for image in images:
        length = len(_in_a_file(image).PixelData)
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
        pixels * samples * frames * image.BitsStored // 8: _STORED,
        len(image.PixelData): _AS_IT_IS,
        exact * 8: _IN_BITS,
        frames * (exact // frames + exact // frames % 2): _ROW_WISE,
        image.Rows * (exact // image.Rows + exact // image.Rows % 2): _ROW_WISE,
    }
    if exact != length:
        known[exact] = _ODD
    if samples > 1:
        known |= {exact // samples: _SAMPLES, exact // samples + exact // samples % 2: _SAMPLES}
    if frames > 1:
        known |= {exact // frames: _FRAMES, exact // frames + exact // frames % 2: _FRAMES}
    return known.get(found, _ANOTHER)


_AREA = "d.Rows * d.Columns"
_BYTES_EACH = 'd.SamplesPerPixel * d.get("NumberOfFrames", 1) * d.BitsAllocated // 8'

CODE_EXERCISES = (
    Exercise(
        id="04.5",
        title="Turn floats into samples of twelve bits",
        name="pixel_bytes",
        checker=_check_pixel_bytes,
        hints=(
            "Two steps: scale 0.0 to 1.0 up to the highest value of twelve bits, then convert to whole numbers.",
            "The highest value of twelve bits is 4095. np.rint rounds; astype converts.",
            '"<u2" is the type: two bytes, no sign, the low byte first.',
        ),
        solution=(
            "def pixel_bytes(values):\n"
            "    stored = np.rint(values * 4095)\n"
            '    return stored.astype("<u2").tobytes()'
        ),
        setup="import numpy as np",
        misconceptions=(
            Misconception("lambda v: v.tobytes()", _STILL_FLOATS),
            Misconception('lambda v: (v * 4095).astype("<f4").tobytes()', _STILL_FLOATS),
            Misconception("lambda v: (v * 255).astype(np.uint8).tobytes()", _ONE_BYTE),
            Misconception('lambda v: (v * 255).astype("<u2").tobytes()', _EIGHT_BITS),
            Misconception('lambda v: (v * 4096).astype("<u2").tobytes()', _TOO_HIGH),
            Misconception('lambda v: (v * 65535).astype("<u2").tobytes()', _SIXTEEN),
            Misconception('lambda v: v.astype("<u2").tobytes()', _CUT),
            Misconception('lambda v: np.rint(v * 4095).astype(">u2").tobytes()', _HIGH_FIRST),
            Misconception('lambda v: (4095 - v * 4095).astype("<u2").tobytes()', _OTHER_SAMPLES),
        ),
        learned="Write the factor down, too: Rescale Slope 1/4095 leads a reader back from 4095 to 1.0.",
        form=FUNCTION,
        minutes=6,
        task=Task.CHANGE,
        given="def pixel_bytes(values):\n    return values.tobytes()",
    ),
    Exercise(
        id="04.6",
        title="Compute how long Pixel Data has to be",
        name="expected_length",
        checker=_check_expected_length,
        hints=(
            "Multiply rows, columns, samples and frames; each sample takes BitsAllocated // 8 bytes.",
            'dataset.get("NumberOfFrames", 1) is 1 where the attribute is missing.',
            "length + length % 2 is the next even number.",
        ),
        solution=(
            "def expected_length(dataset):\n"
            '    frames = int(dataset.get("NumberOfFrames", 1))\n'
            "    samples = dataset.Rows * dataset.Columns * dataset.SamplesPerPixel * frames\n"
            "    length = samples * dataset.BitsAllocated // 8\n"
            "    return length + length % 2"
        ),
        misconceptions=(
            Misconception("lambda d: len(d.PixelData)", _AS_IT_IS),
            Misconception(f"lambda d: {_AREA} * {_BYTES_EACH}", _ODD),
            Misconception(f"lambda d: (n := {_AREA}) + n % 2", _SAMPLES),
            Misconception(f"lambda d: (n := {_AREA} * d.SamplesPerPixel) + n % 2", _FRAMES),
            Misconception(
                f'lambda d: (n := {_AREA} * d.SamplesPerPixel * d.get("NumberOfFrames", 1)) + n % 2', _ANOTHER
            ),
            Misconception(
                f"lambda d: (n := {_AREA} * {_BYTES_EACH.replace('Allocated', 'Stored')}) + n % 2", _STORED
            ),
            Misconception(f"lambda d: {_AREA} * {_BYTES_EACH.removesuffix(' // 8')}", _IN_BITS),
            Misconception(
                'lambda d: (n := d.Columns * d.SamplesPerPixel) and (n + n % 2) * d.Rows * d.get("NumberOfFrames", 1)',
                _ROW_WISE,
            ),
        ),
        learned="A file whose Pixel Data is shorter was cut off; this finds it without decoding anything.",
        form=FUNCTION,
        minutes=8,
        task=Task.WRITE,
    ),
)
