"""An ultrasound-like cine loop in colour: a beating chamber in a fan, with flow in red and blue."""

# ruff: noqa: PLR2004 - the numbers are places and sizes in millimetres, named by what they paint

from __future__ import annotations

import numpy as np
import numpy.typing as npt
from pydicom.dataset import Dataset, FileDataset
from pydicom.uid import UltrasoundMultiFrameImageStorage

from dicomkit.errors import UsageError
from dicomkit.samples.identity import new_sample
from dicomkit.samples.shapes import Field, Grid, cosine, noise

__all__ = ["cine"]

_ROWS, _COLUMNS = 120, 160
_SPACING_MM = 1.25
_FRAME_TIME_MS = 80.0
_MAX_FRAMES = 64
_APEX_MM = -78.0  # where the beams start, above the middle of the picture


def cine(number_of_frames: int = 10, *, attendee: str = "") -> FileDataset:
    """Make an ultrasound-like cine loop: one heart beat, in colour.

    Parameters
    ----------
    number_of_frames
        From 2 to 64, 80 ms apart; the loop closes.
    attendee
        Makes another imaginary patient for each attendee, such as ``"07"``; see `dicomkit.samples`.

    Returns
    -------
    FileDataset
        An Ultrasound Multi-frame Image of 120 rows and 160 columns, RGB.

    Raises
    ------
    UsageError
        If the number lies outside its range, or the attendee is not a short name.

    References
    ----------
    PS3.3 section A.7, Ultrasound Multi-frame Image IOD; section C.7.6.5, Cine Module.
    """
    if not 2 <= number_of_frames <= _MAX_FRAMES:
        raise UsageError("number_of_frames", f"it is not between 2 and {_MAX_FRAMES}", "choose another")
    frames = np.stack([_frame(index, index / number_of_frames) for index in range(number_of_frames)])
    instance = new_sample(
        UltrasoundMultiFrameImageStorage,
        "US",
        "heart",
        "cine",
        1,
        attendee=attendee,
        ImageType=["ORIGINAL", "PRIMARY", "TTE", "0011"],  # through the chest wall; 2D and colour flow
        SeriesDescription="Heart, colour flow",
        SeriesNumber=1,
        BodyPartExamined="HEART",
        PatientOrientation="",
        NumberOfFrames=number_of_frames,
        FrameIncrementPointer=0x00181063,  # Frame Time
        FrameTime=_FRAME_TIME_MS,
        CineRate=round(1000 / _FRAME_TIME_MS),
        UltrasoundColorDataPresent=1,
        LossyImageCompression="00",
        SequenceOfUltrasoundRegions=[_region()],
    )
    instance.set_pixel_data(frames, "RGB", bits_stored=8, generate_instance_uid=False)
    return instance


def _region() -> Dataset:
    """Return where in the picture the fan lies, and how long a pixel is (PS3.3 section C.8.5.5)."""
    region = Dataset()
    region.RegionSpatialFormat = 1  # 2D
    region.RegionDataType = 1  # tissue
    region.RegionFlags = 0
    region.RegionLocationMinX0, region.RegionLocationMinY0 = 0, 0
    region.RegionLocationMaxX1, region.RegionLocationMaxY1 = _COLUMNS - 1, _ROWS - 1
    region.PhysicalUnitsXDirection = region.PhysicalUnitsYDirection = 3  # centimetres
    region.PhysicalDeltaX = region.PhysicalDeltaY = _SPACING_MM / 10
    return region


