"""What PS3.3 requires of an instance: the modules of its IOD, attribute Types and their conditions."""

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
