"""Lookup tables: a curve written down point by point (PS3.3 section C.11.1.1.1)."""

from __future__ import annotations

from typing import Any

import numpy as np
import numpy.typing as npt
from pydicom.dataset import Dataset

from dicomkit.errors import ImageError

__all__ = ["apply_lookup_table", "read_descriptor", "read_entries"]

_FULL_TABLE = 65536  # 2**16 entries do not fit the 16 bits of their count: it is written as 0
_LARGEST_SIGNED = 32767
_BYTE, _WORD = 8, 16


def apply_lookup_table(
    values: npt.NDArray[Any], item: Dataset, *, is_signed: bool, is_little_endian: bool = True
) -> tuple[npt.NDArray[Any], int]:
    """Look each value up in the table of a Modality or VOI LUT Sequence item.

    What lies below the first mapped value gets the first entry, what lies above the last gets the last.

    Parameters
    ----------
    values
        Any shape; fractions are cut off.
    item
        With LUT Descriptor and LUT Data.
    is_signed
        Whether values may be negative: then the first mapped value is signed too, whatever VR it has.
    is_little_endian
        How words are written, where LUT Data is OW.

    Returns
    -------
    values
        The entries, in the same shape.
    bits
        How many bits an entry has.

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
    except (AttributeError, TypeError, ValueError):
        raise _contradiction("its descriptor is not three numbers") from None
    entries = read_entries(raw, count, bits, is_little_endian=is_little_endian)
    table = entries.astype(np.uint8 if bits <= _BYTE else np.uint16)
    index = np.clip(values.astype(np.int64) - first, 0, count - 1)
    return table[index], bits


def read_descriptor(value: Any, *, is_signed: bool) -> tuple[int, int, int]:  # noqa: ANN401 - as a file holds it
    """Return how many entries a table has, the first mapped value, and the bits of an entry.

    The count is never negative, and the first value is one of a signed image, whether their common VR is
    US or SS: files with the wrong one of the two are met (PS3.3 section C.11.1.1.1).
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
) -> npt.NDArray[Any]:
    """Return the entries of a lookup table, however they were written.

    Entries of up to 8 bits stand one in a word of 16 bits, or two: the first in the lower half, whichever
    byte of the word comes first in the file (PS3.3 section C.7.6.3.1.6).

    Parameters
    ----------
    raw
        The value of LUT Data.
    count
        How many entries the descriptor promises.
    bits
        How many bits an entry has.
    is_little_endian
        How words are written, where the value is OW.

    Raises
    ------
    ImageError
        If there are fewer entries, or an entry has an impossible number of bits.
    """
    if not 1 <= bits <= _WORD:
        raise _contradiction(f"an entry has {bits} bits")
    if isinstance(raw, bytes):
        words = np.frombuffer(raw + bytes(len(raw) % 2), dtype="<u2" if is_little_endian else ">u2")
        # Two in a word: seen with the lower byte first, they stand in a row.
        entries = words if len(words) >= count else words.astype("<u2").view(np.uint8)
    else:
        entries = np.asarray(raw, dtype=np.int64).reshape(-1) & (2**_WORD - 1)
    if len(entries) < count:
        raise _contradiction(f"it has {len(entries)} entries and promises {count}")
    return entries[:count]


def _contradiction(problem: str) -> ImageError:
    return ImageError("lookup table", problem, "show the image with a window instead")
