"""Read a picture file: PNG, JPEG, TIFF, BMP or PNM, as arrays of samples that DICOM can hold.

A picture file and a DICOM image agree on little: transparency, palettes with odd bit depths, a camera
held sideways and ink colours have no place in a Secondary Capture. Whatever has to change is changed in
the plain way, and said: each change is one sentence in `Picture.remarks`.
"""

from __future__ import annotations

import contextlib
import io
import warnings
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np
import numpy.typing as npt

from dicomkit.errors import DicomKitError, FileAccessError, ImageError
from dicomkit.pixels.jpeg_stream import JpegStream, read_jpeg_stream
from dicomkit.pixels.pnm import read_pnm

if TYPE_CHECKING:
    from PIL import Image

__all__ = ["MAX_PIXELS", "Picture", "picture_of_array", "read_picture"]

MAX_PIXELS = 2**26  # over all frames: 8192 x 8192; a 67-million-pixel picture in colour takes 200 MB
_LARGEST_SIZE = 65535  # Rows and Columns are US, 16 bits
_MAX_FILE_BYTES = 2**30
_FORMATS = ("PNG", "JPEG", "TIFF", "BMP", "DIB")
_ORIENTATION = 0x0112  # EXIF: how the camera was held; 1 is upright
_TIFF_COMPRESSION = 259
_TIFF_JPEG = {6, 7}
_PNG_BIT_DEPTH, _PNG_COLOUR_TYPE = 24, 25  # places in the IHDR chunk
_PNG_HAS_COLOUR, _PNG_HAS_ALPHA = 2, 4
_TIFF_FULL_DEPTH = 16
_GREY_16 = "I;16"
_ON_BLACK = {"LA", "RGBA"}


@dataclass(frozen=True)
class Picture:
    """A picture, read.

    Parameters
    ----------
    frames
        Shape (frames, rows, columns) or (frames, rows, columns, 3); ``uint8``, ``uint16`` or ``int16``.
        None where `jpeg` holds the picture.
    bits_stored
        How many bits of each sample are used.
    jpeg
        A baseline JPEG stream that needs no decoding.
    lossy_ratio
        How many times smaller the picture once was under lossy JPEG compression; None if it never was.
    remarks
        What had to be changed, one sentence each.
    """

    frames: npt.NDArray[Any] | None
    bits_stored: int = 8
    jpeg: JpegStream | None = None
    lossy_ratio: float | None = None
    remarks: tuple[str, ...] = ()


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
        If it is no such picture, is damaged, is empty or is too large.
    """
    given = Path(path)
    try:
        if given.stat().st_size > _MAX_FILE_BYTES:
            raise ImageError(given, "it is larger than 1 GiB", "make the picture smaller")
        content = given.read_bytes()
    except OSError as error:
        raise FileAccessError(
            given, f"cannot be read ({type(error).__name__})", "check the path and its rights"
        ) from None
    if not content:
        raise ImageError(given, "it is empty", "export the picture again")
    if content[:1] == b"P" and content[1:2] in b"123456" and len(content) > 2:  # noqa: PLR2004 - two signs
        pixels, bits = read_pnm(content, given, MAX_PIXELS)
        return Picture(pixels[np.newaxis], bits)
    if content.startswith(b"\xff\xd8"):
        return _read_jpeg(content, given)
    return _decode(content, given)


def picture_of_array(array: npt.NDArray[Any]) -> Picture:
    """Take an array as a picture.

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
    if array.ndim not in {frame_axes, frame_axes + 1} or array.dtype.kind not in "ui":
        raise ImageError(
            given, "it is no picture", "give (rows, columns), (rows, columns, 3), or frames of these"
        )
    wanted = {"uint8"} if is_colour else {"uint8", "uint16", "int16"}
    if array.dtype.name not in wanted:
        raise ImageError(
            given, "a Secondary Capture has no such samples", f"use {' or '.join(sorted(wanted))}"
        )
    frames = array if array.ndim == frame_axes + 1 else array[np.newaxis]
    _check_size(given, frames.shape[1], frames.shape[2], len(frames))
    frames = np.ascontiguousarray(frames)
    remarks: tuple[str, ...] = ()
    if is_colour and frames.shape[-1] == 4:  # noqa: PLR2004 - red, green, blue, alpha
        frames, remarks = _on_black(frames), (_ALPHA_REMARK,)
    return Picture(frames, frames.dtype.itemsize * 8, remarks=remarks)


_ALPHA_REMARK = "The transparent parts were composed on black."


