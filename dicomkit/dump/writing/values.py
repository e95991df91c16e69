"""The value of one element as ``dcmdump`` prints it: brackets around text, bare numbers, hexadecimal bytes."""

from __future__ import annotations

import functools
import struct
from collections.abc import Callable, Iterator

from dicomkit.dump.uid_names import dcmtk_name
from dicomkit.dump.writing.numbers import DOUBLE_DIGITS, FLOAT_DIGITS, format_exactly, format_float
from dicomkit.files.encoding import NUMBER_CODES, SINGLE_VALUE_VRS, TEXT_VRS, WORD_CODES
from dicomkit.named_tuple import NamedTuple

__all__ = ["EMPTY", "Printed", "format_unloaded", "format_value"]

EMPTY = b"(no value available)"
INVALID = b"(invalid value)"
NOT_LOADED = b"(not loaded)"

_DOTS = b"..."
_SHORT = 70
_WHITE_SPACE = b" \t\n\v\f\r"  # DCMTK removes it from UIDs
_MULTIPLE_TEXT = TEXT_VRS - SINGLE_VALUE_VRS - {"UI"}


class Printed(NamedTuple):
    """The printed value: its text, its length in bytes as DCMTK counts it, and its VM."""

    text: bytes
    length: int
    vm: int


class _Number(NamedTuple):
    """The encoding of a binary number, and whether an element counts as one value whatever its length."""

    code: str
    size: int
    counts_as_one: bool = False
    digits: int = 0  # of a floating-point number
    is_exact: bool = False  # whether the digits must read back as the same number


_DIGITS = {"f": FLOAT_DIGITS, "d": DOUBLE_DIGITS}
_OWN_CODES = {
    "up": "I",
    "xs": "H",
}  # DCMTK's names for an offset in a DICOMDIR, and for an undecided "US or SS"
_NUMBERS = {
    vr: _Number(
        code, struct.calcsize(f"<{code}"), counts_as_one=vr in WORD_CODES, digits=_DIGITS.get(code, 0)
    )
    for vr, code in (NUMBER_CODES | WORD_CODES | _OWN_CODES).items()
    if vr != "OW"
}
_FLOATS = {vr for vr, number in _NUMBERS.items() if number.digits}
_WORDS = {"OW", "lt"}  # lt: "US or OW", undecided


def format_value(
    vr: str, value: bytes, *, little_endian: bool, line_length: int | None, exact_numbers: bool = False
) -> Printed:
    r"""Return the printed form of one value.

    Parameters
    ----------
    vr
        The VR as DCMTK prints it: one of the Standard's, or its own ``up``, ``xs``, ``lt``, ``ox``, ``pi``,
        ``??``.
    value
        The bytes in the file.
    little_endian
        Their byte order.
    line_length
        The most bytes of the text before it is cut short; None for no limit.
    exact_numbers
        Whether a floating-point number that does not read back from DCMTK's digits is printed with digits from
        which it does.

    Examples
    --------
    >>> format_value("DS", b"1.5\\2 ", little_endian=True, line_length=70)
    Printed(text=b'[1.5\\2]', length=6, vm=2)
    """
    length = len(value)
    if length % 2 and vr not in _WORDS:
        # PS3.5 section 7.1.1: a value has an even length. DCMTK adds the missing byte.
        value += b"\0"
        length += 1
    order = "<" if little_endian else ">"
    if exact_numbers and vr in _FLOATS:
        text, vm = _numbers(_NUMBERS[vr]._replace(is_exact=True), value, order, line_length)
    else:
        text, vm = _printer(vr)(value, order, line_length)
    return Printed(text, length, vm)


def format_unloaded(vr: str, value: bytes) -> Printed:
    """Return the printed form of a value that is too long to be loaded.

    Examples
    --------
    >>> format_unloaded("US", bytes(8192))
    Printed(text=b'(not loaded)', length=8192, vm=4096)
    """
    _, vm = _printer(vr)(value, "<", _SHORT)  # only the VM is wanted
    return Printed(NOT_LOADED, len(value) + (len(value) % 2 if vr in TEXT_VRS else 0), vm)


