"""Make a Secondary Capture: any picture as a valid image of a patient, a study and a series.

A Secondary Capture is an image that was converted from a non-DICOM format. What it needs on top of the
attributes of every instance is the Image Pixel Module, "the group-0028 contract": it tells a reader how to
cut the bytes of Pixel Data into samples.
"""

from __future__ import annotations

import warnings
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt
from pydicom.dataset import Dataset, FileDataset
from pydicom.encaps import encapsulate
from pydicom.uid import (
    JPEGBaseline8Bit,
    MultiFrameGrayscaleByteSecondaryCaptureImageStorage,
    MultiFrameGrayscaleWordSecondaryCaptureImageStorage,
    MultiFrameTrueColorSecondaryCaptureImageStorage,
    SecondaryCaptureImageStorage,
)

from dicomkit.errors import ImageError, UsageError
from dicomkit.files.build import new_instance
from dicomkit.files.quiet_pydicom import quiet_pydicom
from dicomkit.pixels.decoding import stored_values
from dicomkit.pixels.jpeg_stream import JpegStream
from dicomkit.pixels.picture import Picture, picture_of_array
from dicomkit.pixels.picture_files import read_picture
from dicomkit.pixels.secondary_capture_values import (
    MODALITY,
    derivation_values,
    first_values,
    laterality_values,
    lossy_values,
    stream_values,
)

__all__ = ["PictureWarning", "secondary_capture"]

# What the picture itself decides (PS3.3 section C.7.6.3, Image Pixel Module).
_OF_THE_PICTURE = frozenset(
    {
        "NumberOfFrames",
        "SamplesPerPixel",
        "PhotometricInterpretation",
        "PlanarConfiguration",
        "Rows",
        "Columns",
        "BitsAllocated",
        "BitsStored",
        "HighBit",
        "PixelRepresentation",
        "PixelData",
    }
)
_BITS_OF_A_BYTE = 8
_COLOUR_AXES = 4


class PictureWarning(UserWarning):
    """A picture had to be changed, or keeps something that its owner may not expect."""


def secondary_capture(
    image: str | Path | npt.NDArray[Any] | Picture,
    *,
    series_from: Dataset | None = None,
    study_from: Dataset | None = None,
    **attributes: Any,  # noqa: ANN401 - each VR takes its own Python type
) -> FileDataset:
    """Make a Secondary Capture image of a picture file or an array.

    A baseline JPEG is wrapped: its stream is not touched, since decoding and encoding it again would lose
    quality. Everything else is stored native (uncompressed). Whatever has to be changed, such as
    transparency or a sideways camera, is said as a `PictureWarning` and written into Derivation
    Description.

    Without `series_from` or `study_from` the image starts a study of its own, made now: Study, Content
    Date and Time are this moment, Study ID, Series and Instance Number are 1, Patient ID is
    ``WORKSHOP01``, Modality is ``OT`` (other). Image Laterality is ``U`` (not one of a pair) unless a body
    part or a laterality is given. In a multi-frame image Burned In Annotation needs a value; it is ``YES``,
    because nobody has looked whether a name stands in the picture. Any of these can be given instead.

    Parameters
    ----------
    image
        A path to a PNG, JPEG, TIFF, BMP or PNM file, an array as `picture_of_array` takes it, or a picture that was
        read already.
    series_from
        An instance of the series that the image joins: patient, study and series are copied, and what is
        unknown there stays empty. Instance Number is the next one, if that instance has one.
    study_from
        An instance of the study that the image joins, as a new series.
    **attributes
        Further values, by keyword: ``InstanceNumber=3``. They win over all others, except those of the
        Image Pixel Module, which the picture decides.

    Returns
    -------
    FileDataset
        Ready for ``save_as`` and, if it joins nothing, without errors or warnings of dciodvfy.

    Raises
    ------
    FileAccessError
        If the file cannot be read.
    ImageError
        If it is no picture, is damaged or is too large.
    AttributeValueError
        If `series_from` has no study or series.
    UsageError
        If an attribute is given that the picture itself decides, such as Rows.

    References
    ----------
    PS3.3 section A.8, Secondary Capture Image IOD; section C.7.6.3, Image Pixel Module.

    Examples
    --------
    >>> image = secondary_capture(np.zeros((2, 3), dtype=np.uint8))
    >>> image.Rows, image.Columns, image.PhotometricInterpretation
    (2, 3, 'MONOCHROME2')
    """
    _check_arguments(series_from, study_from, attributes)
    picture = _picture(image)
    values = first_values(
        starts_study=series_from is None and study_from is None, starts_series=series_from is None
    )
    if series_from is not None:
        values["InstanceNumber"] = _next_number(series_from)
    # Before what is given: it decides about the VR of others, such as Pixel Padding Value.
    values["PixelRepresentation"] = int(picture.frames is not None and picture.frames.dtype.kind == "i")
    values |= derivation_values(picture.remarks)
    if picture.white is not None:
        # A window that shows 0 as black and the picture's own white as white (PS3.3 section C.11.2.1.2).
        values |= {"WindowCenter": (picture.white + 1) / 2, "WindowWidth": picture.white + 1}
    frame_count = 1 if picture.frames is None else len(picture.frames)
    if frame_count > 1:
        values |= _multi_frame_values(frame_count)
    instance = new_instance(
        _sop_class(picture),
        modality=None if series_from is not None and series_from.get("Modality") else MODALITY,
        study_from=study_from,
        series_from=series_from,
        **(values | attributes),
    )
    _set(instance, laterality_values(instance.dir()))
    if picture.jpeg is not None:
        _wrap_stream(instance, picture.jpeg)
    elif picture.frames is not None:
        _set_native_pixels(instance, picture.frames, picture.bits_stored)
    if picture.lossy_ratio is not None:
        _set(instance, lossy_values(picture.lossy_ratio))
    if picture.jpeg is not None:
        _check_shown(instance, picture.given)
    for remark in picture.remarks:
        warnings.warn(remark, PictureWarning, stacklevel=2)
    return instance


