"""Stored values: from the bytes of Pixel Data to one frame of numbers.

pydicom's decoders do the work. What is added here is caution: what the Image Pixel Module promises, what a
compressed stream says about itself and what is really there have to agree before any memory is taken.
"""

from __future__ import annotations

from typing import Any

import numpy.typing as npt
from pydicom.dataset import Dataset
from pydicom.pixels import get_decoder  # type: ignore[attr-defined]  # public, by its documentation

from dicomkit.errors import ImageError
from dicomkit.files.quiet_pydicom import quiet_pydicom
from dicomkit.pixels.compressed_frame import check_stream
from dicomkit.pixels.limited_process import decode_here, decode_limited
from dicomkit.pixels.picture import MAX_PIXELS
from dicomkit.pixels.transfer_syntax import remedy_without_decoder, transfer_syntax_of

__all__ = ["PIXEL_ELEMENTS", "check_image", "decode", "stored_values"]

_NEEDED = ("Rows", "Columns", "BitsAllocated", "SamplesPerPixel", "PhotometricInterpretation")
# What decoding asks for. A damaged element makes pydicom raise nearly anything as soon as it is asked for.
# What only says how to show the pixels is not among it: see dicomkit.pixels.display_hints.
_READ_LATER = ("PixelRepresentation", "PlanarConfiguration", "HighBit")
PIXEL_ELEMENTS = ("PixelData", "FloatPixelData", "DoubleFloatPixelData")
_FRAGMENT_HEAD_BYTES = 8
# How many samples a pixel has (PS3.3 section C.7.6.3.1.2). HSV, ARGB and CMYK are retired.
_SAMPLES = {
    "MONOCHROME1": 1,
    "MONOCHROME2": 1,
    "PALETTE COLOR": 1,
    "RGB": 3,
    "YBR_FULL": 3,
    "YBR_FULL_422": 3,
    "YBR_ICT": 3,
    "YBR_RCT": 3,
}


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
    values, _ = decode(dataset, frame=frame)
    return values >> _unused_low_bits(dataset) if _unused_low_bits(dataset) else values


