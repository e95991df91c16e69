"""How the elements of a data set are encoded: what each transfer syntax and each VR says about the bytes.

Every such table is here and nowhere else in the package. Two modules that disagree on which VRs have a long header,
or which transfer syntaxes are deflated, read two different data sets from one file.
"""

from __future__ import annotations

import functools
import struct

from dicomkit.named_tuple import NamedTuple
from dicomkit.uids import EXPLICIT_VR_BIG_ENDIAN, EXPLICIT_VR_LITTLE_ENDIAN, IMPLICIT_VR_LITTLE_ENDIAN

__all__ = [
    "ASCII_VRS",
    "BYTES_VRS",
    "CHARACTER_SET_VRS",
    "DEFLATED",
    "EXPLICIT_BIG",
    "EXPLICIT_LITTLE",
    "IMPLICIT_LITTLE",
    "MAX_SHORT_LENGTH",
    "NUMBER_CODES",
    "PAD_BYTES",
    "SINGLE_VALUE_VRS",
    "STANDARD_VRS",
    "TEXT_VRS",
    "UNDEFINED_LENGTH",
    "WORD_CODES",
    "Encoding",
    "TransferSyntax",
    "begins_with_vr",
    "element_header",
    "guessed_encoding",
    "has_long_header",
    "item_header",
    "native_syntax",
    "transfer_syntax",
]

UNDEFINED_LENGTH = 0xFFFFFFFF
MAX_SHORT_LENGTH = 0xFFFF  # where the header has two bytes for the length of the value
_HEADER_BYTES = 8
# The tag and the length of (0000,0000) in Implicit VR.
_COMMAND_GROUP_LENGTH = bytes.fromhex("00000000 04000000")


# Transfer syntaxes


class Encoding(NamedTuple):
    """How the elements of a data set are encoded: part of a transfer syntax (PS3.5 section 10)."""

    explicit_vr: bool
    little_endian: bool


IMPLICIT_LITTLE = Encoding(explicit_vr=False, little_endian=True)
EXPLICIT_LITTLE = Encoding(explicit_vr=True, little_endian=True)
EXPLICIT_BIG = Encoding(explicit_vr=True, little_endian=False)

DEFLATED = frozenset({
    "1.2.840.10008.1.2.1.99",  # Deflated Explicit VR Little Endian
    "1.2.840.10008.1.2.4.95",  # JPIP Referenced Deflate
    "1.2.840.10008.1.2.4.205",  # JPIP HTJ2K Referenced Deflate
})  # fmt: skip
_NATIVE = DEFLATED | {
    IMPLICIT_VR_LITTLE_ENDIAN,
    EXPLICIT_VR_LITTLE_ENDIAN,
    EXPLICIT_VR_BIG_ENDIAN,
    "1.2.840.10008.1.2.4.94",  # JPIP Referenced: the pixels are elsewhere
    "1.2.840.10008.1.2.4.204",  # JPIP HTJ2K Referenced
}


class TransferSyntax(NamedTuple):
    """What a transfer syntax says about the bytes of a data set.

    Parameters
    ----------
    encoding
        VR and byte order of the elements.
    is_deflated
        Whether the whole data set is compressed with deflate (RFC 1951).
    is_encapsulated
        Whether Pixel Data comes in fragments.
    """

    encoding: Encoding
    is_deflated: bool
    is_encapsulated: bool


@functools.lru_cache(maxsize=64)  # the files of a folder repeat them
def transfer_syntax(uid: str) -> TransferSyntax:
    """Return what the transfer syntax `uid` says about the bytes.

    All but two of the Standard's transfer syntaxes are Explicit VR Little Endian; so is any that is added.

    References
    ----------
    PS3.5 section 10, Transfer Syntax; annex A, Transfer Syntax Specifications.

    Examples
    --------
    >>> transfer_syntax("1.2.840.10008.1.2.5")  # RLE Lossless
    TransferSyntax(encoding=Encoding(explicit_vr=True, little_endian=True), is_deflated=False, is_encapsulated=True)
    """
    encoding = EXPLICIT_LITTLE
    if uid == IMPLICIT_VR_LITTLE_ENDIAN:
        encoding = IMPLICIT_LITTLE
    elif uid == EXPLICIT_VR_BIG_ENDIAN:
        encoding = EXPLICIT_BIG
    return TransferSyntax(encoding, uid in DEFLATED, uid not in _NATIVE)


def native_syntax(encoding: Encoding) -> str:
    """Return the transfer syntax of uncompressed data sets in an encoding.

    Examples
    --------
    >>> native_syntax(EXPLICIT_BIG)
    '1.2.840.10008.1.2.2'
    """
    if not encoding.explicit_vr:
        return IMPLICIT_VR_LITTLE_ENDIAN
    return EXPLICIT_VR_LITTLE_ENDIAN if encoding.little_endian else EXPLICIT_VR_BIG_ENDIAN


# Value representations (PS3.5 section 6.2)

