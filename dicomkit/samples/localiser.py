"""The localiser of the CT study: the head from the side, in one projection."""

# ruff: noqa: PLR2004 - the numbers are places and sizes in millimetres, named by what they paint

from __future__ import annotations

import numpy as np
from pydicom.dataset import FileDataset

from dicomkit.errors import UsageError
from dicomkit.samples.ct_image import ct_image, set_hounsfield_units
from dicomkit.samples.shapes import Field, Grid, cosine, noise

__all__ = ["localiser"]

_FIELD_OF_VIEW_MM = 256.0
_TOP_MM = 120.0
_MIN_SIZE, _MAX_SIZE = 16, 512


def localiser(*, size: int = 128, attendee: str = "") -> FileDataset:
    """Make the localiser of the CT series: the head from the left, as one projection.

    It lies in the frame of reference of `ct_series`, so that each slice is a line on it.

    Parameters
    ----------
    size
        Rows and columns, from 16 to 512; the field of view stays 256 mm.
    attendee
        Makes another imaginary patient for each attendee, such as ``"07"``; see `dicomkit.samples`.

    Raises
    ------
    UsageError
        If the size lies outside its range, or the attendee is not a short name.

    References
    ----------
    PS3.3 section C.8.2.1.1.1, Image Type: LOCALIZER.
    """
    if not _MIN_SIZE <= size <= _MAX_SIZE:
        raise UsageError("size", f"it is not between {_MIN_SIZE} and {_MAX_SIZE}", "choose another")
    spacing_mm = _FIELD_OF_VIEW_MM / size
    first_mm = -(size - 1) / 2 * spacing_mm
    # In this picture x is the patient's y, to the back, and y is the height, which falls downwards.
    grid = Grid.centred(size, size, spacing_mm)
    side = Grid(grid.x, _TOP_MM + first_mm - grid.y)
    instance = ct_image(
        "localiser",
        1,
        attendee=attendee,
        ImageType=["ORIGINAL", "PRIMARY", "LOCALIZER"],
        SeriesDescription="Localiser",
        SeriesNumber=1,
        SliceThickness=round(_FIELD_OF_VIEW_MM, 1),
        # Rows run to the back (+y), columns to the feet (-z): seen from the patient's left.
        ImageOrientationPatient=[0, 1, 0, 0, 0, -1],
        ImagePositionPatient=[0, round(first_mm, 4), _TOP_MM],
        PixelSpacing=[round(spacing_mm, 6)] * 2,
        WindowCenter=150,
        WindowWidth=1500,
    )
    set_hounsfield_units(instance, _projection(side) + 7 * noise(size, size, 99))
    return instance


def _crossed(side: Grid, centre: tuple[float, float], radii: tuple[float, float, float]) -> Field:
    """Return how many millimetres of an ellipsoid a ray from left to right crosses."""
    depth = side.depth((*centre, 0), (*radii[1:], 1))
    length: Field = 2 * radii[0] * np.sqrt(np.clip(1 - depth**2, 0, None))
    return length


def _projection(side: Grid) -> Field:
    """Return the sum of what each ray meets: soft tissue, bone and air."""
    head = _crossed(side, (0, 12), (77, 97, 97))
    face = _crossed(side, (-44, -52), (58, 46, 66))
    neck = 100 * np.sqrt(np.clip(1 - ((side.x - 24 + 0.12 * side.y) / 54) ** 2, 0, None)) * (side.y < -35)
    nose = _crossed(side, (-97, -18), (12, 13, 20))
    soft = np.maximum(np.maximum(head, face), np.maximum(neck, nose))
    skull = _crossed(side, (0, 12), (69.5, 89.5, 89.5)) - _crossed(side, (0, 12), (62.5, 82.5, 82.5))
    skull *= np.clip((side.y + 62 - 0.35 * side.x) / 14, 0, 1)
    base = np.clip(1 - np.abs(side.y + 28 - 0.42 * (side.x + 5) * (side.x < 25)) / 6, 0, 1) * (
        np.abs(side.x) < 68
    )
    petrous = _crossed(side, (20, -14), (30, 17, 12))
    jaw = _crossed(side, (-46, -92), (46, 42, 13)) - _crossed(side, (-40, -88), (36, 36, 8))
    ramus = _crossed(side, (-10, -62), (9, 10, 34))
    teeth = _crossed(side, (-66, -70), (24, 17, 9)) * (1 + 0.5 * cosine(side.x, 7))
    spine = _crossed(side, (32, -115), (16, 15, 75)) * (side.y < -44) * (1 + 0.45 * cosine(side.y, 17))
    spines = _crossed(side, (58, -112), (5, 14, 60)) * (side.y < -55) * (1 + 0.8 * cosine(side.y, 17, 0.3))
    bone = skull + 34 * base + petrous + 1.1 * jaw + ramus + teeth + 1.2 * spine + spines
    sinus = _crossed(side, (-72, 14), (18, 9, 12)) + _crossed(side, (-16, -16), (14, 12, 11))
    throat = 16 * np.sqrt(np.clip(1 - ((side.x - 2 + 0.1 * side.y) / 9) ** 2, 0, None)) * (side.y < -42)
    air = sinus + throat + 0.8 * _crossed(side, (-66, -42), (22, 22, 15))
    bright: Field = -1000 + 7.2 * soft + 11.0 * bone - 8.0 * air
    return bright
