"""Stored values: from the bytes of Pixel Data to one frame of numbers.

pydicom's decoders do the work. The checks are added here: the Image Pixel Module, the header of a compressed stream
and the bytes that are there have to agree before any memory is allocated.
"""

from __future__ import annotations

import copy
from collections.abc import Callable
from functools import partial
from typing import Any, NamedTuple

import numpy.typing as npt
from pydicom.dataset import Dataset
from pydicom.encaps import encapsulate
from pydicom.pixels import get_decoder  # type: ignore[attr-defined]  # public, by its documentation
from pydicom.uid import UID

from dicomkit.errors import ImageError
from dicomkit.files.quiet_pydicom import quiet_pydicom
from dicomkit.pixels.checked_image import check_frame
from dicomkit.pixels.colour import palette_remark
from dicomkit.pixels.colour_space import colour_space
from dicomkit.pixels.compressed_frame import bits_in_stream, check_stream, for_a_decoder
from dicomkit.pixels.image_pixel_description import image_pixel_description, stream_pixel_description
from dicomkit.pixels.jpeg_decoder import is_beyond_pillow, jpeg_decoder
from dicomkit.pixels.limited_process import Decoded, decode_here, decode_limited
from dicomkit.pixels.missing_decoder import lacks, no_decoder
from dicomkit.pixels.pixel_encoding import PixelEncoding, pixel_bytes, pixel_encoding
from dicomkit.pixels.transfer_syntax import LOSSLESS_JPEG

__all__ = ["DecodedFrame", "decode", "decoded_frame", "pixel_words", "stored_values"]


class DecodedFrame(NamedTuple):
    """The stored values of a frame, and one sentence on each thing that is said wrongly about them or a palette."""

    values: npt.NDArray[Any]
    remarks: tuple[str, ...]


def stored_values(dataset: Dataset, frame: int = 1) -> npt.NDArray[Any]:
    """Decode one frame of an image to its stored values.

    Luminance and chrominance (YBR) are converted to red, green and blue; everything else is returned as stored.

    Parameters
    ----------
    dataset, frame
        An image with its file meta information, and the number of one of its frames; the first is 1.

    Returns
    -------
    array
        Shape (rows, columns), or (rows, columns, 3) for colour.

    Raises
    ------
    ImageError
        If there is no such frame, if the attributes and the bytes contradict each other, or if no installed package
        decodes the transfer syntax.

    References
    ----------
    PS3.5 section 8, Encoding of Pixel, Overlay and Waveform Data.
    PS3.3 section C.7.6.3, Image Pixel Module.
    """
    return decoded_frame(dataset, frame).values


@quiet_pydicom()
def decoded_frame(dataset: Dataset, frame: int = 1) -> DecodedFrame:
    """Decode one frame as `stored_values` does, and return also what is said wrongly about it; usually nothing is.

    Parameters
    ----------
    dataset, frame
        As for `stored_values`.

    Raises
    ------
    ImageError
        As `stored_values` does.
    """
    frames = check_frame(dataset, frame)
    encoding = pixel_encoding(dataset, frames)
    values, _ = decode(dataset, encoding, frame=frame)
    unused = _unused_low_bits(dataset, encoding)
    palette = palette_remark(dataset) if colour_space(dataset) == "PALETTE COLOR" else ""
    remarks = (*encoding.remarks, palette) if palette else encoding.remarks
    return DecodedFrame(values >> unused if unused else values, remarks)


@quiet_pydicom()
def pixel_words(dataset: Dataset, frame: int = 1) -> npt.NDArray[Any]:
    """Return the pixels of one frame with all allocated bits, including those that are not stored bits.

    Parameters
    ----------
    dataset, frame
        As for `stored_values`; a grey or palette image.

    Returns
    -------
    array
        Shape (rows, columns), unsigned.

    Raises
    ------
    ImageError
        If its compressed stream has only the stored bits, or it cannot be decoded.
    """
    frames = check_frame(dataset, frame)
    encoding = pixel_encoding(dataset, frames)
    bits = int(dataset.BitsAllocated)
    if encoding.frames is not None:
        bits = bits_in_stream(dataset, encoding.frames.stream(frame), encoding.syntax, frame)
        if bits <= int(dataset.BitsStored):
            problem = f"{encoding.syntax.name} keeps no unused bits"
            raise ImageError("Pixel Data", problem, "get the original")
    whole = image_pixel_description(dataset, frames)
    whole.BitsStored, whole.HighBit, whole.PixelRepresentation = bits, bits - 1, 0
    whole["PixelData"] = copy.copy(dataset["PixelData"])
    return decode(whole, encoding, frame=frame)[0]


