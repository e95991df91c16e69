"""A volume: the values, their positions in the patient, and what is doubtful about both."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, NamedTuple

import numpy as np
import numpy.typing as npt

from dicomkit.text import counted

__all__ = ["SourceSlice", "Volume"]


class SourceSlice(NamedTuple):
    """The instance that a slice came from, and its frame number, counted from 1."""

    sop_class_uid: str
    sop_instance_uid: str
    frame: int


@dataclass(frozen=True, repr=False, eq=False)
class Volume:
    """The slices of a series as one array.

    Two orders of indices meet here, and both are the usual ones. ``array[slice, row, column]`` is how numpy,
    pydicom and SimpleITK lay out an image. ``affine`` takes them in reverse order, as PS3.3 equation
    C.7.6.2.1-1 does: ``affine @ (column, row, slice, 1)`` is ``(x, y, z, 1)`` in millimetres, where x grows to the
    patient's left, y to the back and z to the head (LPS). All indices count from 0; a
    voxel's position is that of its centre.

    Parameters
    ----------
    array
        Modality values, shape (slices, rows, columns): integers if every Rescale Slope and Intercept is one, otherwise
        ``float32``.
    affine
        Shape (4, 4): the steps in mm to the next column, row and slice, and the position of the first voxel.
    unit
        Of the values, such as "HU"; "" if it is not stated.
    remarks
        A sentence on each doubt: slices that are missing, unevenly spaced, sheared or left out.
    missing
        The indices of missing slices: they hold `filler` only.
    filler
        The value in slices that are missing.
    sources
        The instance and frame of each slice; None for a missing one.
    identity_removed
        Whether Patient Identity Removed is YES in every instance.

    References
    ----------
    PS3.3 section C.7.6.2.1.1, Image Position and Image Orientation.
    """

    array: npt.NDArray[Any]
    affine: npt.NDArray[np.float64]
    unit: str = ""
    remarks: tuple[str, ...] = ()
    missing: tuple[int, ...] = ()
    filler: float = 0.0
    sources: tuple[SourceSlice | None, ...] = ()
    identity_removed: bool = False

    @property
    def spacing_mm(self) -> tuple[float, float, float]:
        """The spacing in mm between columns, between rows and between slices."""
        column, row, step = np.linalg.norm(self.affine[:3, :3], axis=0).tolist()
        return column, row, step

    def to_mm(self, column: float, row: float, slice_: float) -> tuple[float, float, float]:
        """Return the position of a voxel in the patient: x, y and z in mm (LPS).

        Parameters
        ----------
        column, row, slice_
            The indices of the voxel, counted from 0; fractions lie between voxels.
        """
        x, y, z = (self.affine @ (column, row, slice_, 1.0))[:3].tolist()
        return x, y, z

    def to_index(self, x: float, y: float, z: float) -> tuple[float, float, float]:
        """Return the indices (column, row, slice) of a position in the patient, with fractions.

        Parameters
        ----------
        x, y, z
            The position in mm (LPS).
        """
        column, row, slice_ = np.linalg.solve(self.affine, (x, y, z, 1.0))[:3].tolist()
        return column, row, slice_

    def __repr__(self) -> str:
        slices, rows, columns = self.array.shape
        column, row, step = self.spacing_mm
        size = f"{counted(slices, 'slice')} of {rows} x {columns}, {self.array.dtype}"
        lines = [f"Volume: {size}; a voxel is {column:g} x {row:g} x {step:g} mm"]
        return "\n".join([*lines, *(f"- {remark}" for remark in self.remarks)])
