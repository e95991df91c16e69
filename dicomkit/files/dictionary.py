"""The data dictionary: the VR and the keyword that the Standard gives to a tag.

The table itself is pydicom's. Importing all of pydicom takes about a third of a second, most of it for numpy, and
a command that prints one small file needs neither. So the module with the table is loaded by itself if pydicom is
not imported yet.
"""

from __future__ import annotations

import functools
import importlib
import os
import sys
from collections.abc import Mapping
from importlib.machinery import PathFinder, SourceFileLoader
from types import ModuleType

from dicomkit.named_tuple import NamedTuple

__all__ = [
    "Entry",
    "dictionary_entry",
    "implicit_vr",
    "is_private",
    "is_private_creator",
    "pydicom_table",
    "tag_for_keyword",
]

_DICTIONARY = "_dicom_dict"
_RETIRED_FIELD, _KEYWORD_FIELD = 3, 4
_FIRST_CREATOR, _LAST_CREATOR = 0x0010, 0x00FF
_GROUP_LENGTH_ELEMENT = 0x0000
_CACHED_TAGS = 16_384  # more than the Standard has; a hostile file may hold more still


class Entry(NamedTuple):
    """The entry of one tag in PS3.6.

    ``vr`` holds more than one where the Standard leaves a choice: ``US or SS``. ``keyword`` is empty for a
    few retired attributes that never had one.
    """

    vr: str
    keyword: str
    is_retired: bool = False


_GROUP_LENGTH = Entry("UL", "GenericGroupLength")


def is_private(tag: int) -> bool:
    """Say whether `tag` belongs to a manufacturer: its group number is odd (PS3.5 section 7.8)."""
    return bool(tag & 0x10000)


def is_private_creator(tag: int) -> bool:
    """Say whether `tag` reserves a block of private elements (PS3.5 section 7.8.1).

    Examples
    --------
    >>> is_private_creator(0x00090010), is_private_creator(0x00091001)
    (True, False)
    """
    return bool(tag & 0x10000) and _FIRST_CREATOR <= tag & 0xFFFF <= _LAST_CREATOR


@functools.lru_cache(maxsize=_CACHED_TAGS)
def dictionary_entry(tag: int) -> Entry | None:
    """Return the dictionary's entry for a standard `tag`, or None if it has none.

    Parameters
    ----------
    tag
        Group and element as one number: ``0x00100010``.

    References
    ----------
    PS3.6 section 6, Registry of DICOM Data Elements; PS3.5 section 7.2, Group Length.

    Examples
    --------
    >>> dictionary_entry(0x00100010)
    Entry(vr='PN', keyword='PatientName', is_retired=False)
    >>> dictionary_entry(0x60020010).keyword  # a repeating group: overlay 2
    'OverlayRows'
    """
    row = pydicom_table(_DICTIONARY).DicomDictionary.get(tag)
    if row is not None:
        return _entry(row)
    if tag & 0xFFFF == _GROUP_LENGTH_ELEMENT:
        return _GROUP_LENGTH
    if is_private(tag):
        return None
    for mask, value, entry in _repeating_groups():
        if tag & mask == value:
            return entry
    return None


def implicit_vr(tag: int) -> str:
    """Return the dictionary's VR of an element in Implicit VR; it may be a choice such as US or SS."""
    if is_private_creator(tag):
        return "LO"  # PS3.5 section 7.8.1
    entry = dictionary_entry(tag)
    return entry.vr if entry is not None else "UN"


def _entry(row: tuple[str, ...]) -> Entry:
    return Entry(row[0], row[_KEYWORD_FIELD], bool(row[_RETIRED_FIELD]))


def tag_for_keyword(keyword: str) -> int | None:
    """Return the tag of a standard attribute, or None if no attribute has that keyword.

    Examples
    --------
    >>> f"{tag_for_keyword('PatientName'):08x}"
    '00100010'
    """
    return _tags().get(keyword)


@functools.cache
def _tags() -> dict[str, int]:
    rows: Mapping[int, tuple[str, ...]] = pydicom_table(_DICTIONARY).DicomDictionary
    return {row[_KEYWORD_FIELD]: tag for tag, row in rows.items() if row[_KEYWORD_FIELD]}


@functools.cache
def _repeating_groups() -> tuple[tuple[int, int, Entry], ...]:
    # PS3.5 section 7.6: in "60xx0010" the digits marked x may be anything.
    rows: Mapping[str, tuple[str, ...]] = pydicom_table(_DICTIONARY).RepeatersDictionary
    return tuple(
        (
            int("".join("0" if digit == "x" else "F" for digit in pattern), 16),
            int(pattern.replace("x", "0"), 16),
            _entry(row),
        )
        for pattern, row in rows.items()
    )


@functools.cache
def pydicom_table(name: str) -> ModuleType:
    """Return a module of pydicom that only holds a table, without importing the package around it."""
    if "pydicom" not in sys.modules:
        package = PathFinder.find_spec("pydicom")
        folders = package.submodule_search_locations if package is not None else None
        path = f"{next(iter(folders or ()), '')}{os.sep}{name}.py"
        if os.path.isfile(path):  # noqa: PTH113 - importing pathlib takes longer than printing a file
            module = ModuleType(f"_dicomkit{name}")
            SourceFileLoader(module.__name__, path).exec_module(module)
            return module
    return importlib.import_module(f"pydicom.{name}")
