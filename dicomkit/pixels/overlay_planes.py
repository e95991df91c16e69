"""Overlays: one bit per pixel that marks graphics or a region of interest, beside the picture.

An image may have up to sixteen of them, in the groups 6000, 6002, … 601E. Their bits are in Overlay Data or,
until the Standard retired that in 2004, in unused bits of Pixel Data. They are drawn over the picture and can be
removed again: nothing here writes them into it.

References
----------
PS3.3 section C.9.2, Overlay Plane Module; PS3.5 section 8.1.2, Overlay Data Encoding of Related Data Elements.
"""

from __future__ import annotations

import warnings
from typing import Any, NamedTuple

import numpy as np
import numpy.typing as npt
from pydicom.dataset import Dataset

from dicomkit.errors import DicomKitError, ImageError
from dicomkit.files.quiet_pydicom import quiet_pydicom
from dicomkit.pixels.checked_image import check_frame
from dicomkit.pixels.decoding import pixel_words
from dicomkit.pixels.display_hints import DisplayHintWarning
from dicomkit.pixels.picture_size import MAX_PIXELS
from dicomkit.pixels.transfer_syntax import transfer_syntax_of

__all__ = ["OVERLAY_GROUPS", "Overlay", "overlay_groups", "overlays", "read_overlays"]

OVERLAY_GROUPS = range(0x6000, 0x6100, 2)
_ROWS, _COLUMNS, _FRAMES, _DESCRIPTION = 0x0010, 0x0011, 0x0015, 0x0022
_TYPE, _SUBTYPE, _ORIGIN, _FRAME_ORIGIN = 0x0040, 0x0045, 0x0050, 0x0051
_BIT_POSITION, _LABEL, _DATA = 0x0102, 0x1500, 0x3000
_WORD = 16


class Overlay(NamedTuple):
    """One overlay plane of one frame.

    ``bits`` has the shape (rows, columns), True where something is drawn. ``origin`` is the position of its first bit
    in the image, as (row, column); the first pixel is (1, 1), and an overlay may begin outside. ``type`` is ``G`` for
    graphics and ``R`` for a region of interest; ``subtype``, ``label`` and ``description`` are "" if absent.
    """

    group: int
    bits: npt.NDArray[np.bool_]
    origin: tuple[int, int]
    type: str
    subtype: str
    label: str
    description: str
    is_embedded: bool

    def over(self, rows: int, columns: int) -> npt.NDArray[np.bool_]:
        """Return the plane in the size of an image, shape (rows, columns); bits outside are cut off."""
        plane = np.zeros((rows, columns), dtype=np.bool_)
        top, left = self.origin[0] - 1, self.origin[1] - 1
        below, right = (self.bits.shape[0] + top, self.bits.shape[1] + left)
        part = self.bits[max(0, -top) : max(0, rows - top), max(0, -left) : max(0, columns - left)]
        plane[max(0, top) : max(0, below), max(0, left) : max(0, right)] = part
        return plane


def overlays(dataset: Dataset, frame: int = 1) -> list[Overlay]:
    """Return the overlay planes of one frame.

    Parameters
    ----------
    dataset, frame
        An image, and the number of one of its frames; the first is 1.

    Returns
    -------
    list of Overlay
        In the order of their groups, without planes that belong to other frames.

    Raises
    ------
    ImageError
        If the image makes no sense, or has no such frame.

    Warns
    -----
    DisplayHintWarning
        Once for each damaged overlay, which is ignored.

    References
    ----------
    PS3.3 section C.9.2, Overlay Plane Module.
    """
    check_frame(dataset, frame)
    found, remarks = read_overlays(dataset, frame)
    for remark in remarks:
        warnings.warn(remark, DisplayHintWarning, stacklevel=2)
    return found


def overlay_groups(dataset: Dataset) -> list[int]:
    """Return the groups that hold an overlay, in order; one without bits, or a curve's rest, is none."""
    groups = sorted({tag.group for tag in dataset.keys() if tag.group in OVERLAY_GROUPS})  # noqa: SIM118 - tags
    return [group for group in groups if _has_bits(dataset, group)]


def _has_bits(dataset: Dataset, group: int) -> bool:
    """Return whether a group has Overlay Data, or names a bit of Pixel Data above bit 0."""
    try:
        position = _value(dataset, group, _BIT_POSITION, 0)
        return _value(dataset, group, _DATA, None) is not None or int(position) > 0
    except Exception:  # noqa: BLE001 - a damaged element makes pydicom raise nearly anything; its reader says so
        return True


def _value(dataset: Dataset, group: int, element: int, otherwise: Any) -> Any:  # noqa: ANN401 - each VR has its own type
    """Return the value of an element of an overlay, or `otherwise` if it is absent or empty."""
    found = dataset.get((group, element))
    return otherwise if found is None or found.value in (None, "", b"") else found.value