def _frame(index: int, phase: float) -> npt.NDArray[np.uint8]:
    """Return the picture at `phase`, from 0 to 1, of the heart beat."""
    grid = Grid.centred(_ROWS, _COLUMNS, _SPACING_MM)
    squeeze = 0.5 - 0.5 * float(np.cos(2 * np.pi * phase))  # 0 relaxed, 1 contracted
    depth_mm = np.hypot(grid.x, grid.y - _APEX_MM)
    angle = np.arctan2(grid.x, grid.y - _APEX_MM)
    fan = (np.abs(angle) < 0.72) & (depth_mm > 12) & (depth_mm < 148)
    echo = _tissue(grid, squeeze, depth_mm)
    grain = noise(_ROWS, _COLUMNS, 500 + index)
    # Echoes are longer across the beam than along it: let neighbours share their grain.
    grain = 0.62 * (grain + np.roll(grain, 1, axis=1) + 0.6 * np.roll(grain, 2, axis=1))
    speckle = 1 + 0.42 * grain + 0.15 * cosine(depth_mm, 3.7)
    grey = np.clip(echo * np.clip(speckle, 0.1, 3.0), 0, 235)
    flow, speed = _flow(grid, squeeze, phase)
    red = np.where(flow, np.clip(140 + 110 * speed, 0, 255) * (speed > 0), grey)
    green = np.where(flow, np.clip(90 * np.abs(speed) - 20, 0, 255), grey)
    blue = np.where(flow, np.clip(150 - 105 * speed, 0, 255) * (speed <= 0), grey)
    picture = np.stack([red, green, blue], axis=-1) * fan[..., np.newaxis]
    _paint_scale(picture)
    levels: npt.NDArray[np.uint8] = np.clip(picture, 0, 255).astype(np.uint8)
    return levels


def _tissue(grid: Grid, squeeze: float, depth_mm: Field) -> Field:
    """Return how bright the echo is: chambers are dark, walls and valves bright."""
    echo = 58 + 16 * cosine(grid.x + 0.5 * grid.y, 31) - 0.16 * depth_mm
    wall = grid.depth((-3, 6, 0), (46 - 5 * squeeze, 58 - 4 * squeeze, 1), turn_degrees=8)
    echo = np.where(wall < 1, 88 + 12 * cosine(grid.y, 9), echo)
    echo = np.where((wall > 0.97) & (wall < 1.05), 190, echo)
    for centre, radii in _chambers(squeeze):
        chamber = grid.depth((*centre, 0), (*radii, 1), turn_degrees=8)
        echo = np.where(chamber < 1, 7, np.where(chamber < 1.07, 165, echo))
    open_mm = 9 * (1 - squeeze)
    for side in (-1, 1):  # the leaflets of the valves between the chambers
        for place in (-22, 19):
            leaflet = grid.ellipsoid(
                (place + side * (3 + open_mm / 2), 17, 0),
                (1.4, 8, 1),
                turn_degrees=-side * (70 - 6 * open_mm),
            )
            echo = np.where(leaflet, 205, echo)
    bright: Field = echo
    return bright


def _chambers(squeeze: float) -> list[tuple[tuple[float, float], tuple[float, float]]]:
    """Return centre and radii, in millimetres, of the two ventricles and the two atria."""
    return [
        ((-20, -10), (13 - 4.0 * squeeze, 26 - 5 * squeeze)),
        ((17, -12), (16 - 6.5 * squeeze, 29 - 7 * squeeze)),
        ((-25, 36), (13 + 2.5 * squeeze, 14 + 3 * squeeze)),
        ((15, 36), (14 + 2.5 * squeeze, 15 + 3 * squeeze)),
    ]


def _flow(grid: Grid, squeeze: float, phase: float) -> tuple[npt.NDArray[np.bool_], Field]:
    """Return where blood moves, and how fast: positive towards the probe, shown in red."""
    filling = grid.ellipsoid((15, 10, 0), (7, 26 - 6 * squeeze, 1), turn_degrees=8)
    emptying = grid.ellipsoid((9, -8, 0), (5, 24, 1), turn_degrees=-14)
    is_filling = phase > 0.5
    jet = filling if is_filling else emptying
    strength = float(np.sin(2 * np.pi * phase)) * (1 - 0.25 * squeeze)
    speed = -strength * (0.75 + 0.25 * cosine(grid.x, 11) * cosine(grid.y, 13))
    return jet & (np.abs(speed) > 0.18), speed


def _paint_scale(picture: Field) -> None:
    """Paint the colour scale at the right edge, as a scanner does."""
    for row in range(14, 54):
        speed = (34 - row) / 20
        picture[row, 150:155] = (140 + 110 * speed, 0, 0) if speed > 0 else (0, 0, 150 - 105 * speed)
