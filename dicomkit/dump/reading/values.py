r"""Convert the value on a line of a dump to the bytes of a file (PS3.5 section 6.2).

Text has one character for each byte, so nothing is decoded and nothing is lost. Where DCMTK silently changes a value
(70000 as US becomes 4464), this module raises an error.
"""

from __future__ import annotations

import array
import math
import re
import struct
import sys
from collections.abc import Callable

from dicomkit.dump.grammar import FLOATS, INTEGERS, Integer
from dicomkit.dump.uid_names import nearest_names, uid_for_name
from dicomkit.files.encoding import PAD_BYTES, TEXT_VRS

__all__ = ["ValueProblem", "encode_value"]

_NUMBER = re.compile(r"[ \t]*[+-]?\d{1,30}[ \t]*", re.ASCII)
_FLOAT = re.compile(r"[+-]?(?:\d{1,400}(?:\.\d{0,400})?|\.\d{1,400})(?:[eE][+-]?\d{1,4})?", re.ASCII)
_INFINITY_OR_NAN = re.compile(r"[+-]?(?:inf|infinity|nan)", re.IGNORECASE)
_TAG = re.compile(r"\([ \t]*([0-9A-Fa-f]{4})[ \t]*,[ \t]*([0-9A-Fa-f]{4})[ \t]*\)")
_PLAIN_HEX = {
    1: re.compile(r"[0-9A-Fa-f]{2}(?:\\[0-9A-Fa-f]{2})*"),
    2: re.compile(r"[0-9A-Fa-f]{4}(?:\\[0-9A-Fa-f]{4})*"),
}
_LARGEST_DOUBLE_AS_PRINTED = "1.7976931348623167e+308"
_HEX_NUMBER = re.compile(r"[ \t]*(?:0[xX])?([0-9A-Fa-f]+)[ \t]*")


class ValueProblem(Exception):  # noqa: N818 - internal: the reader turns it into a DumpProblem
    """A value does not fit its VR.

    Parameters
    ----------
    problem, remedy
        What is wrong and what to do, without the value.
    offset
        The position in the value, in characters.
    """

    def __init__(self, problem: str, remedy: str, offset: int = 0) -> None:
        super().__init__(problem)
        self.problem = problem
        self.remedy = remedy
        self.offset = offset


def encode_value(vr: str, text: str, *, little_endian: bool = True) -> bytes:
    r"""Return the bytes of a value, padded to an even length.

    Parameters
    ----------
    vr
        A VR of the Standard, other than SQ.
    text
        The value as on the line, without brackets; "" for no value.
    little_endian
        The byte order of numbers.

    Raises
    ------
    ValueProblem
        If the text is not a value of that VR.

    Examples
    --------
    >>> encode_value("US", "256\\16"), encode_value("LO", "odd")
    (b'\x00\x01\x10\x00', b'odd ')
    """
    if not text:
        return b""
    order = "<" if little_endian else ">"
    if vr in TEXT_VRS:
        # Trailing blanks are padding (PS3.5 section 6.2): dcmdump does not print them, and dump2dcm drops them too.
        encoded = _uid(text) if vr == "UI" else text.rstrip(" ").encode("latin-1")
    elif vr in INTEGERS:
        encoded = _integers(vr, INTEGERS[vr], text, order)
    elif vr in FLOATS:
        encoded = _floats(vr, FLOATS[vr], text, order)
    elif vr == "AT":
        encoded = _tags(text, order)
    elif vr == "OW":
        encoded = _words(text, little_endian=little_endian)
    else:
        encoded = _hexadecimal(vr, 1, text)
    # PS3.5 section 6.2: values have even lengths; text is padded with a space, UIDs and bytes with NULL.
    return encoded + PAD_BYTES[vr] if len(encoded) % 2 else encoded


