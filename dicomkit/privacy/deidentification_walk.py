"""Walk through a data set and all its sequences, and apply the rule of each element."""

from __future__ import annotations

from collections.abc import Callable, Collection, Sequence
from typing import NamedTuple

from pydicom.dataset import Dataset
from pydicom.sequence import Sequence as Items

from dicomkit.errors import DeidentificationError
from dicomkit.files.dictionary import dictionary_entry, is_private, is_private_creator
from dicomkit.files.encoding import BYTES_VRS
from dicomkit.files.registered_names import registered_name
from dicomkit.files.tokens import PIXEL_DATA, tag_text
from dicomkit.privacy.deidentification_key import DeidentificationKey
from dicomkit.privacy.dummy_values import capped_age, dummy
from dicomkit.privacy.element_rules import FREE_TEXT_VRS, PrivateBlocks, Rule, rule_for, vr_of
from dicomkit.privacy.element_values import (
    VALID,
    bytes_of,
    character_sets_of,
    parts_of,
    readings_of,
    set_value,
    text_of,
)
from dicomkit.privacy.kept_texts import KeptText, may_be_empty, replacement
from dicomkit.privacy.kept_values import IDENTIFYING, KeptValues
from dicomkit.privacy.pixel_bytes import (
    EXTENDED_OFFSETS,
    clean_pixels,
    has_true_extended_offsets,
)
from dicomkit.privacy.profile_actions import Action
from dicomkit.privacy.shifted_dates import is_time_of_day, shifted_date, shifted_date_time
from dicomkit.privacy.streams import blank_icc_profile

__all__ = ["Change", "Walk"]

_ICC_PROFILE = 0x00282000


class Change(NamedTuple):
    """What was done to one element, without its value.

    ``path`` has the form that `dicomkit.files.modify` takes, with items counted from 0; ``name`` is the keyword.
    """

    path: str
    name: str
    action: Action
    reason: str


