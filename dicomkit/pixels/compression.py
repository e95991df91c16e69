"""Compress and decompress Pixel Data: the same image in another transfer syntax.

Writing another Transfer Syntax UID into a file does not compress it; the bytes of Pixel Data have to change with it.
After lossless compression it is the same instance and keeps its SOP Instance UID. After lossy compression it is a new
image, with its own UID and a record of the loss.
"""

from __future__ import annotations

import copy
import math
from typing import Any

import numpy as np
from pydicom.dataset import Dataset, FileDataset
from pydicom.pixels import compress as encode_pixel_data  # type: ignore[attr-defined]  # public, by its documentation
from pydicom.pixels import get_encoder  # type: ignore[attr-defined]
from pydicom.uid import (
    JPEG2000,
    UID,
    ExplicitVRLittleEndian,
    JPEG2000Lossless,
    JPEGLSLossless,
    JPEGLSNearLossless,
    RLELossless,
)

from dicomkit.errors import ImageError, UsageError
from dicomkit.files.quiet_pydicom import quiet_pydicom
from dicomkit.pixels.checked_image import check_image
from dicomkit.pixels.colour_space import colour_space
from dicomkit.pixels.decoding import decode, stored_values
from dicomkit.pixels.frame_attributes import numbers_in
from dicomkit.pixels.missing_decoder import no_encoder
from dicomkit.pixels.picture_size import MAX_PIXELS
from dicomkit.pixels.pixel_encoding import pixel_encoding
from dicomkit.uids import make_uid

__all__ = ["compress", "decompress"]

_LOSSLESS = (RLELossless, JPEGLSLossless, JPEG2000Lossless)
# PS3.3 section C.7.6.1.1.5.1: the defined terms of Lossy Image Compression Method.
_LOSSY_METHODS = {JPEGLSNearLossless: "ISO_14495_1", JPEG2000: "ISO_15444_1"}
_COLOUR_TRANSFORMS = {JPEG2000Lossless: "YBR_RCT", JPEG2000: "YBR_ICT"}


@quiet_pydicom()
def compress(
    dataset: FileDataset,
    transfer_syntax: str,
    *,
    max_error: int | None = None,
    ratio: float | None = None,
) -> FileDataset:
    """Return a copy of an image whose Pixel Data are compressed.

    Parameters
    ----------
    dataset
        An image; if it is compressed already, it is decompressed first.
    transfer_syntax
        The UID of RLE Lossless, JPEG-LS Lossless, JPEG-LS Near-Lossless, JPEG 2000 Lossless or JPEG 2000.
    max_error
        Required for JPEG-LS Near-Lossless, and only there: the largest difference of a value afterwards.
    ratio
        Required for JPEG 2000 with loss, and only there: the compression ratio.

    Returns
    -------
    FileDataset
        The same instance if nothing was lost; after lossy compression a derived one, with a new SOP Instance UID and
        a record of the compression.

    Raises
    ------
    UsageError
        If the transfer syntax is another one, or its parameter is missing or does not belong to it.
    ImageError
        If the image cannot be compressed.

    References
    ----------
    PS3.5 section A.4, Transfer Syntaxes for Encapsulation of Encoded Pixel Data.
    PS3.3 section C.7.6.1.1.5, Lossy Image Compression.
    """
    syntax = UID(transfer_syntax)
    options = _options(syntax, max_error, ratio)
    native = _native_copy(dataset)
    if syntax in _LOSSY_METHODS and not ("SOPClassUID" in dataset and "SOPInstanceUID" in dataset):
        raise ImageError("data set", "it has no SOP Class UID or no SOP Instance UID", "choose an instance")
    if max_error is not None and native.get("PixelRepresentation"):
        _check_ends(native, max_error)
    if colour_space(native) == "RGB" and syntax in _COLOUR_TRANSFORMS:
        # The encoder separates luminance from chrominance, which compresses better (PS3.5 section 8.2.4).
        native.PhotometricInterpretation = _COLOUR_TRANSFORMS[syntax]
    size_bytes = len(native.PixelData)
    try:
        encode_pixel_data(native, syntax, generate_instance_uid=False, **options)
    except Exception as error:  # noqa: BLE001 - encoders raise nearly anything
        if not get_encoder(syntax).is_available:
            raise no_encoder(syntax) from None
        problem = f"{syntax.name} does not fit this image ({type(error).__name__})"
        raise ImageError("Pixel Data", problem, "choose another transfer syntax") from None
    if syntax in _LOSSY_METHODS:
        _derive(native, dataset, size_bytes / len(native.PixelData), _LOSSY_METHODS[syntax])
    return native


def _native_copy(dataset: FileDataset) -> FileDataset:
    """Return an uncompressed copy of an image for an encoder: Little Endian, pixel by pixel."""
    _check_elements(dataset)
    frames = check_image(dataset)
    encoding = pixel_encoding(dataset, frames)
    if encoding.frames is not None:
        return decompress(dataset)
    if "PixelData" not in dataset:
        raise ImageError("data set", "its pixels are floating point numbers", "leave it uncompressed")
    if not encoding.syntax.is_little_endian:
        raise ImageError(
            "data set", "it is Big Endian, which is retired", "convert it to Little Endian first: dcmconv +te"
        )
    if (encoding.colours or colour_space(dataset)) == "YBR_FULL_422":
        raise ImageError("data set", "two pixels share their colour (YBR_FULL_422)", "leave it uncompressed")
    native = copy.deepcopy(dataset)
    native.file_meta.TransferSyntaxUID = encoding.syntax
    native.PhotometricInterpretation = encoding.colours or colour_space(dataset)
    if native.SamplesPerPixel > 1 and native.get("PlanarConfiguration") == 1:
        kind = np.dtype(f"<u{native.BitsAllocated // 8}")
        shape = (frames, native.SamplesPerPixel, native.Rows, native.Columns)
        planes = np.frombuffer(native.PixelData, kind, math.prod(shape)).reshape(shape)
        pixels = np.moveaxis(planes, 1, -1).tobytes()
        native.PixelData = pixels + bytes(len(pixels) % 2)
        native.PlanarConfiguration = 0
    return native