def _integers(vr: str, integer: Integer, text: str, order: str) -> bytes:
    parts = text.split("\\")
    offset = _offset_of_first(parts, lambda part: not _NUMBER.fullmatch(part))
    if offset is not None:
        raise ValueProblem(
            f"{vr} takes whole decimal numbers",
            "write for example 16, not 0x10; join several with \\",
            offset,
        )
    numbers = [int(part) for part in parts]
    try:
        return struct.pack(f"{order}{len(numbers)}{integer.code}", *numbers)
    except struct.error:
        offset = _offset_of_first(parts, lambda part: not integer.smallest <= int(part) <= integer.largest)
        limits = f"{vr} holds {integer.smallest} to {integer.largest}"
        raise ValueProblem(f"a number is out of range for {vr}", limits, offset or 0) from None


def _floats(vr: str, code: str, text: str, order: str) -> bytes:
    parts = [part.strip(" \t") for part in text.split("\\")]
    offset = _offset_of_first(
        parts, lambda part: not (_FLOAT.fullmatch(part) or _INFINITY_OR_NAN.fullmatch(part))
    )
    if offset is not None:
        raise ValueProblem(
            f"{vr} takes decimal numbers", "write for example 0.5 or 1e-3; join several with \\", offset
        )
    try:
        numbers = [_double(part) for part in parts]
        return struct.pack(f"{order}{len(numbers)}{code}", *numbers)
    except OverflowError:
        raise ValueProblem(f"a number is out of range for {vr}", "write a number closer to zero") from None


def _double(text: str) -> float:
    number = float(text)
    if math.isinf(number) and _FLOAT.fullmatch(text):
        # dcmdump prints wrong last digits for the largest double, which make it too large.
        if text.lstrip("+-").startswith(_LARGEST_DOUBLE_AS_PRINTED):
            return math.copysign(sys.float_info.max, number)
        raise OverflowError
    return number


def _tags(text: str, order: str) -> bytes:
    encoded = b""
    offset = 0
    for part in text.split("\\"):
        found = _TAG.fullmatch(part.strip(" \t"))
        if found is None:
            raise ValueProblem("AT takes tags", "write each as (gggg,eeee); join several with \\", offset)
        encoded += struct.pack(order + "HH", int(found[1], 16), int(found[2], 16))
        offset += len(part) + 1
    return encoded


def _hexadecimal(vr: str, size: int, text: str) -> bytes:
    if _PLAIN_HEX[size].fullmatch(text):
        return bytes.fromhex(text.replace("\\", ""))
    encoded = bytearray()
    offset = 0
    for part in text.split("\\"):
        found = _HEX_NUMBER.fullmatch(part)
        if found is None or len(found[1]) > 2 * size:
            raise ValueProblem(
                f"{vr} takes hexadecimal numbers of {2 * size} digits",
                "join them with \\, as in " + "\\".join(["00" * size] * 2),
                offset,
            )
        encoded += int(found[1], 16).to_bytes(size, "big")
        offset += len(part) + 1
    return bytes(encoded)


def _words(text: str, *, little_endian: bool) -> bytes:
    words = array.array("H", _hexadecimal("OW", 2, text))
    # The text holds the most significant digits first.
    if little_endian:
        words.byteswap()
    return words.tobytes()


def _uid(text: str) -> bytes:
    parts = []
    for part in text.split("\\"):
        if not part.startswith("="):
            parts.append(part.rstrip(" \0"))
            continue
        uid = uid_for_name(part[1:])
        if uid is None:
            near = nearest_names(part[1:], 1)
            remedy = f"did you mean ={near[0]}?" if near else "write the UID itself in brackets"
            raise ValueProblem("there is no UID of that name", remedy)
        parts.append(uid)
    joined = "\\".join(parts)
    if " " in joined:
        raise ValueProblem("a UID holds no blanks", "write digits and periods only (PS3.5 section 9.1)")
    return joined.encode("latin-1")


def _offset_of_first(parts: list[str], is_wrong: Callable[[str], bool]) -> int | None:
    """Return the offset of the first wrong part, or None."""
    offset = 0
    for part in parts:
        if is_wrong(part):
            return offset
        offset += len(part) + 1
    return None
