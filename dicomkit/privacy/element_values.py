"""The value of an element as in the file: as bytes, as text, and in all possible readings."""

from __future__ import annotations

import re
from collections.abc import Callable, Sequence

from pydicom.dataelem import DataElement, RawDataElement
from pydicom.dataset import Dataset
from pydicom.sequence import Sequence as Items

from dicomkit.files.tags import SPECIFIC_CHARACTER_SET
from dicomkit.privacy.readings import text_readings

__all__ = [
    "VALID",
    "bytes_of",
    "character_sets_of",
    "parts_of",
    "readings_of",
    "set_value",
    "text_of",
]

# PS3.5 section 6.2: the valid form of values of these VRs.
VALID: dict[str, Callable[[str], object]] = {
    "DS": re.compile(r" *[+-]?(\d+\.?\d*|\.\d+)([Ee][+-]?\d+)? *\0?|[ \0]*").fullmatch,
    "IS": re.compile(r" *[+-]?\d+ *\0?|[ \0]*").fullmatch,
    "UI": re.compile(r"[0-9.]* *\0*").fullmatch,
}


def set_value(dataset: Dataset, tag: int, vr: str, value: object) -> None:
    """Set the value of an element, whatever it was."""
    dataset[tag] = DataElement(tag, vr, value)


def bytes_of(element: DataElement | RawDataElement) -> bytes:
    """Return a value as bytes; b"" for a sequence."""
    value = element.value
    if value is None or isinstance(value, Items):
        return b""
    return value if isinstance(value, bytes) else text_of(element).encode("utf-8", "surrogateescape")


def text_of(element: DataElement | RawDataElement) -> str:
    """Return a value as text, several joined by backslashes; of bytes, one character for each."""
    value = element.value
    if isinstance(value, bytes):
        return value.decode("latin-1")
    if value is None:
        return ""
    return "\\".join(map(str, value)) if isinstance(value, list | tuple) else str(value)


def parts_of(element: DataElement | RawDataElement) -> list[str]:
    """Return the values of an element, as texts."""
    return text_of(element).split("\\")


def readings_of(element: DataElement | RawDataElement, vr: str, terms: Sequence[str]) -> tuple[str, ...]:
    """Return all readings of a value, the correct one first."""
    value = element.value
    return text_readings(value, vr, terms) if isinstance(value, bytes) else (text_of(element),)


def character_sets_of(dataset: Dataset, around: Sequence[str]) -> Sequence[str]:
    """Return the terms of the character sets of a data set or item."""
    if SPECIFIC_CHARACTER_SET not in dataset:
        return around
    value = dataset.SpecificCharacterSet or ""
    return [value] if isinstance(value, str) else [str(term) for term in value]
