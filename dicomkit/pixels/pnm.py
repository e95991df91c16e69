"""Read the portable formats P1 to P6 (PNM): pictures that a person can type.

P1, P2 and P3 are text; P4, P5 and P6 hold the same in binary. 1 and 4 are bitmaps, 2 and 5 grey, 3 and 6
colour. In a bitmap 1 is *black* and 0 is white, as ink on paper: a P1 full of zeros is a white picture.

Pillow reads these formats too, but stretches every grey picture to all values of 8 or 16 bits; here the numbers stay
as written.
"""

from __future__ import annotations

import re
from typing import Any

import numpy as np
import numpy.typing as npt

from dicomkit.errors import ImageError
from dicomkit.pixels.picture_size import MAX_PIXELS

__all__ = ["read_pnm"]

# White space or a comment up to the end of its line.
_BLANK = rb"(?:[ \t\r\n\v\f]|#[^\r\n]*[\r\n])"
_NUMBER = re.compile(_BLANK + rb"+([0-9]+)")
_ONE_BLANK = re.compile(_BLANK)  # between the header and the pixels; a comment belongs to it
_BLANKS = b" \t\r\n\v\f"
_MOST_DIGITS = 5
_TOO_MANY_DIGITS = re.compile(rb"[0-9]{6}")
_LONGEST_HEADER = 65536  # bytes, comments included
_LARGEST_VALUE = 65535
_LARGEST_SIZE = 65535
_WHITE = 255


def read_pnm(content: bytes, given: object) -> tuple[npt.NDArray[np.generic], int]:
    """Return the pixels of a PNM picture and the value of white.

    Parameters
    ----------
    content, given
        The bytes of the file, and what an error calls it.

    Returns
    -------
    array
        Shape (rows, columns) or (rows, columns, 3), ``uint8`` or ``uint16``. A bitmap becomes 0 and 255.
    white
        The largest value of the header, 255 for a bitmap.

    Raises
    ------
    ImageError
        If the file does not follow the format.
    """
    if rb"\n" in content[2:6]:
        raise ImageError(
            given,
            r"it holds a backslash and an n where a line should end",
            "write it with printf instead of echo",
        )
    kind = int(content[1:2])
    columns, rows, largest, position = _header(content, kind, given)
    samples = 3 if kind in {3, 6} else 1
    _check_header(given, rows, columns, largest)
    needed = rows * columns * samples
    values: npt.NDArray[Any]
    if kind == 1:
        values = _bitmap_text(content[position:], given)
    elif kind in {2, 3}:
        values = _numbers_text(content[position:], given, needed)
    else:
        values = _packed(content[position:], kind, rows, columns * samples, largest)
    if values.size != needed:
        raise _wrong_count(given, needed, values.size)
    if int(values.max()) > largest:
        raise ImageError(given, f"a value is larger than the {largest} of its header", "correct the header")
    pixels = values.reshape((rows, columns, 3) if samples == 3 else (rows, columns))  # noqa: PLR2004 - red, green, blue
    if kind in {1, 4}:
        return (1 - pixels) * np.uint8(_WHITE), _WHITE
    return pixels.astype(np.uint8 if largest <= _WHITE else np.uint16), largest


def _header(content: bytes, kind: int, given: object) -> tuple[int, int, int, int]:
    """Return columns, rows, the largest value, and where the pixels start."""
    numbers, position = [], 2
    for _ in range(2 if kind in {1, 4} else 3):
        match = _NUMBER.match(content, position, _LONGEST_HEADER)
        if match is None or len(match[1]) > _MOST_DIGITS:
            raise ImageError(given, "its PNM header is damaged", "write: P2, width, height, largest value")
        numbers.append(int(match[1]))
        position = match.end()
    blank = _ONE_BLANK.match(content, position, position + _LONGEST_HEADER)
    columns, rows, largest = (*numbers, 1)[:3]
    return columns, rows, largest, position if blank is None else blank.end()


def _check_header(given: object, rows: int, columns: int, largest: int) -> None:
    """Check what a header promises before memory is allocated."""
    if not (1 <= rows <= _LARGEST_SIZE and 1 <= columns <= _LARGEST_SIZE):
        raise ImageError(given, f"it says {columns} x {rows} pixels", "1 to 65535 are possible")
    if rows * columns > MAX_PIXELS:
        raise ImageError(given, f"it says {columns} x {rows} pixels", f"at most {MAX_PIXELS} are read")
    if not 1 <= largest <= _LARGEST_VALUE:
        raise ImageError(given, f"its largest value is {largest}", "1 to 65535 are possible")


def _bitmap_text(body: bytes, given: object) -> npt.NDArray[np.uint8]:
    """Read the digits of a P1, between which blanks may be missing."""
    digits = _uncommented(body).translate(None, _BLANKS)
    if digits.translate(None, b"01"):
        raise ImageError(given, "a P1 picture holds other signs than 0 and 1", "write only 0 and 1")
    return np.frombuffer(digits, dtype=np.uint8) - np.uint8(ord("0"))


def _numbers_text(body: bytes, given: object, needed: int) -> npt.NDArray[np.int32]:
    text = _uncommented(body)
    if text.translate(None, _BLANKS + b"0123456789") or _TOO_MANY_DIGITS.search(text):
        raise ImageError(given, "it holds something else than numbers", "write numbers from 0 to 65535")
    # Counted before memory is allocated: a digit after a blank starts a number.
    is_digit = np.frombuffer(b" " + text, dtype=np.uint8) >= ord("0")
    count = int(np.count_nonzero(is_digit[1:] & ~is_digit[:-1]))
    if count != needed:
        raise _wrong_count(given, needed, count)
    return np.fromstring(text, dtype=np.int32, sep=" ")


def _uncommented(body: bytes) -> bytes:
    return re.sub(rb"#[^\r\n]*", b"", body) if b"#" in body else body


def _wrong_count(given: object, needed: int, count: int) -> ImageError:
    return ImageError(
        given,
        f"it promises {needed} values and has {count}",
        "write one number a pixel, or correct its width and height",
    )


def _packed(body: bytes, kind: int, rows: int, values_per_row: int, largest: int) -> npt.NDArray[Any]:
    """Return the values in binary, at most those of one picture: another one may follow."""
    if kind == 4:  # noqa: PLR2004 - eight pixels a byte, the first in the highest bit; each row starts a byte
        bytes_per_row = (values_per_row + 7) // 8
        whole_rows = min(rows, len(body) // bytes_per_row)
        packed = np.frombuffer(body, np.uint8, whole_rows * bytes_per_row).reshape(whole_rows, bytes_per_row)
        return np.unpackbits(packed, axis=1)[:, :values_per_row].reshape(-1)
    # Two bytes for each value, the high one first, if white is above 255.
    kind_of_value = np.dtype(">u2") if largest > _WHITE else np.dtype("u1")
    count = min(rows * values_per_row, len(body) // kind_of_value.itemsize)
    return np.frombuffer(body, kind_of_value, count)
