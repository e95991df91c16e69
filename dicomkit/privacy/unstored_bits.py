"""Unused bits of samples: until 2004 they could hold an overlay, and so a name.

References
----------
PS3.5 section 8.1.1, Pixel Data Encoding: nothing may be assumed about them. PS3.5 2004 section 8.1.2: overlays in them.
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
    """Return samples with only their stored bits; the bits above are zero, or repeat the sign.

    Parameters
    ----------
    dataset
        The data set that describes the samples.
    samples
        The samples, unsigned, with all allocated bits.
    bits
        The number of bits of a sample.
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
    """Check that the unused bits of the samples in compressed streams hold nothing.

    They are not blanked, as in native pixels: that would need an encoder for each codec.

    Raises
    ------
    DeidentificationError
        If they do, or the samples cannot be decoded.
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
                raise refusal("something is in bits of the compressed samples that Bits Stored leaves out")
    except ImageError as error:
        raise refusal(f"the bits of its samples cannot be examined ({error.problem})") from None
