"""A chest radiograph of an imaginary patient, as MONOCHROME1: the more X-rays arrived, the darker it is shown."""

# ruff: noqa: PLR2004 - the numbers are places and sizes in millimetres, named by what they paint

from __future__ import annotations

import numpy as np
from pydicom.dataset import FileDataset
from pydicom.uid import ComputedRadiographyImageStorage

from dicomkit.errors import UsageError
from dicomkit.samples.identity import new_sample
from dicomkit.samples.shapes import Field, Grid, cosine, noise

__all__ = ["radiograph"]

_FIELD_MM = 380.0
_MIN_SIZE, _MAX_SIZE = 16, 1024
_LARGEST_STORED_VALUE = 4095


def radiograph(*, size: int = 192, attendee: str = "") -> FileDataset:
    """Make a chest radiograph whose Photometric Interpretation is MONOCHROME1.

    A viewer that forgets to invert the grey scale shows white lungs.

    Parameters
    ----------
    size
        Rows and columns, from 16 to 1024.
    attendee
        Makes another imaginary patient for each attendee, such as ``"07"``; see `dicomkit.samples`.

    Returns
    -------
    FileDataset
        A Computed Radiography Image with 12 bits stored.

    Raises
    ------
    UsageError
        If the size lies outside its range, or the attendee is not a short name.

    References
    ----------
    PS3.3 section A.2, Computed Radiography Image IOD; section C.7.6.3.1.2, Photometric Interpretation.
    """
    if not _MIN_SIZE <= size <= _MAX_SIZE:
        raise UsageError("size", f"it is not between {_MIN_SIZE} and {_MAX_SIZE}", "choose another")
    spacing_mm = round(_FIELD_MM / size, 6)
    instance = new_sample(
        ComputedRadiographyImageStorage,
        "CR",
        "chest",
        "radiograph",
        1,
        attendee=attendee,
        ImageType=["ORIGINAL", "PRIMARY"],
        SeriesDescription="Chest PA",
        SeriesNumber=1,
        BodyPartExamined="CHEST",
        ViewPosition="PA",
        PatientOrientation=["L", "F"],  # to the right of the picture lies the patient's left, below the feet
        ImagerPixelSpacing=[spacing_mm, spacing_mm],
        WindowCenter=1900,
        WindowWidth=3400,
    )
    exposure = _exposure(Grid.centred(size, size, spacing_mm))
    exposure += 16 * noise(size, size, 11)
    stored = np.clip(np.rint(exposure), 0, _LARGEST_STORED_VALUE).astype(np.uint16)
    instance.set_pixel_data(stored, "MONOCHROME1", bits_stored=12, generate_instance_uid=False)
    return instance


def _thickness(depth: Field) -> Field:
    """Return how much of a round body a ray crosses: most in the middle, nothing at the rim."""
    thickness: Field = np.sqrt(np.clip(1 - depth**2, 0, None))
    return thickness


def _exposure(grid: Grid) -> Field:
    """Return how much arrives behind the chest, on the logarithmic scale of the detector."""
    trunk = _thickness(np.maximum(grid.depth((0, 40, 0), (178, 290, 1)), np.abs(grid.x) / 178))
    shoulders = _thickness(grid.depth((0, -95, 0), (205, 75, 1))) * 0.55
    neck = _thickness(grid.depth((0, -170, 0), (52, 95, 1))) * 0.6
    absorbed = 1750 * np.maximum(trunk, shoulders) + 560 * neck
    lungs = np.zeros(grid.x.shape)
    for side, width in ((-1, 60), (1, 55)):
        lung = _thickness(grid.depth((side * 74, -2, 0), (width, 122, 1), turn_degrees=side * 5))
        dome = np.clip((grid.depth((side * 82, 190, 0), (92, 95 + 6 * side, 1)) - 1) / 0.04, 0, 1)
        lungs += lung * dome
    absorbed -= 1500 * np.clip(lungs, 0, 1) ** 0.7 * (absorbed > 0)
    absorbed += _vessels(grid) * np.clip(lungs * 1.6, 0, 1)
    absorbed += _middle(grid) + _bones(grid)
    return 3650 - absorbed


def _middle(grid: Grid) -> Field:
    """Return what heart, aorta, spine and diaphragm absorb."""
    heart = _thickness(grid.depth((24, 52, 0), (66, 60, 1), turn_degrees=32)) * 850
    aorta = _thickness(grid.depth((16, -38, 0), (22, 26, 1))) * 380
    mediastinum = np.clip(1 - np.abs(grid.x) / 34, 0, 1) ** 0.5 * 480 * (np.abs(grid.y) < 190)
    trachea = np.clip(1 - np.abs(grid.x + 2) / 9, 0, 1) ** 0.5 * -420 * (grid.y < -52)
    discs = 1 + 0.32 * cosine(grid.y, 23)
    spine = np.clip(1 - np.abs(grid.x) / 17, 0, 1) ** 0.4 * 330 * discs
    gas = _thickness(grid.depth((78, 122, 0), (24, 12, 1))) * -600  # a bubble in the stomach
    absorbed: Field = heart + aorta + mediastinum + trachea + spine + gas
    return absorbed


def _bones(grid: Grid) -> Field:
    """Return what ribs, clavicles and shoulder blades absorb."""
    absorbed = np.zeros(grid.x.shape)
    for side in (-1, 1):
        out_mm = side * grid.x
        inside = (out_mm > 10) & (out_mm < 138)
        for number in range(9):
            top = -128 + 27 * number
            back = top - 0.16 * out_mm + 0.0042 * (out_mm - 52) ** 2  # the rear half falls slowly …
            front = top + 26 + 0.62 * out_mm - 0.0012 * out_mm**2  # … the front half steeply
            for curve, width, weight in ((back, 6.0, 250), (front, 5.0, 120)):
                across = np.abs(grid.y - curve) / width
                rim = 0.72 + 0.45 * np.clip(across, 0, 1) ** 4
                absorbed += weight * rim * (across < 1) * inside
        clavicle = np.abs(grid.y + 122 + 0.24 * (out_mm - 78) + 6 * np.sin(out_mm / 26)) / 7
        absorbed += 420 * (clavicle < 1) * (out_mm > 12) * (out_mm < 140)
        blade = grid.depth((side * 138, -62, 0), (30, 62, 1), turn_degrees=side * 12)
        absorbed += 210 * (blade < 1) + 140 * ((blade < 1) & (blade > 0.88))
    ribs: Field = absorbed
    return ribs


def _vessels(grid: Grid) -> Field:
    """Return what the vessels of the lungs absorb: strands that leave the root and grow thin."""
    absorbed = np.zeros(grid.x.shape)
    for side in (-1, 1):
        x, y = side * grid.x - 26, grid.y - 4
        out_mm, angle = np.hypot(x, y), np.arctan2(y, np.clip(x, 0.1, None))
        strands = (
            cosine(angle + 0.05 * np.sin(out_mm / 9), 0.33) ** 9 + cosine(angle - 0.003 * out_mm, 0.21) ** 15
        )
        absorbed += 330 * np.clip(strands, 0, 1) * np.exp(-out_mm / 48) * (x > 0)
        absorbed += 420 * np.exp(-((out_mm / 17) ** 2))
    vessels: Field = absorbed
    return vessels
