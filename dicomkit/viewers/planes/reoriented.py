"""A volume reoriented to LPS without resampling: its indices run to the patient's left, back and head, or nearly so.

Axial, coronal and sagittal planes then have the same axes, however a series was acquired. Axes are only transposed and
flipped, so every voxel keeps its value and its position.
"""

from __future__ import annotations

import itertools
from typing import Any, NamedTuple

import numpy as np
import numpy.typing as npt

from dicomkit.pixels.plane import direction_letters
from dicomkit.volumes.volume import Volume

__all__ = ["PLANES", "ReorientedVolume", "reoriented"]

# What each plane shows: the axis to the right, the axis that runs down or (-1) up, and the axis that it cuts.
PLANES = {"axial": (0, 1, 1, 2), "coronal": (0, 2, -1, 1), "sagittal": (1, 2, -1, 0)}


class ReorientedVolume(NamedTuple):
    """Values with shape (z, y, x), and the affine that takes (x, y, z) indices to mm (LPS)."""

    values: npt.NDArray[Any]
    affine: npt.NDArray[np.float64]

    @property
    def spacing_mm(self) -> list[float]:
        """The lengths of the steps along x, y and z."""
        steps: list[float] = np.linalg.norm(self.affine[:3, :3], axis=0).tolist()
        return steps

    @property
    def oblique_degrees(self) -> float:
        """The largest angle between an axis of the volume and the patient axis nearest to it; 0 below 1."""
        cosines = np.abs(np.diag(self.affine[:3, :3])) / np.linalg.norm(self.affine[:3, :3], axis=0)
        angle = float(np.degrees(np.arccos(np.minimum(cosines, 1.0))).max())
        return angle if angle >= 1 else 0.0

    def letters(self, plane: str) -> dict[str, str]:
        """Return the patient directions at the edges of a plane, such as ``L`` or ``AR``."""
        right, down, sign, _ = PLANES[plane]
        cosines = self.affine[:3, :3] / np.linalg.norm(self.affine[:3, :3], axis=0)
        across, along = cosines[:, right].tolist(), (cosines[:, down] * sign).tolist()
        ends = [direction_letters(vector) for vector in (across, along)]
        starts = [direction_letters([-part for part in vector]) for vector in (across, along)]
        return {"left": starts[0], "right": ends[0], "top": starts[1], "bottom": ends[1]}


def reoriented(volume: Volume) -> ReorientedVolume:
    """Transpose and flip a volume so that each axis is the one nearest to the patient's left, back and head.

    References
    ----------
    PS3.3 section C.7.6.2.1.1: x grows to the patient's left, y to the back, z to the head.
    """
    steps = volume.affine[:3, :3]
    cosines = steps / (np.linalg.norm(steps, axis=0) + 1e-12)
    order = max(
        itertools.permutations(range(3)),
        key=lambda order: sum(abs(cosines[at, axis]) for at, axis in enumerate(order)),
    )
    # The array is indexed [slice, row, column], the affine takes (column, row, slice).
    values = volume.array.transpose(2, 1, 0).transpose(order)
    affine = volume.affine[:, (*order, 3)].copy()
    for axis in range(3):
        if affine[axis, axis] < 0:
            values = np.flip(values, axis)
            affine[:3, 3] += affine[:3, axis] * (values.shape[axis] - 1)
            affine[:3, axis] *= -1
    return ReorientedVolume(values.transpose(2, 1, 0), affine)
