"""What the metadata viewer shows of an instance and of a series, with what may identify somebody covered up."""

from __future__ import annotations

import functools
from collections.abc import Iterator, Mapping, Sequence
from typing import Any, NamedTuple

from pydicom.datadict import tag_for_keyword

from dicomkit.errors import DicomKitError
from dicomkit.files.dictionary import dictionary_entry, is_private_creator
from dicomkit.files.tokens import tag_text
from dicomkit.index.element_rows import ElementRow, InstanceRows, instance_rows
from dicomkit.index.indexing import IndexRow
from dicomkit.iods.roles import AttributeRole, Flaw, attribute_roles, instance_flaws, item_roles
from dicomkit.privacy import MASKED, is_confidential
from dicomkit.text import escape_terminal
from dicomkit.uids import name_of

__all__ = ["Creators", "ShownInstance", "attribute_values", "shown_instance"]

_SOP_CLASS_UID = 0x00080016
_PIXEL_GROUP = 0x7FE0
_ELEMENTS = frozenset({"element", "sequence", "pixel sequence"})
_NO_ROLE = AttributeRole("", "", is_mandatory=False)


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
        """Return it for the next row of an instance."""
        around, mark, own = row.path.rpartition("[" if row.path.endswith("]") else ".")
        if mark != "[" and row.creator:
            own = f"({row.tag >> 16:04x},p{self._creators.number(row.creator):03},{row.tag & 0xFF:02x})"
        elif mark != "[" and is_private_creator(row.tag):
            own = f"({row.tag >> 16:04x},p{self._creators.number(row.value.strip()):03})"
        aligned = f"{self._containers.get(around, around)}{mark}{own}"
        if row.kind != "element":
            self._containers[row.path] = aligned
        return aligned


def shown_instance(row: IndexRow, *, is_masked: bool, creators: Creators) -> ShownInstance:
    """Return all elements of an instance, read anew and in full, and a row for each that is missing.

    Each row is a list: path, depth, kind, tag, name, VR, VM, length, value, private creator, whether it is
    in PS3.15 table E.1-1, whether its value is covered, the element as a pydicom expression, its module,
    its type, what is wrong with it (it is missing, or empty), on what condition its type depends, and what it is
    aligned by if not by its path.

    Raises
    ------
    DicomKitError
        If it cannot be read any more.
    """
    found = instance_rows(row.entry.read_content(), given="instance")
    flaws = {(flaw.item, flaw.tag): flaw for flaw in instance_flaws(found)}
    roles_in = _RolesIn(found)
    rows = [
        [*shown, *_role(tag, shown, roles_in, flaws), aligned]
        for tag, shown, aligned in _shown_rows(found, is_masked=is_masked, creators=creators)
    ]
    missing: dict[str, list[Flaw]] = {}
    for flaw in flaws.values():
        if flaw.problem == "missing":
            missing.setdefault(flaw.item, []).append(flaw)
    return ShownInstance(_with_missing(rows, missing), escape_terminal(found.problem))


class _RolesIn:
    """What attributes are to an instance, and to the items of its sequences."""

    def __init__(self, found: InstanceRows) -> None:
        self._outside = attribute_roles(_sop_class_uid(found))
        self._sequences = {row.path: row.name for row in found.rows if row.kind == "sequence"}

    def role(self, tag: int, item: str) -> AttributeRole:
        """Return what a tag is in an item, or outside of all if that is empty."""
        name = self._sequences.get(item.rpartition("[")[0], "")
        return (item_roles(name) if item else self._outside).get(tag, _NO_ROLE)


def _sop_class_uid(found: InstanceRows) -> str:
    return next((row.value for row in found.rows if row.tag == _SOP_CLASS_UID and not row.depth), "")


def _role(
    tag: int, shown: list[Any], roles_in: _RolesIn, flaws: Mapping[tuple[str, int], Flaw]
) -> tuple[str, str, str, str]:
    """Return module, type, flaw and condition of a row; an item and a fragment have none."""
    if shown[2] not in _ELEMENTS:
        return "", "", "", ""
    item = shown[0].rpartition(".")[0]
    role = roles_in.role(tag, item)
    flaw = flaws.get((item, tag))
    return role.module, role.type, flaw.problem if flaw else "", role.condition


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


