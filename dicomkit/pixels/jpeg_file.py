"""Read the header of a JPEG file, which decides whether its stream can be wrapped unchanged."""

from __future__ import annotations

from pathlib import Path
from typing import NamedTuple

from dicomkit.errors import ImageError
from dicomkit.pixels.jpeg_stream import JpegStream, read_jpeg_stream
from dicomkit.pixels.opened_picture import is_turned, opened_picture
from dicomkit.pixels.picture_size import check_size

__all__ = ["JpegFile", "read_jpeg_file"]

_BITS = 8  # of a sample, as Pillow's decoder knows them
_COMPONENTS = {1, 3}  # grey, or colour


class JpegFile(NamedTuple):
    """A JPEG file.

    ``lossy_ratio`` says how many times smaller the stream is than its samples. ``reason_to_decode`` says why the stream has
    to be decoded, without a full stop; empty if it can be wrapped. ``remarks`` are sentences on what a wrapped stream still
    contains or has lost.
    """

    stream: JpegStream
    lossy_ratio: float
    reason_to_decode: str
    remarks: tuple[str, ...]


def read_jpeg_file(content: bytes, given: Path) -> JpegFile:
    """Read the header of a JPEG file; nothing is decoded.

    Parameters
    ----------
    content, given
        The bytes of the file, and what an error calls it.

    Raises
    ------
    ImageError
        If it is damaged, too large, or has samples that can be neither wrapped nor decoded.
    """
    jpeg = read_jpeg_stream(content, given)
    size = jpeg.size
    check_size(given, size.rows, size.columns)
    ratio = size.rows * size.columns * size.components * (size.bits / 8) / len(jpeg.stream)
    is_upright = not jpeg.has_exif or _is_upright(content, given)
    can_stay = jpeg.process == "baseline" and size.components in _COMPONENTS and size.bits == _BITS
    if can_stay and is_upright:
        return JpegFile(jpeg, ratio, "", tuple(_left_in_stream(jpeg)))
    if size.bits != _BITS:
        raise ImageError(given, f"a JPEG of {size.bits} bits cannot be decoded here", "export it as PNG")
    reason = "The camera was not held upright" if can_stay else f"The JPEG stream is {jpeg.process}"
    if size.components not in _COMPONENTS:
        reason = f"The JPEG stream has {size.components} components"
    return JpegFile(jpeg, ratio, reason, ())


def _is_upright(content: bytes, given: Path) -> bool:
    with opened_picture(content, given) as image:
        return not is_turned(image)


def _left_in_stream(jpeg: JpegStream) -> list[str]:
    remarks = []
    if jpeg.has_exif:
        remarks.append("The JPEG stream keeps its EXIF part, which may tell place, time and camera.")
    if jpeg.trailing_bytes:
        remarks.append(f"{jpeg.trailing_bytes} bytes after the end of the JPEG stream were left out.")
    return remarks
