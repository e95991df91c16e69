"""JPEG that Pillow does not decode: lossless, and with more than 8 bits per sample.

The package *imagecodecs* (BSD-3-Clause) has a build of libjpeg-turbo that decodes both. It is an extra of its own,
because it is large and few users need it.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any

import numpy as np
import numpy.typing as npt
from pydicom.dataset import Dataset
from pydicom.pixels.processing import convert_color_space
from pydicom.uid import UID

from dicomkit.pixels.jpeg_stream import read_jpeg_size
from dicomkit.pixels.transfer_syntax import JPEG, LOSSLESS_JPEG

__all__ = ["is_beyond_pillow", "jpeg_decoder"]

_PILLOW_BITS = 8
_YBR = {"YBR_FULL", "YBR_FULL_422"}


def is_beyond_pillow(syntax: UID, stream: bytes) -> bool:
    """Return whether a stream is JPEG that Pillow does not decode."""
    if syntax in LOSSLESS_JPEG:
        return True
    size = read_jpeg_size(stream) if syntax in JPEG else None
    return size is not None and size.bits > _PILLOW_BITS


def jpeg_decoder(
    image: Dataset, streams: Sequence[bytes]
) -> Callable[[], tuple[npt.NDArray[Any], dict[str, Any]]]:
    """Return a function that decodes JPEG streams to the values of an image.

    Parameters
    ----------
    image
        The Image Pixel Module.
    streams
        One for each frame.

    Returns
    -------
    callable
        It returns values of the shape (rows, columns) or (rows, columns, 3), preceded by an axis for frames if there
        are several, and a dict that describes them.
    """
    # Imported before limits are set: loading the library takes more memory than a frame.
    from imagecodecs import jpeg8_decode  # noqa: PLC0415 - an extra

    bits, signed = int(image.BitsStored), bool(image.PixelRepresentation)
    kind = np.dtype(f"{'i' if signed else 'u'}{int(image.BitsAllocated) // 8}")
    colours = str(image.PhotometricInterpretation)

    def decode() -> tuple[npt.NDArray[Any], dict[str, Any]]:
        # The same name for both colour spaces: the components are returned as they are.
        options: dict[str, Any] = (
            {"colorspace": "RGB", "outcolorspace": "RGB"} if int(image.SamplesPerPixel) > 1 else {}
        )
        frames = [_signed(jpeg8_decode(stream, **options), bits, kind) for stream in streams]
        shown = colours
        if colours in _YBR:
            frames, shown = [convert_color_space(one, colours, "RGB") for one in frames], "RGB"
        values = frames[0] if len(frames) == 1 else np.stack(frames)
        return values, {"photometric_interpretation": shown, "planar_configuration": 0}

    return decode


def _signed(values: npt.NDArray[Any], bits: int, kind: np.dtype[Any]) -> npt.NDArray[Any]:
    """Return decoded samples, which are unsigned in JPEG, as the stored values of the image."""
    if int(values.max()) >> 8 * kind.itemsize:
        message = "the stream has more bits than are allocated"
        raise ValueError(message)
    unused = 8 * kind.itemsize - bits
    wide = values.astype(f"u{kind.itemsize}")
    if kind.kind == "u":
        return wide
    signed: npt.NDArray[Any] = (wide << unused).view(kind) >> unused
    return signed
