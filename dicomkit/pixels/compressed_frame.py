"""Check a compressed frame before it is decoded.

A decoder allocates as much memory as the stream asks for, whatever the data set says. So the two have to agree
before anything is decoded.
"""

from __future__ import annotations

from pydicom.dataset import Dataset
from pydicom.uid import UID, RLELossless

from dicomkit.errors import ImageError
from dicomkit.pixels.jpeg_2000_stream import read_jpeg_2000_size
from dicomkit.pixels.jpeg_stream import StreamSize, read_frame_header, read_jpeg_size, read_jpeg_stream
from dicomkit.pixels.transfer_syntax import JPEG, JPEG_2000, JPEG_LS

__all__ = ["bits_in_stream", "check_stream", "for_a_decoder"]

_RLE_HEADER_BYTES = 64
_RLE_GROWTH = 4  # a poor encoder may double the size; no real one quadruples it
_ADOBE = bytes.fromhex("ffee 000e 41646f6265 0064 0000 0000 00")  # APP14: no colour transform
_SOI_BYTES = 2


def check_stream(dataset: Dataset, stream: bytes, syntax: UID, frame: int) -> None:
    """Check that the stream of a frame is one of its actual transfer syntax, and of the size that the data set states.

    Raises
    ------
    ImageError
        If it is not.

    References
    ----------
    PS3.5 section 8.2, Native or Encapsulated Format Encoding; section A.4, Transfer Syntaxes for
    Encapsulation of Encoded Pixel Data.
    """
    given = f"frame {frame}"
    if syntax == RLELossless:
        _check_run_lengths(dataset, stream, given)
    elif syntax in JPEG | JPEG_LS | JPEG_2000:
        _check_size(dataset, _stated_size(stream, syntax, given), given)


def bits_in_stream(dataset: Dataset, stream: bytes, syntax: UID, frame: int) -> int:
    """Return the bits of each sample in a compressed frame (see `check_stream`), whatever Bits Stored says.

    Raises
    ------
    ImageError
        If the stream does not belong to its transfer syntax.
    """
    if syntax in JPEG | JPEG_LS | JPEG_2000:
        return _stated_size(stream, syntax, f"frame {frame}").bits
    return int(dataset.BitsAllocated)  # run lengths of whole bytes (PS3.5 annex G)


def for_a_decoder(stream: bytes, syntax: UID) -> bytes:
    """Return a stream in a form whose colours pydicom's and Pillow's decoders understand.

    A JPEG whose components are named R, G and B, without a segment that states the colours, is red, green and blue
    by libjpeg's convention. The two decoders differ in how they are told; both obey an Adobe segment, which is
    inserted here.
    """
    header = read_frame_header(stream) if syntax in JPEG else None
    if header is None or header.is_marked or header.names != b"RGB":
        return stream
    return stream[:_SOI_BYTES] + _ADOBE + stream[_SOI_BYTES:]


def _stated_size(stream: bytes, syntax: UID, given: str) -> StreamSize:
    """Return the size in the header of a stream of the JPEG family."""
    if syntax in JPEG_2000:
        kind, size = "JPEG 2000", read_jpeg_2000_size(stream, given)
    else:
        kind, size = "JPEG-LS" if syntax in JPEG_LS else "JPEG", read_jpeg_size(stream, given)
    if size is None:
        raise ImageError(given, f"its stream is no {kind}", "get the file again")
    if syntax in JPEG_LS:
        # The decoder, CharLS, never stops searching for the end marker if there is none.
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
    if size.components != (samples := int(dataset.SamplesPerPixel)):
        raise ImageError(
            given,
            f"its stream has {size.components} components, the data set promises {samples}",
            "get the file again: one of the two is wrong",
        )


def _check_run_lengths(dataset: Dataset, stream: bytes, given: str) -> None:
    """Check that a run-length stream, which states no size, is not far longer than the frame (PS3.5 annex G)."""
    samples = int(dataset.Rows) * int(dataset.Columns) * int(dataset.SamplesPerPixel)
    frame_bytes = samples * ((int(dataset.BitsAllocated) + 7) // 8)
    if len(stream) > _RLE_HEADER_BYTES + _RLE_GROWTH * frame_bytes:
        raise ImageError(given, "its stream is longer than the image", "get the file again")
