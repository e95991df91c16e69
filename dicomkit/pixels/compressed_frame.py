"""Check a compressed frame before a decoder believes it.

A decoder takes as much memory as the stream asks for, whatever the data set around it says. So the two have
to agree before anything is decoded.
"""

from __future__ import annotations

from pydicom.dataset import Dataset
from pydicom.encaps import get_frame
from pydicom.uid import UID, RLELossless

from dicomkit.errors import ImageError
from dicomkit.pixels.jpeg_2000_stream import read_jpeg_2000_size
from dicomkit.pixels.jpeg_stream import StreamSize, read_jpeg_size, read_jpeg_stream
from dicomkit.pixels.transfer_syntax import JPEG, JPEG_2000, JPEG_LS, transfer_syntax_of

__all__ = ["check_stream"]

_MAX_COMPONENTS = 4
_RLE_HEADER_BYTES = 64
_RLE_GROWTH = 4  # a careless encoder doubles the size; nothing honest quadruples it


def check_stream(dataset: Dataset, frame: int, frames: int) -> None:
    """Check that a compressed frame is what the transfer syntax says, and as large as the data set says.

    Parameters
    ----------
    dataset
        A compressed image.
    frame
        The number of the frame; the first is 1.
    frames
        How many there are.

    Raises
    ------
    ImageError
        If the two differ, or the fragments are damaged.

    References
    ----------
    PS3.5 section 8.2, Native or Encapsulated Format Encoding; section A.4, Transfer Syntaxes for
    Encapsulation of Encoded Pixel Data.
    """
    given = f"frame {frame}"
    try:
        stream = get_frame(dataset.PixelData, frame - 1, number_of_frames=frames)
    except Exception as error:  # noqa: BLE001 - a damaged row of fragments makes pydicom raise nearly anything
        raise ImageError(
            given, f"its fragments are damaged ({type(error).__name__})", "get the file again"
        ) from None
    syntax = transfer_syntax_of(dataset)
    if syntax == RLELossless:
        _check_run_lengths(dataset, stream, given)
    elif syntax in JPEG | JPEG_LS | JPEG_2000:
        _check_size(dataset, _stated_size(stream, syntax, given), given)


def _stated_size(stream: bytes, syntax: UID, given: str) -> StreamSize:
    """Return the size that a stream of the JPEG family states."""
    if syntax in JPEG_2000:
        kind, size = "JPEG 2000", read_jpeg_2000_size(stream, given)
    else:
        kind, size = "JPEG-LS" if syntax in JPEG_LS else "JPEG", read_jpeg_size(stream, given)
    if size is None:
        raise ImageError(given, f"its stream is no {kind}", "get the file again")
    if syntax in JPEG_LS:
        # CharLS, the decoder, searches for the end marker for ever if there is none.
        read_jpeg_stream(stream, given)
    return size


def _check_size(dataset: Dataset, size: StreamSize, given: str) -> None:
    said, promised = (size.rows, size.columns), (int(dataset.Rows), int(dataset.Columns))
    if said != promised:
        raise ImageError(
            given,
            f"its stream has {said[0]} x {said[1]} pixels, the data set promises {promised[0]} x {promised[1]}",
            "get the file again: one of the two is wrong",
        )
    if size.components > _MAX_COMPONENTS:
        raise ImageError(given, f"its stream has {size.components} components", "at most 4 are decoded")


def _check_run_lengths(dataset: Dataset, stream: bytes, given: str) -> None:
    """Check that run lengths cannot expand far beyond the frame; they state no size (PS3.5 annex G)."""
    samples = int(dataset.Rows) * int(dataset.Columns) * int(dataset.SamplesPerPixel)
    frame_bytes = samples * ((int(dataset.BitsAllocated) + 7) // 8)
    if len(stream) > _RLE_HEADER_BYTES + _RLE_GROWTH * frame_bytes:
        raise ImageError(given, "its stream is longer than the image", "get the file again")