@functools.cache
def _printer(vr: str) -> Callable[[bytes, str, int | None], tuple[bytes, int]]:
    """Return the function that formats the values of a VR; it returns the text and the value multiplicity."""
    if vr in _NUMBERS:
        return functools.partial(_numbers, _NUMBERS[vr])
    if vr in SINGLE_VALUE_VRS:
        return _text
    if vr in _WORDS:
        return _words
    return _texts if vr in _MULTIPLE_TEXT else {"UI": _uid, "AT": _tags}.get(vr, _bytes)


def _texts(value: bytes, _order: str, line_length: int | None) -> tuple[bytes, int]:
    text = value.rstrip(b" ")
    return (_bracketed(text, line_length), 1 + text.count(b"\\")) if text else (EMPTY, 0)


def _text(value: bytes, _order: str, line_length: int | None) -> tuple[bytes, int]:
    text = value.rstrip(b" ")
    return (_bracketed(text, line_length), 1) if text else (EMPTY, 0)


def _uid(value: bytes, _order: str, line_length: int | None) -> tuple[bytes, int]:
    text = value.translate(None, _WHITE_SPACE).rstrip(b"\0")
    if not text:
        return EMPTY, 0
    name = dcmtk_name(text.decode("latin-1"))
    shown = _bracketed(text, line_length) if name is None else b"=%b" % name.encode()
    return shown, 1 + text.count(b"\\")


def _bracketed(text: bytes, line_length: int | None) -> bytes:
    line = b"[%b]" % text
    if line_length is not None and len(line) > line_length:
        # Cut at a byte, perhaps inside a multi-byte character. There is no closing bracket then.
        return line[: max(0, line_length - len(_DOTS))] + _DOTS
    return line


def _numbers(number: _Number, value: bytes, order: str, line_length: int | None) -> tuple[bytes, int]:
    count = len(value) // number.size
    vm = 1 if number.counts_as_one else count
    if not count:
        return (INVALID if value else EMPTY), vm
    shown = count if line_length is None else min(count, line_length)  # each takes at least one byte
    values = struct.unpack_from(f"{order}{shown}{number.code}", value)
    if number.digits:
        format_number = format_exactly if number.is_exact else format_float
        texts = (format_number(single, number.digits) for single in values)
    else:
        texts = (b"%d" % single for single in values)
    # Where only the last number does not fit, DCMTK leaves it out without the dots.
    return _joined(texts, count, line_length, always_dots=False), vm


def _tags(value: bytes, order: str, line_length: int | None) -> tuple[bytes, int]:
    count = len(value) // 4
    if not count:
        return EMPTY, 0
    numbers = struct.unpack_from(f"{order}{2 * count}H", value)
    texts = (b"(%04x,%04x)" % pair for pair in zip(numbers[::2], numbers[1::2], strict=True))
    return _joined(texts, count, line_length, always_dots=True), count


def _joined(texts: Iterator[bytes], count: int, line_length: int | None, *, always_dots: bool) -> bytes:
    """Join as many values as fit on the line with backslashes."""
    if line_length is None:
        return b"\\".join(texts)
    line = b""
    for number, text in enumerate(texts, 1):
        longer = line + text if number == 1 else b"%b\\%b" % (line, text)
        room = line_length if number == count else line_length - len(_DOTS)
        if len(longer) > room:
            return line + _DOTS if number < count or always_dots else line
        line = longer
    return line


def _bytes(value: bytes, _order: str, line_length: int | None) -> tuple[bytes, int]:
    return (_hexadecimal(value, 1, "", line_length) if value else EMPTY), 1


def _words(value: bytes, order: str, line_length: int | None) -> tuple[bytes, int]:
    if len(value) < 2:  # noqa: PLR2004 - a word has two bytes
        return (INVALID if value else EMPTY), 1
    return _hexadecimal(value, 2, order, line_length), 1


def _hexadecimal(value: bytes, size: int, order: str, line_length: int | None) -> bytes:
    count = len(value) // size
    digits = 2 * size + 1  # and the backslash
    dots = b""
    if line_length is not None and count * digits - 1 > line_length:
        count, dots = max(0, line_length - len(_DOTS)) // digits, _DOTS
    shown = value[: count * size]
    if order == "<":
        shown = struct.pack(f">{count}H", *struct.unpack(f"<{count}H", shown))
    return shown.hex("\\", size).encode() + dots