class Walk:
    """De-identify one data set in place, and record the changes.

    `person` is a text that identifies the patient; the blocks of the private creators in `keep_private` stay.
    """

    def __init__(self, key: DeidentificationKey, *, person: str, keep_private: Collection[str]) -> None:
        self.changes: list[Change] = []
        self._key = key
        self._pseudonym = key.pseudonym(person)
        self._days = key.shift_days(person)
        self._keep_private = keep_private
        self.kept = KeptValues()

    def data_set(
        self,
        dataset: Dataset,
        path: str = "",
        *,
        only_dummies: bool = False,
        character_sets: Sequence[str] = ("",),
    ) -> None:
        """De-identify each element of a data set or item.

        Parameters
        ----------
        dataset
            The data set or item; it is changed.
        path
            The path of the item, with a full stop at its end.
        only_dummies
            Whether the sequence around it is to be replaced, so that no value in it stays.
        character_sets
            Character sets of the data set around it, which an item inherits unless it has its own.
        """
        character_sets = character_sets_of(dataset, character_sets)
        blocks = PrivateBlocks(self._keep_private)
        for tag in sorted(dataset.keys()):
            raw = dataset.get_item(tag)
            if is_private_creator(tag):
                blocks.reserve(tag, bytes_of(raw).decode("ascii", "replace").strip(" \0"))
            vr = vr_of(tag, raw.VR, blocks.creator_of(tag))
            rule = rule_for(tag, vr, blocks, is_in_item=bool(path))
            if only_dummies and rule.action is Action.KEPT:
                rule = Rule(Action.REPLACED, "its sequence is replaced")
            self._treat(dataset, tag, vr, rule, path, character_sets)

    def empty_repeated_names(self) -> None:
        """Empty each kept text that repeats a name, number or UID that was removed elsewhere."""
        for index, action in self.kept.emptied(self._mapped):
            self.changes[index] = self.changes[index]._replace(
                action=action, reason="repeats a value that was taken away"
            )

    def record_added(self, tag: int) -> None:
        """Record that an element was added to the result, or replaced one."""
        path = tag_text(tag)
        before = len(self.changes)
        self.changes = [change for change in self.changes if change.path.partition("[")[0] != path]
        action = Action.ADDED if len(self.changes) == before else Action.REPLACED
        self._record(tag, "", Rule(action, "what was done is said in the file"))

    def _treat(
        self, dataset: Dataset, tag: int, vr: str, rule: Rule, path: str, character_sets: Sequence[str]
    ) -> None:
        raw = dataset.get_item(tag)
        # Pixels are not decoded as text: that would take longer than everything else.
        is_text = vr != "SQ" and (vr not in BYTES_VRS or tag in IDENTIFYING)
        readings = readings_of(raw, vr, character_sets) if is_text else ("",)
        if rule.action not in {Action.KEPT, Action.CLEANED}:
            for reading in readings:
                self.kept.remember(tag, vr, reading)
        self._record(tag, path, rule)
        index = len(self.changes) - 1
        try:
            done = self._apply(dataset, tag, vr, rule, path, character_sets)
        except DeidentificationError:
            raise
        except (ValueError, TypeError, KeyError, AttributeError, OverflowError, NotImplementedError, OSError):
            # pydicom cannot convert the value, so its content is unknown.
            del dataset[tag]
            del self.changes[index + 1 :]
            done = Rule(Action.REMOVED, "its value cannot be read")
        self.changes[index] = self.changes[index]._replace(action=done.action, reason=done.reason)
        if done.action is not Action.KEPT:
            return
        name = self.changes[index].name or tag_text(tag)
        self.kept.add(index, KeptText(dataset, tag, vr, path, readings), name, raw)

    def _apply(
        self, dataset: Dataset, tag: int, vr: str, rule: Rule, path: str, character_sets: Sequence[str]
    ) -> Rule:
        if rule.action is Action.REMOVED:
            del dataset[tag]
        elif vr == "SQ":
            return self._sequence(dataset, tag, rule, path, character_sets)
        elif rule.action is Action.EMPTIED:
            set_value(dataset, tag, vr, None)
        elif rule.action is Action.NEW_UID or (rule.action is Action.REPLACED and vr == "UI"):
            self._new_uids(dataset, tag)
        elif rule.action is Action.REPLACED:
            is_pseudonym = rule.reason == "pseudonym" and vr in FREE_TEXT_VRS
            set_value(dataset, tag, vr, self._pseudonym if is_pseudonym else dummy(vr))
        elif rule.action is Action.SHIFTED:
            return self._shifted(dataset, tag, vr, rule)
        elif vr in VALID and not all(map(VALID[vr], parts_of(dataset.get_item(tag)))):
            return self._without_invalid_value(dataset, tag, vr, path)
        elif rule.action is Action.CLEANED:
            set_value(dataset, tag, vr, capped_age(text_of(dataset.get_item(tag))))
        else:
            return _without_text_between_numbers(dataset, tag, rule)
        return rule

    def _without_invalid_value(self, dataset: Dataset, tag: int, vr: str, path: str) -> Rule:
        """Remove an invalid number, or replace an invalid UID: it may be any text."""
        if vr == "UI":
            self._new_uids(dataset, tag)
            return Rule(Action.NEW_UID, "no valid UI")
        value, action = replacement(KeptText(dataset, tag, vr, path, ("",)), self._mapped)
        set_value(dataset, tag, vr, value)
        return Rule(action, f"no valid {vr}")

    def _sequence(
        self, dataset: Dataset, tag: int, rule: Rule, path: str, character_sets: Sequence[str]
    ) -> Rule:
        element = dataset[tag]
        if rule.action is Action.EMPTIED or not isinstance(element.value, Items):
            if may_be_empty(dataset, tag, path):
                set_value(dataset, tag, "SQ", [])
                return Rule(Action.EMPTIED, rule.reason)
            del dataset[tag]
            return Rule(Action.REMOVED, f"{rule.reason}; without items it must not be there")
        for index, item in enumerate(element.value):
            where = f"{path}{tag_text(tag)}[{index}]."
            self.data_set(
                item, where, only_dummies=rule.action is Action.REPLACED, character_sets=character_sets
            )
        return rule if rule.action is Action.REPLACED else Rule(Action.CLEANED, "its items were")

    def _new_uids(self, dataset: Dataset, tag: int) -> None:
        set_value(dataset, tag, "UI", self._mapped(text_of(dataset.get_item(tag))))

    def _mapped(self, text: str) -> list[str]:
        uids = [part.strip(" \0") for part in text.split("\\")]
        # Registered UIDs identify nobody: SOP classes, well-known frames of reference (PS3.6 annex A).
        return [uid if not uid or registered_name(uid) else self._key.new_uid(uid) for uid in uids]

    def _shifted(self, dataset: Dataset, tag: int, vr: str, rule: Rule) -> Rule:
        text = text_of(dataset.get_item(tag))
        if not text.strip(" \0\\"):
            return Rule(Action.KEPT, "it is empty")
        move: dict[str, Callable[[str], str | None]] = {
            "DA": lambda part: shifted_date(part, self._days),
            "DT": lambda part: shifted_date_time(part, self._days),
            "TM": lambda part: part.strip(" \0") if is_time_of_day(part) else None,
        }
        moved = [move[vr](part) for part in text.split("\\")]
        if None in moved:
            set_value(dataset, tag, vr, dummy(vr))
            return Rule(Action.REPLACED, f"no valid {vr}")
        if vr == "TM":
            return Rule(Action.KEPT, "a time of day; dates move by whole days")
        set_value(dataset, tag, vr, moved)
        return rule

    def _record(self, tag: int, path: str, rule: Rule) -> None:
        entry = None if is_private(tag) else dictionary_entry(tag)
        self.changes.append(Change(f"{path}{tag_text(tag)}", entry.keyword if entry else "", *rule))


def _without_text_between_numbers(dataset: Dataset, tag: int, rule: Rule) -> Rule:
    """Blank the texts inside a kept element of bytes, such as an ICC profile or Pixel Data."""
    if tag == PIXEL_DATA:
        reason = clean_pixels(dataset)
        return Rule(Action.CLEANED, reason) if reason else rule
    if tag in EXTENDED_OFFSETS and not has_true_extended_offsets(dataset):
        del dataset[tag]
        return Rule(Action.REMOVED, "it does not lead to the fragments")
    if tag == _ICC_PROFILE:
        value = dataset[tag].value
        blank = blank_icc_profile(value) if isinstance(value, bytes) else value
        if blank != value:
            dataset[tag].value = blank
            return Rule(Action.CLEANED, "the texts of the profile are blank")
    return rule
