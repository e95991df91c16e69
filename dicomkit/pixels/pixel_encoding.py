"""The actual encoding of Pixel Data: native or in fragments, and the codec.

The Transfer Syntax UID states it, but is sometimes wrong: a program has compressed the pixels and kept the UID, or the
reverse. Where the bytes show another encoding clearly, they are believed and a remark names the contradiction;
otherwise nothing is guessed.

References
----------
PS3.5 section 8.2, Native or Encapsulated Format Encoding; section A.4: in fragments the length is undefined.
"""

from __future__ import annotations

import math
from typing import Any, NamedTuple

from pydicom.dataset import Dataset
from pydicom.uid import UID, ExplicitVRLittleEndian

from dicomkit.errors import ImageError
from dicomkit.pixels.colour_space import colour_space, colours_of_stream, is_whole_colour
from dicomkit.pixels.encapsulation import Frames, frames_in, looks_encapsulated, read_fragments
from dicomkit.pixels.native_length import native_bytes, pixel_element
from dicomkit.pixels.transfer_syntax import actual_syntax, transfer_syntax_of

__all__ = [
    "PixelDataWarning",
    "PixelEncoding",
    "needed_bytes",
    "pixel_bytes",
    "pixel_encoding",
]


class PixelDataWarning(UserWarning):
    """An attribute describes Pixel Data wrongly; the bytes were read by their actual encoding."""


class PixelEncoding(NamedTuple):
    """How the pixels of an image are encoded.

    ``syntax`` is their actual transfer syntax. ``frames`` holds the compressed streams; None for native pixels.
    ``remarks`` are sentences on wrong statements, without a full stop. ``colours`` is the colour space of the samples
    if it is not the stated one, otherwise "".
    """

    syntax: UID
    frames: Frames | None
    remarks: tuple[str, ...] = ()
    colours: str = ""


def pixel_encoding(dataset: Dataset, frames: int) -> PixelEncoding:
    """Return how the pixels of an image are encoded, whose attributes were checked.

    Raises
    ------
    ImageError
        If its fragments are damaged.
    """
    said = transfer_syntax_of(dataset)
    name = pixel_element(dataset) or "PixelData"
    value = pixel_bytes(dataset, name)
    if said.is_encapsulated and _is_native(dataset, value, frames):
        remark = f"Transfer Syntax UID says {said.name}, and Pixel Data is not compressed"
        return PixelEncoding(ExplicitVRLittleEndian, None, (remark,))
    if not said.is_encapsulated and not (name == "PixelData" and looks_encapsulated(value)):
        return _native(dataset, said, len(value), frames)
    found = frames_in(read_fragments(value), frames, _extended_table(dataset))
    syntax, is_wrong = actual_syntax(said, found.stream(1))
    remarks = [found.remark] if found.remark else []
    if is_wrong:
        remarks.append(f"Transfer Syntax UID says {said.name}, and Pixel Data is {syntax.name}")
    colours, remark = colours_of_stream(colour_space(dataset), syntax, found.stream(1))
    return PixelEncoding(syntax, found, (*remarks, remark) if remark else tuple(remarks), colours)


def _native(dataset: Dataset, syntax: UID, there_bytes: int, frames: int) -> PixelEncoding:
    """Return how native pixels are encoded, judged by their number of bytes."""
    colours = colour_space(dataset)
    pixels = frames * int(dataset.Rows) * int(dataset.Columns)
    if not is_whole_colour(colours, there_bytes, pixels):
        return PixelEncoding(syntax, None)
    remark = f"Photometric Interpretation says {colours}, and Pixel Data has a colour for each pixel"
    return PixelEncoding(syntax, None, (remark,), "YBR_FULL")


def pixel_bytes(dataset: Dataset, name: str) -> bytes:
    """Return the value of an element with pixels.

    Raises
    ------
    ImageError
        If it is damaged.
    """
    try:
        value = dataset[name].value or b""
    except Exception:  # noqa: BLE001 - a damaged element makes pydicom raise nearly anything, and repeat it
        raise ImageError("Pixel Data", "the element is damaged", "get the file again") from None
    if not isinstance(value, bytes):
        raise ImageError("Pixel Data", "its value is no row of bytes", "get the file again")
    return value


def needed_bytes(dataset: Dataset, frames: int) -> int:
    """Return the length of uncompressed Pixel Data in bytes, by Rows x Columns x … (PS3.5 section 8.1.1)."""
    factors = ("Rows", "Columns", "SamplesPerPixel", "BitsAllocated")
    bits = math.prod(int(dataset[keyword].value) for keyword in factors)
    return native_bytes(frames * bits, colour_space(dataset))


def _is_native(dataset: Dataset, value: bytes, frames: int) -> bool:
    """Return whether a value that should be fragments has the length of native pixels and no item at its start."""
    needed = needed_bytes(dataset, frames)
    return len(value) in {needed, needed + needed % 2} and not value.startswith(b"\xfe\xff\x00\xe0")


def _extended_table(dataset: Dataset) -> tuple[int, ...]:
    """Return the Extended Offset Table, numbers of 64 bits; () if there is none."""
    try:
        value: Any = dataset.get("ExtendedOffsetTable") or b""
        return tuple(
            int.from_bytes(value[start : start + 8], "little") for start in range(0, len(value) - 7, 8)
        )
    except Exception:  # noqa: BLE001 - as in pixel_bytes; the fragments may tell without it
        return ()
