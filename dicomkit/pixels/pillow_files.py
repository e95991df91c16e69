"""Decode a picture file with Pillow: PNG, JPEG, TIFF and BMP.

Pillow knows many kinds of samples. They are converted to grey or RGB, upright and opaque. Pillow's warnings are errors
here, because each of them means that the file is damaged or absurdly large.
"""

from __future__ import annotations

import contextlib
import io
from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np
import numpy.typing as npt

from dicomkit.errors import DicomKitError, ImageError
from dicomkit.files.warnings_here import warnings_here
from dicomkit.pixels.picture import ALPHA_REMARK, MAX_PIXELS, Picture, check_size, is_transparent, on_black
from dicomkit.pixels.sample_kind import SampleKind, sample_kind

if TYPE_CHECKING:
    from PIL import Image

__all__ = ["decode_picture", "is_turned"]

_FORMATS = ("PNG", "JPEG", "TIFF", "BMP", "DIB")
_ORIENTATION = 0x0112  # EXIF Orientation; 1 is upright
_TURNED = range(2, 9)
_TIFF_COMPRESSION = 259
_TIFF_JPEG = {6, 7}
_BYTE, _WORD = 8, 16
_WHITE = 255
_REDUCED = "The 16-bit samples were reduced to 8 bits."  # Pillow holds no deeper colour
_GREY_16 = "I;16"
_SIGNED_16 = "I;16S"
_UNKNOWN_WHITE = {"F": "floating point numbers", "I": "numbers of 32 bits", "L": "signed bytes"}
_ON_BLACK = {"LA", "RGBA"}


def is_turned(content: bytes, given: Path) -> bool:
    """Return whether the picture is rotated or mirrored (EXIF Orientation, tag 0112)."""
    with _opened(content, given) as image:
        return image.getexif().get(_ORIENTATION) in _TURNED


def decode_picture(content: bytes, given: Path) -> Picture:
    """Decode a picture; each page becomes a frame.

    Parameters
    ----------
    content
        The bytes of the file.
    given
        What an error calls it.

    Raises
    ------
    ImageError
        If it is not a picture, is damaged or too large, or its pages differ in size or kind.
    """
    frames: list[npt.NDArray[Any]] = []
    remarks: list[str] = []
    with _opened(content, given) as image:
        # A camera's MPO is a JPEG followed by further pictures; the first one is taken.
        pages = 1 if image.format == "MPO" else getattr(image, "n_frames", 1)
        is_lossy = image.format == "TIFF" and image.tag_v2.get(_TIFF_COMPRESSION) in _TIFF_JPEG  # type: ignore[attr-defined]
        check_size(given, image.height, image.width, pages)
        for page in range(pages):
            image.seek(page)
            check_size(given, image.height, image.width, pages)
            kind = sample_kind(content, image)
            frame, said = _samples(image, given, kind)
            frames.append(frame)
            remarks += [sentence for sentence in said if sentence not in remarks]
    if len({(frame.shape, frame.dtype) for frame in frames}) > 1:
        raise ImageError(given, "its pages differ in size or kind", "split it into single pictures")
    stacked = np.stack(frames) if len(frames) > 1 else frames[0][np.newaxis]
    return Picture(
        stacked,
        _BYTE if stacked.dtype == np.uint8 else kind.depth,
        lossy_ratio=stacked.nbytes / len(content) if is_lossy else None,
        remarks=tuple(remarks),
    )


@contextlib.contextmanager
def _opened(content: bytes, given: Path) -> Iterator[Image.Image]:
    """Open a picture with Pillow, and raise ImageError for any error or warning of Pillow."""
    from PIL import Image, UnidentifiedImageError  # noqa: PLC0415 - a wrapped JPEG starts faster without Pillow

    try:
        with warnings_here("error"), Image.open(io.BytesIO(content), formats=_FORMATS) as image:
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


def _samples(image: Image.Image, given: Path, kind: SampleKind) -> tuple[npt.NDArray[Any], list[str]]:
    """Return the samples of one page, upright, as grey or RGB, and a sentence on each change."""
    from PIL import ImageOps  # noqa: PLC0415 - as above

    remarks = []
    is_to_be_turned = image.getexif().get(_ORIENTATION) in _TURNED
    image.load()  # which turns a TIFF by itself
    if is_to_be_turned:
        image = ImageOps.exif_transpose(image)
        remarks.append("The picture was turned upright, as its EXIF orientation says.")
    wanted = _wanted_mode(image, kind)
    if not wanted:
        raise ImageError(
            given,
            f"its samples are {_UNKNOWN_WHITE.get(image.mode, 'of another kind')}, and the value of white is unknown",
            "export it with 8 or 16 bits a sample, without a sign",
        )
    if image.mode == "CMYK":
        remarks.append("The four ink colours were converted to red, green and blue.")
    if wanted == _SIGNED_16:
        samples = np.asarray(image).astype(np.int16)
    elif wanted == _GREY_16:
        samples = np.asarray(image).astype(np.uint16)
        if kind.is_inverted:
            samples = 2**kind.depth - 1 - samples
    else:
        samples = np.asarray(image if image.mode == wanted else image.convert(wanted))
        if kind.depth > _BYTE:
            remarks.append(_REDUCED)
            if "transparency" in image.info:
                remarks.append("The transparent colour is shown as any other.")
    samples, is_composed = _opaque(samples, wanted, kind)
    remarks += [ALPHA_REMARK] if is_composed else []
    is_colour = samples.ndim == len(("rows", "columns", "samples"))
    return (samples[..., 0] if is_colour and kind.is_grey else samples), remarks


def _opaque(samples: npt.NDArray[Any], mode: str, kind: SampleKind) -> tuple[npt.NDArray[Any], bool]:
    """Return samples without transparency, and whether any was transparent."""
    if mode in _ON_BLACK:
        return on_black(samples), is_transparent(samples)
    if kind.transparent is None:
        return samples, False
    # Pillow stretches samples of fewer bits to 8 bits, but not the transparent value.
    stretch = _WHITE // (2**kind.depth - 1) if kind.depth < _BYTE else 1
    hidden = samples == kind.transparent * stretch
    return np.where(hidden, samples.dtype.type(0), samples), bool(hidden.any())


def _wanted_mode(image: Image.Image, kind: SampleKind) -> str:
    """Return the Pillow mode that keeps all samples of a picture: grey or colour, with alpha or without."""
    if kind.is_signed:
        return _SIGNED_16 if image.mode == "I" and kind.depth == _WORD else ""
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
    # A PNG may name one transparent colour, or the transparency of its palette's entries.
    has_alpha = mode == "RGB" and "transparency" in image.info and kind.depth <= _BYTE
    return "RGBA" if has_alpha else mode
