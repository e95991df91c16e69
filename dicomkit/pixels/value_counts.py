"""The stored values that occur in a frame, and how often: computed windows are based on them."""

from __future__ import annotations

from typing import Any, NamedTuple

import numpy as np
import numpy.typing as npt

__all__ = ["ValueCounts", "value_counts"]

_LONGEST_TABLE = 1 << 16


class ValueCounts(NamedTuple):
    """The values of a frame without padding: ``values`` in ascending order, and the count of each."""

    values: npt.NDArray[Any]
    counts: npt.NDArray[np.intp]

    def percentiles(self, per_cent: list[float]) -> npt.NDArray[Any] | None:
        """Return percentiles of the stored values; None if there are no values."""
        if self.values.size == 0:
            return None
        total = np.cumsum(self.counts)
        # The first value that at least that share of pixels do not exceed; 0 per cent is the lowest value.
        ranks = np.maximum(1, np.ceil(np.array(per_cent) / 100 * total[-1]))
        return np.asarray(self.values[np.searchsorted(total, ranks)])


def value_counts(stored: npt.NDArray[Any], padding: tuple[int, int] | None = None) -> ValueCounts:
    """Count the values of a frame, without padding and values that are not finite.

    Parameters
    ----------
    stored
        Any shape.
    padding
        The lowest and the highest padding value.
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
