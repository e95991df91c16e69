"""The tables of PS3.3: which modules an Information Object Definition (IOD) has, and which attributes a module.

They are data: ``tables.json`` is made by ``tests/tools/make_iod_tables.py`` and names its source. An attribute of
Type 1 must have a value; one of Type 2 must be present and may be empty; one of Type 3 may be left out. A C makes it
conditional; ``conditions.json`` holds those that the data set itself can answer (`dicomkit.iods.conditions`).

References
----------
PS3.3 annex A, Composite Information Object Definitions; annex C, Information Module Definitions; PS3.5 section 7.4,
Data Element Type; PS3.10 section 7.1, DICOM File Meta Information.
"""

from __future__ import annotations

import functools
import json
from collections.abc import Mapping
from pathlib import Path
from typing import Any, NamedTuple

__all__ = ["FILE_META", "Attributes", "Modules", "conditions", "modules", "modules_of", "sop_classes"]

# Keywords by type.
Attributes = Mapping[str, list[str]]

FILE_META: Attributes = {
    "1": [
        *("FileMetaInformationGroupLength", "FileMetaInformationVersion", "MediaStorageSOPClassUID"),
        *("MediaStorageSOPInstanceUID", "TransferSyntaxUID", "ImplementationClassUID"),
    ],
    "1C": ["PrivateInformation"],
    "3": [
        *("ImplementationVersionName", "SourceApplicationEntityTitle", "SendingApplicationEntityTitle"),
        *("ReceivingApplicationEntityTitle", "PrivateInformationCreatorUID"),
    ],
}


class Modules(NamedTuple):
    """The names of an IOD's modules. Where two list the same attribute, the later one counts: it says more."""

    mandatory: tuple[str, ...] = ()
    others: tuple[str, ...] = ()


def sop_classes() -> frozenset[str]:
    """Return the SOP classes whose IOD is known."""
    return frozenset(_table("tables")["sop_classes"])


def modules_of(sop_class_uid: str) -> Modules:
    """Return the modules of the IOD that a SOP class names; none if it is not known.

    Examples
    --------
    >>> "CT Image" in modules_of("1.2.840.10008.5.1.4.1.1.2").mandatory
    True
    """
    usages = _table("tables")["sop_classes"].get(sop_class_uid, {})
    return Modules(*(tuple(names) for names in usages.values()))


def modules() -> Mapping[str, Attributes]:
    """Return the attributes of each module, by the module's name; attributes inside sequences are left out."""
    attributes: Mapping[str, Attributes] = _table("tables")["modules"]
    return attributes


def conditions() -> Mapping[str, str]:
    """Return conditions by keyword, or by module and keyword."""
    sentences: Mapping[str, str] = _table("conditions")["conditions"]
    return sentences


@functools.cache
def _table(name: str) -> dict[str, Any]:
    path = Path(__file__).with_name(f"{name}.json")
    table: dict[str, Any] = json.loads(path.read_text(encoding="utf-8"))
    return table
