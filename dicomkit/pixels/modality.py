"""The first step of the display pipeline: from a stored value to a quantity, for example in Hounsfield units.

References
----------
PS3.3 section C.11.1, Modality LUT Module.
"""

from __future__ import annotations

from typing import Any, NamedTuple

import numpy as np
import numpy.typing as npt
from pydicom.dataset import Dataset

from dicomkit.errors import ImageError
from dicomkit.files.quiet_pydicom import quiet_pydicom
from dicomkit.pixels.frame_attributes import each_number, frame_item
from dicomkit.pixels.lookup import LookupTable, read_lookup_table
from dicomkit.pixels.transfer_syntax import transfer_syntax_of

__all__ = ["Modality", "as_stored", "read_modality", "unit_of"]

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
        If the Modality LUT or the rescale makes no sense.
    """
    plain = as_stored(dataset)
    tables = _sequence(dataset, "ModalityLUTSequence")
    if tables:
        table = read_lookup_table(
            tables[0],
            is_signed=bool(dataset.get("PixelRepresentation")),
            is_little_endian=bool(transfer_syntax_of(dataset).is_little_endian),
        )
        return plain._replace(table=table, unit=unit_of(dataset, frame))
    item = _rescale_item(dataset, frame)
    slopes, intercepts = each_number(item, "RescaleSlope"), each_number(item, "RescaleIntercept")
    if not slopes and not intercepts:
        return plain._replace(unit=unit_of(dataset, frame))
    if not slopes or not intercepts:  # as DCMTK and pydicom have it
        lonely, missing = ("Slope", "Intercept") if slopes else ("Intercept", "Slope")
        remark = f"Rescale {lonely} was passed over: Rescale {missing} is missing"
        return plain._replace(unit=unit_of(dataset, frame), remark=remark)
    slope = _one_number("RescaleSlope", slopes)
    intercept = _one_number("RescaleIntercept", intercepts)
    if slope == 0:
        raise ImageError("RescaleSlope", "it is 0, so that all values would be one", "correct group 0028")
    ends = (plain.lowest * slope + intercept, plain.highest * slope + intercept)
    if not np.isfinite(ends).all():
        raise ImageError("RescaleSlope", "it leads beyond all numbers", "correct group 0028")
    return plain._replace(slope=slope, intercept=intercept, unit=unit_of(dataset, frame))


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
    PS3.3 section C.11.1.1.2, Modality LUT Type and Rescale Type.
    """
    tables = _sequence(dataset, "ModalityLUTSequence")
    item = _rescale_item(dataset, frame)
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


def _rescale_item(dataset: Dataset, frame: int) -> Dataset:
    try:
        return frame_item(dataset, frame, "PixelValueTransformationSequence", "RescaleSlope")
    except Exception:  # noqa: BLE001 - the same
        raise ImageError("functional groups", "they are damaged", "get the file again") from None
