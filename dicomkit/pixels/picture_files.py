"""Read a picture file: PNG, JPEG, TIFF, BMP or PNM."""

from __future__ import annotations

import os
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt

from dicomkit.errors import FileAccessError, ImageError, reason_of
from dicomkit.pixels.jpeg_stream import JpegStream, read_jpeg_stream
from dicomkit.pixels.picture import MAX_PIXELS, Picture, check_size
from dicomkit.pixels.pillow_files import decode_picture, is_turned
from dicomkit.pixels.pnm import read_pnm

__all__ = ["read_picture"]

_MAX_FILE_BYTES = 2**30
_WHITE = 255


def read_picture(path: str | Path) -> Picture:
    """Read a picture file.

    Parameters
    ----------
    path
        A PNG, JPEG, TIFF (each page is a frame), BMP or PNM file, at most 2**26 pixels.

    Raises
    ------
    FileAccessError
        If the file cannot be read.
    ImageError
        If it is not a path or not a picture of these formats, or is damaged, empty or too large.
    """
    if not isinstance(path, (str, os.PathLike)):
        raise ImageError(
            type(path).__name__, "it is neither a path nor an array", "give a path, or numpy.asarray(picture)"
        )
    given = Path(path)
    try:
        if given.stat().st_size > _MAX_FILE_BYTES:
            raise ImageError(given, "it is larger than 1 GiB", "make the picture smaller")
        content = given.read_bytes()
    except OSError as error:
        raise FileAccessError(
            given, f"cannot be read ({reason_of(error)})", "check the path and its rights"
        ) from None
    if not content:
        raise ImageError(given, "it is empty", "export the picture again")
    if content[:1] == b"P" and content[1:2] in b"123456" and len(content) > 2:  # noqa: PLR2004 - two signs
        return _picture_of_pnm(*read_pnm(content, given, MAX_PIXELS))
    if content.startswith(b"\xff\xd8"):
        return _read_jpeg(content, given)
    return decode_picture(content, given)


def _picture_of_pnm(pixels: npt.NDArray[Any], white: int) -> Picture:
    if pixels.ndim == len(("rows", "columns", "samples")) and white != _WHITE:
        scaled = ((np.arange(white + 1) * _WHITE + white // 2) // white).astype(np.uint8)
        remark = f"The colours from 0 to {white} were scaled to 8 bits."
        return Picture(scaled[pixels][np.newaxis], remarks=(remark,))
    is_full = white == 2 ** white.bit_length() - 1
    return Picture(pixels[np.newaxis], white.bit_length(), white=None if is_full else white)


def _read_jpeg(content: bytes, given: Path) -> Picture:
    """Keep a baseline stream as it is; decode any other one."""
    jpeg = read_jpeg_stream(content, given)
    size = jpeg.size
    check_size(given, size.rows, size.columns)
    ratio = size.rows * size.columns * size.components * (size.bits / 8) / len(jpeg.stream)
    is_upright = not jpeg.has_exif or not is_turned(content, given)
    can_stay = jpeg.process == "baseline" and size.components in {1, 3} and size.bits == 8  # noqa: PLR2004
    if can_stay and is_upright:
        return Picture(None, jpeg=jpeg, lossy_ratio=ratio, remarks=tuple(_left_in_stream(jpeg)))
    if size.bits != 8:  # noqa: PLR2004 - the bits that Pillow's decoder knows
        raise ImageError(given, f"a JPEG of {size.bits} bits cannot be decoded here", "export it as PNG")
    reason = "The camera was not held upright" if can_stay else f"The JPEG stream is {jpeg.process}"
    if size.components not in {1, 3}:
        reason = f"The JPEG stream has {size.components} components"
    decoded = decode_picture(jpeg.stream, given)
    return Picture(
        decoded.frames,
        decoded.bits_stored,
        lossy_ratio=None if "lossless" in jpeg.process else ratio,
        remarks=(f"{reason}: it was decoded and is stored uncompressed.", *decoded.remarks),
    )


def _left_in_stream(jpeg: JpegStream) -> list[str]:
    remarks = []
    if jpeg.has_exif:
        remarks.append("The JPEG stream keeps its EXIF part, which may tell place, time and camera.")
    if jpeg.trailing_bytes:
        remarks.append(f"{jpeg.trailing_bytes} bytes after the end of the JPEG stream were left out.")
    return remarks