def decode(
    dataset: Dataset, encoding: PixelEncoding, *, frame: int | None = None
) -> tuple[npt.NDArray[Any], dict[str, Any]]:
    """Decode an image whose attributes were checked.

    Compressed streams are decoded within limits (`dicomkit.pixels.limited_process`).

    Parameters
    ----------
    dataset
        An image.
    encoding
        The result of `pixel_encoding` for it.
    frame
        The number of the frame; all of them by default.

    Returns
    -------
    array
        The values: shape (rows, columns) or (rows, columns, 3), preceded by an axis for frames if there are several.
    dict
        The decoder's description of them, for example ``photometric_interpretation``.

    Raises
    ------
    ImageError
        If it cannot be decoded.
    """
    given = "Pixel Data" if frame is None else f"frame {frame}"
    if encoding.frames is None:
        found = decode_here(partial(_decode_native, dataset, encoding, frame))
    else:
        found = _decode_streams(dataset, encoding, given, frame)
    if found.values is not None:
        return found.values, found.properties
    problem = f"Pixel Data is damaged, or group 0028 describes it wrongly ({found.failure})"
    raise ImageError(given, problem, "get the file again")


def _decode_native(
    dataset: Dataset, encoding: PixelEncoding, frame: int | None
) -> tuple[npt.NDArray[Any], dict[str, Any]]:
    """Return native pixels as an array of rows and columns."""
    index = None if frame is None else frame - 1
    bits = {"bits_stored": int(dataset.HighBit) + 1} if _unused_low_bits(dataset, encoding) else {}
    if (
        encoding.remarks or colour_space(dataset) != dataset.PhotometricInterpretation
    ):  # pydicom would believe it
        image = image_pixel_description(dataset, int(dataset.get("NumberOfFrames") or 1), encoding.colours)
        image.PixelData = pixel_bytes(dataset, "PixelData")
        return _as_array(encoding.syntax, image, index=index, **bits)
    return _as_array(encoding.syntax, dataset, index=index, **bits)


def _decode_streams(dataset: Dataset, encoding: PixelEncoding, given: str, frame: int | None) -> Decoded:
    """Decode compressed frames, after checking each stream."""
    syntax, frames = encoding.syntax, encoding.frames
    if frames is None:
        raise AssertionError  # decode() asks for streams only
    numbers = range(1, len(frames.bounds) + 1) if frame is None else (frame,)
    streams = [frames.stream(number) for number in numbers]
    for number, stream in zip(numbers, streams, strict=True):
        check_stream(dataset, stream, syntax, number)
    image = stream_pixel_description(dataset, len(streams), encoding.colours, syntax, streams[0])
    is_beyond = is_beyond_pillow(syntax, streams[0])
    work: Callable[[], tuple[npt.NDArray[Any], dict[str, Any]]]
    if is_beyond and not lacks(syntax):
        work = jpeg_decoder(image, streams)
    elif not _can_pydicom(syntax, is_beyond=is_beyond):
        raise no_decoder(syntax, given)
    else:
        image.PixelData = encapsulate([for_a_decoder(stream, syntax) for stream in streams])
        image["PixelData"].is_undefined_length = True
        index = 0 if len(streams) == 1 else None
        work = lambda: _as_array(syntax, image, index=index)  # noqa: E731 - one of two ways to do it
    samples = len(streams) * int(dataset.Rows) * int(dataset.Columns) * int(dataset.SamplesPerPixel)
    found = decode_limited(work, samples=samples, sample_bytes=(int(dataset.BitsAllocated) + 7) // 8)
    if found.failure == "RuntimeError" and lacks(syntax) and not is_beyond:
        raise no_decoder(syntax, given)  # Pillow has tried, which knows a part of JPEG 2000 only
    return found._replace(values=_as_allocated(found.values, int(dataset.BitsAllocated)))


def _as_allocated(values: npt.NDArray[Any] | None, bits: int) -> npt.NDArray[Any] | None:
    """Return decoded values with Bits Allocated bits each: a stream may have fewer."""
    if values is None or values.dtype.itemsize * 8 >= bits:
        return values
    return values.astype(f"{values.dtype.kind}{bits // 8}")


def _can_pydicom(syntax: UID, *, is_beyond: bool) -> bool:
    """Return whether pydicom has a decoder, perhaps from another installed package."""
    try:
        decoder = get_decoder(syntax)
    except NotImplementedError:
        return False
    if is_beyond and syntax not in LOSSLESS_JPEG:  # pydicom's others refuse 12 bits
        return "pylibjpeg" in decoder.available_plugins
    return bool(decoder.is_available)


def _as_array(syntax: UID, image: Dataset, **options: Any) -> tuple[npt.NDArray[Any], dict[str, Any]]:  # noqa: ANN401 - pydicom's
    with quiet_pydicom():
        values, properties = get_decoder(syntax).as_array(image, **options)
    return values, properties


def _unused_low_bits(dataset: Dataset, encoding: PixelEncoding) -> int:
    """Return the number of unused bits below the stored ones: 0 in today's Standard (PS3.5 section 8.1.1)."""
    stored, high = dataset.get("BitsStored"), dataset.get("HighBit")
    if encoding.frames is not None or not isinstance(stored, int) or not isinstance(high, int):
        return 0
    return max(high + 1 - stored, 0)