def _picture(image: str | Path | npt.NDArray[Any] | Picture) -> Picture:
    if isinstance(image, Picture):
        return image
    return picture_of_array(image) if isinstance(image, np.ndarray) else read_picture(image)


def _check_shown(instance: FileDataset, given: object) -> None:
    """Refuse a stream that cannot be shown afterwards: nothing has decoded it so far."""
    try:
        stored_values(instance)
    except ImageError as error:
        problem = f"its JPEG stream cannot be decoded: {error.problem}"
        raise ImageError(given, problem, "export the picture again, for example as PNG") from None


def _check_arguments(series_from: object, study_from: object, attributes: dict[str, Any]) -> None:
    """Refuse what would only fail, or be overwritten, later on."""
    for name, joined in (("series_from", series_from), ("study_from", study_from)):
        if joined is not None and not isinstance(joined, Dataset):
            raise UsageError(name, "it is no data set", "read it first: read_file(path)")
    for keyword in attributes:
        if keyword in _OF_THE_PICTURE:
            raise UsageError(keyword, "the picture says it itself", "leave it out")


@quiet_pydicom()
def _next_number(instance: Dataset) -> int | str:
    """Return the number behind that of an instance; nothing if it has none, or what it has is no number."""
    known = str(instance.get("InstanceNumber", "")).strip()
    return int(known) + 1 if known.lstrip("+-").isdecimal() else ""


def _set(instance: Dataset, values: dict[str, Any]) -> None:
    for keyword, value in values.items():
        setattr(instance, keyword, value)


def _multi_frame_values(frame_count: int) -> dict[str, Any]:
    """Return what only a multi-frame Secondary Capture has to say (PS3.3 section C.8.6.3)."""
    return {
        "BurnedInAnnotation": "YES",
        "NumberOfFrames": frame_count,
        # What changes from frame to frame: the number of the page.
        "FrameIncrementPointer": 0x00182001,
        "PageNumberVector": list(range(1, frame_count + 1)),
    }


def _sop_class(picture: Picture) -> str:
    """Return the SOP class; multi-frame images have one for each kind of sample."""
    frames = picture.frames
    if frames is None or len(frames) == 1:
        return str(SecondaryCaptureImageStorage)
    if frames.ndim == _COLOUR_AXES:
        return str(MultiFrameTrueColorSecondaryCaptureImageStorage)
    if frames.dtype == np.int16:
        raise ImageError(
            "several frames", "a multi-frame Secondary Capture has no negative values", "use uint16"
        )
    if frames.dtype == np.uint16:
        return str(MultiFrameGrayscaleWordSecondaryCaptureImageStorage)
    return str(MultiFrameGrayscaleByteSecondaryCaptureImageStorage)


def _set_native_pixels(instance: FileDataset, frames: npt.NDArray[Any], bits_stored: int) -> None:
    """Write the Image Pixel Module and uncompressed Pixel Data (PS3.5 section 8.1.1)."""
    is_colour = frames.ndim == _COLOUR_AXES
    instance.SamplesPerPixel = 3 if is_colour else 1
    instance.PhotometricInterpretation = "RGB" if is_colour else "MONOCHROME2"
    if is_colour:
        instance.PlanarConfiguration = 0  # R1 G1 B1, R2 G2 B2, …
    elif len(frames) > 1:
        # Multi-frame grey images say that their values are plain (PS3.3 section C.8.6.3).
        instance.PresentationLUTShape = "IDENTITY"
        instance.RescaleIntercept, instance.RescaleSlope, instance.RescaleType = 0, 1, "US"
    instance.Rows, instance.Columns = frames.shape[1:3]
    instance.BitsAllocated = frames.dtype.itemsize * 8
    instance.BitsStored = max(bits_stored, 1)
    instance.HighBit = instance.BitsStored - 1
    little_endian = frames.astype(frames.dtype.newbyteorder("<"), copy=False).tobytes()
    # PS3.5 section 8.1.1: the value has an even length.
    instance.PixelData = little_endian + b"\x00" * (len(little_endian) % 2)
    instance["PixelData"].VR = "OB" if instance.BitsAllocated == _BITS_OF_A_BYTE else "OW"


def _wrap_stream(instance: FileDataset, jpeg: JpegStream) -> None:
    """Write the Image Pixel Module of a baseline JPEG stream, and the stream as one fragment."""
    _set(instance, stream_values(jpeg))
    instance.PixelData = encapsulate([jpeg.stream])
    instance["PixelData"].VR = "OB"  # PS3.5 section A.4: encapsulated Pixel Data is OB
    instance["PixelData"].is_undefined_length = True
    instance.file_meta.TransferSyntaxUID = JPEGBaseline8Bit