@quiet_pydicom()
def read_overlays(dataset: Dataset, frame: int = 1) -> tuple[list[Overlay], list[str]]:
    """Return the overlay planes of one frame, and a sentence on each that was ignored."""
    found, remarks = [], []
    words: list[npt.NDArray[Any]] = []  # of Pixel Data, decoded once if at all
    for group in overlay_groups(dataset):
        try:
            overlay = _read_overlay(dataset, group, frame, words)
        except DicomKitError as error:
            remarks.append(f"overlay {group:04X} was passed over: {error.problem}")
        except Exception:  # noqa: BLE001 - a damaged element makes pydicom raise nearly anything, and repeat it
            remarks.append(f"overlay {group:04X} was passed over: an element of it is damaged")
        else:
            found += [overlay] if overlay is not None else []
    return found, remarks


def _read_overlay(dataset: Dataset, group: int, frame: int, words: list[npt.NDArray[Any]]) -> Overlay | None:
    """Read one overlay plane; None if it belongs to other frames."""

    def value(element: int, otherwise: Any = "") -> Any:  # noqa: ANN401 - as for _value
        return _value(dataset, group, element, otherwise)

    data, position = value(_DATA, None), value(_BIT_POSITION, 0)
    is_embedded = data is None and int(position) > 0
    rows, columns = int(value(_ROWS, 0)), int(value(_COLUMNS, 0))
    origin = [int(one) for one in np.atleast_1d(value(_ORIGIN, [1, 1]))]
    index = _index_of(frame, int(value(_FRAME_ORIGIN, 0)), int(value(_FRAMES, 0)))
    if index is None:
        return None
    if is_embedded:
        bits = _embedded_bits(dataset, frame, int(position), words)
    else:
        _check_size(rows, columns, origin)
        bits = _packed_bits(dataset, data, rows * columns, index).reshape(rows, columns)
    _check_size(bits.shape[0], bits.shape[1], origin)
    return Overlay(
        group=group,
        bits=bits,
        origin=(origin[0], origin[1]),
        type=str(value(_TYPE)),
        subtype=str(value(_SUBTYPE)),
        label=str(value(_LABEL)),
        description=str(value(_DESCRIPTION)),
        is_embedded=is_embedded,
    )


def _index_of(frame: int, first: int, count: int) -> int | None:
    """Return the index of the overlay frame that belongs to a frame of the image; None if there is none.

    An overlay without a number of frames and a frame origin belongs to all frames.
    """
    if first == count == 0:
        return 0
    index = frame - (first or 1)
    return index if 0 <= index < (count or 1) else None


def _check_size(rows: int, columns: int, origin: list[int]) -> None:
    if min(rows, columns) < 1 or rows * columns > MAX_PIXELS:
        raise ImageError("overlay", f"it has {rows} rows and {columns} columns", "get the file again")
    if len(origin) != 2:  # noqa: PLR2004 - row and column
        raise ImageError("overlay", "its origin is not a row and a column", "get the file again")


def _packed_bits(dataset: Dataset, data: Any, count: int, index: int) -> npt.NDArray[np.bool_]:  # noqa: ANN401 - as a file holds it
    """Return the bits of one frame of Overlay Data: the first is the lowest bit of the first byte.

    In Big Endian words, the first is the lowest bit of the first word. Frames follow each other without a gap, so one
    may begin in the middle of a byte (PS3.5 section 8.1.2).
    """
    if not isinstance(data, bytes):
        raise ImageError("overlay", "its data are not bytes", "get the file again")
    is_swapped = not transfer_syntax_of(dataset).is_little_endian
    content = np.frombuffer(data[: len(data) // 2 * 2] if is_swapped else data, np.uint8)
    if is_swapped:
        content = content.reshape(-1, 2)[:, ::-1].ravel()
    start = count * index
    if len(content) * 8 < start + count:
        problem = f"its data of {len(content)} bytes are shorter than {count} bits a frame"
        raise ImageError("overlay", problem, "get the file again")
    first, last = start // 8, -(-(start + count) // 8)
    bits = np.unpackbits(content[first:last], bitorder="little")[start % 8 : start % 8 + count]
    return bits.astype(np.bool_)


def _embedded_bits(
    dataset: Dataset, frame: int, position: int, words: list[npt.NDArray[Any]]
) -> npt.NDArray[np.bool_]:
    """Return one bit of each word of Pixel Data.

    References
    ----------
    PS3.5 2004 section 8.1.2: such an overlay is as large as the image and has its frames.
    """
    stored, high = int(dataset.BitsStored), int(dataset.get("HighBit") or int(dataset.BitsStored) - 1)
    if not 0 <= position < min(_WORD, int(dataset.BitsAllocated)):
        raise ImageError("overlay", f"there is no bit {position} in the pixels", "get the file again")
    if high - stored < position <= high:
        raise ImageError(
            "overlay", f"bit {position} of the pixels belongs to the values", "get the file again"
        )
    if not words:
        words.append(pixel_words(dataset, frame))
    bits: npt.NDArray[np.bool_] = (words[0] >> position & 1).astype(np.bool_)
    return bits
