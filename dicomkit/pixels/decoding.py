"""Stored values: from the bytes of Pixel Data to one frame of numbers.

pydicom's decoders do the work. What is added here is caution: what the Image Pixel Module promises, what a
compressed stream says about itself and what is really there have to agree before any memory is taken.
"""

from __future__ import annotations

import warnings
from typing import Any

import numpy as np
import numpy.typing as npt
from pydicom.dataset import Dataset
from pydicom.encaps import get_frame
from pydicom.pixels import get_decoder  # type: ignore[attr-defined]  # public, by its documentation
from pydicom.uid import UID, JPEGLSLossless, JPEGLSNearLossless

from dicomkit.errors import ImageError
from dicomkit.pixels.jpeg_stream import read_jpeg_stream, read_stream_size
from dicomkit.pixels.picture import MAX_PIXELS

__all__ = ["check_image", "check_stream", "stored_values", "transfer_syntax_of"]

_NEEDED = ("Rows", "Columns", "BitsAllocated", "SamplesPerPixel", "PhotometricInterpretation")
_PIXEL_ELEMENTS = ("PixelData", "FloatPixelData", "DoubleFloatPixelData")


def stored_values(dataset: Dataset, frame: int = 1) -> npt.NDArray[Any]:
    """Decode one frame of an image to its stored values.

    Colour in luminance and chrominance (YBR) comes out as red, green and blue; everything else comes out as
    it is stored.

    Parameters
    ----------
    dataset
        An image with its file meta information.
    frame
        The number of the frame; the first is 1.

    Returns
    -------
    array
        Shape (rows, columns), or (rows, columns, 3) for colour.

    Raises
    ------
    ImageError
        If there is no such frame, if the attributes and the bytes contradict each other, or if nothing
        installed decodes the transfer syntax.

    References
    ----------
    PS3.5 section 8, Encoding of Pixel, Overlay and Waveform Data.
    PS3.3 section C.7.6.3, Image Pixel Module.
    """
    frames = check_image(dataset)
    if not 1 <= frame <= frames:
        raise ImageError(f"frame {frame}", f"the image has {frames} frame(s)", "count from 1")
    syntax = transfer_syntax_of(dataset)
    if syntax.is_encapsulated:
        check_stream(dataset, frame, frames)
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")  # they would repeat values
            decoder = get_decoder(syntax)
            values: npt.NDArray[Any] = decoder.as_array(dataset, index=frame - 1, **_bits_in_use(dataset))[0]
    except (NotImplementedError, RuntimeError) as error:
        raise ImageError(
            f"frame {frame}",
            f"{syntax.name} cannot be decoded here ({type(error).__name__})",
            "install dicomkit[codecs], or convert the file first",
        ) from None
    except Exception as error:  # noqa: BLE001 - a decoder fed with damaged bytes raises nearly anything
        raise ImageError(
            f"frame {frame}", f"Pixel Data is damaged ({type(error).__name__})", "get the file again"
        ) from None
    return values >> _unused_low_bits(dataset) if _unused_low_bits(dataset) else values


def _unused_low_bits(dataset: Dataset) -> int:
    """Return how many bits lie below the stored ones: none, in today's Standard (PS3.5 section 8.1.1)."""
    stored, high = dataset.get("BitsStored"), dataset.get("HighBit")
    if (
        not isinstance(stored, int)
        or not isinstance(high, int)
        or transfer_syntax_of(dataset).is_encapsulated
    ):
        return 0
    return max(high + 1 - stored, 0)


def _bits_in_use(dataset: Dataset) -> dict[str, Any]:
    """Have a decoder keep the low bits that are shifted out afterwards."""
    return {"bits_stored": int(dataset.HighBit) + 1} if _unused_low_bits(dataset) else {}


