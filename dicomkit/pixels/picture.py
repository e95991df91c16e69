"""A picture in a form that DICOM can store: frames of samples, or a stream that needs no decoding.

Much in a picture file has no place in a Secondary Capture: transparency, palettes with odd bit depths, EXIF
orientation, ink colours. These are converted in the simplest way, and each change is a sentence in `Picture.remarks`.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np
import numpy.typing as npt

from dicomkit.errors import ImageError
from dicomkit.pixels.jpeg_stream import JpegStream
from dicomkit.pixels.picture_size import check_size

__all__ = [
    "ALPHA_REMARK",
    "Picture",
    "is_transparent",
    "on_black",
    "picture_of_array",
]

ALPHA_REMARK = "The transparent parts were composed on black."


@dataclass(frozen=True)
class Picture:
    """A picture that was read.

    Parameters
    ----------
    frames
        Shape (frames, rows, columns) or (frames, rows, columns, 3); ``uint8``, ``uint16`` or ``int16``.
        None if `jpeg` holds the picture.
    bits_stored
        The number of bits of each sample that are used.
    white
        The value of white, if that is less than the bits can hold.
    jpeg
        A baseline JPEG stream that needs no decoding.
    lossy_ratio
        The ratio of an earlier lossy JPEG compression; None if there was none.
    remarks
        A sentence on each change.
    given
        What an error calls the picture.
    """

    frames: npt.NDArray[Any] | None
    bits_stored: int = 8
    white: int | None = None
    jpeg: JpegStream | None = None
    lossy_ratio: float | None = None
    remarks: tuple[str, ...] = ()
    given: object = "picture"


def picture_of_array(array: npt.NDArray[Any]) -> Picture:
    """Make a picture from an array.

    Parameters
    ----------
    array
        Shape (rows, columns), (rows, columns, 3), (frames, rows, columns) or (frames, rows, columns, 3).
        A last axis of 3 or 4 means colour, or colour with transparency. Grey is ``uint8``, ``uint16`` or
        ``int16``, colour is ``uint8``.

    Raises
    ------
    ImageError
        If the array has another shape or type, or is empty.
    """
    given = f"array of shape {array.shape} and type {array.dtype}"
    is_colour = array.ndim >= 3 and array.shape[-1] in {3, 4}  # noqa: PLR2004 - rows, columns, samples
    frame_axes = 3 if is_colour else 2
    if array.ndim not in {frame_axes, frame_axes + 1}:
        raise ImageError(
            given, "it is no picture", "give (rows, columns), (rows, columns, 3), or frames of these"
        )
    wanted = {"uint8"} if is_colour else {"uint8", "uint16", "int16"}
    if array.dtype.name not in wanted:
        raise ImageError(
            given, "a Secondary Capture has no such samples", f"use {' or '.join(sorted(wanted))}"
        )
    frames = array if array.ndim == frame_axes + 1 else array[np.newaxis]
    check_size(given, frames.shape[1], frames.shape[2], len(frames))
    frames = np.ascontiguousarray(frames)
    remarks: tuple[str, ...] = ()
    if is_colour and frames.shape[-1] == 4:  # noqa: PLR2004 - red, green, blue, alpha
        remarks = (ALPHA_REMARK,) if is_transparent(frames) else ()
        frames = on_black(frames)
    return Picture(frames, frames.dtype.itemsize * 8, remarks=remarks)


def is_transparent(frames: npt.NDArray[Any]) -> bool:
    """Return whether any alpha, the last sample, is below 255. Plots often have an alpha but are opaque."""
    return bool((frames[..., -1] < np.iinfo(frames.dtype).max).any())


def on_black(frames: npt.NDArray[Any]) -> npt.NDArray[Any]:
    """Compose a picture on black: multiply each sample by its alpha, the last one."""
    alpha = frames[..., -1:].astype(np.uint32)
    opaque: npt.NDArray[Any] = ((frames[..., :-1] * alpha + 127) // 255).astype(np.uint8)
    return opaque
