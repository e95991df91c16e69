"""Lookup tables: a curve given point by point (PS3.3 section C.11.1.1.1)."""

from __future__ import annotations

from typing import Any, NamedTuple

import numpy as np
import numpy.typing as npt
from pydicom.dataset import Dataset

from dicomkit.errors import ImageError

__all__ = ["LookupTable", "read_descriptor", "read_entries", "read_lookup_table"]

_FULL_TABLE = 65536  # 2**16 entries do not fit the 16 bits of their count: it is written as 0
_LARGEST_SIGNED = 32767
_BYTE, _WORD = 8, 16


class LookupTable(NamedTuple):
    """The table of a Modality or VOI LUT Sequence item.

    ``entries`` have ``bits`` bits each; ``first`` is the first mapped value.
    """

    entries: npt.NDArray[Any]
    first: int
    bits: int

    def look_up(self, values: npt.NDArray[Any]) -> npt.NDArray[Any]:
        """Return the entry of each value, in the same shape; fractions are truncated.

        Values below the first mapped value get the first entry, values above the last one get the last entry.
        """
        last = len(self.entries) - 1
        if values.dtype.kind == "f":  # NaN, infinity, or beyond the range of integers
            index = np.nan_to_num(np.trunc(values) - self.first, nan=0, posinf=last, neginf=0)
        else:
            index = values.astype(np.int64) - self.first
        entries: npt.NDArray[Any] = self.entries[np.clip(index, 0, last).astype(np.intp)]
        return entries


def read_lookup_table(item: Dataset, *, is_signed: bool, is_little_endian: bool = True) -> LookupTable:
    """Read the table of a Modality or VOI LUT Sequence item.

    Parameters
    ----------
    item
        With LUT Descriptor and LUT Data.
    is_signed
        Whether values may be negative: the first mapped value is then signed too, whatever its VR.
    is_little_endian
        The byte order of words, if LUT Data is OW.

    Raises
    ------
    ImageError
        If the table contradicts its descriptor.

    References
    ----------
    PS3.3 section C.11.1.1.1, LUT Descriptor; section C.11.2.1.1, LUT Descriptor.
    """
    try:
        count, first, bits = read_descriptor(item.LUTDescriptor, is_signed=is_signed)
        raw = item.LUTData
    except Exception:  # noqa: BLE001 - a damaged element makes pydicom raise nearly anything, and repeat it
        raise _contradiction("its descriptor is not three numbers, or its data are missing") from None
    entries = read_entries(raw, count, bits, is_little_endian=is_little_endian)
    if int(entries.max()) >= 2**bits:
        raise _contradiction(f"an entry does not fit the {bits} bits that its descriptor states")
    return LookupTable(entries.astype(np.uint8 if bits <= _BYTE else np.uint16), first, bits)


def read_descriptor(value: Any, *, is_signed: bool) -> tuple[int, int, int]:  # noqa: ANN401 - as a file holds it
    """Return the number of entries of a table, the first mapped value, and the bits of an entry.

    The count is unsigned, and the first mapped value is signed if the image is, whether their common VR is US or SS:
    files exist with the wrong one (PS3.3 section C.11.1.1.1).
    """
    count, first, bits = (int(number) for number in value)
    if is_signed and first > _LARGEST_SIGNED:
        first -= _FULL_TABLE
    return count % _FULL_TABLE or _FULL_TABLE, first, bits


def read_entries(
    raw: Any,  # noqa: ANN401 - bytes of OW, or numbers of US
    count: int,
    bits: int,
    *,
    is_little_endian: bool,
    may_be_short: bool = False,
) -> npt.NDArray[Any]:
    """Return the entries of a lookup table, in any of their encodings.

    A 16-bit word holds one entry of up to 8 bits, or two: the first in the lower half, whatever the byte order of
    the file (PS3.3 section C.7.6.3.1.5).

    Parameters
    ----------
    raw
        The value of LUT Data.
    count
        The number of entries by the descriptor.
    bits
        The bits of an entry.
    is_little_endian
        The byte order of words, if the value is OW.
    may_be_short
        Whether fewer entries, but at least one, are accepted.

    Raises
    ------
    ImageError
        If there are fewer entries, or an entry has an impossible number of bits.
    """
    if not 1 <= bits <= _WORD:
        raise _contradiction(f"an entry has {bits} bits")
    if isinstance(raw, bytes):
        words = np.frombuffer(raw + bytes(len(raw) % 2), dtype="<u2" if is_little_endian else ">u2")
        # Two in a word: with the lower byte first, they are in order.
        is_packed = len(words) < count and (bits <= _BYTE or count <= len(raw) <= count + 1)
        entries = words.astype("<u2").view(np.uint8) if is_packed else words
    else:
        try:
            entries = np.asarray(raw, dtype=np.int64).reshape(-1) & (2**_WORD - 1)
        except (TypeError, ValueError, OverflowError):
            raise _contradiction("its data are no numbers") from None
    if len(entries) < (1 if may_be_short else count):
        raise _contradiction(f"it has {len(entries)} entries and promises {count}")
    return entries[:count]


def _contradiction(problem: str) -> ImageError:
    return ImageError("lookup table", problem, "show the image with a window instead")
