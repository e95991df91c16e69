"""A colour photograph: the fundus of an imaginary eye."""

from __future__ import annotations

import numpy as np
from pydicom.dataset import Dataset, FileDataset
from pydicom.uid import VLPhotographicImageStorage

from dicomkit.errors import UsageError
from dicomkit.samples.identity import new_sample
from dicomkit.samples.shapes import Field, Grid, cosine, noise

__all__ = ["colour"]

_FIELD_MM = 20.0
_MIN_SIZE, _MAX_SIZE = 16, 1024


def colour(*, size: int = 192, attendee: str = "") -> FileDataset:
    """Make a colour photograph: the retina of a right eye, with its vessels and the optic disc.

    Parameters
    ----------
    size
        Rows and columns, from 16 to 1024.
    attendee
        Makes another imaginary patient for each attendee, such as ``"07"``; see `dicomkit.samples`.

    Returns
    -------
    FileDataset
        A VL Photographic Image, RGB.

    Raises
    ------
    UsageError
        If the size lies outside its range, or the attendee is not a short name.

    References
    ----------
    PS3.3 section A.32.4, VL Photographic Image IOD.
    """
    if not _MIN_SIZE <= size <= _MAX_SIZE:
        raise UsageError("size", f"it is not between {_MIN_SIZE} and {_MAX_SIZE}", "choose another")
    instance = new_sample(
        VLPhotographicImageStorage,
        "XC",
        "eye",
        "photograph",
        1,
        attendee=attendee,
        ImageType=["ORIGINAL", "PRIMARY"],
        SeriesDescription="Retina",
        SeriesNumber=1,
        BodyPartExamined="EYE",
        Laterality="R",
        PatientOrientation="",
        LossyImageCompression="00",
        AcquisitionContextSequence=[],
        AnatomicRegionSequence=[_eye()],
    )
    instance.set_pixel_data(_retina(size), "RGB", bits_stored=8, generate_instance_uid=False)
    return instance


def _eye() -> Dataset:
    """Return the code for the eye (PS3.16 CID 4209)."""
    code = Dataset()
    code.CodeValue, code.CodingSchemeDesignator, code.CodeMeaning = "81745001", "SCT", "Eye"
    return code


def _retina(size: int) -> np.ndarray[tuple[int, ...], np.dtype[np.uint8]]:
    grid = Grid.centred(size, size, _FIELD_MM / size)
    out_mm = np.hypot(grid.x, grid.y)
    light = 1.05 - 0.045 * out_mm + 0.035 * noise(size, size, 77) + 0.03 * cosine(grid.x + grid.y, 2.3)
    red, green, blue = 205 * light, 92 * light, 38 * light
    macula = np.exp(-(((grid.x + 2.2) / 1.9) ** 2) - ((grid.y - 0.3) / 1.7) ** 2)
    red, green, blue = red - 62 * macula, green - 44 * macula, blue - 20 * macula
    vessels = _vessels(grid)
    red, green, blue = red * (1 - 0.38 * vessels), green * (1 - 0.62 * vessels), blue * (1 - 0.45 * vessels)
    disc = np.clip(1.35 - np.hypot(grid.x - 3.6, (grid.y + 0.2) * 0.9) / 1.35, 0, 1)
    cup = np.clip(1.15 - np.hypot(grid.x - 3.5, grid.y + 0.2) / 0.6, 0, 1)
    fade = 1 - 0.55 * vessels
    red, green, blue = (
        channel * (1 - 0.8 * disc * fade) + (level + 30 * cup) * 0.8 * disc * fade
        for channel, level in ((red, 250), (green, 196), (blue, 118))
    )
    picture = np.stack([red, green, blue], axis=-1)
    picture *= (np.clip((9.6 - out_mm) / 0.25, 0, 1))[..., np.newaxis]
    levels: np.ndarray[tuple[int, ...], np.dtype[np.uint8]] = np.clip(picture, 0, 255).astype(np.uint8)
    return levels


def _vessels(grid: Grid) -> Field:
    """Return how much of each point is vessel: arcs that leave the optic disc and branch."""
    amount = np.zeros(grid.x.shape)
    along = 3.6 - grid.x  # distance from the disc towards the macula
    for up in (-1, 1):
        for bend, lift, width in (
            (0.62, 0.0, 0.17),
            (0.62, 0.32, 0.12),
            (0.40, 0.1, 0.08),
            (0.95, -0.3, 0.09),
        ):
            reach = np.clip(along, 0, None)
            arc = up * (bend * 4.4 * np.sqrt(reach / 6.5) + lift) + 0.12 * np.sin(2.1 * along + 3 * bend)
            slim = width * np.clip(1.15 - reach / 15, 0.3, 1)
            amount = np.maximum(amount, np.exp(-(((grid.y + 0.2 - arc) / slim) ** 2)) * (along > 0))
        for bend, width in ((0.9, 0.13), (1.5, 0.09)):  # the short ones on the side of the nose
            reach = np.clip(-along, 0, None)
            arc = up * bend * np.sqrt(reach + 0.02) + 0.08 * np.sin(3 * along)
            amount = np.maximum(amount, np.exp(-(((grid.y + 0.2 - arc) / width) ** 2)) * (along <= 0))
        for start, slope in ((3.4, 0.6), (5.2, 0.55), (7.0, 0.5)):  # branches towards the macula
            arc = up * (0.62 * 4.4 * np.sqrt(start / 6.5) - slope * np.clip(along - start, 0, 2.2))
            near = (along > start) & (along < start + 2.1)
            amount = np.maximum(amount, 0.8 * np.exp(-(((grid.y + 0.2 - arc) / 0.06) ** 2)) * near)
    vessels: Field = amount
    return vessels
