"""Read a picture file: PNG, JPEG, TIFF, BMP or PNM."""

from __future__ import annotations

import os
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt

from dicomkit.errors import ImageError
from dicomkit.pixels.jpeg_file import read_jpeg_file
from dicomkit.pixels.picture import Picture
from dicomkit.pixels.picture_size import picture_bytes
from dicomkit.pixels.pillow_files import decode_picture
from dicomkit.pixels.pnm import read_pnm

__all__ = ["picture_in", "read_picture"]

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
    return picture_in(picture_bytes(given), given)


def picture_in(content: bytes, given: Path) -> Picture:
    """Return the picture in the bytes of a file, as `read_picture` does; `given` is what an error calls it."""
    if content[:1] == b"P" and content[1:2] in b"123456" and len(content) > 2:  # noqa: PLR2004 - two signs
        return _picture_of_pnm(*read_pnm(content, given))
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
    """Take the stream as it is, or decode it where not everybody who receives it could."""
    jpeg = read_jpeg_file(content, given)
    if not jpeg.reason_to_decode:
        return Picture(
            None, jpeg=jpeg.stream, lossy_ratio=jpeg.lossy_ratio, remarks=jpeg.remarks, given=given
        )
    decoded = decode_picture(jpeg.stream.stream, given)
    return Picture(
        decoded.frames,
        decoded.bits_stored,
        lossy_ratio=None if "lossless" in jpeg.stream.process else jpeg.lossy_ratio,
        remarks=(
            f"{jpeg.reason_to_decode}: it was decoded and is stored uncompressed.",
            *decoded.remarks,
        ),
    )
