"""What the coding schemes themselves call a code: words of the Standard, and so of nobody."""

from __future__ import annotations

from pydicom.sr._concepts_dict import concepts as CONCEPTS  # noqa: N812 - a constant
from pydicom.sr._snomed_dict import mapping as SNOMED_MAPPING  # noqa: N812 - the same

__all__ = ["registered_meaning"]

_OLD_SNOMED = frozenset({"SRT", "SNM3", "99SDM"})


def registered_meaning(value: str, scheme: str) -> str:
    """Return what a coding scheme calls a code, or nothing if that is not known here.

    Parameters
    ----------
    value, scheme
        Code Value and Coding Scheme Designator.

    References
    ----------
    PS3.16 annex D, DICOM Controlled Terminology Definitions; PS3.16 section 8, Coding Schemes.

    Examples
    --------
    >>> registered_meaning("121071", "DCM"), registered_meaning("DOE^JANE", "99LOCAL")
    ('Finding', '')
    """
    if scheme in _OLD_SNOMED:
        value, scheme = SNOMED_MAPPING["SRT"].get(value, ""), "SCT"
    codes: dict[str, dict[str, tuple[str, object]]] = CONCEPTS.get(scheme, {})  # type: ignore[assignment]
    return next((meanings[value][0] for meanings in codes.values() if value in meanings), "")
