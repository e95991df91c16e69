"""The length that uncompressed pixels must have, and a remark where Pixel Data has another."""

from __future__ import annotations

import math

from pydicom.dataset import Dataset

from dicomkit.pixels.colour_space import colour_space
from dicomkit.pixels.transfer_syntax import transfer_syntax_of

__all__ = ["PIXEL_ELEMENTS", "native_bytes", "native_length_remark", "pixel_element"]

PIXEL_ELEMENTS = {
    "PixelData": "Pixel Data",
    "FloatPixelData": "Float Pixel Data",
    "DoubleFloatPixelData": "Double Float Pixel Data",
}
# Each attribute that determines the length, and its default if it may be absent.
_FACTORS = {
    "Rows": ("Rows", 0),
    "Columns": ("Columns", 0),
    "SamplesPerPixel": ("Samples per Pixel", 1),
    "NumberOfFrames": ("Number of Frames", 1),
    "BitsAllocated": ("Bits Allocated", 0),
}


def pixel_element(dataset: Dataset) -> str:
    """Return the keyword of the element that holds the pixels of a data set; "" if it has none."""
    return next((keyword for keyword in PIXEL_ELEMENTS if keyword in dataset), "")


def native_bytes(bits: int, photometric_interpretation: str) -> int:
    """Return the length of uncompressed pixels in bytes, without the padding to an even length.

    Parameters
    ----------
    bits
        Rows x Columns x Samples per Pixel x Number of Frames x Bits Allocated.
    photometric_interpretation
        In YBR_FULL_422 two pixels share their chrominance.

    References
    ----------
    PS3.5 section 8.1.1, Pixel Data Encoding of Related Data Elements; PS3.3 section C.7.6.3.1.2,
    Photometric Interpretation.

    Examples
    --------
    >>> native_bytes(4 * 4 * 1 * 1 * 16, "MONOCHROME2")
    32
    """
    if photometric_interpretation == "YBR_FULL_422":
        bits = bits * 2 // 3
    return (bits + 7) // 8


def native_length_remark(dataset: Dataset) -> str:
    """Return how Pixel Data and the attributes that describe it disagree on its length; "" if they agree.

    Compressed pixels are left to the decoder: their length says nothing.

    Parameters
    ----------
    dataset
        A data set with file meta information, which names the transfer syntax. If an element cannot be read, the
        remark is "": the reader reports it.
    """
    try:
        name = pixel_element(dataset)
        if not name or transfer_syntax_of(dataset).is_encapsulated:
            return ""
        missing = [
            label for keyword, (label, least) in _FACTORS.items() if not least and keyword not in dataset
        ]
        if missing:
            return f"{PIXEL_ELEMENTS[name]} is there without {', '.join(missing)}"
        there = len(dataset[name].value or b"")
        factors = {
            label: int(dataset.get(keyword) or otherwise) for keyword, (label, otherwise) in _FACTORS.items()
        }
        interpretation = colour_space(dataset)
    except Exception:  # noqa: BLE001 - a damaged element makes pydicom raise nearly anything
        return ""
    needed = native_bytes(math.prod(factors.values()), interpretation)
    if needed <= there <= needed + needed % 2:
        return ""
    product = " x ".join(f"{label} {factor}" for label, factor in factors.items())
    return f"{PIXEL_ELEMENTS[name]} has {there} bytes, and {product} bits ask for {needed}"
