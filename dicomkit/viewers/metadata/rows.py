"""What the metadata viewer shows of an instance, with what may identify somebody covered up."""

from __future__ import annotations

import functools
from collections.abc import Iterable, Mapping
from typing import Any, NamedTuple

from pydicom.datadict import tag_for_keyword

from dicomkit.files.dictionary import dictionary_entry, is_private, is_private_creator
from dicomkit.files.registered_names import registered_name
from dicomkit.files.tags import SOP_CLASS_UID
from dicomkit.files.tokens import tag_text
from dicomkit.index.element_rows import ElementRow, InstanceRows
from dicomkit.iods.roles import AttributeRole, Flaw, attribute_roles, instance_flaws, item_roles
from dicomkit.privacy import MASKED, is_confidential
from dicomkit.text import escape_terminal

__all__ = ["Creators", "ShownElement", "ShownInstance", "shown_elements", "shown_instance"]

_ELEMENTS = frozenset({"element", "sequence", "pixel sequence"})
_NO_ROLE = AttributeRole("", "", is_mandatory=False)


class ShownElement(NamedTuple):
    """What may be shown of an element: its tag, the first columns of its row, and what it is aligned by if not by its path.

    The columns are: path, depth, kind, tag, name, VR, VM, length, value, private creator, whether it is in PS3.15
    Table E.1-1, whether its value is covered, the element as a pydicom expression.
    """

    tag: int
    columns: list[Any]
    aligned: str


class ShownInstance(NamedTuple):
    """The rows of one instance as they may be shown, and what stopped the reading."""

    rows: list[list[Any]]
    problem: str


class Creators:
    """The numbers of private creators, in the order in which they are met.

    A creator may reserve another block in each instance; its number, unlike its name, tells nothing about anybody.
    """

    def __init__(self) -> None:
        self._numbers: dict[str, int] = {}

    def number(self, creator: str) -> int:
        """Return the number of a creator, which stays the same."""
        return self._numbers.setdefault(creator, len(self._numbers))


class _Alignment:
    """What an element is aligned by: its path, in which a private block is named by its creator's number.

    Where another instance has the same creator in another block, ``(0019,1002)`` and ``(0019,1102)`` are both
    ``(0019,p000,02)`` (PS3.5 section 7.8.1).
    """

    def __init__(self, creators: Creators) -> None:
        self._creators = creators
        self._containers: dict[str, str] = {}

    def of(self, row: ElementRow) -> str:
        """Return it for the next row of an instance, or an empty text if it is the path."""
        if not self._containers and not is_private(row.tag):
            return ""
        around, mark, own = row.path.rpartition("[" if row.path.endswith("]") else ".")
        if mark != "[" and row.creator:
            own = f"({row.tag >> 16:04x},p{self._creators.number(row.creator):03},{row.tag & 0xFF:02x})"
        elif mark != "[" and is_private_creator(row.tag):
            own = f"({row.tag >> 16:04x},p{self._creators.number(row.value.strip()):03})"
        aligned = f"{self._containers.get(around, around)}{mark}{own}"
        if aligned == row.path:
            return ""
        if row.kind != "element":
            self._containers[row.path] = aligned
        return aligned


def shown_instance(found: InstanceRows, elements: Iterable[ShownElement]) -> ShownInstance:
    """Return all elements of an instance, and a row for each that is missing.

    Each row is a list: the columns of `ShownElement`, its module, its type, what is wrong with it (it is missing,
    or empty), on what condition its type depends, and what it is aligned by if not by its path.

    Parameters
    ----------
    found
        What is in it.
    elements
        The same, as it may be shown.
    """
    flaws = {(flaw.item, flaw.tag): flaw for flaw in instance_flaws(found)}
    roles = _Roles(found, flaws)
    rows = [[*columns, *roles.of(tag, columns), aligned] for tag, columns, aligned in elements]
    missing: dict[str, list[Flaw]] = {}
    for flaw in flaws.values():
        if flaw.problem == "missing":
            missing.setdefault(flaw.item, []).append(flaw)
    return ShownInstance(_with_missing(rows, missing) if missing else rows, escape_terminal(found.problem))


class _Roles:
    """What attributes are to an instance, and to the items of its sequences, and what is wrong with them."""

    def __init__(self, found: InstanceRows, flaws: Mapping[tuple[str, int], Flaw]) -> None:
        self._flaws = flaws
        self._in_item = {"": attribute_roles(_sop_class_uid(found))}  # outside of all, and in items
        self._sequences = {row.path: row.name for row in found.rows if row.kind == "sequence"}

    def of(self, tag: int, columns: list[Any]) -> tuple[str, str, str, str]:
        """Return module, type, flaw and condition of a row; an item and a fragment have none."""
        if columns[2] not in _ELEMENTS:
            return "", "", "", ""
        item = columns[0].rpartition(".")[0]
        if item not in self._in_item:
            self._in_item[item] = item_roles(self._sequences.get(item.rpartition("[")[0], ""))
        role = self._in_item[item].get(tag, _NO_ROLE)
        flaw = self._flaws.get((item, tag)) if self._flaws else None
        return role.module, role.type, flaw.problem if flaw else "", role.condition


