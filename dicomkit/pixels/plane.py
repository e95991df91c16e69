"""The geometry of an image: pixel spacing, orientation, and the position of each pixel in the patient."""

from __future__ import annotations

from collections.abc import Sequence
from typing import NamedTuple

import numpy as np
import numpy.typing as npt
from pydicom.dataset import Dataset

from dicomkit.files.quiet_pydicom import quiet_pydicom
from dicomkit.index.stacks import SlicePlace, Vector, unit_directions
from dicomkit.pixels.frame_attributes import frame_item, readable, readable_numbers

__all__ = [
    "OrientationLabels",
    "Plane",
    "direction_letters",
    "is_projection",
    "middle",
    "normal",
    "orientation_labels",
    "pixel_spacing",
    "plane",
    "slice_place",
    "spacing_place",
]

# PS3.3 section C.7.6.2.1.1: x grows to the patient's left, y to the back, z to the head.
_AXES = (("L", "R"), ("P", "A"), ("H", "F"))
_OPPOSITE = {"L": "R", "R": "L", "P": "A", "A": "P", "H": "F", "F": "H"}
_CLEARLY = 0.25  # a direction gets a letter if its cosine with that axis is at least this
_CENTIMETRES = 3  # PS3.3 section C.8.5.5.1.15
# The first present one counts; the text says where its distances apply, if not in the patient.
_SPACINGS = {
    "PixelSpacing": "",
    "ImagerPixelSpacing": "at the detector",
    "NominalScannedPixelSpacing": "on the film",
}


class OrientationLabels(NamedTuple):
    """The side of the patient at each edge of an image."""

    left: str
    right: str
    top: str
    bottom: str


class Plane(NamedTuple):
    """The plane of an image in the patient, in millimetres.

    ``origin`` is the centre of the first pixel, ``along_row`` the step to the next column and ``along_column`` the step
    to the next row.
    """

    origin: Vector
    along_row: Vector
    along_column: Vector


@quiet_pydicom()
def pixel_spacing(dataset: Dataset, frame: int = 1) -> tuple[float, float] | None:
    """Return the distance between the centres of pixels: between rows and between columns, in mm.

    Returns
    -------
    tuple of float, or None
        None if it is not stated. In a projection the distances apply at the detector.

    References
    ----------
    PS3.3 section 10.7.1.1, Pixel Spacing; section C.8.5.5, US Region Calibration Module.
    """
    said = _said_spacing(dataset, frame)
    if said is not None:
        return said[0], said[1]
    for region in (dataset.get("SequenceOfUltrasoundRegions") or [])[:1]:
        units = [readable_numbers(region, f"PhysicalUnits{axis}Direction") for axis in "YX"]
        steps = [
            abs(number) * 10 for axis in "YX" for number in readable_numbers(region, f"PhysicalDelta{axis}")
        ]
        if units == [[_CENTIMETRES]] * 2 and len(steps) == 2 and min(steps) > 0:  # noqa: PLR2004 - as above
            return steps[0], steps[1]
    return None


@quiet_pydicom()
def spacing_place(dataset: Dataset, frame: int = 1) -> str:
    """Return where the distances of `pixel_spacing` apply, or "" for in the patient: a projection magnifies.

    References
    ----------
    PS3.3 section 10.7, Basic Pixel Spacing Calibration Macro; section C.8.11.4, DX Detector Module.
    """
    said = _said_spacing(dataset, frame)
    return "" if said is None else said[2]


def _said_spacing(dataset: Dataset, frame: int) -> tuple[float, float, str] | None:
    for keyword, place in _SPACINGS.items():
        numbers = readable_numbers(frame_item(dataset, frame, "PixelMeasuresSequence", keyword), keyword)
        if len(numbers) == 2 and min(numbers) > 0:  # noqa: PLR2004 - rows and columns
            return numbers[0], numbers[1], place
    return None


