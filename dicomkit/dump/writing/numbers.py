"""Format a floating-point number with the digits that ``dcmdump`` prints.

DCMTK does not use the C library. It computes the digits one by one, multiplying the fraction by ten in floating
point, so rounding errors accumulate in the last digits: 0.1 is printed as ``0.1`` although 17 digits of it are
``0.10000000000000001``, and pi ends in ``...7931``.
"""

from __future__ import annotations

import math

__all__ = ["DOUBLE_DIGITS", "FLOAT_DIGITS", "format_exactly", "format_float"]

FLOAT_DIGITS = 9  # enough to restore every 32-bit number
DOUBLE_DIGITS = 17  # the same for 64 bits
_SMALLEST_PLAIN = 0.0001


def format_float(value: float, digits: int) -> bytes:
    """Return `value` as ``dcmdump`` prints it.

    Parameters
    ----------
    value
        The number; a 32-bit one is passed as the Python float of the same value.
    digits
        `FLOAT_DIGITS` or `DOUBLE_DIGITS`.

    Examples
    --------
    >>> format_float(0.1, DOUBLE_DIGITS), format_float(1e-7, DOUBLE_DIGITS)
    (b'0.1', b'1e-07')
    """
    if math.isnan(value):
        return b"nan"
    if math.isinf(value):
        return b"inf" if value > 0 else b"-inf"
    sign = "-" if value < 0 else ""
    fraction, whole = math.modf(abs(value))
    before = _whole_digits(whole)
    if len(before) > digits or (not before and 0 < fraction < _SMALLEST_PLAIN):
        text = _with_exponent(before, fraction, digits - 1)
    else:
        text = _plain(before, fraction, digits)
    return (sign + text).encode()


def format_exactly(value: float, digits: int) -> bytes:
    """Return `value` as ``dcmdump`` prints it, unless that reads back as another number.

    Examples
    --------
    >>> format_float(1e300, DOUBLE_DIGITS), format_exactly(1e300, DOUBLE_DIGITS)
    (b'1.0000000000000007e+300', b'1e+300')
    """
    text = format_float(value, digits)
    again = float(text)
    # Minus zero equals zero, but is another number.
    is_same = again == value and math.copysign(1, again) == math.copysign(1, value)
    return text if is_same else repr(value).encode()


def _whole_digits(whole: float) -> list[int]:
    digits: list[int] = []
    while whole:
        remainder, whole = math.modf(whole / 10)
        # A remainder such as .5999999 means 6: the hundredth carries it over.
        digits.append(int((remainder + 0.01) * 10))
    return digits[::-1]


def _plain(before: list[int], fraction: float, digits: int) -> str:
    places = digits - len(before)
    after, rest = _fraction_digits(fraction, places, is_counting=False)
    number = before or [0]
    point = len(number)
    number = [*number, *after]
    if rest and _rounds_up(rest):
        number, has_carry = _increment(number)
        point += has_carry
    whole, tail = number[:point], number[point:]
    decimals = "".join(map(str, tail)).rstrip("0")
    return "".join(map(str, whole)) + (f".{decimals}" if decimals else "")


def _with_exponent(before: list[int], fraction: float, places: int) -> str:
    if before:
        exponent = len(before) - 1
        number = before[: places + 1]
        left = places + 1 - len(number)
        if len(before) > places + 1:
            fraction = 0.0
            if before[places + 1] >= 5:  # noqa: PLR2004 - half of ten
                number, has_carry = _increment(number)
                exponent += has_carry
    else:
        exponent, first = -1, 0
        while True:
            fraction, digit = math.modf(fraction * 10)
            if digit:
                first = int(digit)
                break
            exponent -= 1
        number, left = [first], places
    after, rest = _fraction_digits(fraction, left, is_counting=True)
    number += after
    if rest and _rounds_up(rest):
        number, has_carry = _increment(number)
        exponent += has_carry
    decimals = "".join(map(str, number[1:])).rstrip("0")
    mantissa = f"{number[0]}.{decimals}" if decimals else f"{number[0]}"
    return f"{mantissa}e{'-' if exponent < 0 else '+'}{abs(exponent):02d}"


def _fraction_digits(fraction: float, places: int, *, is_counting: bool) -> tuple[list[int], float]:
    """Return `places` digits of a fraction, and the remainder; leading zeros may be added."""
    digits: list[int] = []
    while places > 0 and fraction:
        fraction, digit = math.modf(fraction * 10)
        digits.append(int(digit))
        is_counting = is_counting or digit > 0
        places -= is_counting
    return digits, fraction


def _rounds_up(rest: float) -> bool:
    return math.modf(rest * 10)[1] > 4  # noqa: PLR2004 - half of ten


def _increment(digits: list[int]) -> tuple[list[int], bool]:
    """Add one to the last digit; return the digits, and whether there is one more now."""
    number = str(int("".join(map(str, digits))) + 1).zfill(len(digits))
    return [int(digit) for digit in number], len(number) > len(digits)
