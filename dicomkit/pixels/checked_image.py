"""Check an image: the Image Pixel Module and the bytes of Pixel Data have to agree.

References
----------
PS3.3 section C.7.6.3, Image Pixel Module; PS3.5 section 8, Encoding of Pixel, Overlay and Waveform Data.
"""

from __future__ import annotations

from pydicom.dataset import Dataset

from dicomkit.errors import ImageError
from dicomkit.files.quiet_pydicom import quiet_pydicom
from dicomkit.pixels.colour_space import colour_space
from dicomkit.pixels.encapsulation import looks_encapsulated
from dicomkit.pixels.native_length import pixel_element
from dicomkit.pixels.picture_size import MAX_PIXELS
from dicomkit.pixels.pixel_encoding import needed_bytes, pixel_bytes
from dicomkit.pixels.transfer_syntax import transfer_syntax_of

__all__ = ["check_frame", "check_image"]

_BITS = (1, 8, 16, 32, 64)  # PS3.5 section 8.1.1, and floating point
_NEEDED = ("Rows", "Columns", "BitsAllocated", "SamplesPerPixel", "PhotometricInterpretation")
_NEEDED_BY_WHOLE_NUMBERS = ("BitsStored", "PixelRepresentation")
# Attributes that decoding needs. A damaged element makes pydicom raise nearly any exception when its value is read.
# Those that only say how to show the pixels are not among them: see dicomkit.pixels.display_hints.
_READ_LATER = ("PixelRepresentation", "PlanarConfiguration", "HighBit")
_FRAGMENT_HEAD_BYTES = 8
# Samples per pixel (PS3.3 section C.7.6.3.1.2). HSV, ARGB and CMYK are retired.
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


@quiet_pydicom()
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
    name = pixel_element(dataset)
    if not name:
        raise ImageError("data set", "it has no Pixel Data (7FE0,0010)", "choose an image")
    rows, columns, frames, samples = _check_size(dataset)
    _check_readable(dataset)
    _check_samples(dataset, samples)
    _check_present(dataset, _NEEDED_BY_WHOLE_NUMBERS if name == "PixelData" else ())
    if not looks_encapsulated(pixel_bytes(dataset, name)):  # a stream lays its samples out itself
        _check_present(dataset, ("PlanarConfiguration",) if samples > 1 else ())
    if rows * columns > MAX_PIXELS:
        raise ImageError("data set", f"a frame has {rows} x {columns} pixels", f"at most {MAX_PIXELS}")
    _check_length(dataset, name, frames)
    return frames


def check_frame(dataset: Dataset, frame: int) -> int:
    """Check an image as `check_image` does, and that it has this frame; return the number of frames."""
    frames = check_image(dataset)
    if not 1 <= frame <= frames:
        raise ImageError(f"frame {frame}", f"the image has {frames} frame(s)", "count from 1")
    return frames


def _check_size(dataset: Dataset) -> tuple[int, int, int, int]:
    """Return rows, columns, frames and samples; raise if these or the bits are impossible."""
    try:
        _check_present(dataset, _NEEDED)
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
    except ImageError:
        raise
    except Exception:  # noqa: BLE001 - as at _READ_LATER; and pydicom repeats the value
        raise ImageError("data set", "its size is not one number each", "correct group 0028") from None
    if min(rows, columns, frames, samples, bits) < 1:
        raise ImageError("data set", f"it has {frames} x {rows} x {columns} pixels", "correct group 0028")
    if dataset.get("BitsStored") is not None and not 1 <= stored <= bits:
        raise ImageError("Bits Stored", f"{stored} of {bits} bits cannot be", "correct group 0028")
    return rows, columns, frames, samples


def _check_present(dataset: Dataset, keywords: tuple[str, ...]) -> None:
    for keyword in keywords:
        if dataset.get(keyword) in (None, ""):
            raise ImageError(
                "data set", f"it has no {keyword}", "PS3.3 section C.7.6.3 says what an image needs"
            )


def _check_readable(dataset: Dataset) -> None:
    try:
        for keyword in _READ_LATER:
            dataset.get(keyword)
    except Exception:  # noqa: BLE001 - as at _READ_LATER
        raise ImageError("data set", f"its {keyword} is damaged", "get the file again") from None


def _check_samples(dataset: Dataset, samples: int) -> None:
    """Check that the Photometric Interpretation is known and agrees with Samples per Pixel."""
    try:
        name = colour_space(dataset)
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


def _check_length(dataset: Dataset, name: str, frames: int) -> None:
    """Check that Pixel Data is long enough for the frames, native or in fragments, whatever the transfer syntax."""
    there, needed = pixel_bytes(dataset, name), needed_bytes(dataset, frames)
    if transfer_syntax_of(dataset).is_encapsulated:
        # PS3.5 section A.4: each frame has at least the tag and the length of one fragment.
        if frames > 1 and len(there) < _FRAGMENT_HEAD_BYTES * frames:
            raise ImageError(
                "Number of Frames",
                f"it promises {frames}, and Pixel Data of {len(there)} bytes has no room for them",
                "get the file again, or correct group 0028",
            )
    elif int(dataset.BitsAllocated) not in _BITS and not looks_encapsulated(there):
        raise ImageError(
            "Bits Allocated",
            f"native samples of {dataset.BitsAllocated} bits are not read",
            "convert the file first",
        )
    elif len(there) < needed and not looks_encapsulated(there):
        raise ImageError(
            "Pixel Data",
            f"it is {len(there)} bytes long, and Rows, Columns and Bits Allocated ask for {needed}",
            "get the file again, or correct group 0028",
        )