def transfer_syntax_of(dataset: Dataset) -> UID:
    """Return the transfer syntax of an image; without it nobody knows how its bytes are laid out."""
    meta = getattr(dataset, "file_meta", None)
    syntax = None if meta is None else meta.get("TransferSyntaxUID")
    if not syntax:
        raise ImageError(
            "data set", "it has no Transfer Syntax UID (0002,0010)", "read it from a file, or set it"
        )
    return UID(syntax)


def check_image(dataset: Dataset) -> int:
    """Check that the Image Pixel Module makes sense, and return the number of frames.

    Raises
    ------
    ImageError
        If an attribute is missing, or the image has no pixels or too many.
    """
    name = next((keyword for keyword in _PIXEL_ELEMENTS if keyword in dataset), None)
    if name is None:
        raise ImageError("data set", "it has no Pixel Data (7FE0,0010)", "choose an image")
    for keyword in _NEEDED:
        if dataset.get(keyword) in {None, ""}:
            raise ImageError("data set", f"it has no {keyword}", "PS3.3 C.7.6.3 says what an image needs")
    try:
        rows, columns = int(dataset.Rows), int(dataset.Columns)
        frames, samples = int(dataset.get("NumberOfFrames") or 1), int(dataset.SamplesPerPixel)
        bits = int(dataset.BitsAllocated)
    except (TypeError, ValueError):
        raise ImageError("data set", "its size is not one number each", "correct group 0028") from None
    if min(rows, columns, frames, samples, bits) < 1:
        raise ImageError("data set", f"it has {frames} x {rows} x {columns} pixels", "correct group 0028")
    if rows * columns > MAX_PIXELS:
        raise ImageError("data set", f"a frame has {rows} x {columns} pixels", f"at most {MAX_PIXELS}")
    if not transfer_syntax_of(dataset).is_encapsulated:
        _check_native_length(dataset, name, rows * columns * samples * frames * bits)
    return frames


def _check_native_length(dataset: Dataset, name: str, bits: int) -> None:
    """Check that uncompressed Pixel Data is as long as Rows x Columns x … promise (PS3.5 section 8.1.1)."""
    if dataset.PhotometricInterpretation == "YBR_FULL_422":
        bits = bits * 2 // 3  # two pixels share their chrominance
    needed, there = (bits + 7) // 8, len(dataset[name].value or b"")
    if there < needed:
        raise ImageError(
            "Pixel Data",
            f"it is {there} bytes long, and Rows, Columns and Bits Allocated ask for {needed}",
            "get the file again, or correct group 0028",
        )


def check_stream(dataset: Dataset, frame: int, frames: int) -> None:
    """Check that a compressed frame says the same size as the data set, before a decoder believes it.

    Raises
    ------
    ImageError
        If the two differ, or the fragments are damaged.
    """
    try:
        stream = get_frame(dataset.PixelData, frame - 1, number_of_frames=frames)
    except Exception as error:  # noqa: BLE001 - a damaged row of fragments makes pydicom raise nearly anything
        raise ImageError(
            f"frame {frame}", f"its fragments are damaged ({type(error).__name__})", "get the file again"
        ) from None
    if transfer_syntax_of(dataset) in {JPEGLSLossless, JPEGLSNearLossless}:
        # CharLS, the decoder, searches for the end marker for ever if there is none.
        read_jpeg_stream(stream, f"frame {frame}")
    size = read_stream_size(stream)
    if size is None:
        return  # RLE: its segments are decoded to exactly Rows x Columns, or not at all
    said, promised = (size.rows, size.columns), (int(dataset.Rows), int(dataset.Columns))
    if said != promised:
        raise ImageError(
            f"frame {frame}",
            f"its stream has {said[0]} x {said[1]} pixels, the data set promises {promised[0]} x {promised[1]}",
            "get the file again: one of the two is wrong",
        )
    if size.components * np.prod(said) > 4 * MAX_PIXELS:
        raise ImageError(f"frame {frame}", f"its stream has {size.components} components", "at most 4")
