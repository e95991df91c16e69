"""The voxels of a volume: the modality values of many slices, in one array that is allocated once."""

from __future__ import annotations

import copy
from collections.abc import Sequence
from typing import Any

import numpy as np
import numpy.typing as npt
from pydicom.dataset import Dataset

from dicomkit.errors import ImageError
from dicomkit.pixels.decoding import stored_values
from dicomkit.pixels.modality import Modality, read_modality
from dicomkit.pixels.pixel_encoding import pixel_bytes
from dicomkit.pixels.rendering import is_grey
from dicomkit.pixels.transfer_syntax import transfer_syntax_of
from dicomkit.volumes.slices import Slice

__all__ = ["MAX_VOLUME_BYTES", "stacked_values"]

MAX_VOLUME_BYTES = 4 * 1024**3
_INTEGER_TYPES = (np.int16, np.uint16, np.int32)
_PLAIN_BITS = (8, 16)

Values = npt.NDArray[Any]


def stacked_values(slices: Sequence[Slice], places: Sequence[int]) -> tuple[Values, float, list[str]]:
    """Return the modality values of slices, the fill value of missing ones, and remarks.

    Parameters
    ----------
    slices
        Slices of the same size, in order.
    places
        The index of each slice in the volume. A missing slice is filled with the lowest value of the others.

    Raises
    ------
    ImageError
        If a slice is in colour or cannot be decoded, or the volume would be too large.
    """
    known: dict[tuple[int, int], Modality] = {}
    for one in slices:
        if _key(one) not in known:
            if not is_grey(one.dataset):
                raise ImageError("series", "its images are in colour", "a volume is made of grey images")
            known[_key(one)] = read_modality(one.dataset, one.frame)
    modalities = [known[_key(one)] for one in slices]
    kind = _result_dtype(slices, modalities)
    shape = (places[-1] + 1, *slices[0].size)
    if np.prod(shape, dtype=float) * np.dtype(kind).itemsize > MAX_VOLUME_BYTES:
        problem = f"the volume would take more than {MAX_VOLUME_BYTES // 1024**3} GB"
        raise ImageError("series", problem, "give fewer slices")
    values = np.empty(shape, kind)
    for one, place, modality in zip(slices, places, modalities, strict=True):
        _fill(values[place], _stored(one), modality)
    missing = sorted(set(range(shape[0])) - set(places))
    filler = float(min(values[place].min() for place in places)) if missing else 0.0
    values[missing] = filler
    return values, filler, [f"{one.remark} in a slice" for one in modalities if one.remark]


def _key(one: Slice) -> tuple[int, int]:
    """Return a key that slices share whose modality transform is the same."""
    return id(one.dataset), one.frame


def _fill(target: Values, stored: Values, modality: Modality) -> None:
    """Write the modality values of `stored` into `target`, without a temporary array where the rescale is integer."""
    if modality.table is not None or modality.slope is None or modality.intercept is None:
        target[...] = modality.quantities(stored)
    elif target.dtype.kind == "f":
        np.multiply(stored, modality.slope, out=target, casting="unsafe")
        target += modality.intercept
    elif modality.slope == 1 and stored.itemsize == target.itemsize and stored.dtype.isnative:
        # The sum fits into the type, so modular arithmetic gives the right one for signed and unsigned values.
        np.add(stored.view(target.dtype), target.dtype.type(modality.intercept), out=target)
    else:
        np.multiply(stored, int(modality.slope), out=target, dtype=target.dtype, casting="unsafe")
        target += int(modality.intercept)


def _result_dtype(slices: Sequence[Slice], modalities: Sequence[Modality]) -> Any:  # noqa: ANN401 - a type of numpy
    """Return the smallest dtype that holds every modality value that the stored bits of the slices allow."""
    low = high = 0.0
    described = {id(modality): (one, modality) for one, modality in zip(slices, modalities, strict=True)}
    for one, modality in described.values():
        if "PixelData" not in one.dataset:
            return np.float32 if "FloatPixelData" in one.dataset else np.float64
        if modality.table is not None:
            high = max(high, 2.0**modality.table.bits - 1)
            continue
        slope, intercept = modality.slope or 1.0, modality.intercept or 0.0
        if slope != int(slope) or intercept != int(intercept):
            return np.float32
        ends = sorted(end * slope + intercept for end in (modality.lowest, modality.highest))
        low, high = min(low, ends[0]), max(high, ends[1])
    return next(
        (kind for kind in _INTEGER_TYPES if np.iinfo(kind).min <= low and high <= np.iinfo(kind).max),
        np.float64,
    )


def _stored(one: Slice) -> Values:
    plain = _plain_values(one)
    if plain is not None:
        return plain
    dataset = one.dataset
    if one.pixels is not None:
        dataset = copy.copy(dataset)
        dataset.PixelData = bytes(one.pixels)
    return stored_values(dataset, one.frame)


def _plain_values(one: Slice) -> Values | None:
    """Return a view of native pixels, shape (rows, columns), or None where a decoder is needed."""
    layout = _layout(one.dataset)
    if layout is None:
        return None
    kind, stored = layout
    value = pixel_bytes(one.dataset, "PixelData") if one.pixels is None else one.pixels
    rows, columns = one.size
    values = np.frombuffer(value, kind, rows * columns, (one.frame - 1) * rows * columns * kind.itemsize)
    if stored != 8 * kind.itemsize:
        highest, lowest = 2 ** (stored - (kind.kind == "i")) - 1, -(2 ** (stored - 1))
        if values.max() > highest or (kind.kind == "i" and values.min() < lowest):
            return None  # the unused bits hold something else, such as an overlay
    return values.reshape(rows, columns)


def _layout(dataset: Dataset) -> tuple[np.dtype[Any], int] | None:
    """Return the dtype of native pixels and their Bits Stored; None if they are not 8 or 16 plain bits."""
    syntax = transfer_syntax_of(dataset)
    if syntax.is_encapsulated or not syntax.is_little_endian or "PixelData" not in dataset:
        return None
    bits, stored, high = dataset.BitsAllocated, dataset.BitsStored, dataset.get("HighBit")
    if bits not in _PLAIN_BITS or high != stored - 1:
        return None
    return np.dtype(f"<{'i' if dataset.PixelRepresentation else 'u'}{bits // 8}"), stored
