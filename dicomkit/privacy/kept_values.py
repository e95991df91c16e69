"""The removed and the kept values of a data set, and whether a kept one repeats a removed one.

A name may occur in a kept text before it occurs in Patient's Name: so all values are collected during the walk, and
compared at its end.
"""

from __future__ import annotations

import struct
from collections.abc import Callable, Iterator

from pydicom.datadict import dictionary_VM
from pydicom.dataelem import DataElement, RawDataElement

from dicomkit.errors import DeidentificationError
from dicomkit.files.encoding import BYTES_VRS, NUMBER_CODES
from dicomkit.files.registered_names import registered_name
from dicomkit.files.tokens import PIXEL_DATA
from dicomkit.privacy.element_rules import FREE_TEXT_VRS
from dicomkit.privacy.element_values import bytes_of, parts_of, set_value
from dicomkit.privacy.kept_texts import KeptText, replacement
from dicomkit.privacy.pixel_bytes import EXTENDED_OFFSETS
from dicomkit.privacy.profile_actions import Action
from dicomkit.privacy.readings import byte_readings
from dicomkit.privacy.repeated_words import RepeatedWords

__all__ = ["IDENTIFYING", "KeptValues"]

# VRs that may repeat a name or a number.
_COMPARED_VRS = FREE_TEXT_VRS | {"AE", "CS", "DS", "IS", "UI", "UR"}
# Numbers of a patient, of a visit, of a study, and the date of birth.
IDENTIFYING = frozenset({0x00080050, 0x00100020, 0x00100030, 0x00101000, 0x00380010, 0x00200010})
_BIRTH = frozenset({0x00100030, 0x00100033, 0x00100034})
_APART = bytes(8)
_LOOKED_AT_BYTES = 1 << 18  # of an element: examining more would take longer than everything else
_NUMBER_BYTES = {"AT": 4} | {vr: struct.calcsize(f"<{code}") for vr, code in NUMBER_CODES.items()}


class KeptValues:
    """The kept values of a data set, and the words of the removed ones.

    ``unexamined_bytes`` names elements of bytes, and elements that hold more than their numbers.
    """

    def __init__(self) -> None:
        self.unexamined_bytes: list[str] = []
        self._words = RepeatedWords()
        self._texts: list[tuple[int, KeptText]] = []
        self._bytes: list[tuple[str, bytes]] = []  # of elements that are not text, with their names

    def remember(self, tag: int, vr: str, text: str) -> None:
        """Add a removed value that must not occur in other texts: names, patient numbers, old UIDs."""
        if vr == "UI":
            for uid in text.split("\\"):
                if not registered_name(uid.strip(" \0")):  # which identifies nobody (PS3.6 annex A)
                    self._words.remember(uid)
        elif vr == "PN":
            self._words.remember_name(text)
        elif tag in _BIRTH:
            self._words.remember_date(text)
        elif tag in IDENTIFYING:
            self._words.remember(text)

    def add(self, index: int, kept: KeptText, name: str, element: DataElement | RawDataElement) -> None:
        """Add a value that was kept, with the index of its change, and the keyword or tag of its element.

        `element` is as it was read: numbers may still be raw bytes.
        """
        if kept.vr in _COMPARED_VRS:
            self._texts.append((index, kept))
        elif kept.vr != "SQ" and kept.tag != PIXEL_DATA and kept.tag not in EXTENDED_OFFSETS:
            if kept.vr in BYTES_VRS or not _are_its_numbers(kept.tag, kept.vr, element):
                self.unexamined_bytes.append(name)
            self._bytes.append((name, bytes_of(element)))

    def emptied(self, new_uids: Callable[[str], list[str]]) -> Iterator[tuple[int, Action]]:
        """Empty each text that repeats a removed value; yield the index of its change, and the action.

        `new_uids` makes new UIDs from old ones.
        """
        for index, kept in self._texts:
            if kept.tag not in kept.dataset:
                continue
            is_text = kept.vr in FREE_TEXT_VRS
            if not (self._words.are_in_text if is_text else self._words.are_in_value)(kept.readings):
                continue
            value, action = replacement(kept, new_uids)
            if action is not Action.KEPT:
                set_value(kept.dataset, kept.tag, kept.vr, value)
                yield index, action

    def refuse_bytes(self) -> None:
        """Look for removed values in elements that are not text: a lookup table, a waveform, a list of numbers.

        Raises
        ------
        DeidentificationError
            If one is found: removing it would change the meaning of the bytes.
        """

        def repeats(value: bytes) -> bool:
            return self._words.are_in_bytes(byte_readings(value))

        looked_at = [(name, value[:_LOOKED_AT_BYTES]) for name, value in self._bytes]
        if not repeats(_APART.join(value for _, value in looked_at)):  # thousands of numbers in one search
            return
        for name, value in looked_at:
            if repeats(value):
                raise DeidentificationError(
                    "instance",
                    f"the bytes of {name} repeat a value that was taken away",
                    "erase that element first, or leave the instance out",
                )


def _are_its_numbers(tag: int, vr: str, element: DataElement | RawDataElement) -> bool:
    """Return whether a value has no truncated number, and no more numbers than the attribute's VM allows."""
    size = _NUMBER_BYTES.get(vr)
    if size is None or element.value is None:
        return True  # an age, a time: those are checked elsewhere
    try:
        most = dictionary_VM(tag).rpartition("-")[2]
    except KeyError:
        most = "n"
    if isinstance(element.value, bytes):
        count, cut = divmod(len(element.value), size)
    else:
        count, cut = len(parts_of(element)), 0  # pydicom has converted them to numbers
    return not cut and (not most.isdigit() or count <= int(most))