# PS3.5 section 7.1.2: these have two reserved bytes and a 32-bit length after the VR; all others a 16-bit length.
_LONG_VRS = {"OB", "OD", "OF", "OL", "OV", "OW", "SQ", "SV", "UC", "UN", "UR", "UT", "UV"}

# Text in the repertoire that Specific Character Set names, and text that is ASCII in any case.
CHARACTER_SET_VRS = frozenset({"LO", "LT", "PN", "SH", "ST", "UC", "UT"})
ASCII_VRS = frozenset({"AE", "AS", "CS", "DA", "DS", "DT", "IS", "TM", "UI", "UR"})
TEXT_VRS = CHARACTER_SET_VRS | ASCII_VRS
SINGLE_VALUE_VRS = frozenset({"LT", "ST", "UR", "UT"})  # PS3.5 section 6.4: a backslash in these is text
# VRs of binary numbers and of words, with the format character of one in Python's `struct`.
NUMBER_CODES = {"US": "H", "SS": "h", "UL": "I", "SL": "i", "UV": "Q", "SV": "q", "FL": "f", "FD": "d"}
WORD_CODES = {"OW": "H", "OF": "f", "OL": "I", "OD": "d", "OV": "Q"}
BYTES_VRS = frozenset({"OB", "UN", *WORD_CODES})
STANDARD_VRS = TEXT_VRS | BYTES_VRS | frozenset(NUMBER_CODES) | {"AT", "SQ"}
# The byte that pads a value to an even length; values of all other VRs are even.
PAD_BYTES = dict.fromkeys(TEXT_VRS, b" ") | dict.fromkeys(("UI", "OB", "UN"), b"\0")


def has_long_header(vr: str) -> bool:
    """Say whether a VR is followed by two reserved bytes and a 32-bit length.

    VRs that are added to the Standard will have the long form (PS3.5 section 6.2). Anything but two capital
    letters is not a VR, and is read in the short form.

    Examples
    --------
    >>> has_long_header("OB"), has_long_header("US"), has_long_header("ZZ"), has_long_header("??")
    (True, False, True, False)
    """
    if vr in STANDARD_VRS:
        return vr in _LONG_VRS
    return vr.isascii() and vr.isalpha() and vr.isupper()


def begins_with_vr(buffer: bytes, start: int) -> bool:
    """Say whether the element at `start` has a VR after its tag, or what looks like one."""
    letters = buffer[start + 4 : start + 6]
    return letters.isalpha() and letters.isupper()


def guessed_encoding(buffer: bytes, start: int) -> Encoding | None:
    """Guess the encoding of a data set from its first element; return None if there is no element."""
    if len(buffer) - start < _HEADER_BYTES:
        return None
    little_group, big_group = (int.from_bytes(buffer[start : start + 2], o) for o in ("little", "big"))
    if not little_group:
        return _encoding_of_command(buffer, start)
    if begins_with_vr(buffer, start):
        # A data set starts with a low group number: the byte order that makes it small is the right one.
        return EXPLICIT_LITTLE if little_group <= big_group else EXPLICIT_BIG
    length = int.from_bytes(buffer[start + 4 : start + 8], "little")
    fits = length == UNDEFINED_LENGTH or length <= len(buffer) - start - _HEADER_BYTES
    return IMPLICIT_LITTLE if fits and little_group <= big_group else None


def _encoding_of_command(buffer: bytes, start: int) -> Encoding | None:
    """Guess the encoding of a data set that begins with group 0000, the commands, as no file should.

    PS3.7 section 6.3.1, Command Set Structure.
    """
    if begins_with_vr(buffer, start):
        return EXPLICIT_LITTLE
    # Zeros look like (0000,0000) too, but a group length has four bytes. A data set of another encoding may follow the
    # command, so a stated transfer syntax is not contradicted.
    return IMPLICIT_LITTLE if buffer[start : start + _HEADER_BYTES] == _COMMAND_GROUP_LENGTH else None


def element_header(tag: int, vr: str, length: int, *, little_endian: bool = True) -> bytes:
    r"""Return the header of an element: in Explicit VR, or in Implicit VR if `vr` is empty.

    Examples
    --------
    >>> element_header(0x00100010, "PN", 8)
    b'\x10\x00\x10\x00PN\x08\x00'
    """
    if not vr:
        return item_header(tag, length, little_endian=little_endian)
    layout = "HH2s2xI" if has_long_header(vr) else "HH2sH"
    order = "<" if little_endian else ">"
    return struct.pack(order + layout, tag >> 16, tag & 0xFFFF, vr.encode("ascii"), length)


def item_header(tag: int, length: int, *, little_endian: bool = True) -> bytes:
    """Return the header of an item or a delimiter: these have no VR, in any transfer syntax (PS3.5 section 7.5)."""
    return struct.pack("<HHI" if little_endian else ">HHI", tag >> 16, tag & 0xFFFF, length)