def _shown_rows(
    found: InstanceRows, *, is_masked: bool, creators: Creators
) -> Iterator[tuple[int, list[Any], str]]:
    alignment = _Alignment(creators)
    covered_from: int | None = None  # the depth of a confidential sequence: all below is confidential
    for row in found.rows:
        if covered_from is not None and row.depth <= covered_from:
            covered_from = None
        is_secret = covered_from is not None or (row.kind in _ELEMENTS and is_confidential(row.tag))
        if is_secret and covered_from is None and row.kind == "sequence":
            covered_from = row.depth
        is_covered = is_masked and is_secret and bool(row.value)
        value = MASKED if is_covered else _value(row)
        creator = MASKED if is_masked and row.creator else escape_terminal(row.creator)
        yield (
            row.tag,
            [
                *(row.path, row.depth, row.kind, tag_text(row.tag), escape_terminal(row.name)),
                *(escape_terminal(row.vr), row.vm, row.length, value, creator),
                *(is_secret, is_covered),
                "ds.PixelData" if row.kind in {"fragment", "offset table"} else _expression(row.path),
            ],
            "" if (aligned := alignment.of(row)) == row.path else aligned,
        )


def _value(row: ElementRow) -> str:
    if row.vr == "UI":
        names = [name for uid in row.value.split("\\") if (name := name_of(uid)) != uid]
        return escape_terminal(f"{row.value} = {', '.join(names)}" if names else row.value)
    return escape_terminal(row.value)


def _expression(path: str) -> str:
    """Return the element as one writes it with pydicom, for example ``ds.PatientName``."""
    text = "ds.file_meta" if path.startswith("(0002,") else "ds"
    for step in path.split("."):
        tag, bracket, index = step.partition("[")
        text += _attribute(tag) + bracket + index
    return text


@functools.lru_cache(maxsize=16_384)
def _attribute(tag: str) -> str:
    """Return how pydicom reaches a tag: by keyword, or by number where no keyword means just this tag."""
    number = int(tag[1:5] + tag[6:10], 16)
    entry = dictionary_entry(number)
    if entry is not None and entry.keyword and tag_for_keyword(entry.keyword) == number:
        return f".{entry.keyword}"
    return f"[0x{tag[1:5]}, 0x{tag[6:10]}].value"


def attribute_values(
    rows: Sequence[IndexRow], *, masks: Sequence[bool], creators: Creators
) -> dict[str, Any]:
    """Return the values that each attribute has in some instances, so that they can be compared and counted.

    Parameters
    ----------
    rows, masks
        The instances, and for each whether it is masked.
    creators
        The numbers of private creators in this viewer.

    Returns
    -------
    dict
        ``attributes``: path, tag, name and VR; the different values; for each instance the place of its value
        among these, or -1 where the attribute is absent; and what it is aligned by. ``unread``: the places of
        the instances that could not be read.
    """
    names: dict[str, list[str]] = {}
    values: dict[str, dict[str, int]] = {}
    places: dict[str, list[int]] = {}
    unread = []
    for number, (row, is_masked) in enumerate(zip(rows, masks, strict=True)):
        try:
            found = instance_rows(row.entry.read_content(), given="instance")
        except DicomKitError:
            unread.append(number)
            continue
        shown_rows = _shown_rows(found, is_masked=is_masked, creators=creators)
        for tag, (path, _, kind, text, name, vr, _, _, value, *_), aligned in shown_rows:
            if kind != "element" or tag >> 16 == _PIXEL_GROUP:
                continue
            key = aligned or path
            names.setdefault(key, [path, text, name, vr])
            known = values.setdefault(key, {})
            of = places.setdefault(key, [-1] * len(rows))
            of[number] = known.setdefault(value, len(known))
    table = [[*names[key], list(values[key]), places[key], key] for key in sorted(values)]
    return {"attributes": table, "unread": unread}