def _check_elements(dataset: FileDataset) -> None:
    """Read every element once, so that a damaged one does not fail half-way."""
    try:
        for part in (dataset.file_meta, dataset):
            for element in part:
                str(element.tag)
    except Exception:  # noqa: BLE001 - a damaged element makes pydicom raise nearly anything, and repeat it
        raise ImageError("data set", "an element is damaged", "get the file again") from None


def _check_ends(native: FileDataset, max_error: int) -> None:
    """Refuse signed values that lossy compression would wrap around: JPEG-LS samples are unsigned.

    A small error turns the largest value of the bits into the smallest, and the reverse.
    """
    largest = 2 ** (int(native.get("BitsStored") or native.BitsAllocated) - 1) - 1
    for frame in range(1, int(native.get("NumberOfFrames") or 1) + 1):
        values = stored_values(native, frame)
        if values.max() > largest - max_error or values.min() < max_error - largest - 1:
            raise ImageError(
                "Pixel Data",
                "it has the largest or smallest values of its bits, which a loss would turn into each other",
                "compress it without loss",
            )


@quiet_pydicom()
def decompress(dataset: FileDataset) -> FileDataset:
    """Return a copy of an image whose Pixel Data are native, in Explicit VR Little Endian.

    The SOP Instance UID stays: decompressing loses nothing, and an earlier loss stays recorded.

    Parameters
    ----------
    dataset
        A compressed image.

    Raises
    ------
    ImageError
        If it is not compressed, is damaged, has too many pixels, or no installed package decodes it.

    References
    ----------
    PS3.5 section 8.2, Native or Encapsulated Format Encoding.
    """
    frames = check_image(dataset)
    if frames * dataset.Rows * dataset.Columns > MAX_PIXELS:
        raise ImageError("Pixel Data", f"it has more than {MAX_PIXELS} pixels", "show it frame by frame")
    encoding = pixel_encoding(dataset, frames)
    if encoding.frames is None:
        raise ImageError("Pixel Data", "it is not compressed", "leave it as it is")
    values, properties = decode(dataset, encoding)
    native = copy.deepcopy(dataset)
    native.PixelData = values.tobytes() + bytes(values.nbytes % 2)
    native["PixelData"].VR = "OB" if native.BitsAllocated <= 8 else "OW"  # noqa: PLR2004 - PS3.5 section A.2
    native.file_meta.TransferSyntaxUID = ExplicitVRLittleEndian
    native.PhotometricInterpretation = properties["photometric_interpretation"]
    if native.SamplesPerPixel > 1:
        native.PlanarConfiguration = properties["planar_configuration"]
    # They describe the fragments, which no longer exist (PS3.3 section C.7.6.3.1.8).
    for keyword in ("ExtendedOffsetTable", "ExtendedOffsetTableLengths"):
        if keyword in native:
            del native[keyword]
    return native


def _options(syntax: UID, max_error: int | None, ratio: float | None) -> dict[str, Any]:
    """Return the encoder's options; a lossy one is never chosen for the caller."""
    if syntax not in _LOSSLESS and syntax not in _LOSSY_METHODS:
        names = ", ".join(UID(uid).name for uid in (*_LOSSLESS, *_LOSSY_METHODS))
        raise UsageError("transfer syntax", "no encoder for it belongs to this kit", f"use one of {names}")
    if (max_error is not None) != (syntax == JPEGLSNearLossless):
        raise UsageError("max_error", "it belongs to JPEG-LS Near-Lossless, and only there", "give both")
    if (ratio is not None) != (syntax == JPEG2000):
        raise UsageError("ratio", "it belongs to JPEG 2000 with loss, and only there", "give both")
    if (max_error is not None and max_error < 1) or (ratio is not None and not ratio > 1):
        raise UsageError("compression", "max_error is 1 or more, ratio above 1", "use a lossless one")
    if max_error is not None:
        return {"jls_error": max_error}
    return {} if ratio is None else {"j2k_cr": [ratio]}


def _derive(image: FileDataset, source: Dataset, ratio: float, method: str) -> None:
    """Make a lossily compressed image an instance of its own, with a record of the compression."""
    image.SOPInstanceUID = make_uid()
    image.file_meta.MediaStorageSOPInstanceUID = image.SOPInstanceUID
    kind = source.get("ImageType") or []
    rest = [] if isinstance(kind, str) else list(kind)[1:]  # one value alone is a text
    image.ImageType = ["DERIVED", *(rest or ["SECONDARY"])]
    image.LossyImageCompression = "01"
    # One value for each lossy compression, the oldest first.
    ratios = [*numbers_in(source, "LossyImageCompressionRatio"), ratio]
    image.LossyImageCompressionRatio = [f"{one:.5g}" for one in ratios]
    methods = source.get("LossyImageCompressionMethod") or []
    image.LossyImageCompressionMethod = [*([methods] if isinstance(methods, str) else methods), method]
    item = Dataset()
    item.ReferencedSOPClassUID = source.SOPClassUID
    item.ReferencedSOPInstanceUID = source.SOPInstanceUID
    image.SourceImageSequence = [item]
