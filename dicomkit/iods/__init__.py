"""What the Standard asks of an instance: modules, attribute types and conditions of its IOD."""

from __future__ import annotations

from dicomkit.iods.roles import (
    SOP_CLASSES,
    AttributeRole,
    Flaw,
    attribute_roles,
    flaws,
    instance_flaws,
    item_roles,
)

__all__ = ["SOP_CLASSES", "AttributeRole", "Flaw", "attribute_roles", "flaws", "instance_flaws", "item_roles"]
