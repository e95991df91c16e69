r"""The grammar of a dump text: the form of an element's line, and how each VR is written.

A line is a tag, an optional VR, a value and an optional comment after ``#``::

    (0010,0010) PN [Doe^Jane]                               #   8, 1 PatientName
    (0028,0010) US 512                                      #   2, 1 Rows

A comment that DCMTK writes begins with the length of the value in bytes. Where a value holds line breaks or
``]``, that count shows where it ends.
"""

from __future__ import annotations

import functools
import re
import struct

from dicomkit.files.dictionary import Entry, dictionary_entry, is_private_creator
from dicomkit.files.encoding import NUMBER_CODES, STANDARD_VRS, WORD_CODES
from dicomkit.named_tuple import NamedTuple

__all__ = [
    "FLOATS",
    "INTEGERS",
    "INTERNAL_VRS",
    "ElementLine",
    "Integer",
    "ResolvedVR",
    "counted_end",
    "read_element_line",
    "resolve_vr",
]


class Integer(NamedTuple):
    """The encoding of an integer VR: its format character in Python's `struct`, and its range (PS3.5 section 6.2)."""

    code: str
    smallest: int
    largest: int


def _integer(code: str) -> Integer:
    bits = 8 * struct.calcsize(f"<{code}")
    return (
        Integer(code, 0, 2**bits - 1)
        if code.isupper()
        else Integer(code, -(2 ** (bits - 1)), 2 ** (bits - 1) - 1)
    )


# VRs that a dump writes as decimal numbers; OW is written as hexadecimal words.
_CODES = {vr: code for vr, code in (NUMBER_CODES | WORD_CODES).items() if vr != "OW"}
FLOATS = {vr: code for vr, code in _CODES.items() if code in "fd"}
INTEGERS = {vr: _integer(code) for vr, code in _CODES.items() if vr not in FLOATS}

# dcmdump prints these where no VR of the Standard applies: na for items and delimiters, pi for a fragment of
# encapsulated pixels, up for an offset in a DICOMDIR, ox, xs and lt for an undecided VR, ?? for an unknown one.
INTERNAL_VRS = {"na", "pi", "up", "ox", "xs", "lt", "??"}
# The VR that dump2dcm takes where the dictionary has a choice and the line names no VR.
_UNDECIDED_VRS = {"US or SS": "US", "OB or OW": "OW", "US or OW": "OW", "US or SS or OW": "US"}

_WAVEFORM_GROUP = 0x5400
_CACHED_VRS = 16_384  # a limit, since a hostile text may name any number of tags

_TAG = r"\(([0-9A-Fa-f \t]+),([0-9A-Fa-f \t]+)\)"
_ELEMENT = re.compile(rf"[ \t]*{_TAG}[ \t]*(?:([A-Z]{{2}}|na|pi|up|ox|xs|lt|\?\?)(?=[\s\[(=#<]|\Z))?[ \t]*")
_MAX_HEX_DIGITS = 4
# The end of a bracketed value as DCMTK writes it: "]", blanks, "#", length, VM, name.
_COUNTED_END = re.compile(r"\][ \t]*#[ \t]*(\d{1,10}),[ \t]*\d+[ \t]+([^\]\n]*)\Z")


class ElementLine(NamedTuple):
    """The start of an element's line: its tag, the VR as written, and where the value begins.

    ``vr`` is empty where the line names none. ``value_start`` is an index into the line.
    """

    tag: int
    vr: str
    value_start: int


def read_element_line(line: str) -> ElementLine | None:
    """Parse the tag and the VR at the start of a line; return None if it does not begin with a tag.

    Parameters
    ----------
    line
        One line without its line break. Blanks are allowed around and inside the tag.

    Examples
    --------
    >>> read_element_line("( 0010,001F ) PN [Doe^Jane]")
    ElementLine(tag=1048607, vr='PN', value_start=17)
    """
    found = _ELEMENT.match(line)
    if found is None:
        return None
    group, element, vr = found.groups()
    if not group.isalnum() or not element.isalnum():
        group, element = "".join(group.split()), "".join(element.split())
    if not 0 < len(group) <= _MAX_HEX_DIGITS or not 0 < len(element) <= _MAX_HEX_DIGITS:
        return None
    return ElementLine(int(group + element.zfill(4), 16), vr or "", found.end())


def counted_end(line: str) -> re.Match[str] | None:
    """Find the ``]`` that ends a value and is followed by a count: group 1 is the count, group 2 the name.

    Only the last ``]`` of a line is examined.
    """
    last = line.rfind("]")
    return _COUNTED_END.match(line, last) if last >= 0 else None


class ResolvedVR(NamedTuple):
    """The VR of a line, and what is doubtful about it.

    ``vr`` is "" if there is none; ``doubt`` and ``remedy`` are "" if nothing is doubtful.
    """

    vr: str
    doubt: str = ""
    remedy: str = ""


@functools.lru_cache(maxsize=_CACHED_VRS)
def resolve_vr(tag: int, written: str) -> ResolvedVR:
    """Return the VR of a line, from its tag and the VR that is written on it.

    Parameters
    ----------
    tag
        Group and element as one number.
    written
        The VR on the line; "" if the line names none.

    References
    ----------
    PS3.5 section 6.2, Value Representation; PS3.6, Data Dictionary.

    Examples
    --------
    >>> resolve_vr(0x00100010, "")
    ResolvedVR(vr='PN', doubt='', remedy='')
    >>> resolve_vr(0x00100020, "LN")
    ResolvedVR(vr='LO', doubt='VR LN does not exist', remedy="the dictionary's LO is used")
    """
    entry = _entry_for(tag)
    exists = not written or written in STANDARD_VRS or written in INTERNAL_VRS
    if written in STANDARD_VRS:
        # UN may stand for any VR (PS3.5 section 6.2.2).
        if entry is None or written == "UN" or written in entry.vr.split(" or "):
            return ResolvedVR(written)
        return ResolvedVR(
            written, f"VR {written} is not the dictionary's {entry.vr}", f"{written} is kept; is it meant?"
        )
    if written == "??":
        # dcmdump printed bytes, since it does not know the tag; the dictionary here may know it.
        return ResolvedVR("UN")
    if entry is not None:
        vr = _decided_vr(tag, entry.vr)
        return (
            ResolvedVR(vr)
            if exists
            else ResolvedVR(vr, f"VR {written} does not exist", f"the dictionary's {vr} is used")
        )
    what = "there is no VR" if exists else f"VR {written} does not exist"
    return ResolvedVR("", f"{what}, and the dictionary does not know the tag", "write the VR after the tag")


def _entry_for(tag: int) -> Entry | None:
    # PS3.5 section 7.8.1: a private creator is always LO.
    return Entry("LO", "") if is_private_creator(tag) else dictionary_entry(tag)


def _decided_vr(tag: int, dictionary_vr: str) -> str:
    """Return the VR that ``dump2dcm`` takes where the dictionary has a choice."""
    if tag >> 16 == _WAVEFORM_GROUP and dictionary_vr == "OB or OW":
        return "OB"
    return _UNDECIDED_VRS.get(dictionary_vr, dictionary_vr)
