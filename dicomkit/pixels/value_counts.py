"""Which stored values occur in a frame, and how often: what a window that fits is computed from."""

from __future__ import annotations

from typing import Any, NamedTuple

import numpy as np
import numpy.typing as npt

__all__ = ["ValueCounts", "value_counts"]

_LONGEST_TABLE = 1 << 16


class ValueCounts(NamedTuple):
    """The values of a frame but for its padding: ``values`` in ascending order, and how often each occurs."""

    values: npt.NDArray[Any]
    counts: npt.NDArray[np.intp]

    def percentiles(self, per_cent: list[float]) -> npt.NDArray[Any] | None:
        """Return the stored values below which so many per cent of the pixels lie; None if there are none."""
        if self.values.size == 0:
            return None
        total = np.cumsum(self.counts)
        # The first value that at least so many pixels do not exceed; 0 per cent is the lowest that occurs.
        ranks = np.maximum(1, np.ceil(np.array(per_cent) / 100 * total[-1]))
        return np.asarray(self.values[np.searchsorted(total, ranks)])


def value_counts(stored: npt.NDArray[Any], padding: tuple[int, int] | None = None) -> ValueCounts:
    """Count the values of a frame. What is padding or no finite number does not count.

    Parameters
    ----------
    stored
        Any shape.
    padding
        The lowest and the highest value that is no part of the image.
    """
    if stored.dtype.kind == "f":
        values, counts = np.unique(stored[np.isfinite(stored)], return_counts=True)
    elif int(stored.max()) - (lowest := int(stored.min())) >= _LONGEST_TABLE:
        values, counts = np.unique(stored, return_counts=True)
    else:
        every = np.bincount(stored.ravel().astype(np.intp) - lowest)
        index = np.flatnonzero(every)
        values, counts = (index + lowest).astype(stored.dtype), every[index]
    if padding is not None:
        is_used = (values < padding[0]) | (values > padding[1])
        values, counts = values[is_used], counts[is_used]
    return ValueCounts(values, counts)
