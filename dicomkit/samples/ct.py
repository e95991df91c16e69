"""A CT series of a head that nobody has, with its localiser."""

from __future__ import annotations

from typing import Any

import numpy as np
from pydicom.dataset import FileDataset
from pydicom.uid import CTImageStorage

from dicomkit.errors import UsageError
from dicomkit.samples.head import hounsfield_units
from dicomkit.samples.identity import new_sample, sample_uid
from dicomkit.samples.shapes import Field, Grid, average_blocks, noise

__all__ = ["ct_series", "localiser"]

_STUDY = "head"
_FIELD_OF_VIEW_MM = 236.0
_SLICE_SPACING_MM = 7.0
_SLICE_THICKNESS_MM = 5.0
_LOWEST_SLICE_MM = 1.0
_NOISE_HU = 3.2
_SAMPLES_PER_PIXEL_EDGE = 2  # points computed along each edge of a pixel, then averaged
_RESCALE_INTERCEPT = -1024
_LARGEST_STORED_VALUE = 4095  # 12 bits stored
_MAX_SLICES = 14  # one more would lie above the head
_MIN_SIZE, _MAX_SIZE = 16, 512
_LOCALISER_SPACING_MM = 2.0


def ct_series(number_of_slices: int = 12, *, size: int = 128) -> list[FileDataset]:
    """Make a CT series: axial slices of a phantom head in Hounsfield units, from below upwards.

    The geometry is that of a scanner: one frame of reference, row and column directions, and the position
    of each slice. So a series viewer sorts it, measures in it and puts it on its localiser. Two calls
    give the same bytes.

    Parameters
    ----------
    number_of_slices
        From 1 to 14, 7 mm apart.
    size
        Rows and columns of each slice, from 16 to 512; the field of view stays 236 mm.

    Returns
    -------
    list of FileDataset
        In the order of their Instance Number, the lowest slice first.

    Raises
    ------
    UsageError
        If a number lies outside its range.

    References
    ----------
    PS3.3 section A.3, Computed Tomography Image IOD.
    PS3.3 section C.7.6.2, Image Plane Module.

    Examples
    --------
    >>> series = ct_series(2, size=32)
    >>> [instance.ImagePositionPatient[2] for instance in series]
    [1.0, 8.0]
    """
    if not 1 <= number_of_slices <= _MAX_SLICES:
        raise UsageError("number_of_slices", f"it is not between 1 and {_MAX_SLICES}", "choose another")
    if not _MIN_SIZE <= size <= _MAX_SIZE:
        raise UsageError("size", f"it is not between {_MIN_SIZE} and {_MAX_SIZE}", "choose another")
    return [_slice(index, size) for index in range(number_of_slices)]


def _slice(index: int, size: int) -> FileDataset:
    spacing_mm = _FIELD_OF_VIEW_MM / size
    height_mm = _LOWEST_SLICE_MM + index * _SLICE_SPACING_MM
    factor = _SAMPLES_PER_PIXEL_EDGE
    grid = Grid.centred(size * factor, size * factor, spacing_mm / factor, z=height_mm)
    units = average_blocks(hounsfield_units(grid), factor) + _NOISE_HU * noise(size, size, index)
    # The position is that of the centre of the first pixel, not of its corner (PS3.3 C.7.6.2.1.1).
    first_mm = round(-(size - 1) / 2 * spacing_mm, 4)
    instance = _ct_image(
        "axial",
        index + 1,
        ImageType=["ORIGINAL", "PRIMARY", "AXIAL"],
        SeriesDescription="Head 5 mm",
        SeriesNumber=2,
        SliceThickness=_SLICE_THICKNESS_MM,
        SliceLocation=height_mm,
        ImageOrientationPatient=[1, 0, 0, 0, 1, 0],
        ImagePositionPatient=[first_mm, first_mm, height_mm],
        PixelSpacing=[round(spacing_mm, 6)] * 2,
        RescaleType="HU",
        WindowCenter=[40, 35, 500],
        WindowWidth=[80, 30, 2500],
        WindowCenterWidthExplanation=["BRAIN", "STROKE", "BONE"],
    )
    _set_pixels(instance, units)
    return instance


def localiser(*, size: int = 128) -> FileDataset:
    """Make the localiser of the CT series: the head from the side, as one projection.

    It lies in the frame of reference of `ct_series`, so that each slice is a line on it.

    Parameters
    ----------
    size
        Rows and columns, from 16 to 512; 2 mm a pixel at the default size.

    References
    ----------
    PS3.3 section C.8.2.1.1.1, Image Type: LOCALIZER.
    """
    if not _MIN_SIZE <= size <= _MAX_SIZE:
        raise UsageError("size", f"it is not between {_MIN_SIZE} and {_MAX_SIZE}", "choose another")
    spacing_mm = _LOCALISER_SPACING_MM * 128 / size
    top_mm = 118.0
    # Each row is one height: what the rays across the head met there, averaged.
    heights_mm = top_mm - spacing_mm * np.arange(size)
    rows = [_ray_averages(size, spacing_mm, float(height)) for height in heights_mm]
    units = np.stack(rows) * 2.2 + 500 + 4 * noise(size, size, 99)
    first_mm = -(size - 1) / 2 * spacing_mm
    instance = _ct_image(
        "localiser",
        1,
        ImageType=["ORIGINAL", "PRIMARY", "LOCALIZER"],
        SeriesDescription="Localiser",
        SeriesNumber=1,
        SliceThickness=1.0,
        # Rows run to the back (+y), columns to the feet (-z): seen from the patient's left.
        ImageOrientationPatient=[0, 1, 0, 0, 0, -1],
        ImagePositionPatient=[0, first_mm, top_mm],
        PixelSpacing=[spacing_mm, spacing_mm],
        WindowCenter=150,
        WindowWidth=1900,
    )
    _set_pixels(instance, units)
    return instance


def _ray_averages(size: int, spacing_mm: float, height_mm: float) -> Field:
    """Return the mean Hounsfield units along rays from right to left, one for each column."""
    # Below the lowest slice the phantom has no neck: let it go on as it is there.
    grid = Grid.centred(size, 64, spacing_mm, z=max(height_mm, -14.0))
    across = (np.arange(64) - 31.5) * 3.0
    grid = Grid(np.broadcast_to(across, (size, 64)), grid.y, grid.z)
    means: Field = hounsfield_units(grid).mean(axis=1)
    return means


def _ct_image(series: str, number: int, **attributes: Any) -> FileDataset:  # noqa: ANN401 - see new_instance
    return new_sample(
        CTImageStorage,
        "CT",
        _STUDY,
        series,
        number,
        AcquisitionNumber=1,
        BodyPartExamined="HEAD",
        FrameOfReferenceUID=sample_uid(_STUDY, "frame of reference"),
        GantryDetectorTilt=0,
        KVP=120,
        PatientPosition="HFS",
        PositionReferenceIndicator="",
        RescaleIntercept=_RESCALE_INTERCEPT,
        RescaleSlope=1,
        **attributes,
    )


def _set_pixels(instance: FileDataset, units: Field) -> None:
    """Store Hounsfield units as unsigned 12-bit values in 16 bits (PS3.3 section C.8.2.1)."""
    stored = np.clip(np.rint(units) - _RESCALE_INTERCEPT, 0, _LARGEST_STORED_VALUE)
    instance.set_pixel_data(
        stored.astype(np.uint16), "MONOCHROME2", bits_stored=12, generate_instance_uid=False
    )
