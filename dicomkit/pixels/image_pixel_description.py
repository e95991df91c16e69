"""The Image Pixel Description that a decoder is given: what the stream holds, and nothing that could mislead it.

References
----------
PS3.3 section C.7.6.3, Image Pixel Module (Image Pixel Description Macro); PS3.5 section 8.2, Native or Encapsulated
Format Encoding.
"""

from __future__ import annotations

import copy

from pydicom.dataset import Dataset
from pydicom.uid import UID

from dicomkit.pixels.colour_space import colour_space
from dicomkit.pixels.jpeg_stream import read_jpeg_size
from dicomkit.pixels.transfer_syntax import JPEG

__all__ = ["image_pixel_description", "stream_pixel_description"]

# The attributes that a decoder needs, without offset tables.
_DESCRIPTION = (
    "SamplesPerPixel", "PlanarConfiguration", "Rows", "Columns", "BitsAllocated", "BitsStored", "HighBit",
    "PixelRepresentation",
)  # fmt: skip
_BYTE = 8


def image_pixel_description(dataset: Dataset, frames: int, colours: str = "") -> Dataset:
    """Return the description of an image, whose attributes were checked, for a decoder: without its offset tables.

    `colours` is the colour space, if it is not the one that the image states.
    """
    image = Dataset()
    for keyword in _DESCRIPTION:
        if dataset.get(keyword) is not None:
            # A copy, so that changes do not reach the caller's data set.
            image[keyword] = copy.copy(dataset[keyword])
    image.PhotometricInterpretation = colours or colour_space(dataset)
    image.NumberOfFrames = frames
    return image


def stream_pixel_description(
    dataset: Dataset, frames: int, colours: str, syntax: UID, stream: bytes
) -> Dataset:
    """Return the description of an image, as `image_pixel_description` does, for a decoder of compressed frames.

    `syntax` is the actual transfer syntax of the streams, and `stream` the first of them.
    """
    image = image_pixel_description(dataset, frames, colours)
    if image.SamplesPerPixel > 1:
        # The stream determines the order of samples, and decoders return them pixel by pixel unless they say otherwise
        # (PS3.5 section 8.2). pydicom would use the attribute.
        image.PlanarConfiguration = 0
    size = read_jpeg_size(stream) if syntax in JPEG else None
    if size is not None and image.BitsStored <= size.bits <= _BYTE < image.BitsAllocated:
        image.BitsAllocated = _BYTE  # a JPEG of 8 bits in an image of 16: the decoder returns bytes
    return image
