"""Paint simple bodies into a picture: the building blocks of the synthetic samples.

Everything is plain arithmetic. A random generator is not used, since numpy may change its stream between releases.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

__all__ = ["Grid", "average_blocks", "cosine", "noise"]

Field = npt.NDArray[np.float64]
Mask = npt.NDArray[np.bool_]

# Multipliers of a 32-bit integer hash: odd, with their bits well spread.
_MIX = (0x7FEB352D, 0x846CA68B, 0x9E3779B1, 0x85EBCA77)


@dataclass(frozen=True)
class Grid:
    """The points of a plane, in millimetres.

    Parameters
    ----------
    x
        Shape (rows, columns): to the right of the picture.
    y
        Shape (rows, columns): downwards in the picture.
    z
        The height of the plane.
    """

    x: Field
    y: Field
    z: float = 0.0

    @classmethod
    def centred(cls, rows: int, columns: int, spacing_mm: float, *, z: float = 0.0) -> Grid:
        """Return a grid of `rows` by `columns` points with its origin in the middle."""
        y = (np.arange(rows) - (rows - 1) / 2) * spacing_mm
        x = (np.arange(columns) - (columns - 1) / 2) * spacing_mm
        columns_of, rows_of = np.meshgrid(x, y)
        return cls(columns_of, rows_of, z)

    def ellipsoid(
        self,
        centre: tuple[float, float, float],
        radii: tuple[float, float, float],
        *,
        turn_degrees: float = 0.0,
    ) -> Mask:
        """Return which points lie in an ellipsoid that is turned about the z axis."""
        inside = np.zeros(self.x.shape, dtype=np.bool_)
        if abs(self.z - centre[2]) < radii[2]:
            # Only the square around it is worth looking at: most bodies are small.
            reach = max(radii[:2])
            rows = slice(*np.searchsorted(self.y[:, 0], (centre[1] - reach, centre[1] + reach)))
            columns = slice(*np.searchsorted(self.x[0], (centre[0] - reach, centre[0] + reach)))
            window = Grid(self.x[rows, columns], self.y[rows, columns], self.z)
            inside[rows, columns] = window.depth(centre, radii, turn_degrees=turn_degrees) < 1
        return inside

    def depth(
        self,
        centre: tuple[float, float, float],
        radii: tuple[float, float, float],
        *,
        turn_degrees: float = 0.0,
    ) -> Field:
        """Return how far out each point lies: 0 in the ellipsoid's centre, 1 on its surface."""
        along, across = self.x - centre[0], self.y - centre[1]
        if turn_degrees:
            turn = np.deg2rad(turn_degrees)
            along, across = (
                along * np.cos(turn) + across * np.sin(turn),
                across * np.cos(turn) - along * np.sin(turn),
            )
        square = (along / radii[0]) ** 2 + (across / radii[1]) ** 2 + ((self.z - centre[2]) / radii[2]) ** 2
        depth: Field = np.sqrt(square)
        return depth


def cosine(values: Field, period: float, phase: float = 0.0) -> Field:
    """Return a wave between -1 and 1 with this `period`."""
    wave: Field = np.cos(2 * np.pi * (values / period + phase))
    return wave


def noise(rows: int, columns: int, seed: int) -> Field:
    """Return noise of mean 0 and standard deviation 1, always the same for one `seed`.

    Each point's position is hashed to four bytes; their sum is close to a normal distribution.
    """
    row, column = np.meshgrid(
        np.arange(rows, dtype=np.uint32), np.arange(columns, dtype=np.uint32), indexing="ij"
    )
    mixed = row * np.uint32(_MIX[2]) ^ column * np.uint32(_MIX[3]) ^ np.uint32(seed * _MIX[0] % 2**32)
    for multiplier in _MIX[:2]:
        mixed ^= mixed >> np.uint32(16)
        mixed *= np.uint32(multiplier)
    mixed ^= mixed >> np.uint32(15)
    four_bytes = [(mixed >> np.uint32(shift)) & np.uint32(255) for shift in (0, 8, 16, 24)]
    # Four uniform bytes: mean 4 * 127.5, variance 4 * (256**2 - 1) / 12.
    normal: Field = (np.stack(four_bytes).sum(axis=0) - 510.0) / 147.8
    return normal


def average_blocks(field: Field, factor: int) -> Field:
    """Average blocks of `factor` by `factor` points, as a detector averages over its area."""
    rows, columns = field.shape[0] // factor, field.shape[1] // factor
    mean: Field = field.reshape(rows, factor, columns, factor).mean(axis=(1, 3))
    return mean
