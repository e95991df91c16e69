"""Text after the coded data of a compressed frame, before its end marker, where no decoder looks.

The end of coded data cannot be found without decoding. So if the last bytes look like text, the frame is decoded a
second time without them: if the picture is the same, they are not part of it.
"""

from __future__ import annotations

import re

import numpy as np
from pydicom.dataset import Dataset
from pydicom.encaps import encapsulate

from dicomkit.errors import ImageError
from dicomkit.pixels.checked_image import check_image
from dicomkit.pixels.decoding import stored_values
from dicomkit.pixels.image_pixel_description import image_pixel_description
from dicomkit.pixels.pixel_encoding import PixelEncoding, pixel_encoding
from dicomkit.privacy.streams import coded_ends
from dicomkit.privacy.streams.refusal import refusal

__all__ = ["check_coded_ends"]

_TAIL_BYTES = 6  # of coded data, about one tail in three hundred looks like text by chance
# ASCII, also with a zero byte beside each letter, or UTF-8 characters of two or three bytes.
_TEXT = re.compile(rb"(?:[\x20-\x7e\0]|[\xc3-\xdf][\x80-\xbf]|[\xe0-\xef][\x80-\xbf]{2})+")


def check_coded_ends(dataset: Dataset) -> None:
    """Check that no text follows the coded data inside the streams of a compressed image.

    Parameters
    ----------
    dataset
        An image with compressed Pixel Data, which `blank_encapsulated` has read to its end.

    Raises
    ------
    DeidentificationError
        If some does, or if a suspicious frame cannot be decoded.
    """
    try:
        frames = check_image(dataset)
        encoding = pixel_encoding(dataset, frames)
        for number in range(1, frames + 1):
            stream = encoding.frames.stream(number) if encoding.frames is not None else b""
            for end in coded_ends(stream):
                if _looks_like_text(stream[end - _TAIL_BYTES : end]):
                    _check(dataset, encoding, number, end)
    except ImageError as error:
        raise refusal(f"nobody here can look at the end of its coded data ({error.problem})") from None


def _looks_like_text(tail: bytes) -> bool:
    return any(tail) and any(_TEXT.fullmatch(tail, start) for start in (0, 1, 2))


def _check(dataset: Dataset, encoding: PixelEncoding, number: int, end: int) -> None:
    """Refuse a frame whose picture is the same without the last bytes of its coded data."""
    if encoding.frames is None:
        raise AssertionError  # check_coded_ends asks for streams only
    stream = encoding.frames.stream(number)
    image = image_pixel_description(dataset, 1, encoding.colours)
    image.file_meta = dataset.file_meta
    image.PixelData = encapsulate([stream[: end - _TAIL_BYTES] + bytes(_TAIL_BYTES) + stream[end:]])
    image["PixelData"].VR, image["PixelData"].is_undefined_length = "OB", True
    picture = stored_values(dataset, number)
    try:
        without = stored_values(image)
    except ImageError:
        return  # they were needed
    if np.array_equal(without, picture):
        raise refusal("something that is no part of the picture follows its coded data")
