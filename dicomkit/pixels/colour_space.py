"""Which colour space the samples of an image are in, where the attribute that says so may be wrong.

References
----------
PS3.3 section C.7.6.3.1.2, Photometric Interpretation; PS3.5 section 6.2: blanks around a Code String mean nothing;
section 8.2.1 and 8.2.4, colour in JPEG and JPEG 2000 streams.
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
    """Return a Code String as it is compared: without blanks around it, in capitals; "" if there is none.

    Parameters
    ----------
    dataset
        A data set or item.
    keyword
        An attribute of VR CS and VM 1.
    """
    return str(dataset.get(keyword) or "").strip(" \0").upper()


def colour_space(dataset: Dataset) -> str:
    """Return the colour space that an image says it has, for example ``MONOCHROME2``."""
    return code_string(dataset, "PhotometricInterpretation")


def colours_of_stream(said: str, syntax: UID, stream: bytes) -> tuple[str, str]:
    """Return the colour space that a decoder has to be told, and a sentence if it is not the one that is said.

    A JPEG 2000 stream that transforms its colours is turned back into red, green and blue by its decoder; to
    turn it back a second time would make other colours of them.

    Parameters
    ----------
    said
        The colour space that the image says it has.
    syntax
        The transfer syntax that the stream really has.
    stream
        A compressed frame.

    Returns
    -------
    tuple
        The colour space, and a sentence without a full stop or "".
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
    """Return whether native pixels of YBR_FULL_422 have a colour each, and so are YBR_FULL.

    Parameters
    ----------
    said
        The colour space that the image says it has.
    there_bytes
        How long its Pixel Data is.
    pixels
        How many pixels there are, of 3 samples of 8 bits.
    """
    return said == "YBR_FULL_422" and there_bytes in {3 * pixels, 3 * pixels + pixels % 2}
