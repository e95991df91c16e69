"""The open data set, sequence or item around a line of a dump, and the earlier elements in it that matter.

How an element is printed may depend on others in the same data set or item: an undecided VR on Pixel Representation,
the heading of a directory record on its type, a private attribute on its private creator.
"""

from __future__ import annotations

from dicomkit.dump.writing.undecided_vrs import DECIDING_TAGS
from dicomkit.files.dictionary import is_private_creator
from dicomkit.files.encoding import TEXT_VRS
from dicomkit.files.tokens import Token

__all__ = ["Container", "may_be_remembered", "record_type_name"]

_BLOCK_MASK, _ODD_GROUP = 0x1FF00, 0x10000  # the bits that private creators share: (odd,00xx)
_RECORD_TYPE, _RECORD_FILE = 0x00041430, 0x00041500
_REMEMBERED = {**dict.fromkeys(DECIDING_TAGS, "US"), _RECORD_TYPE: "CS", _RECORD_FILE: "CS"}
# The Directory Record Types that DCMTK knows (PS3.3 Table F.3-3).
_RECORD_TYPES = (
    "PATIENT,STUDY,SERIES,IMAGE,OVERLAY,MODALITY LUT,VOI LUT,CURVE,TOPIC,VISIT,RESULTS,INTERPRETATION,"
    "STUDY COMPONENT,STORED PRINT,RT DOSE,RT STRUCTURE SET,RT PLAN,RT TREAT RECORD,PRESENTATION,WAVEFORM,"
    "SR DOCUMENT,KEY OBJECT DOC,SPECTROSCOPY,RAW DATA,REGISTRATION,FIDUCIAL,HANGING PROTOCOL,ENCAP DOC,"
    "HL7 STRUC DOC,VALUE MAP,STEREOMETRIC,PALETTE,IMPLANT,IMPLANT ASSY,IMPLANT GROUP,PLAN,MEASUREMENT,"
    "SURFACE,SURFACE SCAN,TRACT,ASSESSMENT,RADIOTHERAPY,ANNOTATION,MRDR,FILM SESSION,IMAGE BOX,PRINT QUEUE"
)
_KNOWN_RECORD_TYPES = frozenset(_RECORD_TYPES.encode().split(b","))


def may_be_remembered(tag: int) -> bool:
    """Return whether the lines of other elements may depend on this one."""
    return tag & _BLOCK_MASK == _ODD_GROUP or tag in _REMEMBERED


class Container:
    """An open data set, item or sequence, and the lines inside it so far."""

    __slots__ = ("creators", "highest", "lines", "numbers", "opening", "record_file", "record_type", "tags")

    def __init__(self, opening: Token | None) -> None:
        self.opening = opening
        self.tags: list[int] = []
        self.lines: list[bytes] = []
        self.numbers: dict[int, int] = {}  # values that decide the VRs of other elements
        self.creators: dict[int, bytes] = {}  # by block: the tag without its last two digits
        self.highest = (0, 0)  # the number of tags so far, and the highest
        self.record_type = b""
        self.record_file = b""

    def creator_of(self, tag: int) -> bytes:
        """Return the private creator of a private attribute, or b""."""
        return self.creators.get(tag >> 8, b"")

    def remember(self, tag: int, vr: str, value: bytes, *, little_endian: bool) -> None:
        """Keep the value of an element if the lines of others depend on it."""
        if is_private_creator(tag):
            if vr in TEXT_VRS and vr != "UI":
                self.reserve(tag, value)
        elif _REMEMBERED.get(tag) != vr:
            return
        elif tag in DECIDING_TAGS:
            if value:
                self.numbers[tag] = int.from_bytes(value[:2], "little" if little_endian else "big")
        elif tag == _RECORD_TYPE:
            self.record_type = value
        else:
            self.record_file = value.rstrip(b" \0")

    def pass_over(self, tag: int, vr: str, value: bytes, *, little_endian: bool) -> None:
        """Keep the value of an element whose line is not printed."""
        self.tags.append(tag)
        self.remember(tag, vr, value, little_endian=little_endian)
        self.highest = (0, max(self.highest[1], tag))
        self.tags.clear()

    def reserve(self, tag: int, creator: bytes) -> None:
        """Note a private creator; as in DCMTK, one that follows a higher tag reserves no block."""
        counted, highest = self.highest
        highest = max(highest, *self.tags[counted:])
        self.highest = (len(self.tags), highest)
        if tag >= highest:
            # DCMTK takes what precedes a NUL, with its blanks; it pads an odd value with a NUL.
            is_padded = b"\0" in creator or len(creator) % 2
            name = creator.partition(b"\0")[0] if is_padded else creator.rstrip(b" ")
            self.creators.setdefault((tag >> 16 << 8) + (tag & 0xFF), name)


def record_type_name(directory_record_type: bytes) -> bytes:
    """Return the name that ``dcmdump`` prints for a Directory Record Type (0004,1430): PRIVATE for an unknown one.

    Examples
    --------
    >>> record_type_name(b"STUDY "), record_type_name(b"OUR OWN")
    (b'STUDY', b'PRIVATE')
    """
    name = directory_record_type.rstrip(b" \0")
    return name if name in _KNOWN_RECORD_TYPES else b"PRIVATE"
