"""Terms of the Standard and of its coding schemes, which identify nobody."""

from __future__ import annotations

import functools

from pydicom.sr._concepts_dict import concepts as CONCEPTS  # noqa: N812 - a constant
from pydicom.sr._snomed_dict import mapping as SNOMED_MAPPING  # noqa: N812 - the same

from dicomkit.files.character_sets import DEFINED_TERMS
from dicomkit.privacy.folding import folded

__all__ = ["is_term", "registered_meaning"]

# Defined terms and enumerated values of PS3.3 that could be a name or a part of one: of Image Type and Frame Type,
# Photometric Interpretation, VOI LUT Function, Presentation LUT Shape, and of acquisition and approval attributes.
_ONE_WORD = (
    "ORIGINAL DERIVED PRIMARY SECONDARY AXIAL LOCALIZER OTHER NONE MIXED VOLUME SAMPLED DISTORTED RESAMPLED PROJECTION "
    "PLANAR MONOCHROME MONOCHROME1 MONOCHROME2 RGB YBR_FULL YBR_FULL_422 YBR_ICT YBR_RCT COLOR TRUE_COLOR LINEAR "
    "LINEAR_EXACT SIGMOID IDENTITY INVERSE LIN OD SPIRAL SEQUENCED STATIONARY FREE CONSTANT_ANGLE PRODUCT RESEARCH "
    "SERVICE BINARY FRACTIONAL OCCUPANCY PROBABILITY AUTOMATIC SEMIAUTOMATIC MANUAL RELATIVE PHYSICAL EFFECTIVE ERROR "
    "PLAN BEAM FRACTION SINGLE MULTI APPROVED UNAPPROVED REJECTED COMPLETE PARTIAL VERIFIED UNVERIFIED YES NO "
    "MAGNITUDE PHASE REAL IMAGINARY DIFFUSION PERFUSION ANGIO STATIC DYNAMIC GATED TOMO FLUENCE PORTAL RADIOGRAPH "
    "SIMULATOR DRR"
)
_TERMS = frozenset(_ONE_WORD.split()) | {
    *("PALETTE COLOR", "SINGLE PLANE", "BIPLANE A", "BIPLANE B", "WHOLE BODY", "SINGLE A", "SINGLE B"),
}
_OLD_SNOMED = frozenset({"SRT", "SNM3", "99SDM"})


def registered_meaning(value: str, scheme: str) -> str:
    """Return the meaning of a Code Value in its scheme (Coding Scheme Designator), or "" if it is unknown here.

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


def is_term(value: str) -> bool:
    """Return whether one value of VR CS is a term of the Standard: of PS3.3 or PS3.16, or a character set.

    Examples
    --------
    >>> is_term("ORIGINAL"), is_term("ISO_IR 192"), is_term("KNEE"), is_term("KOWALSKA")
    (True, True, True, False)
    """
    stripped = value.strip(" \0").upper()
    return stripped in _TERMS or stripped in DEFINED_TERMS or folded(stripped) in _keywords()


@functools.cache
def _keywords() -> frozenset[str]:
    """Return the folded words of PS3.16 for body parts, views and the like."""
    return frozenset(folded(keyword) for scheme in CONCEPTS.values() for keyword in scheme)
