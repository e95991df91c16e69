"""The actions of PS3.15 Table E.1-1 for each attribute, from the package dicom-anonymizer.

Where the table leaves a choice ("X unless Z is needed by the IOD"), the action that every IOD allows is taken, so that
a valid image stays valid: empty rather than removed, a dummy rather than empty. Sequences are the exception: no dummy
item is valid everywhere, so one that may be removed or replaced is removed.
"""

from __future__ import annotations

import enum
import functools
from collections.abc import Mapping
from types import MappingProxyType

from dicomkit.errors import WorkshopError
from dicomkit.files.dictionary import dictionary_entry

__all__ = ["EDITION", "Action", "profile_actions"]

EDITION = "2026c"


class Action(enum.StrEnum):
    """What happens to an element."""

    REMOVED = "removed"
    EMPTIED = "emptied"
    REPLACED = "replaced"
    NEW_UID = "new UID"
    SHIFTED = "date shifted"
    CLEANED = "cleaned"
    KEPT = "kept"
    ADDED = "added"


# The categories of dicom-anonymizer, named after the codes of the table.
_CATEGORIES = {
    "X_TAGS": Action.REMOVED,
    "Z_TAGS": Action.EMPTIED,
    "X_Z_TAGS": Action.EMPTIED,
    "D_TAGS": Action.REPLACED,
    "Z_D_TAGS": Action.REPLACED,
    "X_D_TAGS": Action.REPLACED,
    "X_Z_D_TAGS": Action.REPLACED,
    "U_TAGS": Action.NEW_UID,
    "X_Z_U_STAR_TAGS": Action.NEW_UID,
}
_MAY_BE_REMOVED = ("X_D_TAGS", "X_Z_D_TAGS")


@functools.cache
def profile_actions() -> Mapping[int, Action]:
    """Return the action for each attribute of the table, by its tag.

    Curves, overlays and private attributes, which are rules for groups, are in `dicomkit.privacy.element_rules`.

    Raises
    ------
    WorkshopError
        If dicom-anonymizer, or this edition of the table, is not installed.

    References
    ----------
    PS3.15 Table E.1-1, Application Level Confidentiality Profile Attributes.
    """
    try:
        from dicomanonymizer.dicomfields_selector import (  # noqa: PLC0415 - an extra, not needed to show files
            dicom_anonymization_database_selector,
        )

        table = dicom_anonymization_database_selector(f"dicomfields_{EDITION}")
    except (ImportError, ValueError) as error:
        raise WorkshopError(
            "de-identification",
            f"the package dicom-anonymizer with the table of {EDITION} is not installed",
            'run: pip install "dicom-anonymizer>=2.1"',
        ) from error
    actions = {
        entry[0] << 16 | entry[1]: action
        for category, action in _CATEGORIES.items()
        for entry in table[category]
        if len(entry) == len(("group", "element"))
    }
    for group, element in (entry for category in _MAY_BE_REMOVED for entry in table[category]):
        known = dictionary_entry(group << 16 | element)
        if known is not None and known.vr == "SQ":
            actions[group << 16 | element] = Action.REMOVED
    return MappingProxyType(actions)
