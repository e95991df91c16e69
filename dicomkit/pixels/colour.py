"""Colour images for a screen: red, green and blue of 8 bits each.

In a PALETTE COLOR image a stored value is an index into a table of colours. Luminance and chrominance (YBR) were
converted to red, green and blue when the frame was decoded.
"""

from __future__ import annotations

from typing import Any

import numpy as np
import numpy.typing as npt
from pydicom.dataset import Dataset
from pydicom.pixels.processing import apply_color_lut

from dicomkit.errors import ImageError
from dicomkit.pixels.colour_space import colour_space
from dicomkit.pixels.lookup import read_descriptor, read_entries

__all__ = ["colour_levels", "palette_remark"]

_BYTE, _WORD = 8, 16
_WHITE = 255
_CHANNELS = ("Red", "Green", "Blue")


def colour_levels(
    dataset: Dataset, stored: npt.NDArray[Any], *, is_little_endian: bool
) -> npt.NDArray[np.uint8]:
    """Return a colour frame as red, green and blue of 8 bits each.

    Parameters
    ----------
    dataset
        A colour image.
    stored
        The stored values of a frame: shape (rows, columns) with a palette, otherwise (rows, columns, 3).
    is_little_endian
        The byte order of words.

    Returns
    -------
    array of uint8
        Shape (rows, columns, 3). Of more than 8 bits the upper 8 are kept; fewer are stretched to 8.

    Raises
    ------
    ImageError
        If the palette is damaged.

    References
    ----------
    PS3.3 section C.7.6.3.1.5, Palette Color Lookup Table Descriptor; section C.7.6.3.1.6, Palette Color
    Lookup Table Data; section C.7.9, Palette Color Lookup Table Module.
    """
    if colour_space(dataset) == "PALETTE COLOR":
        return _through_palette(dataset, stored, is_little_endian=is_little_endian)
    bits = int(dataset.get("BitsStored") or dataset.BitsAllocated)
    if bits >= _BYTE:
        upper: npt.NDArray[np.uint8] = (stored >> (bits - _BYTE)).astype(np.uint8)
        return upper
    stretched: npt.NDArray[np.uint8] = (stored.astype(np.uint16) * _WHITE // (2**bits - 1)).astype(np.uint8)
    return stretched


def _through_palette(
    dataset: Dataset, stored: npt.NDArray[Any], *, is_little_endian: bool
) -> npt.NDArray[np.uint8]:
    try:
        palette, bits = dataset, int(dataset.RedPaletteColorLookupTableDescriptor[2])
        if "RedPaletteColorLookupTableData" in dataset:
            palette, bits = _with_16_bit_entries(dataset, is_little_endian=is_little_endian), _WORD
        samples = apply_color_lut(stored, palette)[..., :3]
    except ImageError as error:
        raise ImageError("palette", error.problem, "get the file again") from None
    except (ValueError, TypeError, AttributeError, LookupError, OverflowError, NotImplementedError) as error:
        raise ImageError("palette", f"it is damaged ({type(error).__name__})", "get the file again") from None
    shown: npt.NDArray[np.uint8] = (samples >> max(bits - _BYTE, 0)).astype(np.uint8)
    return shown


def palette_remark(dataset: Dataset) -> str:
    """Return what is wrong with a palette that can be used all the same; usually ""."""
    for channel in _CHANNELS:
        try:
            (count, _, _), entries = _channel(dataset, channel, is_signed=False, is_little_endian=True)
        except Exception:  # noqa: BLE001 - a damaged element makes pydicom raise nearly anything; who shows it says so
            return ""
        if len(entries) < count:
            return f"the palette has {len(entries)} entries and promises {count}: its last one is used for all values above"
    return ""


def _channel(
    dataset: Dataset, channel: str, *, is_signed: bool, is_little_endian: bool
) -> tuple[tuple[int, int, int], npt.NDArray[Any]]:
    """Return the descriptor and the entries of one channel's table; there may be fewer than the descriptor promises."""
    keyword = f"{channel}PaletteColorLookupTable"
    descriptor = read_descriptor(dataset[f"{keyword}Descriptor"].value, is_signed=is_signed)
    count, _, bits = descriptor
    raw = dataset[f"{keyword}Data"].value
    return descriptor, read_entries(raw, count, bits, is_little_endian=is_little_endian, may_be_short=True)


def _with_16_bit_entries(dataset: Dataset, *, is_little_endian: bool) -> Dataset:
    """Return the palette with 16 bits for each entry: pydicom misreads some encodings of 8-bit entries.

    A word may hold one 8-bit entry or two; an odd number of entries is followed by a pad byte; and if there are
    fewer entries than values in the image, the last one is used for all values above.
    """
    words, is_signed = Dataset(), bool(dataset.get("PixelRepresentation"))
    for channel in _CHANNELS:
        (_, first, bits), entries = _channel(
            dataset, channel, is_signed=is_signed, is_little_endian=is_little_endian
        )
        keyword = f"{channel}PaletteColorLookupTable"
        setattr(words, f"{keyword}Descriptor", [len(entries) % 2**_WORD, first, _WORD])
        setattr(words, f"{keyword}Data", (entries.astype(np.uint16) << (_WORD - bits)).tobytes())
    return words