def decode(dataset: Dataset, *, frame: int | None = None) -> tuple[npt.NDArray[Any], dict[str, Any]]:
    """Have pydicom decode an image whose attributes and streams were checked.

    What is compressed is decoded within limits (dicomkit.pixels.limited_process).

    Parameters
    ----------
    dataset
        An image.
    frame
        The number of the frame; all of them by default.

    Returns
    -------
    array
        The values: shape (rows, columns) or (rows, columns, 3), with the frames before it if they are several.
    dict
        What the decoder says about them, for example ``photometric_interpretation``.

    Raises
    ------
    ImageError
        If it cannot be decoded.
    """
    syntax = transfer_syntax_of(dataset)
    given = "Pixel Data" if frame is None else f"frame {frame}"

    def work() -> tuple[npt.NDArray[Any], dict[str, Any]]:
        with quiet_pydicom():
            index = None if frame is None else frame - 1
            return get_decoder(syntax).as_array(dataset, index=index, **_bits_in_use(dataset))

    if syntax.is_encapsulated:
        frames = int(dataset.get("NumberOfFrames") or 1) if frame is None else 1
        samples = frames * int(dataset.Rows) * int(dataset.Columns) * int(dataset.SamplesPerPixel)
        found = decode_limited(work, samples=samples, sample_bytes=(int(dataset.BitsAllocated) + 7) // 8)
    else:
        found = decode_here(work)
    if found.values is not None:
        return found.values, found.properties
    if found.failure in {"NotImplementedError", "RuntimeError"}:
        problem = f"{syntax.name} cannot be decoded here ({found.failure})"
        raise ImageError(given, problem, remedy_without_decoder(syntax))
    problem = f"Pixel Data is damaged, or group 0028 describes it wrongly ({found.failure})"
    raise ImageError(given, problem, "get the file again")


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


def check_image(dataset: Dataset) -> int:
    """Check that the Image Pixel Module makes sense, and return the number of frames.

    Raises
    ------
    ImageError
        If an attribute is missing, or the image has no pixels or too many.
    """
    if not isinstance(dataset, Dataset):
        raise ImageError(
            type(dataset).__name__, "this is no data set", "read the file first: read_file(path)"
        )
    name = next((keyword for keyword in PIXEL_ELEMENTS if keyword in dataset), None)
    if name is None:
        raise ImageError("data set", "it has no Pixel Data (7FE0,0010)", "choose an image")
    try:
        missing = [keyword for keyword in _NEEDED if dataset.get(keyword) in (None, "")]
        rows, columns, frames, samples, bits, stored = (
            int(dataset.get(keyword) or default)
            for keyword, default in (
                ("Rows", 0),
                ("Columns", 0),
                ("NumberOfFrames", 1),
                ("SamplesPerPixel", 0),
                ("BitsAllocated", 0),
                ("BitsStored", 0),
            )
        )
    except Exception:  # noqa: BLE001 - as at _READ_LATER; and pydicom repeats the value
        raise ImageError("data set", "its size is not one number each", "correct group 0028") from None
    if missing:
        raise ImageError("data set", f"it has no {missing[0]}", "PS3.3 C.7.6.3 says what an image needs")
    if min(rows, columns, frames, samples, bits) < 1:
        raise ImageError("data set", f"it has {frames} x {rows} x {columns} pixels", "correct group 0028")
    if "BitsStored" in dataset and not 1 <= stored <= bits:
        raise ImageError("Bits Stored", f"{stored} of {bits} bits cannot be", "correct group 0028")
    _check_readable(dataset)
    _check_samples(dataset, samples)
    if rows * columns > MAX_PIXELS:
        raise ImageError("data set", f"a frame has {rows} x {columns} pixels", f"at most {MAX_PIXELS}")
    if transfer_syntax_of(dataset).is_encapsulated:
        _check_room_for_fragments(dataset, frames)
    else:
        _check_native_length(dataset, name, rows * columns * samples * frames * bits)
    return frames


def _check_readable(dataset: Dataset) -> None:
    try:
        for keyword in _READ_LATER:
            dataset.get(keyword)
    except Exception:  # noqa: BLE001 - as at _READ_LATER
        raise ImageError("data set", f"its {keyword} is damaged", "get the file again") from None


def _check_samples(dataset: Dataset, samples: int) -> None:
    """Check that the colour space is known, and has as many samples as there are."""
    try:
        name = str(dataset.PhotometricInterpretation)
    except Exception:  # noqa: BLE001 - as at _READ_LATER
        raise ImageError(
            "data set", "its PhotometricInterpretation is damaged", "get the file again"
        ) from None
    if name not in _SAMPLES:
        raise ImageError(
            "Photometric Interpretation", "it is none that this kit knows", "convert the file first"
        )
    if samples != _SAMPLES[name]:
        raise ImageError("Samples per Pixel", f"{samples} do not fit {name}", "correct group 0028")


def _check_room_for_fragments(dataset: Dataset, frames: int) -> None:
    """Check that so many frames can be there: each has at least the tag and length of one fragment.

    References
    ----------
    PS3.5 section A.4, Transfer Syntaxes for Encapsulation of Encoded Pixel Data.
    """
    there = len(_bytes_of(dataset, "PixelData"))
    if frames > 1 and there < _FRAGMENT_HEAD_BYTES * frames:
        raise ImageError(
            "Number of Frames",
            f"it promises {frames}, and Pixel Data of {there} bytes has no room for them",
            "get the file again, or correct group 0028",
        )


def _check_native_length(dataset: Dataset, name: str, bits: int) -> None:
    """Check that uncompressed Pixel Data is as long as Rows x Columns x … promise (PS3.5 section 8.1.1)."""
    if dataset.PhotometricInterpretation == "YBR_FULL_422":
        bits = bits * 2 // 3  # two pixels share their chrominance
    needed = (bits + 7) // 8
    there = len(_bytes_of(dataset, name))
    if there < needed:
        raise ImageError(
            "Pixel Data",
            f"it is {there} bytes long, and Rows, Columns and Bits Allocated ask for {needed}",
            "get the file again, or correct group 0028",
        )


def _bytes_of(dataset: Dataset, name: str) -> bytes:
    try:
        return dataset[name].value or b""
    except Exception:  # noqa: BLE001 - a damaged element makes pydicom raise nearly anything, and repeat it
        raise ImageError("Pixel Data", "the element is damaged", "get the file again") from None
