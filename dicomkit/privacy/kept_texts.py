"""The replacement of a kept text that repeats a name, so that the file stays valid and keeps its meaning.

An attribute of Type 1 must not be empty (PS3.5 section 7.4.1), a sequence of Type 1 or 3 must not be present without
an item, and the meaning of a code follows from the code.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import NamedTuple

from pydicom.dataset import Dataset

from dicomkit.iods import attribute_roles
from dicomkit.privacy.code_meanings import is_term, registered_meaning
from dicomkit.privacy.dummy_values import DUMMY_TEXT, dummy
from dicomkit.privacy.profile_actions import Action

__all__ = ["KeptText", "may_be_empty", "replacement"]

_CODE_MEANING = 0x00080104
_MAY_BE_EMPTY = ("2", "2C")


class KeptText(NamedTuple):
    """A text that was kept, and may still repeat a name: its element, and its data set or item.

    ``path`` is that of the item, "" at the top level. ``readings`` are all of the value, the correct one first.
    """

    dataset: Dataset
    tag: int
    vr: str
    path: str
    readings: tuple[str, ...]

    @property
    def text(self) -> str:
        """Its value, decoded."""
        return self.readings[0]


def replacement(kept: KeptText, new_uids: Callable[[str], list[str]]) -> tuple[object, Action]:
    """Return the replacement of a text that repeats a name or a number, and the action that this is.

    `new_uids` makes new UIDs from old ones.
    """
    if kept.vr == "UI":
        uids = new_uids(kept.text)
        is_same = uids == kept.text.strip("\0 ").split("\\")
        return uids, Action.KEPT if is_same else Action.NEW_UID
    if kept.tag == _CODE_MEANING:
        value, scheme = (
            str(kept.dataset.get(name) or "") for name in ("CodeValue", "CodingSchemeDesignator")
        )
        return registered_meaning(value, scheme) or DUMMY_TEXT, Action.REPLACED
    if kept.vr == "CS":
        return _terms(kept)
    if not kept.path and not _must_have_value(kept.dataset, kept.tag):
        return None, Action.EMPTIED
    return dummy(kept.vr), Action.REPLACED


def _terms(kept: KeptText) -> tuple[object, Action]:
    """Keep the terms of the Standard: they identify nobody, and without them an image cannot be shown."""
    values = kept.text.split("\\")
    told = [value if not value.strip() or is_term(value) else DUMMY_TEXT for value in values]
    if told == values:
        return kept.text, Action.KEPT
    has_terms = any(value != DUMMY_TEXT for value in told)
    if has_terms or kept.path or _must_have_value(kept.dataset, kept.tag):
        return told, Action.REPLACED
    return None, Action.EMPTIED


def may_be_empty(dataset: Dataset, tag: int, path: str) -> bool:
    """Return whether a sequence may stay without an item: only at the top level, with Type 2 in the IOD."""
    return not path and _type_of(dataset, tag) in _MAY_BE_EMPTY


def _must_have_value(dataset: Dataset, tag: int) -> bool:
    return _type_of(dataset, tag) in {"1", "1C"}


def _type_of(dataset: Dataset, tag: int) -> str:
    role = attribute_roles(str(dataset.get("SOPClassUID") or "")).get(tag)
    return role.type if role is not None else ""
