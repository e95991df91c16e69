"""A data set or item for display: values as text of limited length, and whether each may identify somebody.

A damaged element makes pydicom raise nearly any exception when its value is read. Here it counts as absent, so that
the elements beside it can be shown.
"""

from __future__ import annotations

import math
from collections.abc import Iterator, Sequence
from typing import Any

from pydicom.datadict import tag_for_keyword
from pydicom.dataset import Dataset
from pydicom.uid import UID

from dicomkit.files.encoding import ASCII_VRS
from dicomkit.files.quiet_pydicom import quiet_pydicom
from dicomkit.privacy import is_confidential

__all__ = ["MAX_TEXT_CHARACTERS", "Part"]

MAX_TEXT_CHARACTERS = 4096  # of a value that is shown; a report may hold a megabyte in one
_MAX_VALUES = 64  # of a value with many


class Part:
    """A data set or item; everything in a confidential sequence is confidential (PS3.15 Table E.1-1).

    Parameters
    ----------
    dataset
        The data set or item.
    is_secret
        Whether it is inside a confidential sequence.
    """

    __slots__ = ("dataset", "is_secret")

    def __init__(self, dataset: Dataset, *, is_secret: bool = False) -> None:
        self.dataset = dataset
        self.is_secret = is_secret

    def __contains__(self, keyword: str) -> bool:
        return keyword in self.dataset

    def hides(self, keyword: str) -> bool:
        """Return whether an attribute in this data set or item may identify somebody."""
        return self.is_secret or is_confidential(tag_for_keyword(keyword) or 0)

    def value(self, keyword: str | int) -> Any:  # noqa: ANN401 - each VR has its own Python type
        """Return a value as pydicom converts it; None if it is absent, empty or damaged."""
        tag = keyword if isinstance(keyword, int) else tag_for_keyword(keyword)
        try:
            with quiet_pydicom():  # its warnings would quote the value
                element = None if tag is None else self.dataset.get(tag)
                value = None if element is None or element.is_empty else element.value
        except Exception:  # noqa: BLE001 - see above
            return None
        return value

    def values(self, keyword: str) -> list[Any]:
        """Return all values of an attribute, however many there are."""
        value = self.value(keyword)
        if value is None:
            return []
        is_many = isinstance(value, Sequence) and not isinstance(value, str | bytes)
        return list(value) if is_many else [value]

    def numbers(self, keyword: str) -> list[float]:
        """Return all values of an attribute that are numbers."""
        try:
            return [float(value) for value in self.values(keyword)]
        except (TypeError, ValueError):
            return []

    def number(self, keyword: str, default: float) -> float:
        """Return a finite number, or `default` if there is none."""
        number = next(iter(self.numbers(keyword)), default)
        return number if math.isfinite(number) else default

    def text(self, keyword: str) -> str:
        """Return a value as text; several values joined by backslashes, shortened if there are many."""
        values = self.values(keyword)
        try:
            with quiet_pydicom():
                text = "\\".join(map(plain, values[:_MAX_VALUES])) if values else self._as_written(keyword)
        except Exception:  # noqa: BLE001 - a name is decoded when it is written
            return ""
        if len(values) > _MAX_VALUES:
            text += f"\\… ({len(values)} values)"
        if len(text) > MAX_TEXT_CHARACTERS:
            return f"{text[:MAX_TEXT_CHARACTERS]}… ({len(text)} characters)"
        return text.strip("\0 ")

    def _as_written(self, keyword: str) -> str:
        """Return the characters of a value that pydicom cannot read, such as a number with a comma."""
        raw = self.dataset.get_item(keyword, keep_deferred=True)
        if raw is None or raw.VR not in ASCII_VRS or not isinstance(raw.value, bytes):
            return ""
        return raw.value.decode("ascii", "replace")

    def listed(self, keyword: str) -> str:
        """Return the values of an attribute joined by commas."""
        return self.text(keyword).replace("\\", ", ")

    def items(self, keyword: str) -> Iterator[Part]:
        """Yield the items of a sequence; they are confidential if it is."""
        is_secret = self.hides(keyword)
        for item in self.values(keyword):
            if isinstance(item, Dataset):
                yield Part(item, is_secret=is_secret)

    def item(self, keyword: str) -> Part:
        """Return the first item of a sequence; an empty one if there is none."""
        return next(self.items(keyword), Part(Dataset(), is_secret=self.hides(keyword)))


def plain(value: object) -> str:
    """Return a value as text, without the ".0" that Python adds to whole numbers."""
    if isinstance(value, UID):
        return str.__str__(value)
    if isinstance(value, float) and not hasattr(value, "original_string") and value.is_integer():
        return str(int(value))
    return str(value)