def _on_black(frames: npt.NDArray[Any]) -> npt.NDArray[Any]:
    """Weigh each sample by its alpha: what is transparent becomes black."""
    alpha = frames[..., -1:].astype(np.uint32)
    opaque: npt.NDArray[Any] = ((frames[..., :-1] * alpha + 127) // 255).astype(np.uint8)
    return opaque


def _read_jpeg(content: bytes, given: Path) -> Picture:
    """Take a baseline stream as it is; decode every other one."""
    jpeg = read_jpeg_stream(content, given)
    size = jpeg.size
    _check_size(given, size.rows, size.columns)
    ratio = size.rows * size.columns * size.components * (size.bits / 8) / len(jpeg.stream)
    orientation = _exif_orientation(content, given) if jpeg.has_exif else 1
    can_stay = jpeg.process == "baseline" and size.components in {1, 3} and size.bits == 8  # noqa: PLR2004
    if can_stay and orientation == 1:
        return Picture(None, jpeg=jpeg, lossy_ratio=ratio, remarks=tuple(_left_in_stream(jpeg)))
    if size.bits != 8:  # noqa: PLR2004 - the bits that Pillow's decoder knows
        raise ImageError(given, f"a JPEG of {size.bits} bits cannot be decoded here", "export it as PNG")
    reason = f"The JPEG stream is {jpeg.process}" if not can_stay else "The camera was held sideways"
    decoded = _decode(jpeg.stream, given)
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


def _exif_orientation(content: bytes, given: Path) -> int:
    with _opened(content, given) as image:
        return int(image.getexif().get(_ORIENTATION, 1))


def _decode(content: bytes, given: Path) -> Picture:
    """Decode a picture with Pillow, each page a frame."""
    with _opened(content, given) as image:
        # A camera's MPO is a JPEG with further pictures behind it; the first is the picture.
        pages = 1 if image.format == "MPO" else getattr(image, "n_frames", 1)
        _check_size(given, image.height, image.width, pages)
        frames, remarks = [], []
        if image.format == "PNG" and _is_deep_colour(content):
            remarks.append("The 16-bit colours were reduced to 8 bits.")
        lossy = image.format == "TIFF" and image.tag_v2.get(_TIFF_COMPRESSION) in _TIFF_JPEG  # type: ignore[attr-defined]
        for page in range(pages):
            image.seek(page)
            _check_size(given, image.height, image.width, pages)
            frame, said = _samples(image, given)
            frames.append(frame)
            remarks += [sentence for sentence in said if sentence not in remarks]
    if len({(frame.shape, frame.dtype) for frame in frames}) > 1:
        raise ImageError(given, "its pages differ in size or kind", "split it into single pictures")
    stacked = np.stack(frames)
    bits = stacked.dtype.itemsize * 8
    return Picture(
        stacked, bits, lossy_ratio=stacked.nbytes / len(content) if lossy else None, remarks=tuple(remarks)
    )


@contextlib.contextmanager
def _opened(content: bytes, given: Path) -> Iterator[Image.Image]:
    """Open a picture with Pillow, and turn every complaint and warning of Pillow into an ImageError."""
    from PIL import Image, UnidentifiedImageError  # noqa: PLC0415 - a wrapped JPEG starts faster without Pillow

    try:
        with warnings.catch_warnings():
            warnings.simplefilter("error")
            with Image.open(io.BytesIO(content), formats=_FORMATS) as image:
                yield image
    except DicomKitError:
        raise
    except UnidentifiedImageError:
        raise ImageError(
            given, "it is no picture that can be read", "use PNG, JPEG, TIFF, BMP or PNM"
        ) from None
    except Exception as error:  # noqa: BLE001 - a damaged picture makes Pillow raise nearly anything
        raise ImageError(
            given, f"it is damaged ({type(error).__name__})", "export the picture again"
        ) from None


def _samples(image: Image.Image, given: Path) -> tuple[npt.NDArray[Any], list[str]]:
    """Return the samples of one page, upright, as grey or as red, green and blue."""
    from PIL import ImageOps  # noqa: PLC0415 - as above

    remarks = []
    image.load()
    if image.getexif().get(_ORIENTATION, 1) != 1:
        image = ImageOps.exif_transpose(image)
        remarks.append("The picture was turned upright, as its EXIF orientation says.")
    wanted = _wanted_mode(image)
    if not wanted:  # 32-bit numbers, whose black and white nobody knows
        raise ImageError(
            given, f"its samples are of the kind {image.mode!r}", "export it with 8 or 16 bits a sample"
        )
    if image.mode == "CMYK":
        remarks.append("The four ink colours were converted to red, green and blue.")
    if wanted == _GREY_16:
        return np.asarray(image).astype(np.uint16), remarks
    samples = np.asarray(image.convert(wanted))
    if wanted in _ON_BLACK:
        remarks.append(_ALPHA_REMARK)
        samples = _on_black(samples)
    return (samples[..., 0] if wanted == "LA" else samples), remarks


def _wanted_mode(image: Image.Image) -> str:
    """Return the Pillow mode that keeps all of a picture: grey, colour, or these with alpha."""
    if image.mode.startswith("I;16"):
        return _GREY_16
    mode = {
        "1": "L",
        "L": "L",
        "LA": "LA",
        "La": "LA",
        "RGBA": "RGBA",
        "RGBa": "RGBA",
        "PA": "RGBA",
        "P": "RGB",
        "RGB": "RGB",
        "RGBX": "RGB",
        "YCbCr": "RGB",
        "LAB": "RGB",
        "CMYK": "RGB",
    }.get(image.mode, "")
    # A PNG may name one colour, or the entries of its palette, that are transparent.
    return {"L": "LA", "RGB": "RGBA"}.get(mode, mode) if "transparency" in image.info else mode


def _is_deep_colour(content: bytes) -> bool:
    """Return whether a PNG has 16-bit colour or 16-bit grey with transparency, which Pillow reduces."""
    if content[_PNG_BIT_DEPTH] != _TIFF_FULL_DEPTH:
        return False
    return bool(content[_PNG_COLOUR_TYPE] & (_PNG_HAS_COLOUR | _PNG_HAS_ALPHA))


def _check_size(given: object, rows: int, columns: int, frames: int = 1) -> None:
    """Check a picture's stated size before its pixels take memory."""
    if rows < 1 or columns < 1 or frames < 1:
        raise ImageError(given, f"it has {frames} x {rows} x {columns} pixels", "give it at least one pixel")
    if max(rows, columns) > _LARGEST_SIZE:
        raise ImageError(given, f"it has {rows} rows and {columns} columns", f"at most {_LARGEST_SIZE} fit")
    if rows * columns * frames > MAX_PIXELS:
        raise ImageError(
            given,
            f"it has {frames} x {rows} x {columns} pixels, more than {MAX_PIXELS}",
            "make the picture smaller",
        )
