"""Decode a picture file with Pillow: PNG, JPEG, TIFF and BMP.

Pillow knows many kinds of samples. Here they become grey or red, green and blue, upright and opaque; its
warnings are errors, because each of them means that the file is damaged or absurdly large.
"""

from __future__ import annotations

import contextlib
import io
import warnings
from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np
import numpy.typing as npt

from dicomkit.errors import DicomKitError, ImageError
from dicomkit.pixels.picture import ALPHA_REMARK, MAX_PIXELS, Picture, check_size, is_transparent, on_black

if TYPE_CHECKING:
    from PIL import Image

__all__ = ["decode_picture", "exif_orientation"]

_FORMATS = ("PNG", "JPEG", "TIFF", "BMP", "DIB")
_ORIENTATION = 0x0112  # EXIF: how the camera was held; 1 is upright
_TIFF_COMPRESSION = 259
_TIFF_JPEG = {6, 7}
_PNG_START = b"\x89PNG"
_PNG_BIT_DEPTH, _PNG_COLOUR_TYPE = 24, 25  # places in the IHDR chunk
_PNG_GREY, _PNG_GREY_ALPHA = 0, 4
_DEEP = 16
_GREY_16 = "I;16"
_ON_BLACK = {"LA", "RGBA"}


def exif_orientation(content: bytes, given: Path) -> int:
    """Return how the camera was held: 1 is upright (EXIF, tag 0112)."""
    with _opened(content, given) as image:
        return int(image.getexif().get(_ORIENTATION, 1))


def decode_picture(content: bytes, given: Path) -> Picture:
    """Decode a picture, each page a frame.

    Parameters
    ----------
    content
        The bytes of the file.
    given
        What an error calls it.

    Raises
    ------
    ImageError
        If it is no picture, is damaged or too large, or its pages do not fit together.
    """
    frames: list[npt.NDArray[Any]] = []
    remarks: list[str] = []
    is_png = content.startswith(_PNG_START) and len(content) > _PNG_COLOUR_TYPE
    kind = content[_PNG_COLOUR_TYPE] if is_png else None
    if kind not in {None, _PNG_GREY} and content[_PNG_BIT_DEPTH] == _DEEP:
        remarks.append("The 16-bit samples were reduced to 8 bits.")  # Pillow holds no deeper colour
    with _opened(content, given) as image:
        # A camera's MPO is a JPEG with further pictures behind it; the first is the picture.
        pages = 1 if image.format == "MPO" else getattr(image, "n_frames", 1)
        is_lossy = image.format == "TIFF" and image.tag_v2.get(_TIFF_COMPRESSION) in _TIFF_JPEG  # type: ignore[attr-defined]
        check_size(given, image.height, image.width, pages)
        for page in range(pages):
            image.seek(page)
            check_size(given, image.height, image.width, pages)
            frame, said = _samples(image, given)
            if kind == _PNG_GREY_ALPHA and frame.ndim == len(("rows", "columns", "samples")):
                frame = frame[..., 0]  # Pillow opens deep grey with transparency as colour
            frames.append(frame)
            remarks += [sentence for sentence in said if sentence not in remarks]
    if len({(frame.shape, frame.dtype) for frame in frames}) > 1:
        raise ImageError(given, "its pages differ in size or kind", "split it into single pictures")
    stacked = np.stack(frames) if len(frames) > 1 else frames[0][np.newaxis]
    return Picture(
        stacked,
        stacked.dtype.itemsize * 8,
        lossy_ratio=stacked.nbytes / len(content) if is_lossy else None,
        remarks=tuple(remarks),
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
    except (Image.DecompressionBombError, Image.DecompressionBombWarning):
        raise ImageError(
            given, f"it promises more than {MAX_PIXELS} pixels", "make the picture smaller"
        ) from None
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
    is_turned = image.getexif().get(_ORIENTATION, 1) != 1
    image.load()  # which turns a TIFF by itself
    if is_turned:
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
    samples = np.asarray(image if image.mode == wanted else image.convert(wanted))
    if wanted in _ON_BLACK:
        if is_transparent(samples):
            remarks.append(ALPHA_REMARK)
        samples = on_black(samples)
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
