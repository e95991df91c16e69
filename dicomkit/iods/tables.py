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
from types import MappingProxyType
from typing import Any, NamedTuple

__all__ = [
    "FILE_META",
    "REFERENCES",
    "Attributes",
    "Modules",
    "conditions",
    "macro_of",
    "modules",
    "modules_of",
    "sop_classes",
]

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
# The macros of two kinds of sequences, which nearly every data set contains. What the items of others must hold is left
# to a validator.
_NOTHING: tuple[str, Mapping[str, str]] = ("", MappingProxyType({}))
# PS3.3 section 8.8, Standard Attribute Sets for Code Sequence.
_CODE = (
    "Code Sequence Macro",
    MappingProxyType({"CodeMeaning": "1", "CodeValue": "1C", "CodingSchemeDesignator": "1C"}),
)
# PS3.3 section 10.8, SOP Instance Reference Macro.
_REFERENCE = (
    "SOP Instance Reference Macro",
    MappingProxyType({"ReferencedSOPClassUID": "1", "ReferencedSOPInstanceUID": "1"}),
)
REFERENCES = frozenset({
    *("ReferencedPatientSequence", "ReferencedStudySequence", "ReferencedPerformedProcedureStepSequence"),
    *("ReferencedImageSequence", "ReferencedInstanceSequence", "SourceImageSequence", "SourceInstanceSequence"),
    *("ReferencedSOPSequence", "ReferencedRTPlanSequence", "ReferencedStructureSetSequence"),
})  # fmt: skip


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


def macro_of(sequence_keyword: str) -> tuple[str, Mapping[str, str]]:
    """Return the macro that each item of a sequence follows: its name, and its types by keyword.

    Parameters
    ----------
    sequence_keyword
        For example ``ProcedureCodeSequence``. For an unknown sequence, the name is empty.

    Examples
    --------
    >>> macro_of("ProcedureCodeSequence")[0]
    'Code Sequence Macro'
    """
    if sequence_keyword in REFERENCES:
        return _REFERENCE
    return _CODE if sequence_keyword.endswith("CodeSequence") else _NOTHING


@functools.cache
def _table(name: str) -> dict[str, Any]:
    path = Path(__file__).with_name(f"{name}.json")
    table: dict[str, Any] = json.loads(path.read_text(encoding="utf-8"))
    return table
