"""The attribute names that ``dcmdump`` prints at the end of a line, and DCMTK's dictionary of private attributes.

The name of a standard attribute is its keyword in PS3.6, with the prefix ``RETIRED_`` if it is retired. Names of
private attributes come from DCMTK's own dictionary, by private creator.
"""

from __future__ import annotations

import functools

from dicomkit.files.dictionary import dictionary_entry, is_private, is_private_creator
from dicomkit.files.file_bytes import bytes_beside
from dicomkit.named_tuple import NamedTuple

__all__ = ["UNKNOWN_NAME", "PrivateAttribute", "attribute_name", "is_known_to_dcmtk", "private_attribute"]

UNKNOWN_NAME = "Unknown Tag & Data"

_CACHED_TAGS = 16_384  # as in the dictionary
_LAST_ILLEGAL_GROUP = 0x0007  # PS3.5 section 7.1: private groups begin with 0009
# Retired by the Standard after DCMTK 3.6.7 was released.
_NOT_RETIRED_YET = frozenset({
    *(0x00380004, 0x00701807, 0x00701808, 0x30040010, 0x30040012),
    *(0x30060085, 0x30060088, 0x3008002B, 0x30100090),
})  # fmt: skip
# Tags with repeating digits in the element number, such as (1000,xxx0), as DCMTK knows them.
_REPEATING_ELEMENTS = (
    (range(0x00203100, 0x00203200), range(0x00203100, 0x00203200, 2)),
    (range(0x00280410, 0x00280500), range(0x00280410, 0x00280420)),
    (range(0x00280800, 0x00280900), range(0x00280800, 0x00280810)),
    (range(0x10000001, 0x10010000), range(0x10000010, 0x10000020)),
    (range(0x10100001, 0x10110000), range(0x10100004, 0x10100005)),
)


class PrivateAttribute(NamedTuple):
    """The entry of a private attribute in DCMTK's dictionary."""

    vr: str
    name: str


def attribute_name(tag: int, creator: bytes = b"") -> str:
    """Return the name that ``dcmdump`` prints for an attribute.

    Parameters
    ----------
    tag
        Group and element as one number.
    creator
        The private creator of a private attribute: the value of the element that reserves its block.

    References
    ----------
    PS3.6, Data Dictionary; PS3.5 section 7.8, Private Data Elements.

    Examples
    --------
    >>> attribute_name(0x00100010), attribute_name(0x00101000)
    ('PatientName', 'RETIRED_OtherPatientIDs')
    >>> attribute_name(0x00291008, b"SIEMENS CSA HEADER"), attribute_name(0x00291008)
    ('CSAImageHeaderType', 'Unknown Tag & Data')
    """
    if is_private(tag):
        return _private_name(tag, creator)
    entry = dictionary_entry(tag)
    if entry is None or not entry.keyword or not is_known_to_dcmtk(tag):
        return UNKNOWN_NAME
    is_retired = entry.is_retired and tag not in _NOT_RETIRED_YET
    return f"RETIRED_{entry.keyword}" if is_retired else entry.keyword


def is_known_to_dcmtk(tag: int) -> bool:
    """Return whether DCMTK knows a standard `tag`; one that is newer than DCMTK 3.6.7 counts as known.

    Examples
    --------
    >>> is_known_to_dcmtk(0x10000010), is_known_to_dcmtk(0x10000020)
    (True, False)
    """
    return all(tag in known or tag not in repeating for repeating, known in _REPEATING_ELEMENTS)


@functools.lru_cache(maxsize=_CACHED_TAGS)
def private_attribute(tag: int, creator: bytes) -> PrivateAttribute | None:
    """Return the entry of a private attribute in DCMTK's dictionary, or None if it has none.

    Parameters
    ----------
    tag
        Group and element as one number, in any block.
    creator
        Its private creator.

    Examples
    --------
    >>> private_attribute(0x00291208, b"SIEMENS CSA HEADER")
    PrivateAttribute(vr='CS', name='CSAImageHeaderType')
    """
    attributes = _attributes_of(creator) if creator else {}
    group, element = tag >> 16, tag & 0xFFFF
    # A few attributes have a fixed element number; for all others the key is its last two digits.
    for key in (f"{element:04x}", f"{element & 0xFF:02x}"):
        for groups, attribute in attributes.get(key, ()):
            if group in groups:
                return attribute
    return None


def _private_name(tag: int, creator: bytes) -> str:
    is_legal = tag >> 16 > _LAST_ILLEGAL_GROUP
    if not tag & 0xFFFF:
        return "PrivateGroupLength" if is_legal else "IllegalGroupLength"
    if is_private_creator(tag):
        return "PrivateCreator" if is_legal else "IllegalPrivateCreator"
    attribute = private_attribute(tag, creator)
    return attribute.name if attribute is not None else UNKNOWN_NAME


@functools.lru_cache(maxsize=256)
def _attributes_of(creator: bytes) -> dict[str, list[tuple[range, PrivateAttribute]]]:
    """Return the attributes of one private creator, by element; only its part of the table is parsed."""
    _, _, behind = _table().partition(b"\n[%b]\n" % creator)
    found: dict[str, list[tuple[range, PrivateAttribute]]] = {}
    for line in behind.partition(b"\n\n")[0].decode("ascii").splitlines():
        groups, element, vr, name = line.split()
        first, _, last = groups.partition("-")
        # A range of groups means the odd ones.
        odd_groups = range(int(first, 16), int(last or first, 16) + 1, 2)
        found.setdefault(element, []).append((odd_groups, PrivateAttribute(vr, name)))
    return found


@functools.cache
def _table() -> bytes:
    return bytes_beside(__file__, "private_attributes.txt")
