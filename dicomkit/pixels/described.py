"""What a decoder is told of an image: what the stream really holds, and nothing that could mislead it."""

from __future__ import annotations

import copy

from pydicom.dataset import Dataset
from pydicom.uid import UID

from dicomkit.pixels.colour_space import colour_space
from dicomkit.pixels.jpeg_stream import read_jpeg_size
from dicomkit.pixels.transfer_syntax import JPEG

__all__ = ["described", "described_stream"]

# What a decoder asks for, and nothing else: it shall not find another offset table.
_DESCRIPTION = (
    "SamplesPerPixel", "PlanarConfiguration", "Rows", "Columns", "BitsAllocated", "BitsStored", "HighBit",
    "PixelRepresentation",
)  # fmt: skip
_BYTE = 8


def described(dataset: Dataset, frames: int, colours: str = "") -> Dataset:
    """Return what a decoder has to know of an image, without its offset tables.

    Parameters
    ----------
    dataset
        An image whose attributes were checked.
    frames
        How many frames there are.
    colours
        The colour space, if it is not the one that the image says it has.
    """
    image = Dataset()
    for keyword in _DESCRIPTION:
        if dataset.get(keyword) is not None:
            image[keyword] = copy.copy(dataset[keyword])  # another value shall not be the caller's
    image.PhotometricInterpretation = colours or colour_space(dataset)
    image.NumberOfFrames = frames
    return image


def described_stream(dataset: Dataset, frames: int, colours: str, syntax: UID, stream: bytes) -> Dataset:
    """Return what a decoder of compressed frames has to know of an image.

    Parameters
    ----------
    dataset, frames, colours
        As `described` takes them.
    syntax
        The transfer syntax that the streams really have.
    stream
        The first of them.
    """
    image = described(dataset, frames, colours)
    if image.SamplesPerPixel > 1:
        # How samples lie is the stream's affair, and decoders return them pixel by pixel unless they say
        # otherwise (PS3.5 section 8.2). pydicom would believe the attribute.
        image.PlanarConfiguration = 0
    size = read_jpeg_size(stream) if syntax in JPEG else None
    if size is not None and image.BitsStored <= size.bits <= _BYTE < image.BitsAllocated:
        image.BitsAllocated = _BYTE  # a JPEG of 8 bits in an image of 16: the decoder returns bytes
    return image
