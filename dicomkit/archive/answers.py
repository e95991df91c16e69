"""The answer for an entity that matches: its return keys, in one character set.

References
----------
PS3.4 section C.4.1.1.3.2, Response Identifier Structure.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from typing import Protocol

from dicomkit.archive.elements import Element, Item, raw_in
from dicomkit.archive.query import CHARACTER_SET, Condition
from dicomkit.archive.values import decoded, is_plain, padded, texts
from dicomkit.files.character_sets import has_unknown_term
from dicomkit.files.encoding import CHARACTER_SET_VRS

__all__ = ["Record", "fulfils", "with_one_character_set"]

_UTF_8 = b"ISO_IR 192"
_MAX_REMEMBERED_VALUES = 10_000


class Record(Protocol):
    """A source of attributes: an entity of the catalogue, an entry of a worklist, or an item."""

    def element(self, tag: int) -> tuple[Element | None, bytes]:
        """Return an attribute, or None, and its Specific Character Set."""


class ItemRecord:
    """A data set or an item; `terms` is the Specific Character Set in force, unless it has its own."""

    def __init__(self, item: Item, terms: bytes = b"") -> None:
        self._item = item
        self._terms = raw_in(item, CHARACTER_SET, terms)

    def element(self, tag: int) -> tuple[Element | None, bytes]:
        """Return an attribute and its Specific Character Set."""
        return self._item.get(tag), self._terms


def fulfils(record: Record, conditions: Sequence[Condition]) -> bool:
    """Return whether an entity matches all conditions."""
    return all(_fulfils_one(record, condition) for condition in conditions)


def _fulfils_one(record: Record, condition: Condition) -> bool:
    element, terms = record.element(condition.tag)
    if condition.items:
        return any(fulfils(ItemRecord(item, terms), condition.items) for item in _items_of(element))
    if condition.matches is None:
        return True
    if element is None or not isinstance(element.value, bytes):
        return condition.matches(())
    known = condition.seen.get((element.value, terms))
    if known is None:
        known = condition.matches(texts(condition.vr, element.value, terms))
        if len(condition.seen) < _MAX_REMEMBERED_VALUES:
            condition.seen[element.value, terms] = known
    return known


def asked_elements(record: Record, keys: Sequence[Condition]) -> dict[int, tuple[Element, bytes]]:
    """Return the value of each key, empty if there is none, with its Specific Character Set."""
    found: dict[int, tuple[Element, bytes]] = {}
    for key in keys:
        element, terms = record.element(key.tag)
        if key.vr == "SQ":
            element = Element("SQ", tuple(_asked_items(element, key, terms)))
        elif element is None:
            element = Element(key.vr, b"")
        found[key.tag] = element, terms
    return found


def _asked_items(element: Element | None, key: Condition, terms: bytes) -> Iterator[Item]:
    """Yield the matching items, each with its return keys, or all elements if there are none."""
    for item in _items_of(element):
        record = ItemRecord(item, terms)
        if not fulfils(record, key.items):
            continue
        if key.item_keys:
            yield {tag: one for tag, (one, _) in asked_elements(record, key.item_keys).items()}
        else:
            yield item


def _items_of(element: Element | None) -> tuple[Item, ...]:
    return element.value if element is not None and isinstance(element.value, tuple) else ()


def with_one_character_set(found: Mapping[int, tuple[Element, bytes]]) -> Item:
    """Return an answer with all texts in one character set, which it names.

    Values are kept if all are ASCII or in one character set of the Standard; otherwise they are converted to UTF-8.
    """
    sets = {terms for element, terms in found.values() if not _is_plain(element)}
    item = {tag: element for tag, (element, _) in found.items()}
    if not sets:
        return item
    if len(sets) == 1 and (terms := sets.pop()).strip(b" \0") and not has_unknown_term(terms):
        item[CHARACTER_SET] = Element("CS", terms)
        return item
    item = {tag: _in_utf_8(element, terms) for tag, (element, terms) in found.items()}
    item[CHARACTER_SET] = Element("CS", _UTF_8)
    return item


def _is_plain(element: Element) -> bool:
    if isinstance(element.value, bytes):
        return element.vr not in CHARACTER_SET_VRS or is_plain(element.value)
    return all(_is_plain(inner) for item in element.value for inner in item.values())


def _in_utf_8(element: Element, terms: bytes) -> Element:
    if not isinstance(element.value, bytes):
        items = ({tag: _in_utf_8(one, terms) for tag, one in item.items()} for item in element.value)
        return Element("SQ", tuple(items))
    if element.vr not in CHARACTER_SET_VRS or is_plain(element.value):
        return element
    return Element(element.vr, padded(decoded(element.vr, element.value, terms), element.vr))
