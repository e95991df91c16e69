"""A CT series of an imaginary head."""

from __future__ import annotations

from pydicom.dataset import FileDataset

from dicomkit.errors import UsageError
from dicomkit.samples.ct_image import ct_image, set_hounsfield_units
from dicomkit.samples.head import hounsfield_units
from dicomkit.samples.shapes import Grid, average_blocks, noise

__all__ = ["ct_series"]

_FIELD_OF_VIEW_MM = 236.0
_SLICE_SPACING_MM = 7.0
_SLICE_THICKNESS_MM = 5.0
_LOWEST_SLICE_MM = 1.0
_NOISE_HU = 3.2
_SAMPLES_PER_PIXEL_EDGE = 2  # points computed along each edge of a pixel, then averaged
_MAX_SLICES = 14  # one more would lie above the head
_MIN_SIZE, _MAX_SIZE = 16, 512


def ct_series(number_of_slices: int = 12, *, size: int = 128, attendee: str = "") -> list[FileDataset]:
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
    attendee
        Makes another imaginary patient for each attendee, such as ``"07"``; see `dicomkit.samples`.

    Returns
    -------
    list of FileDataset
        In the order of their Instance Number, the lowest slice first.

    Raises
    ------
    UsageError
        If a number lies outside its range, or the attendee is not a short name.

    References
    ----------
    PS3.3 section A.3, CT Image IOD.
    PS3.3 section C.7.6.2, Image Plane Module.

    Examples
    --------
    >>> series = ct_series(2, size=32)
    >>> [float(instance.ImagePositionPatient[2]) for instance in series]
    [1.0, 8.0]
    """
    if not 1 <= number_of_slices <= _MAX_SLICES:
        raise UsageError("number_of_slices", f"it is not between 1 and {_MAX_SLICES}", "choose another")
    if not _MIN_SIZE <= size <= _MAX_SIZE:
        raise UsageError("size", f"it is not between {_MIN_SIZE} and {_MAX_SIZE}", "choose another")
    return [_slice(index, size, attendee) for index in range(number_of_slices)]


def _slice(index: int, size: int, attendee: str) -> FileDataset:
    spacing_mm = _FIELD_OF_VIEW_MM / size
    height_mm = _LOWEST_SLICE_MM + index * _SLICE_SPACING_MM
    factor = _SAMPLES_PER_PIXEL_EDGE
    grid = Grid.centred(size * factor, size * factor, spacing_mm / factor, z=height_mm)
    units = average_blocks(hounsfield_units(grid), factor) + _NOISE_HU * noise(size, size, index)
    # The position is that of the centre of the first pixel, not of its corner (PS3.3 section C.7.6.2.1.1).
    first_mm = round(-(size - 1) / 2 * spacing_mm, 4)
    instance = ct_image(
        "axial",
        index + 1,
        attendee=attendee,
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
    set_hounsfield_units(instance, units)
    return instance
