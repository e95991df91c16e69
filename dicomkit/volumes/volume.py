"""A volume: numbers, where they lie in the patient, and what is doubtful about both."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, NamedTuple

import numpy as np
import numpy.typing as npt

from dicomkit.text import counted

__all__ = ["SourceSlice", "Volume"]


class SourceSlice(NamedTuple):
    """The instance and the frame number, counted from 1, of a slice."""

    sop_class_uid: str
    sop_instance_uid: str
    frame: int


@dataclass(frozen=True, repr=False, eq=False)
class Volume:
    """The slices of a series as one array.

    Two orders of indices meet here, and both are the usual ones. ``array[slice, row, column]`` is how numpy,
    pydicom and SimpleITK lay out an image. ``affine`` takes them the other way round, as the Standard's equation
    C.7.6.2.1-1 does: ``affine @ (column, row, slice, 1)`` is ``(x, y, z, 1)`` in millimetres, where x grows to the
    patient's left, y to the back and z to the head (LPS). All count from 0, and a voxel's place is that of its middle.

    Parameters
    ----------
    array
        Modality values, shape (slices, rows, columns): whole numbers where every slice has a whole rescale,
        otherwise ``float32``.
    affine
        Shape (4, 4): the steps in mm to the next column, row and slice, and the place of the first voxel.
    unit
        Of the values, such as "HU"; "" if none is said.
    remarks
        What is doubtful, a sentence each: slices that are missing, unevenly spaced, sheared, left out.
    missing
        The indices of slices that are in no file: they hold `filler` only.
    filler
        The value in slices that are missing.
    sources
        For each slice, of which instance it is; None where it is missing.
    identity_removed
        Whether every instance says that it names no patient: Patient Identity Removed is YES.

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
        """Return where in the patient a voxel lies: x, y and z in mm (LPS).

        Parameters
        ----------
        column, row, slice_
            The indices of the voxel, counted from 0; fractions lie between voxels.
        """
        x, y, z = (self.affine @ (column, row, slice_, 1.0))[:3].tolist()
        return x, y, z

    def to_index(self, x: float, y: float, z: float) -> tuple[float, float, float]:
        """Return the indices (column, row, slice) of a place in the patient, with fractions.

        Parameters
        ----------
        x, y, z
            The place in mm (LPS).
        """
        column, row, slice_ = np.linalg.solve(self.affine, (x, y, z, 1.0))[:3].tolist()
        return column, row, slice_

    def __repr__(self) -> str:
        slices, rows, columns = self.array.shape
        column, row, step = self.spacing_mm
        size = f"{counted(slices, 'slice')} of {rows} x {columns}, {self.array.dtype}"
        lines = [f"Volume: {size}; a voxel is {column:g} x {row:g} x {step:g} mm"]
        return "\n".join([*lines, *(f"- {remark}" for remark in self.remarks)])
