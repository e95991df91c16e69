"""The first step of the display pipeline: from a stored value to a quantity, for example in Hounsfield units.

References
----------
PS3.3 section C.11.1, Modality LUT Module.
"""

from __future__ import annotations

from collections.abc import Callable
from functools import partial
from typing import Any, NamedTuple

import numpy as np
import numpy.typing as npt
from pydicom.dataset import Dataset

from dicomkit.errors import ImageError
from dicomkit.files.quiet_pydicom import quiet_pydicom
from dicomkit.pixels.frame_attributes import Place, each_number, frame_places
from dicomkit.pixels.lookup import LookupTable, read_lookup_table
from dicomkit.pixels.transfer_syntax import transfer_syntax_of

__all__ = ["Modality", "as_stored", "modality_readings", "read_modality", "unit_of"]

Values = npt.NDArray[Any]


class Modality(NamedTuple):
    """The modality transformation of an image.

    ``lowest`` and ``highest`` are the limits of the stored bits. At most one of ``table`` and ``slope`` is set;
    without both, stored values are used as they are. ``unit`` is "" if none is stated. ``remark`` says what is odd,
    if anything.
    """

    lowest: int
    highest: int
    table: LookupTable | None = None
    slope: float | None = None
    intercept: float | None = None
    unit: str = ""
    remark: str = ""

    def quantities(self, stored: Values) -> Values:
        """Return the quantities of stored values, in the same shape; ``float64`` after a rescale."""
        if self.table is not None:
            return self.table.look_up(stored)
        if self.slope is None or self.intercept is None or stored.dtype.kind == "f":
            return stored
        values = stored.astype(np.float64) * self.slope
        values += self.intercept
        return values

    def extent(self, stored: Values) -> tuple[float, float, float]:
        """Return the lowest and the highest quantity that the bits can hold, and the step between two.

        Floating-point values have no such limits: for these it is the range of `stored`, and the step is 0.
        """
        if self.table is not None:
            return 0, 2**self.table.bits - 1, 1
        if stored.dtype.kind == "f":
            finite = stored[np.isfinite(stored)]
            return (float(finite.min()), float(finite.max()), 0) if finite.size else (0.0, 0.0, 0)
        if self.slope is None or self.intercept is None:
            return self.lowest, self.highest, 1
        low, high = sorted(end * self.slope + self.intercept for end in (self.lowest, self.highest))
        return low, high, abs(self.slope)


def as_stored(dataset: Dataset) -> Modality:
    """Return the identity transformation, for an image whose stored values are used as they are."""
    bits = int(dataset.get("BitsStored") or dataset.BitsAllocated)
    lowest = -(2 ** (bits - 1)) if dataset.get("PixelRepresentation") else 0
    return Modality(lowest, lowest + 2**bits - 1)


@quiet_pydicom()
def read_modality(dataset: Dataset, frame: int = 1) -> Modality:
    """Read the modality transformation of one frame.

    Raises
    ------
    ImageError
        If the Modality LUT or the rescale that holds makes no sense.
    """
    return modality_readings(dataset, frame)[0][1]()


@quiet_pydicom()
def modality_readings(dataset: Dataset, frame: int = 1) -> list[tuple[str, Callable[[], Modality]]]:
    """Return the ways to read what stored values mean, the one that holds first.

    Who only shows an image takes the next one where one makes no sense: the Modality LUT, then the rescale of this
    frame, of all frames, and outside of the functional groups. Each comes with whose it is, as a `Place` says it.
    """
    plain = as_stored(dataset)._replace(unit=unit_of(dataset, frame))
    readings: list[tuple[str, Callable[[], Modality]]] = []
    tables = _sequence(dataset, "ModalityLUTSequence")
    if tables:
        readings.append(("", partial(_of_table, dataset, tables[0], plain)))
    places = _rescale_places(dataset, frame)
    readings += [(place.whose, partial(_of_rescale, place.item, plain)) for place in places]
    return readings or [("", lambda: plain)]


def _of_table(dataset: Dataset, item: Dataset, plain: Modality) -> Modality:
    table = read_lookup_table(
        item,
        is_signed=bool(dataset.get("PixelRepresentation")),
        is_little_endian=bool(transfer_syntax_of(dataset).is_little_endian),
    )
    return plain._replace(table=table)


def _of_rescale(item: Dataset, plain: Modality) -> Modality:
    slopes, intercepts = each_number(item, "RescaleSlope"), each_number(item, "RescaleIntercept")
    if not slopes and not intercepts:
        return plain
    if not slopes or not intercepts:  # as DCMTK and pydicom have it
        lonely, missing = ("Slope", "Intercept") if slopes else ("Intercept", "Slope")
        return plain._replace(remark=f"Rescale {lonely} was passed over: Rescale {missing} is missing")
    slope = _one_number("RescaleSlope", slopes)
    intercept = _one_number("RescaleIntercept", intercepts)
    if slope == 0:
        raise ImageError("RescaleSlope", "it is 0, so that all values would be one", "correct group 0028")
    ends = (plain.lowest * slope + intercept, plain.highest * slope + intercept)
    if not np.isfinite(ends).all():
        raise ImageError("RescaleSlope", "it leads beyond all numbers", "correct group 0028")
    return plain._replace(slope=slope, intercept=intercept)


def _one_number(keyword: str, numbers: list[float | str]) -> float:
    """Return the only value of an attribute."""
    remedy = "correct group 0028, or get the file again"
    if len(numbers) > 1:
        raise ImageError(keyword, "it has several values", remedy)
    number = numbers[0]
    if isinstance(number, str):
        raise ImageError(keyword, f"it {number}", remedy)
    return number


@quiet_pydicom()
def unit_of(dataset: Dataset, frame: int = 1) -> str:
    """Return the unit of modality values, or "" if none is stated; for CT it is HU unless another one is stated.

    References
    ----------
    PS3.3 section C.11.1.1.2, Modality LUT and Rescale Type.
    """
    tables = _sequence(dataset, "ModalityLUTSequence")
    places = _rescale_places(dataset, frame)
    item = places[0].item if places else dataset
    try:
        said = tables[0].get("ModalityLUTType") if tables else item.get("RescaleType") or dataset.get("Units")
        if not said and dataset.get("Modality") == "CT" and (tables or "RescaleSlope" in item):
            said = "HU"
    except Exception:  # noqa: BLE001 - a damaged element makes pydicom raise nearly anything
        return ""
    return "" if said in {None, "US", "NONE"} else str(said)


def _sequence(dataset: Dataset, keyword: str) -> list[Dataset]:
    try:
        return list(dataset.get(keyword) or [])
    except Exception:  # noqa: BLE001 - a damaged element makes pydicom raise nearly anything, and repeat it
        raise ImageError(keyword, "it is damaged", "get the file again") from None


def _rescale_places(dataset: Dataset, frame: int) -> list[Place]:
    try:
        return frame_places(
            dataset, frame, "PixelValueTransformationSequence", "RescaleSlope", "RescaleIntercept"
        )
    except Exception:  # noqa: BLE001 - the same
        raise ImageError("functional groups", "they are damaged", "get the file again") from None