def _sop_class_uid(found: InstanceRows) -> str:
    return next((row.value for row in found.rows if row.tag == SOP_CLASS_UID and not row.depth), "")


def _with_missing(rows: list[list[Any]], missing: Mapping[str, list[Flaw]]) -> list[list[Any]]:
    """Put a row for each missing attribute where the attribute would stand, outside and in items."""
    merged: list[list[Any]] = []
    waiting = [list(missing.get("", ()))]  # outside of all, and in each item that is open
    for row in rows:
        level = (row[1] + 1) // 2  # 0 outside; an item closes those beside it and opens its own
        is_item = row[2] == "item"
        while len(waiting) > level + (not is_item):
            merged.extend(map(_missing_row, waiting.pop()))
        # Tags are written in hexadecimal of one length, so their texts sort as they do.
        while not is_item and row[2] in _ELEMENTS and waiting[-1] and tag_text(waiting[-1][0].tag) < row[3]:
            merged.append(_missing_row(waiting[-1].pop(0)))
        merged.append(row)
        if is_item:
            waiting.append(list(missing.get(row[0], ())))
    while waiting:
        merged.extend(map(_missing_row, waiting.pop()))
    return merged


def _missing_row(flaw: Flaw) -> list[Any]:
    entry = dictionary_entry(flaw.tag)
    tag = tag_text(flaw.tag)
    name, vr = (entry.keyword, entry.vr) if entry else ("", "")
    path = f"{flaw.item}.{tag}" if flaw.item else tag
    place = [path, 2 * flaw.item.count("["), "missing", tag, name, vr, 0, 0, "", ""]
    role = [flaw.role.module, flaw.role.type, flaw.problem, flaw.role.condition]
    return [*place, is_confidential(flaw.tag), False, _expression(path), *role, ""]


def shown_elements(found: InstanceRows, *, is_masked: bool, creators: Creators) -> list[ShownElement]:
    """Return what may be shown of each element, item and fragment; if `is_masked`, what may identify somebody is covered."""
    alignment = _Alignment(creators)
    shown = []
    covered_from: int | None = None  # the depth of a confidential sequence: all below is confidential
    for row in found.rows:
        path, depth, kind, tag, name, vr, vm, length, text, creator = row
        if covered_from is not None and depth <= covered_from:
            covered_from = None
        is_secret = covered_from is not None or (kind in _ELEMENTS and is_confidential(tag))
        if is_secret and covered_from is None and kind == "sequence":
            covered_from = depth
        is_covered = is_masked and is_secret and bool(text)
        value = MASKED if is_covered else _value(vr, text) if text else ""
        if creator:
            name, creator = escape_terminal(name), MASKED if is_masked else escape_terminal(creator)
        written = "ds.PixelData" if kind in {"fragment", "offset table"} else _expression(path)
        columns = [path, depth, kind, tag_text(tag), name, escape_terminal(vr), vm, length, value, creator]
        shown.append(ShownElement(tag, [*columns, is_secret, is_covered, written], alignment.of(row)))
    return shown


def _value(vr: str, text: str) -> str:
    if vr == "UI":
        names = [name for uid in text.split("\\") if (name := registered_name(uid))]
        return escape_terminal(f"{text} = {', '.join(names)}" if names else text)
    return escape_terminal(text)


def _expression(path: str) -> str:
    """Return the element as one writes it with pydicom, for example ``ds.PatientName``."""
    around, _, own = path.rpartition(".")
    tag, bracket, index = own.partition("[")
    return f"{_container_expression(around, path[:6])}{_attribute(tag)}{bracket}{index}"


@functools.lru_cache(maxsize=64)  # what is in one item stands together
def _container_expression(path: str, start: str) -> str:
    if path:
        return _expression(path)
    return "ds.file_meta" if start == "(0002," else "ds"


@functools.lru_cache(maxsize=16_384)
def _attribute(tag: str) -> str:
    """Return how pydicom reaches a tag: by keyword, or by number where no keyword means just this tag."""
    number = int(tag[1:5] + tag[6:10], 16)
    entry = dictionary_entry(number)
    if entry is not None and entry.keyword and tag_for_keyword(entry.keyword) == number:
        return f".{entry.keyword}"
    return f"[0x{tag[1:5]}, 0x{tag[6:10]}].value"
