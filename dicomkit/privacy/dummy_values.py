"""Dummy values for what must be replaced, and ages capped at 90."""

from __future__ import annotations

import re

from dicomkit.files.encoding import BYTES_VRS, NUMBER_CODES

__all__ = ["DUMMY_TEXT", "capped_age", "dummy"]

_OLDEST_AGE_YEARS = 89
_AGE = re.compile(r"(\d{3})([DWMY])")
_DUMMIES: dict[str, object] = {
    "AS": "000Y",
    "DA": "19000101",
    "DT": "19000101000000",
    "TM": "000000",
    "DS": "0",
    "IS": "0",
    "UR": "http://anonymized.invalid",
    "AT": 0,
    **dict.fromkeys(NUMBER_CODES, 0),
    **dict.fromkeys(BYTES_VRS, bytes(8)),
}
DUMMY_TEXT = "ANONYMIZED"


def dummy(vr: str) -> object:
    """Return a dummy value that is valid for the VR.

    References
    ----------
    PS3.15 section E.1.1, De-identifier, action D.
    """
    return _DUMMIES.get(vr, DUMMY_TEXT)


def capped_age(text: str) -> str:
    """Return an age, with all ages over 89 years as 90, since very old people are few enough to be recognised."""
    found = _AGE.fullmatch(text.strip(" \0"))
    if found is None:
        return ""
    years = int(found[1]) / {"D": 365, "W": 52, "M": 12, "Y": 1}[found[2]]
    return f"{_OLDEST_AGE_YEARS + 1:03}Y" if years > _OLDEST_AGE_YEARS else found[0]
