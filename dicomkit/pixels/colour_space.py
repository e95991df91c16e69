"""The colour space of the samples of an image; the attribute that states it may be wrong.

References
----------
PS3.3 section C.7.6.3.1.2, Photometric Interpretation; PS3.5 section 6.2: blanks around a Code String mean nothing;
sections 8.2.1 and 8.2.4, colour in JPEG and JPEG 2000 streams.
"""

from __future__ import annotations

from pydicom.dataset import Dataset
from pydicom.uid import UID

from dicomkit.pixels.jpeg_2000_stream import transforms_colours
from dicomkit.pixels.transfer_syntax import JPEG, JPEG_2000

__all__ = ["code_string", "colour_space", "colours_of_stream", "is_whole_colour"]

_OF_JPEG_2000 = ("YBR_ICT", "YBR_RCT")
_YBR = ("YBR_FULL", "YBR_FULL_422")


def code_string(dataset: Dataset, keyword: str) -> str:
    """Return a Code String for comparison: without leading and trailing blanks, in capitals; "" if there is none."""
    return str(dataset.get(keyword) or "").strip(" \0").upper()


def colour_space(dataset: Dataset) -> str:
    """Return the Photometric Interpretation that an image states, for example ``MONOCHROME2``."""
    return code_string(dataset, "PhotometricInterpretation")


def colours_of_stream(said: str, syntax: UID, stream: bytes) -> tuple[str, str]:
    """Return the colour space to pass to a decoder, and a sentence if it is not the stated one.

    The decoder of a JPEG 2000 stream with a colour transform converts it back to red, green and blue; a second
    conversion would falsify the colours.

    Parameters
    ----------
    said
        The Photometric Interpretation that the image states.
    syntax
        The actual transfer syntax of the stream.
    stream
        A compressed frame.

    Returns
    -------
    tuple
        The colour space, and a sentence without a full stop, or "".
    """
    if said in _YBR and syntax in JPEG_2000 and transforms_colours(stream):
        remark = (
            f"Photometric Interpretation says {said}, and the JPEG 2000 stream transforms its colours itself"
        )
        return "YBR_RCT", remark
    if said in _OF_JPEG_2000 and syntax in JPEG:
        return "YBR_FULL", f"Photometric Interpretation says {said}, and the stream is no JPEG 2000"
    return said, ""


def is_whole_colour(said: str, there_bytes: int, pixels: int) -> bool:
    """Return whether native pixels that are called YBR_FULL_422 are not subsampled, and so are YBR_FULL.

    Parameters
    ----------
    said
        The Photometric Interpretation that the image states.
    there_bytes
        The length of its Pixel Data.
    pixels
        The number of pixels, of 3 samples of 8 bits.
    """
    return said == "YBR_FULL_422" and there_bytes in {3 * pixels, 3 * pixels + pixels % 2}
