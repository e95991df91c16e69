"""An image as text: its shape, range and fingerprint, and a thumbnail made of characters."""

from __future__ import annotations

import hashlib

import numpy as np
from numpy.typing import NDArray

__all__ = ["describe_values", "thumbnail"]

_SHADES = " .:-=+*#%@"
_THUMBNAIL_COLUMNS = 48
_CHARACTER_ASPECT = 0.5  # a character is about twice as high as wide


def describe_values(values: NDArray[np.generic]) -> str:
    """Return shape, range and fingerprint of an array.

    Examples
    --------
    >>> describe_values(np.array([[0, 255]], dtype=np.uint8))
    '1 x 2, from 0 to 255, sha256 67947ceb'
    """
    shape = " x ".join(str(extent) for extent in values.shape)
    if not values.size:
        return f"{shape}, empty"
    exact = np.round(values.astype(float), 6) + 0.0  # + 0.0: there is no minus zero in a fingerprint
    digest = hashlib.sha256(np.ascontiguousarray(exact).astype("<f8").tobytes()).hexdigest()[:8]
    return f"{shape}, from {exact.min():g} to {exact.max():g}, sha256 {digest}"


def thumbnail(values: NDArray[np.generic], low: float, high: float) -> list[str]:
    """Return an image as rows of characters, the darkest of which is a blank.

    Parameters
    ----------
    values
        Grey values (rows, columns), or colour (rows, columns, 3 or 4).
    low, high
        The values shown as black and as white.
    """
    grey = values.astype(float)
    if grey.ndim > 2:  # noqa: PLR2004 - a third axis holds the colours
        grey = grey[..., :3].mean(axis=2)
    columns = min(_THUMBNAIL_COLUMNS, grey.shape[1])
    rows = max(1, round(columns * grey.shape[0] / grey.shape[1] * _CHARACTER_ASPECT))
    picked = grey[
        np.ix_(
            ((np.arange(rows) + 0.5) * grey.shape[0] / rows).astype(int),
            ((np.arange(columns) + 0.5) * grey.shape[1] / columns).astype(int),
        )
    ]
    scaled = np.clip((picked - low) / ((high - low) or 1), 0, 1) * (len(_SHADES) - 1)
    return ["".join(_SHADES[int(shade)] for shade in row) for row in scaled]
