"""Decide which values are masked where others may see them: on a projector, in a page, in a recording.

Masking is for display. It changes no file and is not de-identification: lengths, counts and pixels stay.
"""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any

from dicomkit.files.dictionary import is_private

__all__ = ["MASKED", "PROFILE_TAGS", "is_confidential", "is_identity_removed", "is_identity_removed_from"]

MASKED = "masked"

_CURVES = 0x5000
_OVERLAYS = 0x6000
_REPEATING = 0xFF00
_OVERLAY_VALUES = {0x3000, 0x4000}  # Overlay Data, Overlay Comments


def _profile_tags() -> Iterator[int]:
    lines = Path(__file__).with_name("profile_attributes.txt").read_text(encoding="ascii").splitlines()
    for line in lines:
        if not line.startswith("#"):
            group, *elements = line.split()
            yield from (int(group + element, 16) for element in elements)


# The attributes of PS3.15 Table E.1-1, edition 2026c, without those that it lists by rules rather than tags.
PROFILE_TAGS = frozenset(_profile_tags())


def is_confidential(tag: int) -> bool:
    """Return whether an attribute may identify somebody: whether it is in PS3.15 Table E.1-1.

    Parameters
    ----------
    tag
        Group and element as one number. Everything inside a confidential sequence is confidential too.

    References
    ----------
    PS3.15 section E.2, Basic Application Level Confidentiality Profile, and Table E.1-1. Private attributes
    are its first row; curves (50xx) and overlays (60xx) are listed for all repeating groups.

    Examples
    --------
    >>> is_confidential(0x00100010), is_confidential(0x00280010), is_confidential(0x00091001)
    (True, False, True)
    """
    group = tag >> 16 & _REPEATING
    return (
        tag in PROFILE_TAGS
        or is_private(tag)
        or group == _CURVES
        or (group == _OVERLAYS and tag & 0xFFFF in _OVERLAY_VALUES)
    )


def is_identity_removed(patient_identity_removed: str) -> bool:
    """Return whether a file states that the patient's identity was removed from it.

    Parameters
    ----------
    patient_identity_removed
        The value of (0012,0062). Only YES counts; a missing value does not.

    References
    ----------
    PS3.3 section C.7.1.1, Patient Module.
    """
    return patient_identity_removed.strip(" \0") == "YES"


def is_identity_removed_from(dataset: Any) -> bool:  # noqa: ANN401 - a pydicom Dataset, which masking does not import
    """Return whether a data set states that the patient's identity was removed; what cannot be read states nothing."""
    try:
        return is_identity_removed(str(dataset.get("PatientIdentityRemoved") or ""))
    except Exception:  # noqa: BLE001 - a damaged element makes pydicom raise nearly anything
        return False
