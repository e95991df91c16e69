"""Decode a picture file with Pillow: PNG, JPEG, TIFF and BMP.

Pillow knows many kinds of samples. They are converted to grey or RGB, upright and opaque. What Pillow does not keep is
read from the file: it stretches grey of fewer bits to 8 bits but not its transparent value, opens 16-bit grey with
transparency as colour, and leaves inverted 16-bit grey inverted. Pillow's warnings are errors here, because each of
them means that the file is damaged or absurdly large.
"""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Any, NamedTuple

import numpy as np
import numpy.typing as npt

from dicomkit.errors import ImageError
from dicomkit.pixels.opened_picture import is_turned, opened_picture
from dicomkit.pixels.picture import ALPHA_REMARK, Picture, is_transparent, on_black
from dicomkit.pixels.picture_size import check_size

if TYPE_CHECKING:
    from PIL import Image

__all__ = ["decode_picture"]

# Offsets of the IHDR fields of a PNG file, and its colour types (ISO/IEC 15948 section 11.2.2).
_PNG_DEPTH, _PNG_COLOUR_TYPE = 24, 25
_PNG_GREYS = {0, 4}  # without and with alpha
# TIFF 6.0 section 8, Baseline Field Reference Guide.
_TIFF_BITS, _TIFF_PHOTOMETRIC, _TIFF_SAMPLE_FORMAT = 258, 262, 339
_TIFF_GREYS = {0, 1}
_TIFF_WHITE_IS_ZERO = 0
_TIFF_SIGNED = 2  # section 19, Data Sample Format
_TIFF_COMPRESSION = 259
_TIFF_JPEG = {6, 7}
_BYTE, _WORD = 8, 16
_WHITE = 255
_REDUCED = "The 16-bit samples were reduced to 8 bits."  # Pillow holds no deeper colour
_GREY_16 = "I;16"
_SIGNED_16 = "I;16S"
_UNKNOWN_WHITE = {"F": "floating point numbers", "I": "numbers of 32 bits", "L": "signed bytes"}
_ON_BLACK = {"LA", "RGBA"}


class _SampleKind(NamedTuple):
    """The samples of a picture file.

    ``depth`` counts the bits of a sample in the file, ``is_inverted`` says that 0 is white, ``is_signed``
    that values may be negative, and ``transparent`` is the one sample that is transparent, if there is one.
    """

    depth: int = 8
    is_grey: bool = False
    is_inverted: bool = False
    is_signed: bool = False
    transparent: int | None = None


def decode_picture(content: bytes, given: Path) -> Picture:
    """Decode a picture; each page becomes a frame.

    Parameters
    ----------
    content, given
        The bytes of the file, and what an error calls it.

    Raises
    ------
    ImageError
        If it is not a picture, is damaged or too large, or its pages differ in size or kind.
    """
    frames: list[npt.NDArray[Any]] = []
    remarks: list[str] = []
    with opened_picture(content, given) as image:
        # A camera's MPO is a JPEG with further pictures behind it; the first is the picture.
        pages = 1 if image.format == "MPO" else getattr(image, "n_frames", 1)
        is_lossy = image.format == "TIFF" and image.tag_v2.get(_TIFF_COMPRESSION) in _TIFF_JPEG  # type: ignore[attr-defined]
        check_size(given, image.height, image.width, pages)
        for page in range(pages):
            image.seek(page)
            check_size(given, image.height, image.width, pages)
            kind = _sample_kind(content, image)
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


def _sample_kind(content: bytes, image: Image.Image) -> _SampleKind:
    """Return the kind of samples of the current page of a file."""
    if image.format == "PNG":
        depth, grey = content[_PNG_DEPTH], content[_PNG_COLOUR_TYPE] in _PNG_GREYS
        value = image.info.get("transparency") if grey else None
        if depth == 1 and value:
            value = 1  # for one bit only, Pillow stretches the transparent value too
        return _SampleKind(depth, grey, transparent=value)
    if image.format == "TIFF":
        tags = image.tag_v2  # type: ignore[attr-defined]  # a TIFF has it
        photometric = tags.get(_TIFF_PHOTOMETRIC)
        return _SampleKind(
            depth=max(tags.get(_TIFF_BITS, (1,))),
            is_grey=photometric in _TIFF_GREYS,
            is_inverted=photometric == _TIFF_WHITE_IS_ZERO,
            is_signed=_TIFF_SIGNED in tags.get(_TIFF_SAMPLE_FORMAT, ()),
        )
    return _SampleKind()


def _samples(image: Image.Image, given: Path, kind: _SampleKind) -> tuple[npt.NDArray[Any], list[str]]:
    """Return the samples of one page, upright, as grey or RGB, and a sentence on each change."""
    from PIL import ImageOps  # noqa: PLC0415 - as above

    remarks = []
    is_to_be_turned = is_turned(image)
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


def _opaque(samples: npt.NDArray[Any], mode: str, kind: _SampleKind) -> tuple[npt.NDArray[Any], bool]:
    """Return samples without transparency, and whether any was transparent."""
    if mode in _ON_BLACK:
        return on_black(samples), is_transparent(samples)
    if kind.transparent is None:
        return samples, False
    # Pillow stretches samples of fewer bits to 8 bits, but not the transparent value.
    stretch = _WHITE // (2**kind.depth - 1) if kind.depth < _BYTE else 1
    hidden = samples == kind.transparent * stretch
    return np.where(hidden, samples.dtype.type(0), samples), bool(hidden.any())


def _wanted_mode(image: Image.Image, kind: _SampleKind) -> str:
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
