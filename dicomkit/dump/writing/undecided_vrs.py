"""The VR that ``dcmdump`` prints in Implicit VR where the dictionary has a choice.

Another element then decides (PS3.5 sections 8 and A.1): Pixel Representation, or the bits of a waveform sample.
Where that element is missing, DCMTK prints an internal name such as ``xs``.
"""

from __future__ import annotations

from collections.abc import Mapping

from dicomkit.dump.attribute_names import is_known_to_dcmtk, private_attribute
from dicomkit.files.dictionary import dictionary_entry, is_private
from dicomkit.files.tokens import PIXEL_DATA

__all__ = ["DECIDING_TAGS", "vr_in_implicit"]

_PIXEL_REPRESENTATION, _WAVEFORM_BITS_ALLOCATED = 0x00280103, 0x54001004
DECIDING_TAGS = {_PIXEL_REPRESENTATION, _WAVEFORM_BITS_ALLOCATED}
_SIGNED = 1
_BITS_OF_A_BYTE = 8

# PS3.3 sections C.7.5.1.1.2, C.11.1 and others: the attributes for which DCMTK lets Pixel Representation decide
# "US or SS".
_FOLLOWS_PIXEL_REPRESENTATION = {
    *(0x00280106, 0x00280107, 0x00280108, 0x00280109, 0x00280120, 0x00280121),
    *(0x00283002, 0x00409211, 0x00409216, 0x00603004, 0x00603006),
}
_FOLLOWS_WAVEFORM_BITS = {0x5400100A, 0x54001010}  # DCMTK leaves the other samples of group 5400 undecided
_REPEATING_GROUP_MASK, _CURVE_DATA, _OVERLAY_DATA = 0xFF00FFFF, 0x50003000, 0x60003000
_UNDECIDED_NAMES = {"US or SS": "xs", "OB or OW": "ox"}  # any other choice is "lt"


def vr_in_implicit(tag: int, vr: str, numbers: Mapping[int, int], creator: bytes = b"") -> str:
    """Return the VR that is printed for an element in Implicit VR.

    Parameters
    ----------
    tag
        The element.
    vr
        The dictionary's VR, perhaps with a choice such as ``US or SS``; ``UN`` for an unknown tag.
    numbers
        The values of `DECIDING_TAGS` earlier in the same data set or item. DCMTK ignores those in the data set
        around an item.
    creator
        The private creator of a private attribute.

    Examples
    --------
    >>> vr_in_implicit(0x00280120, "US or SS", {0x00280103: 1})
    'SS'
    >>> vr_in_implicit(0x00280120, "US or SS", {})
    'xs'
    """
    if is_private(tag) and vr == "UN":
        attribute = private_attribute(tag, creator)
        return attribute.vr if attribute is not None else "??"
    if not is_known_to_dcmtk(tag) or (vr == "UN" and dictionary_entry(tag) is None):
        return "??"
    if " or " not in vr:
        return vr
    if tag in _FOLLOWS_PIXEL_REPRESENTATION:
        signed = numbers.get(_PIXEL_REPRESENTATION)
        decided = "" if signed is None else "SS" if signed == _SIGNED else "US"
    elif tag in _FOLLOWS_WAVEFORM_BITS:
        bits = numbers.get(_WAVEFORM_BITS_ALLOCATED)
        decided = "" if bits is None else "OB" if bits == _BITS_OF_A_BYTE else "OW"
    elif tag == PIXEL_DATA:
        decided = "OW"
    else:
        decided = {_OVERLAY_DATA: "OW", _CURVE_DATA: "OB"}.get(tag & _REPEATING_GROUP_MASK, "")
    return decided or _UNDECIDED_NAMES.get(vr, "lt")
