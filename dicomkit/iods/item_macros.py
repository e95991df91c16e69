"""What the items of two kinds of sequences must contain: codes, and references to other instances.

Nearly every data set contains these two macros. What the items of other sequences must hold is left to a validator.
"""

from __future__ import annotations

from collections.abc import Mapping
from types import MappingProxyType

__all__ = ["REFERENCES", "macro_of"]

_NOTHING: tuple[str, Mapping[str, str]] = ("", MappingProxyType({}))
# PS3.3 section 8.8, Standard Attribute Sets for Code Sequence Attributes.
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
