"""Two exercises of notebook 04 in code: turn floats into samples, and compute how long Pixel Data has to be."""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np
import numpy.typing as npt
from pydicom.dataset import Dataset

from dicomkit.lessons.answers import BYTES, FUNCTION, WHOLE_NUMBER
from dicomkit.lessons.exercise import PASS, Verdict, retry
from dicomkit.lessons.learners_code import returned
from dicomkit.lessons.lesson_texts import LessonTexts
from dicomkit.lessons.written_files import read_again
from dicomkit.pixels import secondary_capture, stored_values
from dicomkit.samples import cine, colour, ct_series

__all__ = ["CODE_EXERCISES"]

_TEXTS = LessonTexts(__name__)

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
        pixels * samples * frames * image.BitsStored // 8: _TEXTS.stored,
        len(image.PixelData): _TEXTS.as_it_is,
        exact * 8: _TEXTS.in_bits,
        frames * (exact // frames + exact // frames % 2): _TEXTS.row_wise,
        image.Rows * (exact // image.Rows + exact // image.Rows % 2): _TEXTS.row_wise,
    }
    if exact != length:
        known[exact] = _TEXTS.odd
    if samples > 1:
        known |= {exact // samples: _TEXTS.samples, exact // samples + exact // samples % 2: _TEXTS.samples}
    if frames > 1:
        known |= {exact // frames: _TEXTS.frames, exact // frames + exact // frames % 2: _TEXTS.frames}
    return known.get(found, _TEXTS.another)


CODE_EXERCISES = (
    _TEXTS.exercise("04.5", form=FUNCTION, checker=_check_pixel_bytes),
    _TEXTS.exercise("04.6", form=FUNCTION, checker=_check_expected_length),
)
