"""What PS3.3 requires of an instance: which module an attribute belongs to, and whether it may be left out.

A SOP class names an Information Object Definition (IOD), an IOD lists modules, and a module lists attributes with
their types. Reported as missing are Type 1 and 2 of mandatory modules, and Type 1C and 2C where the data set itself
answers that the condition holds.
"""

from __future__ import annotations

import functools
from collections.abc import Iterator, Mapping
from typing import NamedTuple

from dicomkit.files.dictionary import tag_for_keyword
from dicomkit.files.tags import SOP_CLASS_UID
from dicomkit.index.element_rows import InstanceRows
from dicomkit.iods.conditions import condition_of, holds
from dicomkit.iods.tables import FILE_META, Attributes, macro_of, modules, modules_of, sop_classes

__all__ = ["SOP_CLASSES", "AttributeRole", "Flaw", "attribute_roles", "flaws", "instance_flaws", "item_roles"]

_FILE_META_GROUP = 0x0002
_LAST_TAG = 0xFFFFFFFF
SOP_CLASSES = sop_classes()


class AttributeRole(NamedTuple):
    """The role of an attribute in an IOD: its module, its Type, and whether it must be present.

    Parameters
    ----------
    module
        The module that it belongs to, for example ``General Series``.
    type
        ``1``, ``1C``, ``2``, ``2C`` or ``3``.
    is_mandatory
        Whether the IOD's usage of the module is M (mandatory).
    condition
        When an attribute of Type 1C or 2C must be present, if the data set can answer that; otherwise "".
    """

    module: str
    type: str
    is_mandatory: bool
    condition: str = ""


class Flaw(NamedTuple):
    """An attribute that is missing or empty although its Type forbids that; ``item`` is the path of its item, or ""."""

    tag: int
    role: AttributeRole
    problem: str
    item: str = ""


@functools.lru_cache(maxsize=64)
def attribute_roles(sop_class_uid: str) -> Mapping[int, AttributeRole]:
    """Return the role of each attribute of an IOD, by tag; for an unknown IOD, of group 0002 alone.

    Parameters
    ----------
    sop_class_uid
        The SOP class. Those in `SOP_CLASSES` are known.

    References
    ----------
    PS3.3 annex A, Composite Information Object Definitions.

    Examples
    --------
    >>> attribute_roles("1.2.840.10008.5.1.4.1.1.2")[0x00280030]
    AttributeRole(module='Image Plane', type='1', is_mandatory=True, condition='')
    """
    roles = dict(_roles("File Meta Information", FILE_META, is_mandatory=True))
    mandatory, others = modules_of(sop_class_uid)
    # Optional modules come first, so that a mandatory one replaces the role that they gave an attribute.
    for names, is_mandatory in ((others, False), (mandatory, True)):
        for name in names:
            roles |= _roles(name, modules()[name], is_mandatory=is_mandatory)
    return roles


def _roles(module: str, attributes: Attributes, *, is_mandatory: bool) -> Iterator[tuple[int, AttributeRole]]:
    for kind, keywords in attributes.items():
        for keyword in keywords:
            condition = condition_of(module, keyword) if kind.endswith("C") else ""
            yield tag_for_keyword(keyword) or 0, AttributeRole(module, kind, is_mandatory, condition)


@functools.lru_cache(maxsize=1024)
def item_roles(sequence_keyword: str) -> Mapping[int, AttributeRole]:
    """Return the role of each attribute in an item of a sequence, by tag; only codes and references are known.

    Parameters
    ----------
    sequence_keyword
        For example ``ProcedureCodeSequence``.
    """
    macro, types = macro_of(sequence_keyword)
    return {
        tag_for_keyword(keyword) or 0: AttributeRole(
            macro, kind, is_mandatory=True, condition=condition_of(macro, keyword)
        )
        for keyword, kind in types.items()
    }


def flaws(sop_class_uid: str, values: Mapping[int, str], *, up_to: int = _LAST_TAG) -> list[Flaw]:
    """Return the attributes that are missing or empty although their Type forbids that.

    Parameters
    ----------
    sop_class_uid
        The SOP class.
    values
        The text of each value at the top level, by tag; for a sequence any text, or "" if it has no item.
    up_to
        The last tag that could be read, if the file is damaged: what followed it is unknown.

    References
    ----------
    PS3.5 section 7.4, Data Element Type.

    Examples
    --------
    >>> found = flaws("1.2.840.10008.5.1.4.1.1.2", {0x00100010: "", 0x00280010: ""})
    >>> [flaw.problem for flaw in found if flaw.tag in {0x00100010, 0x00100020, 0x00280010, 0x00280011}]
    ['missing', 'empty', 'missing']
    """
    roles = attribute_roles(sop_class_uid)
    asked = {tag: role for tag, role in roles.items() if tag >> 16 != _FILE_META_GROUP and tag <= up_to}
    return list(_flaws(asked, values))


def _flaws(roles: Mapping[int, AttributeRole], values: Mapping[int, str], item: str = "") -> Iterator[Flaw]:
    for tag, role in sorted(roles.items()):
        is_asked_for = role.is_mandatory and role.type in {"1", "2"}
        if values.get(tag, "").strip() or not (is_asked_for or holds(role.condition, values)):
            continue
        if tag not in values:
            yield Flaw(tag, role, "missing", item)
        elif role.type.startswith("1"):
            yield Flaw(tag, role, "empty", item)


def instance_flaws(instance: InstanceRows) -> list[Flaw]:
    """Return what is missing or empty in an instance, as far as it could be read.

    Parameters
    ----------
    instance
        What `instance_rows` returned.
    """
    plain = [row for row in instance.rows if row.depth == 0 and row.tag >> 16 != _FILE_META_GROUP]
    with_items = {row.path.partition("[")[0] for row in instance.rows if row.depth == 1}
    values = {row.tag: row.value or ("items" if row.path in with_items else "") for row in reversed(plain)}
    sop_class_uid = values.get(SOP_CLASS_UID, "")
    last = max(values, default=0) if instance.problem else _LAST_TAG
    found = flaws(sop_class_uid, values, up_to=last)
    return found if instance.problem else [*found, *_item_flaws(instance)]


def _item_flaws(instance: InstanceRows) -> Iterator[Flaw]:
    """Yield what is missing or empty in the items of code sequences and of references."""
    names: dict[str, str] = {}
    items: dict[str, tuple[Mapping[int, AttributeRole], dict[int, str]]] = {}
    for row in instance.rows:
        if row.kind == "sequence":
            names[row.path] = row.name
        if row.kind == "item":
            roles = item_roles(names.get(row.path.rpartition("[")[0], ""))
            if roles:
                items[row.path] = (roles, {})
        elif row.depth and (around := row.path.rpartition(".")[0]) in items:
            items[around][1][row.tag] = row.value
    for path, (roles, values) in items.items():
        yield from _flaws(roles, values, path)
