"""Bits of a sample that are not stored: until 2004 an overlay, and so a name, could lie there.

References
----------
PS3.5 section 8.1.1, Pixel Data Encoding: they are zero, or repeat the sign. PS3.5-2004 section 8.1.2, overlays in them.
"""

from __future__ import annotations

from typing import Any

import numpy as np
import numpy.typing as npt
from pydicom.dataset import Dataset

from dicomkit.errors import ImageError
from dicomkit.pixels.checked_image import check_image
from dicomkit.pixels.compressed_frame import bits_in_stream
from dicomkit.pixels.decoding import pixel_words
from dicomkit.pixels.pixel_encoding import pixel_encoding
from dicomkit.privacy.streams.refusal import refusal

__all__ = ["check_unstored_bits", "only_stored_bits"]


def only_stored_bits(dataset: Dataset, samples: npt.NDArray[Any], bits: int) -> npt.NDArray[Any]:
    """Return samples in which nothing but the stored bits is left; of a negative one, its sign in those above.

    Parameters
    ----------
    dataset
        What describes the samples.
    samples
        Unsigned, with all of their bits.
    bits
        How many of them a sample has.
    """
    stored, high = dataset.get("BitsStored"), dataset.get("HighBit")
    if not isinstance(stored, int) or not isinstance(high, int):
        return samples
    lowest = high - stored + 1
    if not 0 < stored < bits or lowest < 0 or high >= bits:
        return samples
    mask = ((1 << stored) - 1) << lowest
    kept: npt.NDArray[Any] = samples & samples.dtype.type(mask)
    if dataset.get("PixelRepresentation") == 1 and high < bits - 1:
        above = ((1 << bits) - 1) ^ ((1 << (high + 1)) - 1)
        is_negative = samples & samples.dtype.type(1 << high) != 0
        kept = np.where(is_negative, kept | samples.dtype.type(above), kept)
    return kept


def check_unstored_bits(dataset: Dataset) -> None:
    """Check that nothing lies in bits that are not stored inside of the compressed streams of an image.

    They are not blanked as native ones are: that would need an encoder for each codec.

    Raises
    ------
    DeidentificationError
        If something lies there, or nobody here can look.
    """
    try:
        frames = check_image(dataset)
        encoding = pixel_encoding(dataset, frames)
        streams = encoding.frames
        for number in range(1, frames + 1):
            if streams is None:
                return
            bits = bits_in_stream(dataset, streams.stream(number), encoding.syntax, number)
            if bits <= int(dataset.BitsStored):
                continue
            words = pixel_words(dataset, number)
            if not np.array_equal(only_stored_bits(dataset, words, bits), words):
                raise refusal("something lies in bits of the compressed samples that Bits Stored leaves out")
    except ImageError as error:
        raise refusal(f"nobody here can look at the bits of its samples ({error.problem})") from None
