"""Pixel data that a dump leaves out: its bytes for a file, and the line that names this file.

``dcmdump +W`` writes native pixel data to one file and encapsulated pixel data to one for each item (offset table or
fragment). `dicomkit.dump.reading.raw_files` reads such a file back.
"""

from __future__ import annotations

import array
import os

from dicomkit.files.tokens import PIXEL_DATA

__all__ = ["format_file_name", "is_for_raw_file", "raw_content"]

_FRAGMENT = "pi"  # DCMTK's name for an item of encapsulated pixel data
_RAW_VRS = {"OB", "OW", _FRAGMENT}


def is_for_raw_file(tag: int, vr: str) -> bool:
    """Return whether an element or fragment is pixel data, which may be written to a file of its own."""
    return vr in _RAW_VRS and (tag == PIXEL_DATA or vr == _FRAGMENT)


def raw_content(vr: str, value: bytes, *, little_endian: bool) -> tuple[int, bytes]:
    """Return the length that the line states, and the bytes of the file: little-endian, and of even length.

    Parameters
    ----------
    vr
        ``OB``, ``OW``, or ``pi`` for an item of encapsulated pixel data.
    value
        The value as it is in the data set.
    little_endian
        Its byte order.

    References
    ----------
    PS3.5 section 7.3, Little Endian Byte Ordering; section 6.2, Value Representation: OB and OW.
    """
    length = len(value)
    if vr == "OW":
        value = value[: length - length % 2]
        if not little_endian:
            words = array.array("H", value)  # two bytes for each word on every machine that runs Python
            words.byteswap()
            value = words.tobytes()
        return length, value
    padding = b"\0" * (length % 2)
    return length + len(padding), value + padding


def format_file_name(name: str, line_length: int | None) -> bytes:
    """Return the file's name as the value of a line, in at most `line_length` bytes; None for any length."""
    text = b"=%b" % os.fsencode(name)
    if line_length is not None and len(text) > line_length:
        return text[: line_length - 3] + b"..."
    return text
