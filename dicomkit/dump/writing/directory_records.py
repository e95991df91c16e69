"""The Directory Record Types that DCMTK knows; it prints any other as PRIVATE (PS3.3 Table F.3-3)."""

from __future__ import annotations

__all__ = ["record_type_name"]

_TYPES = (
    "PATIENT,STUDY,SERIES,IMAGE,OVERLAY,MODALITY LUT,VOI LUT,CURVE,TOPIC,VISIT,RESULTS,INTERPRETATION,"
    "STUDY COMPONENT,STORED PRINT,RT DOSE,RT STRUCTURE SET,RT PLAN,RT TREAT RECORD,PRESENTATION,WAVEFORM,"
    "SR DOCUMENT,KEY OBJECT DOC,SPECTROSCOPY,RAW DATA,REGISTRATION,FIDUCIAL,HANGING PROTOCOL,ENCAP DOC,"
    "HL7 STRUC DOC,VALUE MAP,STEREOMETRIC,PALETTE,IMPLANT,IMPLANT ASSY,IMPLANT GROUP,PLAN,MEASUREMENT,"
    "SURFACE,SURFACE SCAN,TRACT,ASSESSMENT,RADIOTHERAPY,ANNOTATION,MRDR,FILM SESSION,IMAGE BOX,PRINT QUEUE"
)
_KNOWN = frozenset(_TYPES.encode().split(b","))


def record_type_name(directory_record_type: bytes) -> bytes:
    """Return the name that ``dcmdump`` prints for a Directory Record Type (0004,1430).

    Examples
    --------
    >>> record_type_name(b"STUDY "), record_type_name(b"OUR OWN")
    (b'STUDY', b'PRIVATE')
    """
    name = directory_record_type.rstrip(b" \0")
    return name if name in _KNOWN else b"PRIVATE"
