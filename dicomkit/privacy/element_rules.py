"""Decide what happens to an element, by its tag, its VR and the table.

The table names attributes. A file may hold more: private blocks, unknown elements, text where a number belongs. So
unknown elements are removed, and a few VRs have a rule of their own.
"""

from __future__ import annotations

import re
from collections.abc import Collection
from typing import NamedTuple

from pydicom.datadict import private_dictionary_VR

from dicomkit.files.dictionary import dictionary_entry, is_private
from dicomkit.files.encoding import ASCII_VRS, CHARACTER_SET_VRS
from dicomkit.files.tokens import PIXEL_TAGS
from dicomkit.privacy.profile_actions import EDITION, Action, profile_actions

__all__ = ["FREE_TEXT_VRS", "TEXT_VRS", "PrivateBlocks", "Rule", "rule_for", "vr_of"]

FREE_TEXT_VRS = CHARACTER_SET_VRS
# VRs whose value may hold letters, including those of bytes, which may hold anything.
TEXT_VRS = FREE_TEXT_VRS | ASCII_VRS | {"UN", "OB"}
_TEMPORAL_VRS = frozenset({"DA", "DT", "TM"})

_PATIENT_NAME, _PATIENT_ID = 0x00100010, 0x00100020
# A date of birth is not a date of the study: the table's options for dates exclude it.
_BIRTH = frozenset({0x00100030, 0x00100032})
# Graphic Annotation, Length to End, MAC Parameters and Encrypted Attributes Sequence.
_NO_LONGER_WANTED = {
    0x00700001: "text and graphics over an image",
    0x00080001: "the length of the file as it was",
    0x4FFE0001: "part of a signature of the original file",
    0x04000500: "the encrypted values of an earlier de-identification",
}
_META_GROUPS = (0x0000, 0x0002, 0x0004)
_CURVES, _OVERLAYS, _REPEATING = 0x5000, 0x6000, 0xFF00
# Words in the keywords of UIDs that identify a kind of object, a code or a program.
_KIND = re.compile(
    "SOPClass|ClassUID|TransferSyntax|CodingSchemeUID|ContextUID|MappingResourceUID|CreatorUID"
)

_TABLE = f"PS3.15 Table E.1-1 ({EDITION})"


class Rule(NamedTuple):
    """What happens to an element, and why, in a few words without its value."""

    action: Action
    reason: str


_VR_RULES = {
    "UI": Rule(Action.NEW_UID, "not in the table, yet a UID"),
    "UR": Rule(Action.EMPTIED, "an address names its owner"),
    "AE": Rule(Action.EMPTIED, "the title of an application names its owner"),
    "PN": Rule(Action.EMPTIED, "a person's name"),
    "AS": Rule(Action.CLEANED, "an age over 89 becomes 90"),
    **dict.fromkeys(_TEMPORAL_VRS, Rule(Action.SHIFTED, "option: modified dates")),
}


class PrivateBlocks:
    """The private blocks of a data set or item that may stay: those of `allowed` creators (PS3.5 section 7.8.1)."""

    def __init__(self, allowed: Collection[str]) -> None:
        self._allowed = frozenset(allowed)
        self._creators: dict[int, str] = {}

    def reserve(self, tag: int, creator: str) -> None:
        """Note that an element (gggg,00xx) reserves a block for `creator`."""
        if creator in self._allowed:
            self._creators[tag >> 16 << 8 | tag & 0xFF] = creator

    def creator_of(self, tag: int) -> str | None:
        """Return the private creator of an element, or that of a block; None unless its block may stay."""
        group = tag >> 16 << 8
        return self._creators.get(group | tag >> 8 & 0xFF) or self._creators.get(group | tag & 0xFFFF)


def vr_of(tag: int, stated: str | None, creator: str | None) -> str:
    """Return the VR of an element: the stated one, which is None in Implicit VR, otherwise the dictionary's.

    `creator` is the private creator of a private element.
    """
    if stated not in {None, "UN"}:
        return str(stated)
    if creator is not None:
        try:
            return str(private_dictionary_VR(tag, creator))
        except KeyError:
            return "LO" if tag & 0xFF00 == 0 else "UN"
    entry = None if is_private(tag) else dictionary_entry(tag)
    return entry.vr.partition(" ")[0] if entry else "UN"


def rule_for(tag: int, vr: str, blocks: PrivateBlocks, *, is_in_item: bool = False) -> Rule:
    """Return what happens to an element with that tag and VR, at the top level or in an item."""
    if is_in_item and tag in PIXEL_TAGS:
        return Rule(Action.REMOVED, "pixels in an item, such as a thumbnail, are not examined")
    if is_private(tag):
        if blocks.creator_of(tag) is None:
            return Rule(Action.REMOVED, "private")
        return _unlisted(tag, vr) or Rule(Action.KEPT, "private, and allowed")
    return _structural(tag, vr) or _listed(tag, vr) or _unlisted(tag, vr) or Rule(Action.KEPT, "")


def _structural(tag: int, vr: str) -> Rule | None:
    """Return the rule for elements that do not belong in a data set, or are unknown."""
    group = tag >> 16
    if group in _META_GROUPS or tag & 0xFFFF == 0:
        return Rule(Action.REMOVED, "no attribute of an instance")
    if group & _REPEATING in {_CURVES, _OVERLAYS}:
        return Rule(Action.REMOVED, "curve or overlay")
    if tag in _NO_LONGER_WANTED:
        return Rule(Action.REMOVED, _NO_LONGER_WANTED[tag])
    entry = dictionary_entry(tag)
    if entry is None:
        return None if tag in profile_actions() else Rule(Action.REMOVED, "unknown to the dictionary")
    known = set(entry.vr.split(" or "))
    if vr in TEXT_VRS and vr not in known and not known & TEXT_VRS:
        return Rule(Action.REMOVED, f"VR {vr} where the dictionary has {entry.vr}")
    return None


def _listed(tag: int, vr: str) -> Rule | None:
    """Return the rule of the table, or of one of its options."""
    if tag in {_PATIENT_NAME, _PATIENT_ID}:
        return Rule(Action.REPLACED, "pseudonym")
    if vr in _TEMPORAL_VRS and tag not in _BIRTH:
        return _VR_RULES[vr]
    action = profile_actions().get(tag)
    if action is Action.NEW_UID and vr not in {"UI", "SQ"}:
        action = Action.EMPTIED
    return Rule(action, _TABLE) if action is not None else None


def _unlisted(tag: int, vr: str) -> Rule | None:
    """Return the rule of the VR for an attribute that is not in the table."""
    entry = dictionary_entry(tag)
    if vr == "UI" and entry is not None and _KIND.search(entry.keyword):
        return None
    return _VR_RULES.get(vr)
