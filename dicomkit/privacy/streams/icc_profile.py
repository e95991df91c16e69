"""Blank the text in an ICC profile: creator, device, and anything that a program added.

A profile is a header of 128 bytes, a table of tags, and the data of the tags. Data begin with a type of four
letters; those that hold curves, matrices and colours are kept.

References
----------
ICC.1:2022, section 7 (Profile requirements) and section 10 (Tag type definitions); PS3.3 section C.11.15.
"""

from __future__ import annotations

import struct

__all__ = ["blank_icc_profile"]

_HEADER_BYTES, _ENTRY_BYTES, _TYPE_BYTES = 128, 12, 8
_SIGNATURE = slice(36, 40)
# Preferred CMM; creation date; device manufacturer and model; creator and profile ID: none of these changes a colour.
_BLANK_IN_HEADER = (slice(4, 8), slice(24, 36), slice(48, 56), slice(80, 100), slice(100, 128))
_NUMBERS = frozenset(
    b"XYZ |chrm|clrt|curv|mAB |mBA |meas|mft1|mft2|mpet|para|sf32|sig |u16 |ui08|ui16|ui32|ui64|uf32|view|cicp".split(
        b"|"
    )
)


def blank_icc_profile(profile: bytes) -> bytes:
    """Return the bytes of a profile, of the same length, with its texts blanked; zeros if it is not a profile."""
    if len(profile) < _HEADER_BYTES + 4 or profile[_SIGNATURE] != b"acsp":
        return bytes(len(profile))
    (count,) = struct.unpack_from(">I", profile, _HEADER_BYTES)
    table_end = _HEADER_BYTES + 4 + count * _ENTRY_BYTES
    if table_end > len(profile):
        return bytes(len(profile))
    blank = bytearray(len(profile))
    blank[:table_end] = profile[:table_end]
    for part in _BLANK_IN_HEADER:
        blank[part] = bytes(len(blank[part]))
    for index in range(count):
        _, start, length = struct.unpack_from(">4sII", profile, _HEADER_BYTES + 4 + index * _ENTRY_BYTES)
        end = start + length
        if table_end <= start <= end <= len(profile):
            kept = end if profile[start : start + 4] in _NUMBERS else min(start + _TYPE_BYTES, end)
            blank[start:kept] = profile[start:kept]
    return bytes(blank)