@quiet_pydicom()
def slice_place(dataset: Dataset, frame: int = 1) -> SlicePlace | None:
    """Return where one frame lies in the patient, as slices are sorted by it, or None if it is not stated.

    References
    ----------
    PS3.3 section C.7.6.2.1.1, Image Position and Image Orientation.
    """
    item = frame_item(dataset, frame, "PlanePositionSequence", "ImagePositionPatient")
    position = readable_numbers(item, "ImagePositionPatient")
    directions = _directions(dataset, frame)
    if len(position) != len(_AXES) or directions is None:
        return None
    return SlicePlace(_three(position), *directions)


@quiet_pydicom()
def plane(dataset: Dataset, frame: int = 1) -> Plane | None:
    """Return the plane of one frame in the patient, or None if it is not stated.

    References
    ----------
    PS3.3 section C.7.6.2.1.1, Image Position and Image Orientation; equation C.7.6.2.1-1.
    """
    place, spacing = slice_place(dataset, frame), pixel_spacing(dataset, frame)
    if place is None or spacing is None:
        return None
    row = [part * spacing[1] for part in place.along_row]
    column = [part * spacing[0] for part in place.along_column]
    return Plane(place.origin, _three(row), _three(column))


def is_projection(dataset: Dataset) -> bool:
    """Return whether an image shows the whole thickness of the body: a localiser, whose plane cuts nothing.

    References
    ----------
    PS3.3 section C.8.2.1.1.1, Image Type: value 3 of a CT image. Scanners write it in other images, too.
    """
    return readable(lambda: "LOCALIZER" in (dataset.get("ImageType") or []), otherwise=False)


def normal(place: Plane) -> npt.NDArray[np.float64]:
    """Return the unit normal of a plane; it points away from the viewer.

    A row points to the viewer's right and a column down; their cross product points into the screen.
    """
    (a, b, c), (d, e, f) = place.along_row, place.along_column
    # np.cross takes ten times as long for one.
    cross = np.array([b * f - c * e, c * d - a * f, a * e - b * d])
    return cross / (np.linalg.norm(cross) or 1.0)


def middle(place: Plane, rows: int, columns: int) -> npt.NDArray[np.float64]:
    """Return the position of the centre of an image in the patient, in mm."""
    along_row, along_column = np.array(place.along_row), np.array(place.along_column)
    return np.array(place.origin) + along_row * (columns - 1) / 2 + along_column * (rows - 1) / 2


@quiet_pydicom()
def orientation_labels(dataset: Dataset, frame: int = 1) -> OrientationLabels | None:
    """Return the side of the patient at each edge, or None if it is not stated.

    References
    ----------
    PS3.3 section C.7.6.1.1.1, Patient Orientation.
    """
    directions = _directions(dataset, frame)
    if directions is not None:
        right, bottom = map(direction_letters, directions)
    else:
        said = readable(lambda: dataset.get("PatientOrientation"), None) or []
        if isinstance(said, str) or len(said) != 2:  # noqa: PLR2004 - along a row and along a column
            return None
        right, bottom = (str(one) for one in said)
    if not right or not bottom or set(right + bottom) - set(_OPPOSITE):
        return None
    return OrientationLabels(_turned(right), right, _turned(bottom), bottom)


def direction_letters(cosines: Sequence[float]) -> str:
    """Return the letters of a unit vector, the nearest first: "L", or "PH" for one between back and head."""
    found = [
        (abs(value), axis[value < 0])
        for value, axis in zip(cosines, _AXES, strict=True)
        if abs(value) >= _CLEARLY
    ]
    return "".join(letter for _, letter in sorted(found, reverse=True))


def _turned(direction: str) -> str:
    return "".join(_OPPOSITE[letter] for letter in direction)


def _directions(dataset: Dataset, frame: int) -> tuple[Vector, Vector] | None:
    item = frame_item(dataset, frame, "PlaneOrientationSequence", "ImageOrientationPatient")
    return unit_directions(readable_numbers(item, "ImageOrientationPatient"))


def _three(numbers: list[float]) -> Vector:
    return numbers[0], numbers[1], numbers[2]
